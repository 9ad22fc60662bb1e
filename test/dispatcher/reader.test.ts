/** Reads outside the dispatcher's turns: under the same limits, without the lease, behind the deliveries. */
import { describe, expect, it } from "vitest";
import { createDatabase } from "../../src/database/database.ts";
import { readListing, toWindows } from "../../src/dispatcher/listing.ts";
import { createReader, READ_AGAIN_MS_MIN, type Reader } from "../../src/dispatcher/reader.ts";
import type { TickBudget } from "../../src/dispatcher/turn.ts";
import { openKeyring } from "../../src/keyring.ts";
import { hourStart } from "../../src/zone.ts";
import { CALLTOUCH_URL, createScene, ENCRYPTION_KEY, type Scene, SITE } from "../scene.ts";
import { busiestSecond, DAY, HOUR, MINUTE, operations, pointsUsed, storedAccount, visit, visits } from "./stage.ts";

const WINDOW = { from: Date.UTC(2026, 8, 1), to: Date.UTC(2026, 9, 1) };

async function openReader(scene: Scene, budget: Partial<TickBudget> = {}): Promise<Reader> {
  const { platform } = scene;
  const database = createDatabase(scene.client);
  const vault = await openKeyring({
    platform,
    database,
    config: { encryptionKey: ENCRYPTION_KEY },
  });
  const account = await database.accounts.get(scene.accountId);
  if (!account) throw new Error("There is no account");
  const whole = { endsAt: platform.now() + HOUR, requestsLeft: 100, ...budget };
  return createReader({ platform, database, vault, calltouchUrl: CALLTOUCH_URL }, account, whole);
}

const list = (reader: Reader) =>
  reader.ask((client) => client.list({ dateFrom: WINDOW.from, dateTo: WINDOW.to, page: 1 }), "list");

describe("a read", () => {
  it("takes a slot and points as any request does, and is logged in one line without the token", async () => {
    const scene = await createScene();
    const reader = await openReader(scene);
    for (let count = 0; count < 12; count += 1) expect((await list(reader)).kind).toBe("read");
    expect(busiestSecond(scene)).toBeLessThanOrEqual(5);
    expect(await pointsUsed(scene.client)).toBe(12);
    const lines = scene.logs.filter(({ event }) => event === "calltouch-request");
    expect(lines).toHaveLength(12);
    expect(lines[0]).toMatchObject({ level: "info", account: scene.accountId, step: "list", reply: "answered" });
    expect(JSON.stringify(lines)).not.toContain(SITE.token);
  });

  it("needs no lease and takes none away: a delivery goes on beside it", async () => {
    const scene = await createScene();
    const reader = await openReader(scene);
    await scene.client.execute({
      sql: "UPDATE accounts SET lease = 'other', lease_until = ?",
      args: [scene.clock.now() + HOUR],
    });
    expect((await list(reader)).kind).toBe("read");
    expect((await storedAccount(scene)).lease).toBe("other");
  });

  it("leaves the share of points that is kept for deliveries, and says until when", async () => {
    const scene = await createScene({ account: { hourlyPoints: 4, livePercent: 50 } });
    const reader = await openReader(scene);
    await list(reader);
    await list(reader);
    const refused = await list(reader);
    expect(refused).toMatchObject({ kind: "later", reason: { code: "POINTS" } });
    if (refused.kind !== "later") throw new Error();
    expect(refused.until).toBeGreaterThan(hourStart(scene.clock.now(), "Europe/Moscow") + HOUR);
    expect((await storedAccount(scene)).pause).toBeNull();
    await scene.post([visit(1)]);
    expect(operations(scene)).toEqual(["list", "list", "create"]);
  });

  it.each([
    ["a 502", { kind: "html502" }, "CALLTOUCH_SILENT", READ_AGAIN_MS_MIN, 1],
    ["a reset", { kind: "resetBeforeCommit" }, "CALLTOUCH_SILENT", READ_AGAIN_MS_MIN, 1],
    ["a 429", { kind: "status", status: 429 }, "CALLTOUCH_LIMITED", READ_AGAIN_MS_MIN, 0],
    ["a 403", { kind: "status", status: 403 }, "CALLTOUCH_TOKEN", 5 * MINUTE, 0],
    ["a 400", { kind: "status", status: 400 }, "CALLTOUCH_REFUSED", 5 * MINUTE, 0],
  ] as const)(
    "that ends with %s is not repeated at once, costs points only if it may have been executed, and pauses no delivery",
    async (_, fault, code, waitMs, points) => {
      const scene = await createScene();
      const reader = await openReader(scene);
      scene.sandbox.control.fault(fault);
      const answer = await list(reader);
      expect(answer).toMatchObject({ kind: "later", until: scene.clock.now() + waitMs, reason: { code } });
      expect(await list(reader)).toEqual(answer);
      expect(operations(scene)).toEqual(["list"]);
      expect(await pointsUsed(scene.client)).toBe(points);
      expect(await storedAccount(scene)).toMatchObject({ pause: null, failures: 0 });
      scene.clock.advance(waitMs);
      expect((await list(reader)).kind).toBe("read");
    },
  );

  it("waits as long as Calltouch asks for", async () => {
    const scene = await createScene();
    const reader = await openReader(scene);
    scene.sandbox.control.fault({ kind: "status", status: 429 });
    const { fetch } = scene.platform;
    scene.platform.fetch = async (request) => {
      const { status } = await fetch(request);
      return new Response(null, { status, headers: { "Retry-After": "600" } });
    };
    expect(await list(reader)).toMatchObject({ kind: "later", until: scene.clock.now() + 10 * MINUTE });
  });

  it("waits while the account is paused, also when that began after the reader was made", async () => {
    const scene = await createScene();
    const reader = await openReader(scene);
    const until = scene.clock.now() + HOUR;
    await scene.client.execute({ sql: "UPDATE accounts SET pause = 'unauthorized', paused_until = ?", args: [until] });
    expect(await list(reader)).toMatchObject({ kind: "later", until, reason: { code: "CALLTOUCH_TOKEN" } });
    expect(operations(scene)).toEqual([]);
    scene.clock.set(until);
    expect((await list(await openReader(scene))).kind).toBe("read");
  });

  it("stops at the end of its requests and of its time, and at an address booked out, and costs nothing then", async () => {
    const scene = await createScene();
    const few = await openReader(scene, { requestsLeft: 1 });
    expect((await list(few)).kind).toBe("read");
    expect([few.isSpent(), await list(few)]).toEqual([true, { kind: "limit" }]);
    const late = await openReader(scene, { endsAt: scene.clock.now() + 9_999 });
    expect([late.isSpent(), await list(late)]).toEqual([true, { kind: "limit" }]);
    await scene.client.execute({ sql: "UPDATE egress SET next_at = ?", args: [scene.clock.now() + MINUTE] });
    const busy = await openReader(scene);
    expect([busy.isSpent(), await list(busy)]).toEqual([false, { kind: "limit" }]);
    await scene.client.execute({ sql: "UPDATE egress SET next_at = ?", args: [scene.clock.now() + 2_000] });
    expect(await list(await openReader(scene, { endsAt: scene.clock.now() + 11_000 }))).toEqual({ kind: "limit" });
    expect(await pointsUsed(scene.client)).toBe(1);
    expect(operations(scene)).toEqual(["list"]);
  });
});

describe("a reading of the listing", () => {
  async function createFullScene(count: number): Promise<Scene> {
    const scene = await createScene();
    for (let first = 0; first < count; first += 100) await scene.post(visits(count).slice(first, first + 100));
    scene.sandbox.control.clearRequests();
    return scene;
  }

  it("goes through all pages, deals of all origins, and gives every page as it comes", async () => {
    const scene = await createFullScene(1_100);
    scene.sandbox.control.addDealByHand({ siteId: SITE.siteId, orderNumber: "hand", orderAt: WINDOW.from + DAY });
    const pages: number[] = [];
    const listing = await readListing(await openReader(scene), WINDOW, {
      onPage: async (records) => void pages.push(records.length),
    });
    expect(pages).toEqual([1_000, 101]);
    if (listing.kind !== "listed") throw new Error(listing.kind);
    expect(new Set(listing.records.map(({ orderNumber }) => orderNumber)).size).toBe(1_101);
    const kept = await readListing(await openReader(scene), WINDOW, {
      keep: ({ orderNumber }) => orderNumber === "hand",
    });
    expect(kept).toMatchObject({ kind: "listed", records: [{ orderNumber: "hand" }] });
    expect(operations(scene)).toHaveLength(4);
  }, 30_000);

  it("proves nothing when the listing changes between two pages, or a record cannot be read", async () => {
    const scene = await createFullScene(1_100);
    const add = () => scene.sandbox.control.addDealByHand({ siteId: SITE.siteId, orderAt: WINDOW.from + DAY });
    const onPage = async () => void add();
    expect(await readListing(await openReader(scene), WINDOW, { onPage })).toEqual({
      kind: "inconclusive",
      isWhole: false,
    });
    scene.platform.fetch = async () => Response.json({ page: 1, pageTotal: 1, recordsTotal: 1, records: [{}] });
    expect(await readListing(await openReader(scene), WINDOW)).toEqual({ kind: "inconclusive", isWhole: true });
  }, 30_000);

  it("that meets a limit says so", async () => {
    const scene = await createFullScene(1_100);
    expect(await readListing(await openReader(scene, { requestsLeft: 1 }), WINDOW)).toEqual({ kind: "limit" });
  }, 30_000);
});

describe("windows", () => {
  it("are as few as cover all dates with a day on either side, and none is longer than eighty days", () => {
    const at = (day: number) => ({ orderAt: Date.UTC(2026, 0, 1) + day * DAY });
    expect(toWindows([])).toEqual([]);
    const windows = toWindows([at(3), at(0), at(2), at(10)]);
    expect(windows.map(({ deals }) => deals.length)).toEqual([3, 1]);
    expect(windows[0]).toMatchObject({ from: at(-1).orderAt, to: at(4).orderAt });
    const many = toWindows(Array.from({ length: 200 }, (_, day) => at(day)));
    expect(many).toHaveLength(3);
    expect(many.every(({ from, to }) => to - from <= 80 * DAY)).toBe(true);
  });
});
