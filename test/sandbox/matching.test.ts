import { describe, expect, it } from "vitest";
import type { KnobsPatch, LeadInput } from "../../sandbox/calltouch/index.ts";
import { callContact, createScene, customSources, HOUR_MS, MINUTE_MS, NOON, order, SITE } from "./scene.ts";

/** The instant the matchers of these tests ask about: 14-05-2025 11:00:00 in Moscow. */
const ASKED = NOON - HOUR_MS;
const PHONE = "79157771122";

async function linkOf(matching: unknown[], leads: Partial<LeadInput>[], knobs: KnobsPatch = {}) {
  const scene = createScene(knobs);
  for (const lead of leads) {
    scene.sandbox.control.addLead({ siteId: SITE, kind: "call", at: ASKED - MINUTE_MS, phones: [PHONE], ...lead });
  }
  const { items } = await scene.create(order("1", { matching }));
  return items[0]?.["error"] === null ? (scene.deal("1")?.link ?? null) : null;
}

function byContact(type: "requestContact" | "leadContact" | "chatContact", params: object = {}) {
  const typeKey = {
    requestContact: "requestTypeToMatch",
    leadContact: "leadTypeToMatch",
    chatContact: "chatTypeToMatch",
  }[type];
  return {
    type,
    [`${type}Params`]: {
      phones: [PHONE],
      date: "14-05-2025 11:00:00",
      [typeKey]: "nearest",
      searchDepth: 120,
      ...params,
    },
  };
}

describe("the order of matchers", () => {
  it("is their priority: an earlier hit wins over a nearer lead of a later one", async () => {
    const leads: Partial<LeadInput>[] = [
      { id: 1, at: ASKED - HOUR_MS },
      { id: 2, kind: "request", at: ASKED },
    ];
    expect(await linkOf([callContact(), byContact("requestContact")], leads)).toEqual({ kind: "call", id: 1 });
    expect(await linkOf([byContact("requestContact"), callContact()], leads)).toEqual({ kind: "request", id: 2 });
  });

  it("falls through to customSources when nobody is found", async () => {
    const link = await linkOf(
      [callContact(), byContact("requestContact"), customSources],
      [{ phones: ["79000000000"] }],
    );
    expect(link).toEqual({ kind: "custom", custom: customSources.customSourceParams });
  });

  it("never reaches what stands after withoutSource", async () => {
    expect(await linkOf([{ type: "withoutSource" }, customSources], [])).toEqual({ kind: "none" });
  });

  it("refuses the deal when the last matcher misses, and creates it unmatched only under the knob", async () => {
    expect(await linkOf([callContact()], [])).toBeNull();
    expect(await linkOf([callContact()], [], { createUnmatched: true })).toEqual({ kind: "none" });
  });
});

describe("a matcher by contact", () => {
  it.each<[string, string]>([
    ["8 (915) 777-11-22", "with 8 and a mask"],
    ["+7 915 777 11 22", "with a plus"],
    ["9157771122", "without the country"],
  ])("finds a lead by the phone %s, %s", async (phone) => {
    expect(await linkOf([callContact({ phones: ["79000000000", phone] })], [{ id: 1 }])).toEqual({
      kind: "call",
      id: 1,
    });
  });

  it("finds a request by e-mail in any case", async () => {
    const matcher = byContact("requestContact", { phones: undefined, emails: ["Buyer@Example.com"] });
    expect(await linkOf([matcher], [{ id: 1, kind: "request", phones: [], emails: ["buyer@example.COM"] }])).toEqual({
      kind: "request",
      id: 1,
    });
  });

  it.each<[string, object, Partial<LeadInput>]>([
    ["waPhones", { waPhones: ["+7 915 777-11-22"] }, { waPhones: [PHONE] }],
    ["tgIds", { tgIds: ["5"] }, { tgIds: ["5"] }],
    ["tgUsernames", { tgUsernames: ["@Buyer"] }, { tgUsernames: ["buyer"] }],
    ["vkIds", { vkIds: ["7"] }, { vkIds: ["7"] }],
  ])("finds a chat by %s", async (_title, params, lead) => {
    const matcher = byContact("chatContact", { phones: undefined, ...params });
    expect(await linkOf([matcher], [{ id: 1, kind: "chat", phones: [], ...lead }])).toEqual({ kind: "chat", id: 1 });
  });

  it("sees only leads of its kinds, and chats among them only withChats", async () => {
    const call: Partial<LeadInput> = { id: 1, kind: "call" };
    const request: Partial<LeadInput> = { id: 2, kind: "request" };
    const chat: Partial<LeadInput> = { id: 3, kind: "chat" };
    expect(await linkOf([callContact()], [request, chat])).toBeNull();
    expect(await linkOf([byContact("requestContact")], [call, chat])).toBeNull();
    expect(await linkOf([byContact("chatContact")], [call, request])).toBeNull();
    expect(await linkOf([byContact("leadContact")], [call])).toEqual({ kind: "call", id: 1 });
    expect(await linkOf([byContact("leadContact")], [request])).toEqual({ kind: "request", id: 2 });
    expect(await linkOf([byContact("leadContact")], [chat])).toBeNull();
    expect(await linkOf([byContact("leadContact", { withChats: true })], [chat])).toEqual({ kind: "chat", id: 3 });
  });

  it("takes the nearest lead, and of equally near ones the one with the larger id", async () => {
    const leads = [
      { id: 1, at: ASKED - 30 * MINUTE_MS },
      { id: 9, at: ASKED - 10 * MINUTE_MS },
      { id: 8, at: ASKED - 10 * MINUTE_MS },
      { id: 3, at: ASKED - 20 * MINUTE_MS },
    ];
    expect(await linkOf([callContact()], leads)).toEqual({ kind: "call", id: 9 });
    expect(await linkOf([callContact()], leads.toReversed())).toEqual({ kind: "call", id: 9 });
  });

  it("takes the nearest unique lead under nearestUniq, and misses when there is none", async () => {
    const leads = [
      { id: 1, at: ASKED - 30 * MINUTE_MS, unique: true },
      { id: 2, at: ASKED - 10 * MINUTE_MS, unique: false },
    ];
    const matcher = callContact({ callTypeToMatch: "nearestUniq" });
    expect(await linkOf([matcher], leads)).toEqual({ kind: "call", id: 1 });
    expect(await linkOf([matcher], [{ id: 2, unique: false }])).toBeNull();
  });

  it.each<[string, number, boolean]>([
    ["at the date", 0, true],
    ["in the date's second", 999, true],
    ["at the depth", -120 * MINUTE_MS, true],
    ["past the depth", -120 * MINUTE_MS - 1_000, false],
    ["after the date", 1_000, false],
  ])("a lead %s: searchDepth counts minutes back from the date", async (_title, offsetMs, isFound) => {
    const link = await linkOf([callContact()], [{ id: 1, at: ASKED + offsetMs }]);
    expect(link).toEqual(isFound ? { kind: "call", id: 1 } : null);
  });

  it("looks after the date only as far as the knobs say", async () => {
    const later = [{ id: 1, at: ASKED + 10 * MINUTE_MS }];
    expect(await linkOf([callContact()], later, { futureToleranceMinutes: 9 })).toBeNull();
    expect(await linkOf([callContact()], later, { futureToleranceMinutes: 10 })).toEqual({ kind: "call", id: 1 });
    expect(await linkOf([callContact()], later, { matchBothSides: true })).toEqual({ kind: "call", id: 1 });
    expect(await linkOf([callContact({ searchDepth: 9 })], later, { matchBothSides: true })).toBeNull();
  });

  it.each<[string[] | undefined, "and" | "or" | undefined, boolean]>([
    [undefined, undefined, true],
    [["Ростов"], undefined, true],
    [["Ростов", "сервис"], "and", true],
    [["Ростов", "Москва"], "and", false],
    [["Ростов", "Москва"], undefined, false],
    [["Ростов", "Москва"], "or", true],
    [["Москва"], "or", false],
  ])("with the tags %j joined by %s finds the tagged lead: %s", async (tags, tagsLogic, isFound) => {
    const matcher = callContact({ tags, tagsLogic });
    const link = await linkOf([matcher], [{ id: 1, tags: ["Ростов", "сервис"] }]);
    expect(link).toEqual(isFound ? { kind: "call", id: 1 } : null);
  });

  it("reads its date in the zone of the site", async () => {
    const scene = createScene();
    scene.sandbox.control.updateSite(SITE, { timeZone: "Asia/Yekaterinburg" });
    const eleven = Date.UTC(2025, 4, 14, 6);
    scene.sandbox.control.addLead({ siteId: SITE, kind: "call", id: 1, at: eleven, phones: [PHONE] });
    await scene.create(order("1", { matching: [callContact({ searchDepth: 1 })] }));
    expect(scene.deal("1")?.link).toEqual({ kind: "call", id: 1 });
  });

  it("does not see a lead before it becomes visible", async () => {
    const scene = createScene();
    const at = NOON - MINUTE_MS;
    scene.sandbox.control.addLead({ siteId: SITE, kind: "call", id: 1, at, phones: [PHONE], visibleAfterMs: 90_000 });
    const matching = [callContact({ date: "14-05-2025 12:00:00" }), customSources];
    scene.clock.now = at + 89_999;
    await scene.create(order("1", { matching }));
    scene.clock.now = at + 90_000;
    await scene.create(order("2", { matching }));
    expect(scene.deal("1")?.link.kind).toBe("custom");
    expect(scene.deal("2")?.link).toEqual({ kind: "call", id: 1 });
  });

  it("never finds a lead of another site", async () => {
    const scene = createScene();
    scene.sandbox.control.addSite({ siteId: "2", token: "token-2" });
    scene.sandbox.control.addLead({ siteId: "2", kind: "call", at: ASKED, phones: [PHONE] });
    expect((await scene.create(order("1", { matching: [callContact()] }))).items[0]?.["error"]).toEqual(
      expect.any(String),
    );
  });
});

describe("a matcher by id", () => {
  it.each(["call", "request", "chat"] as const)(
    "finds the %s of this id, with its tags, and nothing else",
    async (kind) => {
      const matcher = (id: number, tags?: string[]) => ({ type: kind, [`${kind}Params`]: { [`${kind}Id`]: id, tags } });
      const lead: Partial<LeadInput> = { id: 5, kind, tags: ["Ростов"], at: ASKED - 1_000 * HOUR_MS };
      expect(await linkOf([matcher(5)], [lead])).toEqual({ kind, id: 5 });
      expect(await linkOf([matcher(5, ["Ростов"])], [lead])).toEqual({ kind, id: 5 });
      expect(await linkOf([matcher(5, ["Москва"])], [lead])).toBeNull();
      expect(await linkOf([matcher(6)], [lead])).toBeNull();
      expect(await linkOf([matcher(5)], [{ ...lead, kind: kind === "call" ? "request" : "call" }])).toBeNull();
    },
  );
});
