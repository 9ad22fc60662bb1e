import { createClient } from "@libsql/client";
import { describe, expect, it } from "vitest";
import type { Fault, KnobsPatch } from "../../sandbox/calltouch/index.ts";
import { createClock, createScene, createTestPlatform, SITE, startBridge } from "../scene.ts";
import {
  DAY,
  HOUR,
  MINUTE,
  numberOf,
  operations,
  pointsUsed,
  problemsOf,
  sentOrders,
  settled,
  statuses,
  storedAccount,
  storedDeal,
  visit,
  visits,
  withoutDispatch,
} from "./stage.ts";

/** A fault before its moment and its path. */
type Spoiled = Fault extends infer Each ? (Each extends { path?: unknown } ? Omit<Each, "path"> : never) : never;

/** Every way to get no parsed answer from a write. `applied`: whether Calltouch has done it. */
const SILENCES: [name: string, fault: Spoiled, applied: boolean][] = [
  ["a 500 before the commit", { kind: "status", status: 500 }, false],
  ["a 500 after the commit", { kind: "status", status: 500, afterCommit: true }, true],
  ["a 503 in HTML before the commit", { kind: "status", status: 503, html: true }, false],
  ["a 502 in HTML after the commit", { kind: "html502", afterCommit: true }, true],
  ["a 504 before the commit", { kind: "status", status: 504 }, false],
  ["a truncated answer", { kind: "truncatedJson" }, true],
  ["an unreadable 200", { kind: "unreadable200" }, true],
  ["a timeout before the commit", { kind: "timeoutBeforeCommit" }, false],
  ["a timeout after the commit", { kind: "timeoutAfterCommit" }, true],
  ["a reset before the commit", { kind: "resetBeforeCommit" }, false],
  ["a reset after the commit", { kind: "resetAfterCommit" }, true],
];
/** An answer that came, with items that do not say what they belong to. */
const MUDDLES: [name: string, fault: Spoiled][] = [
  ["a dropped item", { kind: "dropItem" }],
  ["items in another order", { kind: "reorderItems" }],
  ["items without numbers", { kind: "omitOrderNumbers" }],
];

const UNANSWERED: [name: string, fault: Spoiled][] = [
  ...SILENCES.map(([name, fault]): [string, Spoiled] => [name, fault]),
  ...MUDDLES,
];

describe("an accepted deal", () => {
  it("is delivered, and its Calltouch id is kept and told", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    const row = await storedDeal(scene.client, 1);
    expect(row).toMatchObject({ status: "delivered", doubt: null, lease: null, step: "update" });
    expect(row?.calltouch_id).toBe(scene.deal(numberOf(1))?.calltouchOrderId ?? 0);
    const [again] = await scene.post([visit(1, { amount: 1 })]);
    expect(again?.dealId).toBe(row?.calltouch_id ?? 0);
  });
});

describe("a refused create", () => {
  it("is looked up once and updated instead when the deal exists", async () => {
    const scene = await createScene();
    scene.sandbox.control.addDealByHand({
      siteId: SITE.siteId,
      orderNumber: numberOf(1),
      orderAt: Date.UTC(2026, 8, 12, 16),
    });
    await scene.post([visit(1)]);
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual(["create", "list", "update"]);
    expect(scene.deal(numberOf(1))).toMatchObject({ status: "Предварительная заявка", origin: "UI" });
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "delivered", doubt: null });
  });

  it("is dead with Calltouch's reason when there is no such deal, never sent again, and revived by a later revision", async () => {
    const scene = await createScene();
    scene.sandbox.control.fault({ kind: "itemError", orderNumber: numberOf(1) });
    await scene.post(visits(3));
    await scene.run(10 * MINUTE, 5_000);
    expect(operations(scene)).toEqual(["create", "list"]);
    const row = await storedDeal(scene.client, 1);
    expect(row).toMatchObject({ status: "dead", reason_code: "CALLTOUCH_REFUSED", delivered: null });
    expect(row?.reason).toContain("internal error");
    expect(await statuses(scene.client)).toEqual({ dead: 1, delivered: 2 });
    await scene.post([visit(1, { amount: 7 })]);
    expect(scene.deal(numberOf(1))).toMatchObject({ revenue: "7.00", creates: 1 });
    expect(await problemsOf(scene, 3)).toEqual([]);
  });

  it("is dead when its number was deleted in Calltouch", async () => {
    const scene = await createScene();
    const at = Date.UTC(2026, 8, 12, 16);
    scene.sandbox.control.addDealByHand({ siteId: SITE.siteId, orderNumber: numberOf(1), orderAt: at });
    scene.sandbox.control.deleteDealByHand(SITE.siteId, numberOf(1));
    await scene.post([visit(1)]);
    await scene.run(MINUTE);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "dead", reason_code: "DELETED_IN_CALLTOUCH" });
  });
});

describe("a refused update", () => {
  it("is looked up once, dead with the reason, and revived by a later revision", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    scene.sandbox.control.fault({ kind: "itemError", orderNumber: numberOf(1), path: "update" });
    await scene.post([visit(1, { amount: 1 })]);
    await scene.run(10 * MINUTE, 5_000);
    expect(operations(scene)).toEqual(["create", "update", "list"]);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "dead", reason_code: "CALLTOUCH_REFUSED" });
    await scene.post([visit(1, { amount: 2 })]);
    expect(scene.deal(numberOf(1))?.revenue).toBe("2.00");
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "delivered", reason_code: null });
  });
});

describe("a connection that was never made", () => {
  it("spends nothing: points come back, no deal is in doubt, the account waits and goes on by itself", async () => {
    const scene = await createScene();
    const { fetch } = scene.platform;
    scene.platform.fetch = () => Promise.reject(Object.assign(new TypeError("fetch failed"), { code: "ECONNREFUSED" }));
    await scene.post(visits(3));
    expect(await pointsUsed(scene.client)).toBe(0);
    expect(await statuses(scene.client)).toEqual({ due: 3 });
    expect(await storedDeal(scene.client, 1)).toMatchObject({ doubt: null, lease: null, step: "create" });
    const account = await storedAccount(scene);
    expect(account).toMatchObject({ pause: "transport", failures: 1, lease: null });
    expect(account.paused_until).toBe(scene.clock.now() + 5_000);
    scene.platform.fetch = fetch;
    await scene.run(10_000);
    expect(operations(scene)).toEqual(["create"]);
    expect(await problemsOf(scene, 3)).toEqual([]);
    expect(await storedAccount(scene)).toMatchObject({ pause: null, failures: 0 });
  });
});

describe("a 429", () => {
  it.each([
    ["its Retry-After", 30, 30_000],
    ["at most an hour of it", 80_000, HOUR],
    ["5 seconds without one", null, 5_000],
  ])("makes the account wait for %s and spends nothing", async (_, retryAfterSeconds, waitMs) => {
    const scene = await createScene({ knobs: { retryAfterSeconds } });
    const { fetch } = scene.platform;
    scene.platform.fetch = async () => {
      const headers = retryAfterSeconds === null ? undefined : { "retry-after": String(retryAfterSeconds) };
      return new Response("{}", { status: 429, ...(headers ? { headers } : {}) });
    };
    await scene.post(visits(2));
    scene.platform.fetch = fetch;
    const account = await storedAccount(scene);
    expect(account).toMatchObject({ pause: "limited" });
    expect(account.paused_until - scene.clock.now()).toBe(waitMs);
    expect(await pointsUsed(scene.client)).toBe(0);
    await scene.run(waitMs - 1, waitMs);
    expect(operations(scene)).toEqual([]);
    await scene.run(10_000);
    expect(await problemsOf(scene, 2)).toEqual([]);
  });

  it("of a site out of points is waited out without a hand", async () => {
    const scene = await createScene();
    scene.sandbox.control.updateSite(SITE.siteId, { hourlyPoints: 1 });
    await scene.post([visit(1)]);
    await scene.post([visit(2)]);
    await scene.run(HOUR + 6 * MINUTE, 10_000);
    expect(await problemsOf(scene, 2)).toEqual([]);
    expect(operations(scene).length).toBeLessThan(25);
  });
});

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

describe("points used up", () => {
  it("pause the account until the next clock hour of the site's zone, and it resumes by itself", async () => {
    const clock = createClock(Date.UTC(2026, 10, 22, 9, 50));
    // Half-hour zone: its clock hour ends at 10:30 UTC.
    const scene = await createScene({
      clock,
      account: { timeZone: "Asia/Kolkata", hourlyPoints: 3, dailyPoints: 100 },
    });
    for (let n = 1; n <= 5; n += 1) await scene.post([visit(n)]);
    expect(operations(scene)).toHaveLength(3);
    const { pause, paused_until } = await storedAccount(scene);
    expect(pause).toBe("points");
    const late = paused_until - Date.UTC(2026, 10, 22, 10, 30);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(10_000);
    const answer = await scene.call("GET", "/v1/ping");
    expect(answer.text).toContain("Баллы API Calltouch исчерпаны");
    scene.clock.set(paused_until - 1);
    await scene.bridge.tick();
    expect(operations(scene)).toHaveLength(3);
    await scene.run(5_000);
    expect(await problemsOf(scene, 5)).toEqual([]);
    expect((await storedAccount(scene)).pause).toBe(null);
  });

  it("of the day pause it until the next day of the site's zone", async () => {
    const clock = createClock(Date.UTC(2026, 10, 22, 9));
    const scene = await createScene({
      clock,
      account: { timeZone: "Asia/Vladivostok", hourlyPoints: 100, dailyPoints: 2 },
    });
    for (let n = 1; n <= 4; n += 1) await scene.post([visit(n)]);
    expect(operations(scene)).toHaveLength(2);
    const { paused_until } = await storedAccount(scene);
    const late = paused_until - Date.UTC(2026, 10, 22, 14);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(10_000);
    scene.clock.set(paused_until);
    await scene.run(5_000);
    expect(await problemsOf(scene, 4)).toEqual([]);
  });

  it("in the turn that ended a failure do not bring the failure back", async () => {
    const scene = await createScene({ account: { hourlyPoints: 3, dailyPoints: 100 } });
    scene.sandbox.control.fault({ kind: "status", status: 503 });
    await scene.post([visit(1)]);
    await withoutDispatch(scene.platform, () => scene.post([visit(2)]));
    scene.clock.advance(MINUTE);
    await scene.bridge.tick();
    expect(operations(scene)).toEqual(["create", "create", "list"]);
    const paused = await storedAccount(scene);
    expect(paused).toMatchObject({ pause: "points", failures: 0 });
    scene.clock.set(paused.paused_until);
    await scene.run(5_000);
    expect(await problemsOf(scene, 2)).toEqual([]);
    expect(await storedAccount(scene)).toMatchObject({ pause: null, failures: 0 });
  });
});

describe("a token that Calltouch does not take", () => {
  it.each([401, 403] as const)("with %d halts the account, which is probed every five minutes", async (authStatus) => {
    const scene = await createScene({ knobs: { authStatus } });
    scene.sandbox.control.updateSite(SITE.siteId, { tokenRevoked: true });
    await scene.post(visits(3));
    await scene.run(HOUR, 10_000);
    expect(await storedAccount(scene)).toMatchObject({ pause: "unauthorized" });
    expect(await statuses(scene.client)).toEqual({ due: 3 });
    expect(await pointsUsed(scene.client)).toBe(0);
    expect(operations(scene).length).toBeGreaterThanOrEqual(11);
    expect(operations(scene).length).toBeLessThanOrEqual(13);
    scene.sandbox.control.updateSite(SITE.siteId, { tokenRevoked: false });
    await scene.run(6 * MINUTE);
    expect(await problemsOf(scene, 3)).toEqual([]);
  });

  it("is cleared at once by a new token", async () => {
    const scene = await createScene();
    scene.sandbox.control.updateSite(SITE.siteId, { token: "fresh-token" });
    await scene.post(visits(3));
    expect(await storedAccount(scene)).toMatchObject({ pause: "unauthorized" });
    const answer = await scene.admin("PATCH", `/accounts/${scene.accountId}`, { token: "fresh-token" });
    expect(answer.status).toBe(200);
    await scene.idle();
    expect(await problemsOf(scene, 3)).toEqual([]);
    expect(await storedAccount(scene)).toMatchObject({ pause: null, failures: 0 });
  });
});

describe("a body refused as a whole", () => {
  it("falls apart down to the one bad deal, and the other ninety-nine are delivered", async () => {
    const scene = await createScene({ knobs: { nameMax: 30 } });
    const documents = visits(100);
    documents[41] = visit(42, { manager: "М".repeat(31) });
    await scene.post(documents);
    const { delivered, dead } = await statuses(scene.client);
    expect([delivered, dead]).toEqual([99, 1]);
    expect(await storedDeal(scene.client, 42)).toMatchObject({ status: "dead", reason_code: "CALLTOUCH_INVALID" });
    expect(scene.sandbox.control.deals()).toHaveLength(99);
    // Each halving sends both halves: 2 · ⌈log2 100⌉ + 1 at most, and refused ones cost no points.
    expect(operations(scene).length).toBeLessThanOrEqual(15);
    const accepted = scene.sandbox.control.requests().filter(({ status }) => status === 200).length;
    expect(await pointsUsed(scene.client)).toBe(accepted);
    await scene.run(10 * MINUTE, 10_000);
    expect(operations(scene).length).toBeLessThanOrEqual(15);
    await scene.post([visit(42, { manager: "Короткий" })]);
    expect(await problemsOf(scene, 100)).toEqual([]);
  });

  it("of updates falls apart as well", async () => {
    const scene = await createScene();
    await scene.post(visits(10));
    scene.sandbox.control.setKnobs({ nameMax: 30 });
    const changed = visits(10, { amount: 4 });
    changed[2] = visit(3, { amount: 4, manager: "М".repeat(31) });
    await scene.post(changed);
    expect(await statuses(scene.client)).toEqual({ delivered: 9, dead: 1 });
    expect(scene.deal(numberOf(10))?.revenue).toBe("4.00");
    expect(scene.deal(numberOf(3))?.revenue).toBe("12500.50");
  });
});

describe("a process that died", () => {
  it.each([
    ["before Calltouch saw the request", false],
    ["after Calltouch carried it out", true],
  ])("%s: its deals are claimed again as unknown and created once", async (_, applied) => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    const never = new Promise<Response>(() => {});
    const doomed = createTestPlatform(
      scene.clock,
      {
        fetch: async (request) => {
          if (applied) await scene.sandbox.fetch(request);
          return never;
        },
      },
      [],
      new Set(),
    );
    await withoutDispatch(scene.platform, () => scene.post(visits(4)));
    const dead = await startBridge(doomed, client);
    void dead.tick();
    await settled();
    expect(await storedDeal(client, 1)).toMatchObject({ status: "due", doubt: null });
    expect((await storedDeal(client, 1))?.lease).not.toBe(null);

    scene.clock.advance(14_000);
    await scene.bridge.tick();
    expect((await storedDeal(client, 1))?.doubt).toBe(null);
    scene.clock.advance(2_000);
    await scene.bridge.tick();
    expect(await storedDeal(client, 1)).toMatchObject({ status: "due", doubt: "unknown", lease: null });
    await scene.run(MINUTE);
    const seen = applied ? ["create", "list", "update"] : ["list", "create"];
    expect(operations(scene)).toEqual(seen);
    expect(await problemsOf(scene, 4)).toEqual([]);
  });

  it("during an update or a lookup loses nothing either", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    await scene.post(visits(2));
    scene.sandbox.control.fault({ kind: "resetAfterCommit", path: "create" });
    await scene.post([visit(3)]);
    await withoutDispatch(scene.platform, () => scene.post(visits(2, { amount: 8 })));
    scene.clock.advance(MINUTE);
    const doomed = createTestPlatform(scene.clock, { fetch: () => new Promise<Response>(() => {}) }, [], new Set());
    for (let death = 0; death < 3; death += 1) {
      void (await startBridge(doomed, client)).tick();
      await settled();
      scene.clock.advance(16_000);
    }
    await scene.run(MINUTE);
    expect(await problemsOf(scene, 3)).toEqual([]);
    expect(scene.deal(numberOf(2))?.revenue).toBe("8.00");
  });

  it.each([
    ["an update", { amount: 5 }, { revenue: "12500.50", isDeleted: false }, "delivered"],
    ["a deletion", { deleted: true }, { isDeleted: true }, "dead"],
  ])(
    "after %s was carried out is not taken for one that did nothing when the ERP goes back",
    async (_, change, seen, status) => {
      const scene = await createScene({ connection: { settings: { deleted: "delete" } } });
      await scene.post([visit(1)]);
      await withoutDispatch(scene.platform, () => scene.post([visit(1, change)]));
      const fetch = async (request: Request) => {
        await scene.sandbox.fetch(request);
        return new Promise<Response>(() => {});
      };
      const doomed = createTestPlatform(scene.clock, { fetch }, [], new Set());
      void (await startBridge(doomed, scene.client)).tick();
      await settled();
      await withoutDispatch(scene.platform, () => scene.post([visit(1)]));
      scene.clock.advance(16_000);
      await scene.run(MINUTE);
      expect(scene.deal(numberOf(1))).toMatchObject(seen);
      expect(await storedDeal(scene.client, 1)).toMatchObject({ status });
    },
  );

  it("a holder that only slept too long settles nothing under its lost lease", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    const held = Promise.withResolvers<void>();
    const slow = createTestPlatform(
      scene.clock,
      {
        fetch: async (request) => {
          const response = await scene.sandbox.fetch(request);
          await held.promise;
          return response;
        },
      },
      [],
      new Set(),
    );
    await withoutDispatch(scene.platform, () => scene.post(visits(2)));
    const slowTick = (await startBridge(slow, client)).tick();
    await settled();
    scene.clock.advance(16_000);
    await scene.bridge.tick();
    expect(await storedDeal(client, 1)).toMatchObject({ doubt: "unknown" });
    held.resolve();
    await slowTick;
    expect(await storedDeal(client, 1)).toMatchObject({ status: "due", doubt: "unknown", delivered: null });
    await scene.run(MINUTE);
    expect(await problemsOf(scene, 2)).toEqual([]);
  });
});

const KNOBS: [name: string, knobs: KnobsPatch, account?: Record<string, unknown>][] = [
  ["duplicateCreate error", { duplicateCreate: "error" }],
  ["duplicateCreate upsert", { duplicateCreate: "upsert" }],
  ["duplicateCreate allow", { duplicateCreate: "allow" }],
  ["listingLagMs 0", { listingLagMs: 0 }],
  ["listingLagMs 0 believed", { listingLagMs: 0 }, { listingLagMs: 0 }],
  ["listingLagMs 8000", { listingLagMs: 8_000 }],
  ["listingOrderNumber ours", { listingOrderNumber: "ours" }],
  ["listingOrderNumber calltouch", { listingOrderNumber: "calltouch" }],
  ["visitNullStyle null", { visitNullStyle: "null" }],
  ["visitNullStyle objectOfNulls", { visitNullStyle: "objectOfNulls" }],
  ["phonesStyle string", { phonesStyle: "string" }],
  ["phonesStyle array", { phonesStyle: "array" }],
  ["tagsStyle strings", { tagsStyle: "strings" }],
  ["tagsStyle groups", { tagsStyle: "groups" }],
  ["errorNullOnSuccess false", { errorNullOnSuccess: false }],
  ["echoOrderNumber false", { echoOrderNumber: false }],
  ["neither echo nor error", { echoOrderNumber: false, errorNullOnSuccess: false }],
  ["deleteUnknown error", { deleteUnknown: "error" }],
  ["deleteUnknown ok", { deleteUnknown: "ok" }],
  ["costs 1", { costs: { create: 1, update: 1, delete: 1, list: 1 } }, { requestPoints: 1 }],
  ["costs 5", { costs: { create: 5, update: 5, delete: 5, list: 5 } }, { requestPoints: 5 }],
  ["costs 10", { costs: { create: 10, update: 10, delete: 10, list: 10 } }, { requestPoints: 10 }],
  ["reuseDeletedNumber true", { reuseDeletedNumber: true }],
  ["reuseDeletedNumber false", { reuseDeletedNumber: false }],
  ["rejectUnknownKeys", { rejectUnknownKeys: true, rejectNumericOrderNumber: true }],
  ["olderUpdate error", { olderUpdate: "error" }],
  ["listDeleted false", { listDeleted: false }],
  ["pointsStatus 402", { pointsStatus: 402 }],
  ["pointsStatus 403", { pointsStatus: 403 }],
];

describe("whichever way Calltouch turns out to behave", () => {
  it.each(KNOBS)("with %s everything is delivered, once", async (_, knobs, account = {}) => {
    const scene = await createScene({ knobs, account, connection: { settings: { deleted: "delete" } } });
    scene.sandbox.control.addLead({
      siteId: SITE.siteId,
      kind: "call",
      at: Date.UTC(2026, 8, 12, 15),
      phones: ["79001234567"],
    });
    const { fault } = scene.sandbox.control;
    await scene.post(visits(4));
    fault({ kind: "timeoutAfterCommit", path: "create" });
    await scene.post([5, 6, 7].map((n) => visit(n)));
    await scene.run(MINUTE);
    fault({ kind: "resetBeforeCommit", path: "create" });
    await scene.post([8, 9].map((n) => visit(n)));
    await scene.run(MINUTE);
    fault({ kind: "html502", afterCommit: true, path: "update" });
    await scene.post(visits(9, { amount: 77 }));
    await scene.run(MINUTE);
    expect(await problemsOf(scene, 9)).toEqual([]);
    for (let n = 1; n <= 9; n += 1) expect(scene.deal(numberOf(n))?.revenue).toBe("77.00");

    fault({ kind: "truncatedJson", path: "delete" });
    await scene.post([visit(1, { deleted: true })]);
    await scene.run(MINUTE);
    expect(scene.deal(numberOf(1))).toMatchObject({ isDeleted: true, creates: 1 });
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "delivered", closed: 1, delivered: null });
    expect(operations(scene).filter((operation) => operation === "create")).toHaveLength(4);
    expect(sentOrders(scene, "create")).toHaveLength(11);
  });

  it.each([1, 5, 10])("at %d points a request the site's points are never overdrawn", async (cost) => {
    const costs = { create: cost, update: cost, delete: cost, list: cost };
    const scene = await createScene({ knobs: { costs }, account: { requestPoints: cost, hourlyPoints: 25 } });
    scene.sandbox.control.updateSite(SITE.siteId, { hourlyPoints: 25 });
    for (let n = 1; n <= 6; n += 1) await scene.post([visit(n)]);
    for (let hour = 0; hour < 4; hour += 1) await scene.run(HOUR, MINUTE);
    expect(await problemsOf(scene, 6)).toEqual([]);
    expect(scene.sandbox.control.requests().every(({ status }) => status === 200)).toBe(true);
  });
});
