import { describe, expect, it } from "vitest";
import { createCalltouchSandbox } from "../../sandbox/calltouch/index.ts";
import { callContact, createScene, customSources, HOUR_MS, MINUTE_MS, NOON, order, SITE } from "./scene.ts";

const updateOf = (change: object) => ({ orderNumber: "1", updateDate: "14-05-2025 11:30:00", ...change });
const refusal = (orderNumber: string) => ({ orderNumber, error: expect.any(String) });

describe("create", () => {
  it("answers item by item in the order of the request, and one refused item does not stop the others", async () => {
    const scene = createScene();
    const answer = await scene.create(order("1"), order("2", { matching: [callContact()] }), order("3"));
    expect(answer.status).toBe(200);
    expect(answer.items).toEqual([
      { orderNumber: "1", calltouchOrderId: 7071678, error: null },
      refusal("2"),
      { orderNumber: "3", calltouchOrderId: 7071679, error: null },
    ]);
    expect(scene.sandbox.control.deals(SITE).map(({ orderNumber }) => orderNumber)).toEqual(["1", "3"]);
  });

  it("refuses a number that exists, changing nothing, in the same batch too", async () => {
    const scene = createScene();
    const first = await scene.create(order("1"), order("1", { status: "other" }));
    const second = await scene.create(order("1", { status: "other" }));
    expect(first.items[1]).toEqual(refusal("1"));
    expect(second.items).toEqual([refusal("1")]);
    expect(scene.deal("1")).toMatchObject({ status: "Запись", creates: 1 });
  });

  it("makes a second deal of a number under duplicateCreate: allow, and counts it", async () => {
    const scene = createScene({ duplicateCreate: "allow" });
    await scene.create(order("1"), order("1", { status: "other" }));
    expect(scene.sandbox.control.deals(SITE)).toMatchObject([
      { status: "Запись", creates: 2 },
      { status: "other", creates: 2 },
    ]);
  });

  it("updates the deal under duplicateCreate: upsert, and keeps its id", async () => {
    const scene = createScene({ duplicateCreate: "upsert" });
    const [first] = (await scene.create(order("1", { revenue: "5.00" }))).items;
    const [second] = (await scene.create(order("1", { status: "other" }))).items;
    expect(second?.["calltouchOrderId"]).toBe(first?.["calltouchOrderId"]);
    expect(scene.sandbox.control.deals(SITE)).toMatchObject([{ status: "other", revenue: "5.00", creates: 2 }]);
  });

  it("takes the number of a deleted deal only under reuseDeletedNumber", async () => {
    const scene = createScene();
    await scene.create(order("1"));
    await scene.remove("1");
    expect((await scene.create(order("1"))).items).toEqual([refusal("1")]);
    scene.sandbox.control.setKnobs({ reuseDeletedNumber: true });
    expect((await scene.create(order("1"))).items).toMatchObject([{ error: null }]);
    expect(scene.sandbox.control.deals(SITE)).toMatchObject([{ isDeleted: true }, { isDeleted: false }]);
  });

  it("keeps one deal when the same create arrives twice at once", async () => {
    const scene = createScene();
    const answers = await Promise.all([scene.create(order("1")), scene.create(order("1"))]);
    expect(answers.map(({ items }) => items[0]?.["error"]).filter((error) => error === null)).toHaveLength(1);
    expect(scene.sandbox.control.deals(SITE)).toHaveLength(1);
  });

  it("puts tags, manager and fields on the lead it found", async () => {
    const scene = createScene();
    scene.sandbox.control.addLead({
      siteId: SITE,
      kind: "call",
      at: NOON - HOUR_MS,
      phones: ["79157771122"],
      tags: ["old"],
    });
    const change = {
      matching: [callContact()],
      addTagsToLead: { overwrite: false, tags: [{ tag: "new" }] },
      leadManager: { manager: "Петров", overwrite: false },
      addCustomFieldsToLead: { overwrite: false, customFields: [{ field: "a", value: 1 }] },
    };
    await scene.create(order("1", change));
    const again = { ...change, addTagsToLead: { overwrite: true, tags: [{ tag: "only" }] } };
    const [lead] = scene.sandbox.control.leads(SITE);
    expect(lead).toMatchObject({ tags: ["old", "new"], manager: "Петров", customFields: [{ field: "a", value: "1" }] });
    await scene.create(order("2", { ...again, leadManager: { manager: "Иванов", overwrite: false } }));
    expect(scene.sandbox.control.leads(SITE)).toMatchObject([{ tags: ["only"], manager: "Петров" }]);
    await scene.create(order("3", { ...again, leadManager: { manager: "Иванов", overwrite: true } }));
    expect(scene.sandbox.control.leads(SITE)).toMatchObject([{ manager: "Иванов" }]);
  });

  it("hands out growing ids of seven digits, with gaps when asked", async () => {
    const { control } = createCalltouchSandbox({ now: () => NOON, random: () => 0.5 });
    control.addSite({ siteId: SITE, token: "t" });
    const ids = [1, 2, 3].map(() => control.addDealByHand({ siteId: SITE }).calltouchOrderId);
    expect(ids).toEqual([7071682, 7071687, 7071692]);
  });
});

describe("the shape of items", () => {
  it("leaves out the number and the null error when the knobs say so", async () => {
    const scene = createScene({ echoOrderNumber: false, errorNullOnSuccess: false });
    const answer = await scene.create(order("1"), order("1"));
    expect(answer.items).toEqual([{ calltouchOrderId: 7071678 }, { error: expect.any(String) }]);
  });
});

describe("update", () => {
  it("changes what was sent and nothing else", async () => {
    const scene = createScene();
    await scene.create(
      order("1", {
        revenue: "100.00",
        manager: "Петров",
        comment: { text: "a" },
        customFields: [{ field: "x", value: "1" }],
      }),
    );
    const before = scene.deal("1");
    const answer = await scene.update(
      updateOf({ status: "Отгружен", statusDate: "14-05-2025 11:20:00", margin: "-3.10" }),
    );
    expect(answer.items).toEqual([{ orderNumber: "1", calltouchOrderId: before?.calltouchOrderId, error: null }]);
    expect(scene.deal("1")).toEqual({
      ...before,
      status: "Отгружен",
      statusDate: "14-05-2025 11:20:00",
      statusAt: NOON - 40 * MINUTE_MS,
      margin: "-3.10",
      updatedAt: NOON - 30 * MINUTE_MS,
      lastUpdateDateAt: NOON - 30 * MINUTE_MS,
    });
    expect(before).toMatchObject({ status: "Запись", margin: null });
  });

  it("appends tags or replaces them, appends comments, merges fields and replaces products", async () => {
    const scene = createScene();
    await scene.create(
      order("1", { addTags: [{ tag: "a" }], comment: { text: "one" }, products: [{ name: "p", price: "1" }] }),
    );
    await scene.update(
      updateOf({
        addTags: { overwrite: false, tags: [{ tag: "a" }, { tag: "b" }] },
        addNewComment: { text: "two" },
        customFields: [
          { field: "x", value: "1" },
          { field: "y", value: 2 },
        ],
        products: [{ name: "q", price: "2.00" }],
      }),
    );
    expect(scene.deal("1")).toMatchObject({ tags: ["a", "b"], comments: ["one", "two"], products: [{ name: "q" }] });
    await scene.update(
      updateOf({ addTags: { overwrite: true, tags: [{ tag: "c" }] }, customFields: [{ field: "x", value: "9" }] }),
    );
    expect(scene.deal("1")?.tags).toEqual(["c"]);
    expect(scene.deal("1")?.customFields).toEqual([
      { field: "x", value: "9" },
      { field: "y", value: "2" },
    ]);
  });

  it("refuses an unknown and a deleted number, and carries on with the rest", async () => {
    const scene = createScene();
    await scene.create(order("1"), order("2"));
    await scene.remove("2");
    const date = { updateDate: "14-05-2025 11:30:00", manager: "s" };
    const answer = await scene.update(
      { orderNumber: "3", ...date },
      { orderNumber: "2", ...date },
      { orderNumber: "1", ...date },
    );
    expect(answer.items).toMatchObject([refusal("3"), refusal("2"), { orderNumber: "1", error: null }]);
    expect(scene.deal("1")?.manager).toBe("s");
    expect(scene.sandbox.control.deals(SITE)).toHaveLength(2);
  });

  it("links anew by reMatching, and on a miss keeps the link unless the knob drops it", async () => {
    const scene = createScene();
    await scene.create(order("1"));
    await scene.update(updateOf({ reMatching: [callContact()] }));
    expect(scene.deal("1")?.link.kind).toBe("custom");
    const id = scene.sandbox.control.addLead({
      siteId: SITE,
      kind: "call",
      at: NOON - HOUR_MS,
      phones: ["79157771122"],
    });
    await scene.update(
      updateOf({
        reMatching: [callContact(), customSources],
        addTagsToLeads: { overwrite: false, tags: [{ tag: "x" }] },
      }),
    );
    expect(scene.deal("1")?.link).toEqual({ kind: "call", id });
    expect(scene.sandbox.control.leads(SITE)).toMatchObject([{ tags: ["x"] }]);
    scene.sandbox.control.setKnobs({ keepLinkOnMiss: false });
    await scene.update(updateOf({ manager: "s" }));
    expect(scene.deal("1")?.link).toEqual({ kind: "call", id });
    await scene.update(updateOf({ reMatching: [callContact({ phones: ["79000000000"] })] }));
    expect(scene.deal("1")?.link).toEqual({ kind: "none" });
  });

  it("may be older than the last one, unless the knob refuses that", async () => {
    const scene = createScene();
    await scene.create(order("1"));
    await scene.update(updateOf({ manager: "new" }));
    await scene.update(updateOf({ manager: "old", updateDate: "14-05-2025 11:29:59" }));
    expect(scene.deal("1")?.manager).toBe("old");
    scene.sandbox.control.setKnobs({ olderUpdate: "error" });
    const answer = await scene.update(updateOf({ manager: "older", updateDate: "14-05-2025 11:29:58" }));
    expect(answer.items).toEqual([refusal("1")]);
    expect(scene.deal("1")?.manager).toBe("old");
  });
});

describe("delete", () => {
  it("marks deals deleted, and refuses unknown and already deleted ones", async () => {
    const scene = createScene();
    await scene.create(order("1"), order("2"));
    const first = await scene.remove("1", "3");
    expect(first.items).toMatchObject([{ orderNumber: "1", error: null }, refusal("3")]);
    expect((await scene.remove("1")).items).toEqual([refusal("1")]);
    expect(scene.deal("1")?.isDeleted).toBe(true);
    expect(scene.deal("2")?.isDeleted).toBe(false);
  });

  it("says nothing about unknown numbers under deleteUnknown: ok", async () => {
    const scene = createScene({ deleteUnknown: "ok" });
    expect((await scene.remove("3")).items).toEqual([{ orderNumber: "3", error: null }]);
  });

  it("by hand looks the same to the API", async () => {
    const scene = createScene();
    await scene.create(order("1"));
    expect(scene.sandbox.control.deleteDealByHand(SITE, "1")).toBe(true);
    expect(scene.sandbox.control.deleteDealByHand(SITE, "1")).toBe(false);
    expect((await scene.update(updateOf({ manager: "s" }))).items).toEqual([refusal("1")]);
  });
});
