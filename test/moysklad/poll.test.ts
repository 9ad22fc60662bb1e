import { describe, expect, it } from "vitest";
import { poll } from "../../adapters/moysklad/poll.ts";
import { setup } from "../../adapters/moysklad/setup.ts";
import { createReading, SECOND_MS } from "./reading.ts";
import { HOOK_URL, STARTED_AT } from "./stage.ts";

describe("a poll of MoySklad", () => {
  it("reads nothing that changed before the connection's first launch", async () => {
    const reading = createReading();
    reading.addLeadOrder();
    reading.advance(60 * SECOND_MS);
    expect(await reading.poll({ sinceAt: reading.now() })).toEqual([]);
    const later = reading.addLeadOrder();
    expect(await reading.poll({ sinceAt: reading.now() })).toEqual([later]);
  });

  it.each(["sum", "paid", "shipped"])("that finds nothing takes at most four requests (%s)", async (revenue) => {
    const reading = createReading({ settings: { revenue } });
    const order = reading.addLeadOrder({ sum: 50_000 });
    reading.control.addPayment({ kind: "paymentin", orderId: order, sum: 10_000 });
    reading.control.addDemand({ orderId: order, sum: 50_000 });
    await reading.poll();
    for (let run = 0; run < 3; run += 1) {
      reading.advance(300 * SECOND_MS);
      const read: string[] = [];
      const requests = await reading.requestsOf(async () => read.push(...(await reading.poll())));
      expect(read).toEqual([]);
      expect(requests).toBeLessThanOrEqual(4);
    }
  });

  it("gives each change once, whoever made it", async () => {
    const reading = createReading({ settings: { orders: "all" } });
    const first = reading.addLeadOrder();
    const second = reading.control.addOrder({ agentId: reading.agentId, sum: 7_000 });
    expect((await reading.poll()).sort()).toEqual([first, second].sort());
    reading.advance(SECOND_MS);
    reading.control.changeOrder(second, { sum: 9_000 });
    expect(await reading.poll()).toEqual([second]);
    expect(reading.dealOf(second).revenueKopecks).toBe(9_000);
  });

  it("sees a second change within the same instant", async () => {
    const reading = createReading();
    const order = reading.addLeadOrder();
    await reading.poll();
    reading.control.changeOrder(order, { sum: 9_000 });
    expect(await reading.poll()).toEqual([order]);
    reading.control.changeOrder(order, { sum: 8_000 });
    expect(await reading.poll()).toEqual([order]);
    expect(reading.dealOf(order).revenueKopecks).toBe(8_000);
  });

  it("sees an order deleted and restored, and makes nothing of one it never knew", async () => {
    const reading = createReading();
    const order = reading.addLeadOrder({ sum: 5_000, stateId: reading.states.Подтвержден });
    await reading.poll();
    const unknown = reading.addLeadOrder();
    reading.advance(SECOND_MS);
    reading.control.deleteOrder(order);
    reading.control.deleteOrder(unknown);
    expect(await reading.poll()).toEqual([order]);
    expect(reading.dealOf(order)).toMatchObject({ status: "Отменён", statusAt: reading.now(), revenueKopecks: 0 });
    reading.advance(SECOND_MS);
    reading.control.restoreOrder(order);
    expect(await reading.poll()).toEqual([order]);
    expect(reading.dealOf(order)).toMatchObject({ status: "Подтвержден", revenueKopecks: 5_000 });
  });

  it("comes past more orders of one instant than a page holds", async () => {
    const reading = createReading();
    const orders = Array.from({ length: 250 }, () => reading.addLeadOrder());
    expect((await reading.poll()).sort()).toEqual(orders.sort());
    expect(await reading.requestsOf(() => reading.poll())).toBeLessThanOrEqual(4);
  });

  it.each([1, 3])(
    "misses none when more than a page of one instant is moved on after %d portions",
    async (portions) => {
      const reading = createReading({ settings: { orders: "all" } });
      const add = () => reading.control.addOrder({ agentId: reading.agentId, sum: 5_000 });
      const orders = Array.from({ length: 350 }, add);
      for (let portion = 0; portion < portions; portion += 1) {
        reading.keep(reading.done(await poll(reading.context())).documents);
      }
      for (const order of [...reading.documents.keys()].slice(0, 200)) {
        reading.advance(10);
        reading.control.changeOrder(order, { sum: 9_000 });
      }
      await reading.poll();
      const sums = orders.map((order) => reading.dealOf(order).revenueKopecks);
      expect(sums).toEqual(reading.control.orders().map(({ sum }) => sum));
    },
  );

  it("catches up ten thousand changed orders without a single 429", async () => {
    const reading = createReading();
    reading.done(await setup(reading.context(), HOOK_URL));
    reading.control.clearRequests();
    const orders = Array.from({ length: 10_000 }, (_, index) => {
      if (index % 40 === 0) reading.advance(SECOND_MS);
      return reading.addLeadOrder();
    });
    const requests = await reading.requestsOf(() => reading.poll());
    expect([...reading.documents.keys()].sort()).toEqual(orders.sort());
    // A page holds a hundred; those of the last instant are read twice.
    expect(requests).toBeLessThanOrEqual(140);
    expect(reading.control.requests().filter(({ status }) => status !== 200)).toEqual([]);
  }, 120_000);

  it("goes on where a run stopped that had used up its requests", async () => {
    const reading = createReading();
    await reading.poll();
    const orders = Array.from({ length: 120 }, () => reading.addLeadOrder());
    await reading.poll();
    for (const order of orders) reading.control.changeOrder(order, { stateId: reading.states.Выполнен });
    reading.control.clearRequests();
    let isDone = false;
    for (let run = 0; run < 40 && !isDone; run += 1) {
      const until = reading.control.requests().length + 12;
      const isSpent = () => reading.control.requests().length >= until;
      isDone = await reading.poll({ isSpent }).then(
        () => true,
        () => false,
      );
    }
    expect(isDone).toBe(true);
    for (const order of orders) expect(reading.dealOf(order).status).toBe("COMPLETED");
  });

  it("reads orders also for a user who may not see payments", async () => {
    const reading = createReading({ settings: { revenue: "paid" } });
    reading.control.fault({ kind: "status", status: 403, code: 1016, path: "/entity/paymentin", times: 9 });
    reading.control.fault({ kind: "status", status: 403, code: 1016, path: "/entity/cashin", times: 9 });
    const order = reading.addLeadOrder();
    expect(await reading.poll()).toEqual([order]);
    const warned: string[] = [];
    await reading.poll({ log: ({ level, event }) => void (level === "warn" && warned.push(event)) });
    expect(warned).toEqual(["moysklad_refused", "moysklad_refused"]);
  });

  it("is halted without a token, with a reason that says what to do", async () => {
    const reading = createReading();
    const { token: _, ...settings } = reading.context().settings;
    await expect(reading.poll({ settings })).rejects.toThrow(/halted.*[Тт]окен/);
  });
});

describe("the status an order has in the poll", () => {
  it("waits as PENDING until the order leaves its first state, and never again", async () => {
    const reading = createReading();
    reading.done(await setup(reading.context(), HOOK_URL));
    const order = reading.addLeadOrder();
    await reading.poll();
    expect(reading.dealOf(order).status).toBe("PENDING");
    reading.advance(SECOND_MS);
    reading.control.changeOrder(order, { sum: 1_000 });
    await reading.poll();
    expect(reading.dealOf(order).status).toBe("PENDING");
    for (const name of ["Подтвержден", "Новый"] as const) {
      reading.advance(SECOND_MS);
      const changedAt = reading.now();
      reading.control.changeOrder(order, { stateId: reading.states[name] });
      await reading.poll();
      expect(reading.dealOf(order)).toMatchObject({ status: name, statusAt: changedAt });
    }
  });

  it("is dated by the change of the state, not by later changes of the order", async () => {
    const reading = createReading();
    const order = reading.addLeadOrder();
    await reading.poll();
    reading.advance(SECOND_MS);
    reading.control.changeOrder(order, { stateId: reading.states.Выполнен });
    const doneAt = reading.now();
    reading.advance(90 * SECOND_MS);
    reading.control.changeOrder(order, { sum: 9_000 });
    await reading.poll();
    expect(reading.dealOf(order)).toMatchObject({ status: "COMPLETED", statusAt: doneAt, revenueKopecks: 9_000 });
    reading.advance(SECOND_MS);
    reading.control.changeOrder(order, { sum: 9_500 });
    await reading.poll();
    expect(reading.dealOf(order)).toMatchObject({ statusAt: doneAt, revenueKopecks: 9_500 });
  });

  it("is open again when the order is reopened, and as open as before while completion is off", async () => {
    const reading = createReading();
    const order = reading.addLeadOrder({ stateId: reading.states.Подтвержден });
    await reading.poll();
    for (const name of ["Выполнен", "Отменен"] as const) {
      reading.advance(SECOND_MS);
      reading.control.changeOrder(order, { stateId: reading.states[name] });
      await reading.poll();
    }
    expect(reading.dealOf(order).status).toBe("Отменен");
    reading.configure({ flows: { completion: false } });
    expect(reading.dealOf(order)).toMatchObject({ status: "Подтвержден", statusAt: STARTED_AT });
    reading.configure({});
    reading.advance(SECOND_MS);
    reading.control.changeOrder(order, { stateId: reading.states.Подтвержден });
    await reading.poll();
    expect(reading.dealOf(order)).toMatchObject({ status: "Подтвержден", statusAt: reading.now() });
  });

  it("stays when the merchant removes the state: what was done is not reopened by it", async () => {
    const reading = createReading();
    const order = reading.addLeadOrder({ sum: 1_000 });
    await reading.poll();
    reading.advance(SECOND_MS);
    reading.control.changeOrder(order, { stateId: reading.states.Выполнен });
    await reading.poll();
    const { status, statusAt } = reading.dealOf(order);
    reading.control.removeState(reading.states.Выполнен);
    reading.advance(SECOND_MS);
    reading.control.changeOrder(order, { sum: 2_000 });
    await reading.poll();
    expect(reading.dealOf(order)).toMatchObject({ status, statusAt, revenueKopecks: 2_000 });
    reading.advance(SECOND_MS);
    reading.control.changeOrder(order, { stateId: reading.states.Подтвержден });
    await reading.poll();
    expect(reading.dealOf(order)).toMatchObject({ status: "Подтвержден", statusAt: reading.now() });
  });

  it("waits for a history that is not answered: what stands before it is kept, and nothing is asked over and over", async () => {
    const reading = createReading();
    const orders = Array.from({ length: 30 }, () => reading.addLeadOrder({ stateId: reading.states.Подтвержден }));
    await reading.poll();
    for (const order of orders) {
      reading.advance(SECOND_MS);
      reading.control.changeOrder(order, order === orders[20] ? { stateId: reading.states.Выполнен } : { sum: 7_000 });
    }
    reading.control.fault({ kind: "html502", path: `/entity/customerorder/${orders[20]}/audit`, times: 1_000 });
    const requests = await reading.requestsOf(() => expect(reading.poll()).rejects.toThrow(/later.*OUTAGE/));
    expect(requests).toBeLessThanOrEqual(4);
    expect(orders.filter((order) => reading.dealOf(order).revenueKopecks === 7_000)).toEqual(orders.slice(0, 20));
    reading.control.clearFaults();
    await reading.poll();
    expect(reading.dealOf(orders[20] ?? "").status).toBe("COMPLETED");
  });

  it("is dated by the order's change when the history may not be read", async () => {
    const reading = createReading();
    const order = reading.addLeadOrder();
    await reading.poll();
    reading.control.fault({ kind: "status", status: 403, code: 1016, path: `/entity/customerorder/${order}/audit` });
    reading.advance(SECOND_MS);
    reading.control.changeOrder(order, { stateId: reading.states.Выполнен });
    await reading.poll();
    expect(reading.dealOf(order)).toMatchObject({ status: "COMPLETED", statusAt: reading.now() });
  });
});
