import { describe, expect, it } from "vitest";
import { createClock, createScene, SITE } from "../scene.ts";
import {
  HOUR,
  MINUTE,
  numberOf,
  operations,
  pointsUsed,
  problemsOf,
  statuses,
  storedAccount,
  storedDeal,
  visit,
  visits,
  withoutDispatch,
} from "./stage.ts";

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
