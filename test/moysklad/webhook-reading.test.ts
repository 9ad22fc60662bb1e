import { describe, expect, it } from "vitest";
import { readHook } from "../../adapters/moysklad/hook.ts";
import { setup } from "../../adapters/moysklad/setup.ts";
import { createReading, SECOND_MS } from "./reading.ts";
import { HOOK_URL } from "./stage.ts";

async function createHooked(settings: Record<string, unknown> = {}) {
  const reading = createReading({ settings });
  reading.done(await setup(reading.context(), HOOK_URL));
  const { control } = reading;
  return {
    ...reading,
    /** What the webhooks of the work say, one by one. */
    async hooksOf(work: () => void) {
      await control.hooksSent();
      control.clearDeliveries();
      reading.advance(SECOND_MS);
      work();
      await control.hooksSent();
      return control.deliveries().map(({ body }) => readHook(body, reading.context().memory));
    },
  };
}

describe("the webhooks setup makes", () => {
  it("bring a change of state and a deletion into the deal", async () => {
    const reading = await createHooked();
    const order = reading.addLeadOrder();
    await reading.poll();
    const moved = await reading.hooksOf(() => reading.control.changeOrder(order, { stateId: reading.states.Выполнен }));
    expect(moved).toEqual([{ kind: "keys", keys: [`customerorder:${order}`] }]);
    await reading.pull(`customerorder:${order}`);
    expect(reading.dealOf(order)).toMatchObject({ status: "COMPLETED", statusAt: reading.now() });
    const deleted = await reading.hooksOf(() => reading.control.deleteOrder(order));
    expect(deleted).toEqual([{ kind: "keys", keys: [`customerorder:${order}`] }]);
    await reading.pull(`customerorder:${order}`);
    expect(reading.dealOf(order).status).toBe("Отменён");
  });

  it("bring a payment into the deal, and its removal", async () => {
    const reading = await createHooked({ revenue: "paid" });
    const order = reading.addLeadOrder({ sum: 50_000 });
    await reading.poll();
    const payments: string[] = [];
    const paid = await reading.hooksOf(() => {
      payments.push(reading.control.addPayment({ kind: "paymentin", orderId: order, sum: 20_000 }));
    });
    const [payment = ""] = payments;
    expect(paid).toEqual([{ kind: "keys", keys: [`paymentin:${payment}`] }]);
    await reading.pull(`paymentin:${payment}`);
    expect(reading.dealOf(order).revenueKopecks).toBe(20_000);
    await reading.hooksOf(() => reading.control.removePayment(payment));
    await reading.pull(`paymentin:${payment}`);
    expect(reading.dealOf(order).revenueKopecks).toBe(0);
  });

  it.each(["webhookForeignHref", "webhookWrongAccount"] as const)("are refused when forged (%s)", async (kind) => {
    const reading = await createHooked();
    const order = reading.addLeadOrder();
    const hooks = await reading.hooksOf(() => {
      reading.control.fault({ kind });
      reading.control.changeOrder(order, { sum: 1_000 });
    });
    expect(hooks.map((hook) => hook.kind)).toEqual(["refused"]);
  });

  it("are read past fields nobody knows", async () => {
    const reading = await createHooked();
    const order = reading.addLeadOrder();
    const hooks = await reading.hooksOf(() => {
      reading.control.fault({ kind: "webhookUnknownFields" });
      reading.control.changeOrder(order, { sum: 1_000 });
    });
    expect(hooks).toEqual([{ kind: "keys", keys: [`customerorder:${order}`] }]);
  });
});
