import { describe, expect, it } from "vitest";
import * as z from "zod";
import { adapters } from "../../adapters/index.ts";
import { createBridge } from "../../src/bridge.ts";
import { ADMIN_TOKEN, CALLTOUCH_URL, call, createScene, ENCRYPTION_KEY, type Scene } from "../scene.ts";
import {
  busiestSecond,
  createTimeline,
  HOUR,
  MINUTE,
  numberOf,
  operations,
  pointsUsed,
  problemsOf,
  statuses,
  visit,
  visits,
  withoutDispatch,
} from "./stage.ts";

/** A scene whose sleepers wake in order, and whose Calltouch takes 80 ms to answer. */
async function createLiveScene(options: Parameters<typeof createScene>[0] = {}) {
  const scene = await createScene(options);
  const timeline = createTimeline(scene.clock, scene.platform);
  scene.platform.sleep = timeline.sleep;
  const { fetch } = scene.platform;
  scene.platform.fetch = async (request) => {
    const response = await fetch(request);
    await timeline.sleep(80);
    return response;
  };
  const runFor = (ms: number) => timeline.runUntil(scene.clock.now() + ms);
  return { ...scene, runFor };
}

/** One more account with a connection of its own; a function that posts to it. */
async function addConnection(scene: Pick<Scene, "admin" | "bridge">, name: string, account: Record<string, unknown>) {
  const created = await scene.admin("POST", "/accounts", { name, ...account });
  const connection = await scene.admin("POST", "/connections", {
    adapter: "alfa-auto",
    name,
    accountId: created.body["id"],
    since: "2026-01-01T00:00:00+03:00",
  });
  const authorization = `Bearer ${z.string().parse(connection.body["key"])}`;
  return (documents: readonly unknown[]) =>
    call(scene.bridge, "POST", "/v1/alfa-auto/documents", { authorization }, { documents });
}

const send = (scene: Pick<Scene, "call">, documents: readonly unknown[]) =>
  scene.call("POST", "/v1/alfa-auto/documents", { documents });

describe("the rate of requests", () => {
  it("a thousand documents posted in tens reach Calltouch in at most fourteen requests of at most a hundred deals, never six in a second", async () => {
    const scene = await createLiveScene();
    const documents = visits(1_000);
    for (let first = 0; first < 1_000; first += 10) {
      await send(scene, documents.slice(first, first + 10));
      await scene.runFor(10);
    }
    await scene.runFor(5_000);
    const requests = scene.sandbox.control.requests();
    expect(await statuses(scene.client)).toEqual({ delivered: 1_000 });
    expect(requests.length).toBeLessThanOrEqual(14);
    expect(Math.max(...requests.map(({ items }) => items))).toBeLessThanOrEqual(100);
    expect(busiestSecond(scene)).toBeLessThanOrEqual(5);
    expect(scene.sandbox.control.deals().every(({ creates }) => creates === 1)).toBe(true);
  }, 60_000);

  it("never exceeds five in any second, reads and failures included", async () => {
    const scene = await createLiveScene({ account: { listingLagMs: 0 } });
    for (let n = 1; n <= 60; n += 1) {
      if (n === 30) scene.sandbox.control.fault({ kind: "itemError", orderNumber: numberOf(n) });
      if (n === 40) scene.sandbox.control.fault({ kind: "resetAfterCommit" });
      await send(scene, [visit(n), visit(Math.ceil(n / 2), { amount: n })]);
      await scene.runFor(150);
    }
    for (let second = 0; second < 120; second += 1) {
      scene.platform.background(scene.bridge.tick());
      await scene.runFor(1_000);
    }
    expect(operations(scene)).toContain("list");
    expect(scene.sandbox.control.requests().length).toBeGreaterThan(20);
    expect(busiestSecond(scene)).toBeLessThanOrEqual(5);
    expect(await statuses(scene.client)).toEqual({ delivered: 60 });
    expect(scene.sandbox.control.requests().every(({ status }) => status !== 429)).toBe(true);
  }, 60_000);

  it("is shared by the accounts behind one address", async () => {
    const scene = await createLiveScene();
    scene.sandbox.control.addSite({ siteId: "999", token: "other" });
    const postOther = await addConnection(scene, "Второй", { siteId: "999", token: "other" });
    for (let n = 1; n <= 30; n += 1) {
      await send(scene, [visit(n)]);
      await postOther([visit(n)]);
      await scene.runFor(170);
    }
    await scene.runFor(10_000);
    expect(await statuses(scene.client)).toEqual({ delivered: 60 });
    expect(new Set(scene.sandbox.control.requests().map(({ siteId }) => siteId)).size).toBe(2);
    expect(busiestSecond(scene)).toBeLessThanOrEqual(5);
  });
});

describe("points", () => {
  it("are shared by two accounts of one site", async () => {
    const scene = await createScene({ account: { hourlyPoints: 6 } });
    scene.sandbox.control.updateSite("41234", { hourlyPoints: 6 });
    const postOther = await addConnection(scene, "Тот же кабинет", {
      siteId: "41234",
      token: "site-token",
      hourlyPoints: 6,
    });
    for (let n = 1; n <= 5; n += 1) {
      await scene.post([visit(n)]);
      await postOther([visit(100 + n)]);
      await scene.idle();
    }
    expect(scene.sandbox.control.requests()).toHaveLength(6);
    expect(await pointsUsed(scene.client)).toBe(6);
    await scene.run(HOUR + 15_000, 5_000);
    expect(await statuses(scene.client)).toEqual({ delivered: 10 });
    expect(scene.sandbox.control.requests().every(({ status }) => status === 200)).toBe(true);
  });
});

describe("the share of points kept for deliveries", () => {
  it("is not spent on lookups, which wait for the next hour while deliveries go on", async () => {
    const scene = await createScene({ account: { hourlyPoints: 10, livePercent: 50, listingLagMs: 0 } });
    for (let n = 1; n <= 5; n += 1) await scene.post([visit(n)]);
    scene.sandbox.control.fault({ kind: "html502", afterCommit: true, path: "create" });
    await scene.post([visit(6)]);
    await scene.run(MINUTE);
    await scene.post([visit(7)]);
    expect(operations(scene)).not.toContain("list");
    expect(scene.deal(numberOf(7))).toMatchObject({ creates: 1 });
    expect(await statuses(scene.client)).toEqual({ delivered: 6, due: 1 });
    await scene.run(HOUR, 5_000);
    expect(operations(scene)).toContain("list");
    expect(await statuses(scene.client)).toEqual({ delivered: 7 });
  });

  it("can be nothing: then lookups take what there is", async () => {
    const scene = await createScene({ account: { hourlyPoints: 4, livePercent: 0, listingLagMs: 0 } });
    await scene.post([visit(1)]);
    scene.sandbox.control.fault({ kind: "html502", afterCommit: true, path: "create" });
    await scene.post([visit(2)]);
    await scene.run(MINUTE);
    expect(operations(scene)).toContain("list");
  });
});

describe("ten accounts, two bridges and lookups together", () => {
  it("stay within five requests in any second", async () => {
    const scene = await createLiveScene({ account: { listingLagMs: 0 } });
    const config = { adminToken: ADMIN_TOKEN, encryptionKey: ENCRYPTION_KEY, calltouchUrl: CALLTOUCH_URL };
    const limits = { wallMs: 60_000, requests: 1_000 };
    const second = await createBridge({ platform: scene.platform, client: scene.client, config, adapters, limits });
    const posts = [];
    for (let n = 2; n <= 10; n += 1) {
      const account = { siteId: String(500 + n), token: `token-${n}`, listingLagMs: 0 };
      scene.sandbox.control.addSite(account);
      posts.push(await addConnection(scene, `Кабинет ${n}`, account));
    }
    for (let round = 1; round <= 6; round += 1) {
      if (round % 2 === 0) scene.sandbox.control.fault({ kind: "resetAfterCommit", path: "create", times: 3 });
      await send(scene, [visit(round)]);
      for (const post of posts) await post([visit(round)]);
      scene.platform.background(second.tick());
      await scene.runFor(400);
    }
    for (let turn = 0; turn < 120; turn += 1) {
      scene.platform.background((turn % 2 === 0 ? scene.bridge : second).tick());
      await scene.runFor(1_000);
    }
    expect(await statuses(scene.client)).toEqual({ delivered: 60 });
    expect(operations(scene)).toContain("list");
    expect(new Set(scene.sandbox.control.requests().map(({ siteId }) => siteId)).size).toBe(10);
    expect(busiestSecond(scene)).toBeLessThanOrEqual(5);
    expect(scene.sandbox.control.deals().every(({ creates }) => creates === 1)).toBe(true);
  }, 60_000);
});

describe("the budget of a tick", () => {
  const config = { adminToken: ADMIN_TOKEN, encryptionKey: ENCRYPTION_KEY, calltouchUrl: CALLTOUCH_URL };

  it("of requests is never overdrawn, however many accounts share it", async () => {
    const scene = await createLiveScene();
    await withoutDispatch(scene.platform, async () => {
      await send(scene, visits(3));
      for (const siteId of ["1", "2", "3", "4", "5", "6"]) {
        scene.sandbox.control.addSite({ siteId, token: siteId });
        const post = await addConnection(scene, `Кабинет ${siteId}`, { siteId, token: siteId });
        await post([visit(1)]);
      }
    });
    const { platform, client } = scene;
    const limited = await createBridge({ platform, client, config, adapters, limits: { wallMs: 60_000, requests: 3 } });
    for (const requests of [3, 6, 7]) {
      platform.background(limited.tick());
      await scene.runFor(5_000);
      expect(scene.sandbox.control.requests()).toHaveLength(requests);
    }
    expect(await statuses(client)).toEqual({ delivered: 9 });
  });

  it("of time leaves room for one whole request: none starts later", async () => {
    const scene = await createScene();
    await withoutDispatch(scene.platform, async () => {
      const documents = visits(1_000);
      for (let first = 0; first < 1_000; first += 100) await scene.post(documents.slice(first, first + 100));
    });
    const { platform, client, clock } = scene;
    const { fetch } = platform;
    platform.fetch = async (request) => {
      clock.advance(1_900);
      return fetch(request);
    };
    const limited = await createBridge({
      platform,
      client,
      config,
      adapters,
      limits: { wallMs: 15_000, requests: 99 },
    });
    const startedAt = clock.now();
    await limited.tick();
    const starts = scene.sandbox.control.requests().map(({ at }) => at - 1_900 - startedAt);
    expect(starts.length).toBe(3);
    expect(Math.max(...starts)).toBeLessThanOrEqual(5_000);
    for (let tick = 0; tick < 4; tick += 1) await limited.tick();
    expect(await statuses(client)).toEqual({ delivered: 1_000 });
    expect(scene.sandbox.control.requests()).toHaveLength(10);
  }, 60_000);

  it("of time is looked at again after the wait for a slot, and the slot's points come back", async () => {
    const scene = await createScene();
    await withoutDispatch(scene.platform, () => scene.post([visit(1)]));
    const { platform, client, clock } = scene;
    const limited = await createBridge({ platform, client, config, adapters, limits: { wallMs: 11_000, requests: 9 } });
    await client.execute({ sql: "UPDATE egress SET next_at = ?", args: [clock.now() + 2_000] });
    await limited.tick();
    expect(scene.sandbox.control.requests()).toEqual([]);
    expect(await pointsUsed(client)).toBe(0);
    await limited.tick();
    expect(await problemsOf(scene, 1)).toEqual([]);
  });
});
