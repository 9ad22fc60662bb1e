import { describe, expect, it } from "vitest";
import { callContact, createScene, customSources, NOON, order } from "./scene.ts";

describe("a body under stricter or looser knobs", () => {
  it("is refused for unknown keys only when the knob says so", async () => {
    const body = {
      crm: "CRM",
      orders: [order("1", { matching: [{ ...customSources, extra: 1 }], customSources: null })],
    };
    expect((await createScene().post("create", body)).status).toBe(200);
    const answer = await createScene({ rejectUnknownKeys: true }).post("create", body);
    expect(answer.json).toEqual({
      data: {
        validationErrorData: { "orders[0].matching[0].extra": "unknown key", "orders[0].customSources": "unknown key" },
      },
    });
  });

  it("is refused for a numeric orderNumber when the knob says so", async () => {
    const scene = createScene({ rejectNumericOrderNumber: true });
    expect((await scene.create(order("", { orderNumber: 2442 }))).status).toBe(400);
    expect((await scene.post("delete", { orderNumbers: [2442] })).status).toBe(400);
  });

  it("may have either shape of addTags when shapes are not strict", async () => {
    const scene = createScene({ strictShapes: false });
    await scene.create(order("1", { addTags: { overwrite: true, tags: [{ tag: "a" }] } }));
    await scene.update({ orderNumber: "1", updateDate: "14-05-2025 11:30:00", addTags: [{ tag: "b" }] });
    expect(scene.deal("1")?.tags).toEqual(["a", "b"]);
  });

  it.each<[string, object, object]>([
    ["commentMax", { commentMax: 3 }, { comment: { text: "four" } }],
    ["sourceMax", { sourceMax: 3 }, {}],
    ["tagMax", { tagMax: 3 }, { addTags: [{ tag: "four" }] }],
    ["nameMax", { nameMax: 3 }, { manager: "four" }],
    ["orderNumberMax", { orderNumberMax: 3 }, { orderNumber: "four" }],
    ["searchDepthMax", { searchDepthMax: 119 }, { matching: [callContact()] }],
  ])("%s bounds what is accepted", async (_title, knobs, change) => {
    const [loose, strict] = [createScene(), createScene({ nameMax: 200, ...knobs })];
    const status = { status: "Ж" };
    expect((await loose.create(order("1", { ...status, ...change }))).status).toBe(200);
    expect((await strict.create(order("1", { ...status, ...change }))).status).toBe(400);
  });

  it("may be dated ahead, have a negative revenue or no updateDate when the knobs allow it", async () => {
    const scene = createScene({ futureDates: "accept", allowNegativeRevenue: true, requireUpdateDate: false });
    await scene.create(order("1", { orderDate: "01-01-2026 00:00:00", revenue: "-5.00" }));
    expect(scene.deal("1")?.revenue).toBe("-5.00");
    scene.clock.now += 1_000;
    expect((await scene.update({ orderNumber: "1", margin: "1" })).items).toMatchObject([{ error: null }]);
    expect(scene.deal("1")?.updatedAt).toBe(NOON + 1_000);
    expect((await scene.create(order("2", { orderDate: "31-02-2026 00:00:00" }))).status).toBe(400);
  });

  it("may have a status without its date when the knob allows it", async () => {
    const scene = createScene({ requireStatusDate: false });
    expect((await scene.create(order("1", { statusDate: undefined }))).status).toBe(200);
  });

  it("is judged by a knob from the moment the knob is turned", async () => {
    const scene = createScene();
    expect((await scene.create(order("1", { comment: { text: "four" } }))).status).toBe(200);
    scene.sandbox.control.setKnobs({ commentMax: 3 });
    expect((await scene.create(order("2", { comment: { text: "four" } }))).status).toBe(400);
    expect(scene.sandbox.control.requests().map(({ status }) => status)).toEqual([200, 400]);
  });
});
