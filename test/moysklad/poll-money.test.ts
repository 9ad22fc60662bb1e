import { describe, expect, it } from "vitest";
import { createReading, SECOND_MS } from "./reading.ts";

const KNOBS = [{ paymentTouchesOrder: false }, { paymentTouchesOrder: true }];
const KINDS = ["paymentin", "cashin"] as const;
const WAYS = ["order", "demand", "invoiceout"] as const;
const PAYMENTS = KNOBS.flatMap((knobs) => KINDS.flatMap((kind) => WAYS.map((via) => ({ ...knobs, kind, via }))));

describe("the money of an order in the poll", () => {
  it.each(PAYMENTS)(
    "counts a $kind by way of the $via, and no more once it is removed (touches the order: $paymentTouchesOrder)",
    async ({ paymentTouchesOrder, kind, via }) => {
      const reading = createReading({ knobs: { paymentTouchesOrder }, settings: { revenue: "paid" } });
      const order = reading.addLeadOrder({ sum: 50_000 });
      await reading.poll();
      reading.advance(SECOND_MS);
      const payment = reading.control.addPayment({ kind, orderId: order, sum: 20_000, via });
      await reading.poll();
      expect(reading.dealOf(order).revenueKopecks).toBe(20_000);
      reading.advance(SECOND_MS);
      reading.control.removePayment(payment);
      await reading.poll();
      expect(reading.dealOf(order).revenueKopecks).toBe(0);
    },
  );

  it("costs no further request when a payment belongs to no deal", async () => {
    const reading = createReading({ settings: { revenue: "paid" } });
    const stranger = reading.control.addOrder({ agentId: reading.agentId, sum: 50_000 });
    await reading.poll();
    reading.advance(SECOND_MS);
    reading.control.addPayment({ kind: "paymentin", orderId: stranger, sum: 20_000 });
    expect(await reading.requestsOf(() => reading.poll())).toBeLessThanOrEqual(4);
  });

  it.each([{ shipmentTouchesOrder: false }, { shipmentTouchesOrder: true }])(
    "is what was shipped less what came back (touches the order: $shipmentTouchesOrder)",
    async (knobs) => {
      const reading = createReading({ knobs, settings: { revenue: "shipped" } });
      const order = reading.addLeadOrder({ sum: 50_000 });
      await reading.poll();
      reading.advance(SECOND_MS);
      const demandId = reading.control.addDemand({ orderId: order, sum: 40_000 });
      await reading.poll();
      expect(reading.dealOf(order).revenueKopecks).toBe(40_000);
      reading.advance(SECOND_MS);
      reading.control.addSalesReturn({ demandId, sum: 15_000 });
      await reading.poll();
      expect(reading.dealOf(order).revenueKopecks).toBe(25_000);
    },
  );

  it("is the order's sum less what came back", async () => {
    const reading = createReading();
    const order = reading.addLeadOrder({ sum: 50_000 });
    const demandId = reading.control.addDemand({ orderId: order, sum: 50_000 });
    await reading.poll();
    reading.advance(SECOND_MS);
    reading.control.addSalesReturn({ demandId, sum: 50_000 });
    await reading.poll();
    expect(reading.dealOf(order).revenueKopecks).toBe(0);
  });

  it.each([
    { kind: "paymentout", of: "return" },
    { kind: "cashout", of: "return" },
    { kind: "paymentout", of: "order" },
    { kind: "cashout", of: "order" },
  ] as const)("is what was paid less a $kind of the $of, within two polls", async ({ kind, of }) => {
    const reading = createReading({ settings: { revenue: "paid" } });
    const order = reading.addLeadOrder({ sum: 50_000 });
    const demandId = reading.control.addDemand({ orderId: order, sum: 50_000 });
    const salesReturnId = reading.control.addSalesReturn({ demandId, sum: 20_000 });
    reading.control.addPayment({ kind: "cashin", orderId: order, sum: 50_000 });
    await reading.poll();
    expect(reading.dealOf(order).revenueKopecks).toBe(50_000);
    reading.advance(SECOND_MS);
    reading.control.addRefund(
      of === "return" ? { kind, salesReturnId, sum: 5_000 } : { kind, orderId: order, sum: 5_000 },
    );
    await reading.poll();
    await reading.poll();
    expect(reading.dealOf(order).revenueKopecks).toBe(45_000);
  });

  it("is complete after the setting is changed from the sum to what was paid", async () => {
    const reading = createReading();
    const order = reading.addLeadOrder({ sum: 50_000 });
    await reading.poll();
    reading.advance(SECOND_MS);
    reading.control.addPayment({ kind: "paymentin", orderId: order, sum: 20_000 });
    await reading.poll();
    reading.configure({ revenue: "paid" });
    await reading.poll();
    expect(reading.dealOf(order).revenueKopecks).toBe(20_000);
  });
});
