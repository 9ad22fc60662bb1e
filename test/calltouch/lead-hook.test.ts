import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCalltouchSandbox, type LeadInput } from "../../sandbox/calltouch/index.ts";
import { readLeadHook } from "../../src/calltouch/lead-hook.ts";
import { lead } from "../../src/lead.ts";

const MOSCOW = "Europe/Moscow";
const NOON = Date.UTC(2025, 4, 14, 9);
const CALL = { leadtype: "call", id: "104000", callphase: "calldisconnected", timestamp: "1747213200" };
const REQUEST = { leadtype: "request", id: "null", requestId: "105000", timestamp: "1747213200" };

const read = (parameters: Record<string, string>) => readLeadHook(parameters, MOSCOW);
function leadOf(parameters: Record<string, string>) {
  const hook = read(parameters);
  return hook.kind === "lead" ? hook.lead : undefined;
}

/** What the sandbox sends of a lead, as its receiver gets it. */
async function hooksOf(input: Omit<LeadInput, "siteId">, method: "GET" | "POST"): Promise<Record<string, string>[]> {
  const received: Record<string, string>[] = [];
  const { control } = createCalltouchSandbox({
    now: () => NOON,
    send: async (request) => {
      const sent = method === "POST" ? new URLSearchParams(await request.text()) : new URL(request.url).searchParams;
      received.push(Object.fromEntries(sent));
      return new Response();
    },
  });
  control.addSite({ siteId: "41234", token: "t" });
  control.setHook("41234", { url: "https://bridge.test/hook", method });
  control.addLead({ siteId: "41234", ...input });
  control.testHook("41234", "placeholders");
  control.testHook("41234", "empty");
  await control.hooksSent();
  return received;
}

describe.each(["GET", "POST"] as const)("what the sandbox sends by %s", (method) => {
  it("of a call is read as its beginning, its end, and two presses of the test button", async () => {
    const hooks = await hooksOf(
      {
        kind: "call",
        id: 104000,
        at: NOON,
        phones: ["8 915 777-11-22"],
        durationSeconds: 72,
        unique: false,
        autoTags: { tone: ["Сервис"], number: ["Ростов", "Юг"] },
        session: { source: "yandex", medium: "cpc", utmCampaign: "tormoza", utmTerm: "масло", guaClientId: "1.2" },
      },
      method,
    );
    const begun = {
      kind: "call",
      id: 104000,
      at: NOON,
      isFinished: false,
      phone: "79157771122",
      isUnique: false,
      source: "yandex",
      medium: "cpc",
      utmCampaign: "tormoza",
      utmTerm: "масло",
      googleClientId: "1.2",
      tags: ["Сервис", "Ростов", "Юг"],
    };
    const outcome = { isFinished: true, durationSeconds: 72, isAnswered: true, isTarget: true };
    expect(hooks.map(read)).toEqual([
      { kind: "lead", siteId: "41234", lead: begun },
      { kind: "lead", siteId: "41234", lead: { ...begun, ...outcome } },
      { kind: "test" },
      { kind: "test" },
    ]);
  });

  it("of a request is read as one that is over", async () => {
    const [hook] = await hooksOf(
      { kind: "request", id: 105000, at: NOON, phones: ["79031234567"], name: "Иван", subject: "ТО", tags: ["Сайт"] },
      method,
    );
    expect(read(hook ?? {})).toEqual({
      kind: "lead",
      siteId: "41234",
      lead: {
        kind: "request",
        id: 105000,
        at: NOON,
        isFinished: true,
        phone: "79031234567",
        name: "Иван",
        subject: "ТО",
        isTarget: true,
        isUnique: true,
        tags: ["Сайт"],
      },
    });
  });
});

describe("a webhook", () => {
  it.each([
    [{}],
    [{ leadtype: "{leadtype}", id: "{id}", callerphone: "{callerphone}", timestamp: "{timestamp}" }],
    [{ leadtype: "call", id: "{id}" }],
    [{ leadtype: "request", requestId: "null", id: "undefined" }],
    [{ source: "yandex", callerphone: "79157771122" }],
    [{ leadtype: "call", id: "abc" }],
  ])("that names no lead is a test: %j", (parameters) => {
    expect(read(parameters)).toEqual({ kind: "test" });
  });

  it("of a chat, or of anything else that is no lead, is ignored", () => {
    expect(read({ leadtype: "chat", id: "5" })).toEqual({ kind: "ignored", reason: "not-a-lead" });
    expect(read({ ...CALL, leadtype: "order" })).toEqual({ kind: "ignored", reason: "not-a-lead" });
  });

  it("without a time it can be found by is ignored: the journal has the lead", () => {
    expect(read({ ...CALL, timestamp: "null" })).toEqual({ kind: "ignored", reason: "no-time" });
  });

  it("without its Unix seconds is read by its text, in the zone of the site", () => {
    const at = Date.UTC(2025, 4, 14, 9, 0, 5);
    expect(leadOf({ ...CALL, timestamp: "", calltime: "2025-05-14 12:00:05" })?.at).toBe(at);
    expect(leadOf({ ...REQUEST, timestamp: "{}", requestDate: "2025-05-14 12:00:05" })?.at).toBe(at);
  });

  it("without its type is told by the id it has", () => {
    const { leadtype: _call, ...call } = CALL;
    const { leadtype: _request, ...request } = REQUEST;
    expect(leadOf(call)).toMatchObject({ kind: "call", id: 104000 });
    expect(leadOf(request)).toMatchObject({ kind: "request", id: 105000 });
    expect(leadOf({ leadtype: "request", id: "7", timestamp: "1747213200" })).toMatchObject({ id: 7 });
  });

  it.each([
    [{ callphase: "callconnected", duration: "5" }, false],
    [{ callphase: "calldisconnected" }, true],
    [{ callphase: "null", duration: "5" }, true],
    [{ callphase: "{callphase}" }, false],
  ])("of a call with %j is of one that is over: %j", (parameters, isFinished) => {
    expect(leadOf({ ...CALL, ...parameters })?.isFinished).toBe(isFinished);
  });

  it("has nothing from texts that stand for nothing", () => {
    const nothing = ["null", "undefined", "{}", "", " ", "<не указано>", "(not set)", "{source}"];
    for (const value of nothing) {
      const names = ["callerphone", "fio", "source", "medium", "utm_source", "gcid", "duration", "tags_auto_ct"];
      const empty = Object.fromEntries(names.map((name) => [name, value]));
      expect(leadOf({ ...CALL, ...empty })).toEqual({ kind: "call", id: 104000, at: NOON, isFinished: true, tags: [] });
    }
  });

  it.each([
    ["79151234567, 79161234567", "79151234567"],
    ["79151234567 79161234567", "79151234567"],
    ["8 (915) 123-45-67 доб. 2", "79151234567"],
    ["8 915 123-45-67 / 8 (495) 777-77-77", "79151234567"],
    ["8801712345678", "8801712345678"],
    ["Иван, +7 915 123 45 67", "79151234567"],
    ["74957777777#123", "74957777777"],
    ["доб. 12, 9151234567", "79151234567"],
    ["+49 30 123456789", "4930123456789"],
  ])("has the first phone of what was typed: %s", (callerphone, phone) => {
    expect(leadOf({ ...CALL, callerphone })?.phone).toBe(phone);
  });

  it.each(["Anonymous", "скрыт", "112", "+7 (***) ***-12-34", "0000000000"])("has no phone in %s", (callerphone) => {
    expect(leadOf({ ...CALL, callerphone })).not.toHaveProperty("phone");
  });

  it("of whatever texts is read without an exception, and what is read is a lead", () => {
    const names = ["source", "fio", "callerphone", "duration", "tags_auto_ct", "calltime", "callphase", "siteId"];
    const texts = fc.oneof(fc.string(), fc.string({ unit: "binary", maxLength: 3_000 }), fc.constant("{}"));
    const parameters = fc.dictionary(fc.oneof(fc.constantFrom(...names, ...Object.keys(REQUEST)), fc.string()), texts);
    fc.assert(
      fc.property(parameters, fc.constantFrom({}, CALL, REQUEST), (sent, base) => {
        read(sent);
        const found = leadOf({ ...sent, ...base });
        if ("leadtype" in base) lead.parse(found);
      }),
      { numRuns: 300 },
    );
  });
});
