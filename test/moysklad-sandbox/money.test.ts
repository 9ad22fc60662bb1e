import { describe, expect, it } from "vitest";
import { createScene, HOOK_URL, inside, pluck, ref } from "./scene.ts";

const ORDERS = "/entity/customerorder";

function setup(knobs: Parameters<typeof createScene>[0] = {}) {
  const scene = createScene(knobs);
  const agentId = scene.control.addCounterparty({ name: "Иван" });
  const orderId = scene.control.addOrder({ agentId, sum: 100_00 });
  const order = async () => (await scene.get(`${ORDERS}/${orderId}`)).json;
  return { ...scene, agentId, orderId, order };
}

describe("payments", () => {
  it("add up in the order they are linked to, until they are unposted or removed", async () => {
    const { control, order, orderId, put } = setup();
    const bank = control.addPayment({ kind: "paymentin", orderId, sum: 60_00 });
    const cash = control.addPayment({ kind: "cashin", orderId, sum: 40_00 });
    expect(await order()).toMatchObject({ sum: 100_00, payedSum: 100_00 });
    expect(pluck(Object(inside(await order(), "payments")), "meta")).toHaveLength(2);
    await put(`/entity/cashin/${cash}`, { applicable: false });
    expect(inside(await order(), "payedSum")).toBe(60_00);
    control.removePayment(bank);
    expect(inside(await order(), "payedSum")).toBe(0);
  });

  it.each(["demand", "invoiceout"] as const)("count through a %s as the knob says", async (via) => {
    const { control, order, orderId } = setup();
    control.addPayment({ kind: "paymentin", orderId, sum: 60_00, via });
    expect(inside(await order(), "payedSum")).toBe(60_00);
    control.setKnobs({ payedSumIncludesIndirect: false });
    expect(inside(await order(), "payedSum")).toBe(0);
  });

  it("carry their links as metas with the linked sum", async () => {
    const { control, get, orderId } = setup();
    control.addPayment({ kind: "cashin", orderId, sum: 5_00 });
    const answer = await get("/entity/cashin", { filter: "updated>=2026-11-22 12:00:00" });
    expect(answer.at("rows", 0, "operations")).toMatchObject([{ meta: { type: "customerorder" }, linkedSum: 5_00 }]);
  });

  it("refuse to link more than their sum, or one document twice", async () => {
    const { post, orderId, agentId, organizationId } = setup();
    const link = (linkedSum: number) => ({ ...ref("customerorder", orderId), linkedSum });
    const pay = async (operations: object[]) => {
      const parties = { organization: ref("organization", organizationId), agent: ref("counterparty", agentId) };
      return (await post("/entity/paymentin", { ...parties, sum: 10_00, operations })).codes;
    };
    expect(await pay([link(11_00)])).toEqual([22000]);
    expect(await pay([link(1_00), link(1_00)])).toEqual([22001]);
    expect(await pay([link(10_00)])).toEqual([]);
  });

  it.each([
    [false, "2026-11-22 12:00:00.000", 0],
    [true, "2026-11-22 12:00:01.000", 1],
  ])(
    "with paymentTouchesOrder %s leave the order updated %s and fire %d webhooks of it",
    async (touches, updated, hooks) => {
      const scene = setup({ paymentTouchesOrder: touches });
      await scene.post("/entity/webhook", { url: HOOK_URL, action: "UPDATE", entityType: "customerorder" });
      scene.clock.now += 1_000;
      scene.control.addPayment({ kind: "paymentin", orderId: scene.orderId, sum: 5_00, via: "order" });
      await scene.control.hooksSent();
      expect(inside(await scene.order(), "updated")).toBe(updated);
      expect(scene.hooks).toHaveLength(hooks);
    },
  );
});

describe("shipments, returns and refunds", () => {
  it("add up in shippedSum and are reachable from the order", async () => {
    const { control, order, orderId, get } = setup();
    const demandId = control.addDemand({ orderId, sum: 70_00 });
    const salesReturnId = control.addSalesReturn({ demandId, sum: 20_00 });
    control.addRefund({ kind: "cashout", salesReturnId, sum: 20_00 });
    expect(await order()).toMatchObject({ shippedSum: 70_00, demands: [{ meta: { type: "demand" } }], payedSum: 0 });
    const demand = await get(`/entity/demand/${demandId}`, { expand: "returns" });
    expect(demand.at("returns", 0)).toMatchObject({ sum: 20_00, payedSum: 20_00 });
  });
});

describe("the audit", () => {
  it("tells when the state changed, from what to what, and who did it", async () => {
    const { control, get, orderId, clock } = setup();
    clock.now += 60_000;
    control.changeOrder(orderId, { stateId: control.states()[3]?.id ?? "" });
    const { rows } = await get(`${ORDERS}/${orderId}/audit`);
    expect(rows).toMatchObject([
      {
        eventType: "update",
        source: "app",
        uid: "admin@shop",
        moment: "2026-11-22 12:01:00.000",
        diff: { state: { oldValue: { name: "Новый" }, newValue: { name: "Выполнен" } } },
      },
      { eventType: "create" },
    ]);
  });

  it("lists contexts by filter, 25 unless told, 100 at most, each with its events", async () => {
    const { control, get, agentId } = setup();
    for (let count = 0; count < 30; count += 1) control.addOrder({ agentId });
    const contexts = await get("/audit", { filter: "entityType=customerorder;eventType=create" });
    expect([contexts.rows.length, contexts.at("meta", "size")]).toEqual([25, 31]);
    expect((await get("/audit", { limit: "101" })).codes).toEqual([1040]);
    const events = await get(`/audit/${contexts.at("rows", 0, "id")}/events`);
    expect(events.rows).toMatchObject([{ entityType: "customerorder", eventType: "create" }]);
  });
});

describe("notes and contact persons", () => {
  it("are added one after the other and answered as arrays", async () => {
    const { post, get, agentId, orderId, control } = setup();
    const note = await post(`${ORDERS}/${orderId}/notes`, { description: "Повторный звонок" });
    expect(note.at(0)).toMatchObject({ description: "Повторный звонок", meta: { type: "note" } });
    expect(control.orders()[0]?.notes).toEqual(["Повторный звонок"]);
    expect((await get(`${ORDERS}/${orderId}/notes`)).rows).toHaveLength(1);
    const path = `/entity/counterparty/${agentId}/contactpersons`;
    expect((await post(path, { name: "Анна", phone: "8 999" })).at(0)).toMatchObject({ name: "Анна", phone: "8 999" });
    expect((await get(path)).rows).toHaveLength(1);
    expect((await post(path, { phone: "8" })).codes).toEqual([3000]);
  });
});
