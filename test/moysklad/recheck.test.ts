import { describe, expect, it } from "vitest";
import { createReading, SECOND_MS } from "./reading.ts";

const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/** Orders that were read, and everything that changes from now on is told by no list and no webhook. */
async function createKnown(count: number, settings: Record<string, unknown> = {}) {
  const reading = createReading({ settings });
  const orders = Array.from({ length: count }, () =>
    reading.addLeadOrder({ sum: 50_000, stateId: reading.states.Подтвержден }),
  );
  await reading.poll();
  reading.advance(DAY_MS);
  return { ...reading, orders: orders.sort() };
}

describe("once a day the poll reads open orders again", () => {
  it("and sees those that were deleted for good, a hundred orders in a poll", async () => {
    const reading = await createKnown(120);
    const gone = [reading.orders[3] ?? "", reading.orders[110] ?? ""];
    for (const order of gone) reading.control.deleteOrder(order, { hard: true });
    expect(await reading.poll()).toEqual(gone.slice(0, 1));
    expect(await reading.poll()).toEqual(gone.slice(1));
    for (const order of gone) expect(reading.dealOf(order)).toMatchObject({ status: "Отменён", revenueKopecks: 0 });
    reading.control.deleteOrder(reading.orders[5] ?? "", { hard: true });
    expect(await reading.poll()).toEqual([]);
  });

  it("and sees a state that was renamed, or is now a final one, with the date the order came into it", async () => {
    const reading = await createKnown(1);
    const [order = ""] = reading.orders;
    const before = reading.dealOf(order);
    reading.control.changeState(reading.states.Подтвержден, { name: "Согласован" });
    await reading.poll();
    expect(reading.dealOf(order)).toMatchObject({ status: "Согласован", statusAt: before.statusAt });
    reading.control.changeState(reading.states.Подтвержден, { stateType: "Successful" });
    reading.advance(DAY_MS);
    await reading.poll();
    expect(reading.dealOf(order)).toMatchObject({ status: "COMPLETED", statusAt: before.statusAt });
  });

  it("and leaves orders alone which the user of the token may no longer see", async () => {
    const reading = await createKnown(60);
    const { fetch } = reading.context();
    let refused = 0;
    const blind = async (request: Request) => {
      const answer = await fetch(request);
      if (/customerorder\/[-\w]{36}$/.test(new URL(request.url).pathname)) {
        refused += 1;
        return Response.json({ errors: [{ code: 1016 }] }, { status: 403 });
      }
      const body: { rows?: unknown[] } = await answer.json();
      return Response.json({ ...body, rows: [] });
    };
    expect(await reading.poll({ fetch: blind })).toEqual([]);
    expect(refused).toBe(1);
    for (const order of reading.orders) expect(reading.dealOf(order).status).toBe("Подтвержден");
  });

  it.each(["sum", "paid", "shipped"])("and a poll takes at most four requests all the same (%s)", async (revenue) => {
    const reading = await createKnown(250, { revenue });
    const [order = ""] = reading.orders;
    const counts: number[] = [];
    for (let run = 0; run < 9; run += 1) {
      counts.push(await reading.requestsOf(() => reading.poll()));
      reading.advance(300 * SECOND_MS);
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(4);
    // Refunds have not been forgotten over it.
    if (revenue !== "paid") return;
    reading.control.addPayment({ kind: "paymentin", orderId: order, sum: 20_000 });
    reading.control.addRefund({ kind: "cashout", orderId: order, sum: 5_000 });
    await reading.poll();
    await reading.poll();
    expect(reading.dealOf(order).revenueKopecks).toBe(15_000);
  });

  it("asks nothing for orders that are done, deleted or no deals", async () => {
    const reading = await createKnown(3);
    const [done = "", deleted = "", open = ""] = reading.orders;
    reading.control.changeOrder(done, { stateId: reading.states.Выполнен });
    reading.control.deleteOrder(deleted);
    reading.control.changeOrder(open, { stateId: reading.states.Отменен });
    const byHand = reading.control.addOrder({ agentId: reading.agentId, sum: 7_000 });
    expect((await reading.poll()).sort()).toEqual([done, deleted, open, byHand].sort());
    reading.advance(2 * DAY_MS);
    expect(await reading.requestsOf(() => reading.poll())).toBe(3);
  });
});
