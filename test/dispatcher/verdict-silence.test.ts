import { describe, expect, it } from "vitest";
import { createScene } from "../scene.ts";
import { MUDDLES, SILENCES, UNANSWERED } from "./silences.ts";
import { DAY, MINUTE, numberOf, operations, problemsOf, storedAccount, storedDeal, visit, visits } from "./stage.ts";

describe("a create without a parsed answer", () => {
  it.each(SILENCES)("%s: looked up before it is sent again, created once", async (_, fault, applied) => {
    const scene = await createScene();
    scene.sandbox.control.fault({ ...fault, path: "create" });
    await scene.post(visits(5));
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "due", step: "lookup", doubt: "unknown" });
    await scene.run(2 * MINUTE);
    const rest = applied ? ["list", "update"] : ["list", "create"];
    expect(operations(scene).filter((operation, index, all) => operation !== all[index - 1])).toEqual([
      "create",
      ...rest,
    ]);
    expect(await problemsOf(scene, 5)).toEqual([]);
  });

  it.each(MUDDLES)("%s: nothing is guessed, created once", async (_, fault) => {
    const scene = await createScene();
    scene.sandbox.control.fault({ ...fault, path: "create" });
    await scene.post(visits(5));
    await scene.run(2 * MINUTE);
    expect(await problemsOf(scene, 5)).toEqual([]);
    const ids = scene.sandbox.control.deals().map((deal) => [deal.orderNumber, deal.calltouchOrderId]);
    const rows = await scene.client.execute("SELECT order_number, calltouch_id FROM deals ORDER BY id");
    expect(rows.rows.map((row) => [row["order_number"], row["calltouch_id"]])).toEqual(ids);
  });

  it("is absent only after the listing lag", async () => {
    const scene = await createScene({ knobs: { listingLagMs: 8_000 } });
    scene.sandbox.control.fault({ kind: "resetAfterCommit", path: "create" });
    await scene.post([visit(1)]);
    const sentAt = scene.clock.now();
    await scene.run(MINUTE, 500);
    const looked = scene.sandbox.control.requests().find(({ operation }) => operation === "list");
    expect((looked?.at ?? 0) - sentAt).toBeGreaterThanOrEqual(10_000);
    expect(operations(scene)).toEqual(["create", "list", "update"]);
    expect(await problemsOf(scene, 1)).toEqual([]);
  });

  it("is looked for among the deals of all origins and a day on either side", async () => {
    const scene = await createScene();
    scene.sandbox.control.fault({ kind: "timeoutAfterCommit", path: "create" });
    await scene.post([visit(1)]);
    await scene.run(2 * MINUTE);
    const looked = scene.sandbox.control.requests().find(({ operation }) => operation === "list");
    expect(looked?.query).toMatchObject({
      dateFrom: "11/09/2026",
      dateTo: "13/09/2026",
      withAllOrderOrigins: "true",
      page: "1",
    });
  });

  it("shares its lookup with all the others in doubt", async () => {
    const scene = await createScene();
    scene.sandbox.control.fault({ kind: "timeoutAfterCommit", path: "create" });
    await scene.post(visits(100));
    await scene.run(2 * MINUTE);
    expect(operations(scene).filter((operation) => operation === "list")).toHaveLength(1);
    expect(await problemsOf(scene, 100)).toEqual([]);
  });

  it("shares its lookup even after a long outage has made the batches small", async () => {
    const scene = await createScene();
    scene.sandbox.control.fault({ kind: "resetAfterCommit", path: "create", times: 8 });
    await scene.post(visits(100));
    await scene.post(visits(100, { amount: 3 }).slice(0, 3));
    for (let n = 101; n < 108; n += 1) {
      await scene.post([visit(n)]);
      await scene.run(6 * MINUTE, 30_000);
    }
    await scene.run(20 * MINUTE, 5_000);
    expect(operations(scene).filter((operation) => operation === "list").length).toBeLessThan(12);
    expect(await problemsOf(scene, 107)).toEqual([]);
  });

  it("is not taken for absent from a listing that could not be read", async () => {
    const scene = await createScene();
    scene.sandbox.control.fault({ kind: "timeoutAfterCommit", path: "create" });
    scene.sandbox.control.fault({ kind: "unreadable200", path: "list" });
    scene.sandbox.control.fault({ kind: "truncatedJson", path: "list" });
    scene.sandbox.control.fault({ kind: "html502", path: "list" });
    scene.sandbox.control.fault({ kind: "status", status: 404, html: true, path: "list" });
    scene.sandbox.control.fault({ kind: "status", status: 400, path: "list" });
    await scene.post(visits(3));
    await scene.run(20 * MINUTE);
    expect(operations(scene).filter((operation) => operation === "create")).toHaveLength(1);
    expect(await problemsOf(scene, 3)).toEqual([]);
  });

  it("is looked for again, but never in a hot loop, while the listing says nothing conclusive", async () => {
    const scene = await createScene({ account: { listingLagMs: 0 } });
    const { fetch } = scene.platform;
    scene.sandbox.control.fault({ kind: "timeoutAfterCommit", path: "create" });
    await scene.post([visit(1)]);
    let lists = 0;
    scene.platform.fetch = async (request) => {
      if (!request.url.includes("orders-diary")) return fetch(request);
      lists += 1;
      return Response.json({ page: 1, pageTotal: 1, recordsTotal: 1, records: [{ nonsense: true }] });
    };
    await scene.run(10 * MINUTE);
    expect(lists).toBeGreaterThan(1);
    expect(lists).toBeLessThan(130);
    scene.platform.fetch = fetch;
    await scene.run(5 * MINUTE);
    expect(await problemsOf(scene, 1)).toEqual([]);
  });
});

describe("an update or a deletion without a parsed answer", () => {
  it.each(UNANSWERED)("%s: the update is repeated", async (_, fault) => {
    const scene = await createScene();
    await scene.post(visits(3));
    scene.sandbox.control.fault({ ...fault, path: "update" });
    await scene.post(visits(3, { amount: 5 }));
    await scene.run(2 * MINUTE);
    expect(await problemsOf(scene, 3)).toEqual([]);
    for (const n of [1, 2, 3]) expect(scene.deal(numberOf(n))?.revenue).toBe("5.00");
    expect(operations(scene)).not.toContain("list");
  });

  it.each(UNANSWERED)("%s: the deletion is repeated", async (_, fault) => {
    const scene = await createScene({ connection: { settings: { deleted: "delete" } } });
    await scene.post(visits(3));
    scene.sandbox.control.fault({ ...fault, path: "delete" });
    await scene.post(visits(3, { deleted: true }));
    await scene.run(2 * MINUTE);
    for (const n of [1, 2, 3]) {
      expect(scene.deal(numberOf(n))).toMatchObject({ isDeleted: true, creates: 1 });
      expect(await storedDeal(scene.client, n)).toMatchObject({
        status: "delivered",
        delivered: null,
        closed: 1,
        doubt: null,
      });
    }
  });
});

describe("an outage", () => {
  it("of three days is survived without a hand: one probe at a time, five minutes apart, and nothing lost", async () => {
    const scene = await createScene();
    await scene.post(visits(5));
    scene.sandbox.control.fault({ kind: "html502", times: 1_000_000 });
    await scene.post([visit(1, { amount: 9 })]);
    for (let n = 6; n <= 12; n += 1) await scene.post([visit(n)]);
    scene.sandbox.control.clearRequests();
    await scene.run(3 * DAY, 2.5 * MINUTE);
    const probes = scene.sandbox.control.requests();
    expect(probes.length).toBeGreaterThan(3 * 24 * 9);
    expect(probes.length).toBeLessThan(3 * 24 * 16);
    expect(probes.slice(10).every(({ items }) => items <= 1)).toBe(true);
    expect(await storedAccount(scene)).toMatchObject({ pause: "transport" });
    scene.sandbox.control.clearFaults();
    await scene.run(15 * MINUTE, 5_000);
    expect(await problemsOf(scene, 12)).toEqual([]);
    expect(scene.deal(numberOf(1))?.revenue).toBe("9.00");
    expect(await storedAccount(scene)).toMatchObject({ pause: null, failures: 0 });
  }, 60_000);

  it("backs off further with each failure, up to five minutes", async () => {
    const scene = await createScene({ account: { listingLagMs: 0 } });
    scene.sandbox.control.fault({ kind: "status", status: 503, times: 1_000 });
    await scene.post([visit(1)]);
    const waits: number[] = [];
    for (let probe = 0; probe < 9; probe += 1) {
      const { paused_until } = await storedAccount(scene);
      waits.push(Math.round((paused_until - scene.clock.now()) / 1_000));
      scene.clock.set(paused_until + 2_000);
      await scene.bridge.tick();
    }
    // The clock is set two seconds late so that a deal in doubt, which comes a second behind, is due.
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  });
});
