import { describe, expect, it } from "vitest";
import { createClient } from "../../adapters/moysklad/client.ts";
import { createReading, SECOND_MS } from "./reading.ts";

const GONE = "7a10c0de-0000-11f1-0a80-0000000000ff";

describe("a pull of what webhooks have named", () => {
  it("reads an order as it stands now, in one request, and says when its state changed in one more", async () => {
    const reading = createReading();
    const order = reading.addLeadOrder();
    await reading.poll();
    reading.advance(SECOND_MS);
    reading.control.changeOrder(order, { stateId: reading.states.Выполнен });
    const doneAt = reading.now();
    reading.advance(SECOND_MS);
    reading.control.changeOrder(order, { sum: 9_000 });
    expect(await reading.requestsOf(() => reading.pull(`customerorder:${order}`))).toBe(2);
    expect(reading.dealOf(order)).toMatchObject({ status: "COMPLETED", statusAt: doneAt, revenueKopecks: 9_000 });
    expect(await reading.requestsOf(() => reading.pull(`customerorder:${order}`))).toBe(1);
  });

  it("says that an order is deleted which MoySklad no longer has, and takes it back when it is there again", async () => {
    const reading = createReading();
    const order = reading.addLeadOrder({ sum: 5_000 });
    const other = reading.addLeadOrder({ sum: 5_000 });
    await reading.poll();
    reading.advance(SECOND_MS);
    reading.control.deleteOrder(order, { hard: true });
    reading.control.deleteOrder(other);
    await reading.pull(`customerorder:${order}`, `customerorder:${other}`);
    for (const guid of [order, other]) {
      expect(reading.dealOf(guid)).toMatchObject({ status: "Отменён", statusAt: reading.now(), revenueKopecks: 0 });
    }
    reading.control.restoreOrder(other);
    await reading.pull(`customerorder:${other}`);
    expect(reading.dealOf(other).revenueKopecks).toBe(5_000);
  });

  it("keeps when an order was first found deleted", async () => {
    const reading = createReading();
    const order = reading.addLeadOrder();
    await reading.poll();
    reading.control.deleteOrder(order, { hard: true });
    await reading.pull(`customerorder:${order}`);
    const before = reading.dealOf(order);
    reading.advance(SECOND_MS);
    await reading.pull(`customerorder:${order}`);
    expect(reading.dealOf(order)).toEqual(before);
  });

  it("makes nothing of an order that is gone and was never known, nor of keys that are none", async () => {
    const reading = createReading();
    expect(await reading.pull(`customerorder:${GONE}`, `paymentin:${GONE}`, "customerorder:../../x", "")).toEqual([]);
  });

  it.each(["order", "demand", "invoiceout"] as const)(
    "reads the order a payment by way of the %s is for",
    async (via) => {
      const reading = createReading({ settings: { revenue: "paid" } });
      const order = reading.addLeadOrder({ sum: 50_000 });
      await reading.poll();
      reading.advance(SECOND_MS);
      const payment = reading.control.addPayment({ kind: "cashin", orderId: order, sum: 20_000, via });
      expect(await reading.pull(`cashin:${payment}`, `cashin:${payment}`)).toEqual([order]);
      expect(reading.dealOf(order).revenueKopecks).toBe(20_000);
    },
  );

  it("still knows whose a payment was that was removed for good past the recycle bin", async () => {
    const reading = createReading({ settings: { revenue: "paid" } });
    const order = reading.addLeadOrder({ sum: 50_000 });
    const payment = reading.control.addPayment({ kind: "cashin", orderId: order, sum: 20_000 });
    await reading.poll();
    expect(reading.dealOf(order).revenueKopecks).toBe(20_000);
    await createClient(reading.context()).delete(`/entity/cashin/${payment}`);
    expect(await reading.pull(`cashin:${payment}`)).toEqual([order]);
    expect(reading.dealOf(order).revenueKopecks).toBe(0);
  });

  it("asks nothing for a payment while the revenue does not go by payments", async () => {
    const reading = createReading();
    const order = reading.addLeadOrder({ sum: 50_000 });
    await reading.poll();
    const payment = reading.control.addPayment({ kind: "cashin", orderId: order, sum: 20_000 });
    expect(await reading.requestsOf(() => reading.pull(`cashin:${payment}`))).toBe(0);
  });

  it("reads more orders than fit one page", async () => {
    const reading = createReading();
    const orders = Array.from({ length: 130 }, () => reading.addLeadOrder());
    const read = await reading.pull(...orders.map((order) => `customerorder:${order}`));
    expect(read.sort()).toEqual(orders.sort());
  });

  it("reads also an order entered by hand, for the rules that may want it", async () => {
    const reading = createReading({ settings: { orders: "all" } });
    const order = reading.control.addOrder({ agentId: reading.agentId, sum: 7_000, salesChannel: "Сайт" });
    expect(await reading.pull(`customerorder:${order}`)).toEqual([order]);
    expect(reading.dealOf(order)).toMatchObject({
      revenueKopecks: 7_000,
      contacts: { name: "Ким Светлана", phones: ["79002223344"] },
    });
    expect(reading.read(order)).toMatchObject({
      organization: { name: "ООО «Ромашка»" },
      salesChannel: { name: "Сайт" },
    });
    expect(reading.dealOf(order).orderLink).toMatch(/^https:\/\/.+customerorder/);
  });
});
