import { beforeEach, expect, it } from "vitest";
import type { Attribution } from "../../src/attribution/attribution.ts";
import type { LearntAttribution } from "../../src/database/attributions.ts";
import { describeStorage } from "./backends.ts";
import {
  account,
  connection,
  dealWrite,
  first,
  insertBasics,
  key,
  manyDeals,
  NOW,
  slotRequest,
  wanted,
  writeDeals,
} from "./rows.ts";

const MATCHED: Attribution = { matched: true, source: "yandex" };
const HOLD = { now: NOW, heldUntil: NOW + 300_000 };
const learnt = (id: number, replaced: Partial<LearntAttribution> = {}): LearntAttribution => ({
  id,
  step: 1,
  askAt: NOW + 900_000,
  isRematch: false,
  ...replaced,
});

describeStorage("attributions", ({ database, client, rows }) => {
  const attributions = () => database().attributions;
  /** Deals that Calltouch has, due to be asked about. */
  async function deliver(count: number): Promise<void> {
    await writeDeals(
      database(),
      manyDeals(count, () => ({ contactHashes: ["hash"] })),
    );
    await client().execute(
      "UPDATE deals SET status = 'delivered', delivered = wanted, delivered_revision = revision, attribution_at = due_at",
    );
  }
  const state = () =>
    rows(
      "SELECT id, attribution, attribution_seq AS seq, attribution_at AS at, attribution_step AS step, status, rematch FROM deals ORDER BY id",
    );
  const sequence = async () => (await state()).map(({ seq }) => seq);

  beforeEach(async () => {
    await insertBasics(database());
  });

  it("are due in one account of each site, one that is not paused", async () => {
    await database().accounts.insert(account({ id: "a2", createdAt: NOW + 1 }));
    await database().accounts.insert(account({ id: "a3", siteId: "2" }));
    await deliver(1);
    const due = async (now: number) => (await attributions().dueAccounts(now)).map(({ id }) => id);
    expect(await due(NOW - 1)).toEqual([]);
    expect(await due(NOW)).toEqual(["a1"]);
    await client().execute({
      sql: "UPDATE accounts SET pause = 'transport', paused_until = ? WHERE id = 'a1'",
      args: [NOW + 1],
    });
    expect(await due(NOW)).toEqual(["a2"]);
    await attributions().holdDue("41234", HOLD);
    expect(await due(NOW)).toEqual([]);
    expect(await due(HOLD.heldUntil)).toEqual(["a1"]);
  });

  it("are asked for by one at a time, with all that is needed to judge the answer", async () => {
    await writeDeals(database(), [
      dealWrite({ contactHashes: ["hash"] }),
      dealWrite({ key: "bare", orderNumber: "N-2", sealed: null }),
    ]);
    const delivered = JSON.stringify({
      matching: { ...wanted().matching, customSource: { source: "old", medium: "crm" } },
    });
    await client().execute({
      sql: "UPDATE deals SET attribution_at = due_at, calltouch_id = 7, delivered = ?",
      args: [delivered],
    });
    await client().execute("UPDATE deals SET attribution = '{broken', wanted = NULL WHERE key = 'bare'");
    const held = await attributions().holdDue("41234", HOLD);
    expect(held.sort((left, right) => left.id - right.id)).toEqual([
      {
        id: 1,
        connectionId: "c1",
        siteId: "41234",
        orderNumber: "N-1",
        orderAt: NOW,
        calltouchId: 7,
        step: 0,
        attribution: null,
        customSources: [
          { source: "1c", medium: "crm" },
          { source: "old", medium: "crm" },
        ],
        hasContacts: true,
      },
      expect.objectContaining({
        id: 2,
        attribution: null,
        customSources: [{ source: "old", medium: "crm" }],
        hasContacts: false,
      }),
    ]);
    expect(await attributions().holdDue("41234", HOLD)).toEqual([]);
    expect(await attributions().holdDue("2", { now: NOW + 1e9, heldUntil: NOW + 2e9 })).toEqual([]);
  });

  it.each([
    ["closed", "UPDATE deals SET closed = 1"],
    ["not in Calltouch", "UPDATE deals SET delivered = NULL"],
    ["of a connection that is gone", "DELETE FROM connections"],
  ])("of deals %s are not asked for any more", async (_, change) => {
    await deliver(1);
    await client().execute("DELETE FROM erp_keys");
    await client().execute(change);
    expect(await attributions().holdDue("41234", HOLD)).toEqual([]);
    expect(first(await state())["at"]).toBeNull();
    expect(await attributions().hold("c1", [1], HOLD.heldUntil)).toEqual([]);
  });

  it("learnt after somebody else has taken the deal are not stored", async () => {
    await deliver(2);
    await attributions().holdDue("41234", HOLD);
    const [held] = await attributions().hold("c1", [1], HOLD.heldUntil + 1);
    expect(held).toMatchObject({ id: 1, askAt: HOLD.heldUntil });
    const changed = { changed: MATCHED, isRematch: true };
    expect(await attributions().save([learnt(1, changed), learnt(2, changed)], HOLD)).toEqual([2]);
    expect(await state()).toMatchObject([
      { attribution: null, seq: null, at: HOLD.heldUntil + 1, step: 0, status: "delivered", rematch: 0 },
      { attribution: JSON.stringify(MATCHED), at: NOW + 900_000, step: 1, status: "due", rematch: 1 },
    ]);
    await attributions().postpone([1, 2], HOLD.heldUntil + 1, NOW + 7);
    expect((await state()).map(({ at }) => at)).toEqual([NOW + 7, NOW + 900_000]);
  });

  it("that changed go to the end of their connection's feed, and of those that did not the place stays", async () => {
    await deliver(3);
    const save = async (...changed: (number | undefined)[]) => {
      await attributions().hold("c1", [1, 2, 3], HOLD.heldUntil);
      const found = [1, 2, 3].map((id) => learnt(id, changed.includes(id) ? { changed: MATCHED } : {}));
      await attributions().save(found, HOLD);
    };
    await save(1, 2, 3);
    expect(new Set(await sequence()).size).toBe(3);
    const before = await sequence();
    await save(2);
    const after = await sequence();
    expect([after[0], after[2]]).toEqual([before[0], before[2]]);
    expect(after[1]).toBeGreaterThan(Math.max(...before.map(Number)));
    await save();
    expect(await sequence()).toEqual(after);
    await save(1, 2, 3);
    expect(Math.min(...(await sequence()).map(Number))).toBeGreaterThan(Math.max(...after.map(Number)));
  });

  it("are numbered in each connection by itself", async () => {
    await database().connections.insert(connection({ id: "c2" }), key("k2", "c2"));
    await writeDeals(database(), manyDeals(2));
    await client().execute(
      "UPDATE deals SET delivered = wanted, status = 'delivered', connection_id = 'c2' WHERE id = 2",
    );
    await client().execute(
      "UPDATE deals SET delivered = wanted, status = 'delivered', attribution_seq = 500 WHERE id = 1",
    );
    await attributions().hold("c2", [1, 2], HOLD.heldUntil);
    await attributions().save([learnt(2, { changed: MATCHED })], HOLD);
    expect(await sequence()).toEqual([500, 1]);
    expect((await attributions().feed("c2", 0, true)).rows).toMatchObject([{ guid: "deal-1", seq: 1 }]);
  });

  it.each([
    ["a deal on its way", "UPDATE deals SET lease = 'L'", true, false],
    ["a deal that waits", "UPDATE deals SET status = 'held'", true, false],
    ["a deal to be deleted", "UPDATE deals SET wanted = NULL", true, false],
    ["a trial", "UPDATE connections SET dry_run = 1", true, false],
    ["an account whose automatic exchange is off, unless by hand", "UPDATE accounts SET auto_exchange = 0", true, true],
    ["nothing of the kind", "UPDATE deals SET reason = NULL", false, false],
  ])("do not make anything due in %s", async (_, change, isKept, isLetThroughByHand) => {
    await deliver(1);
    await client().execute(change);
    const isDue = async (isByHand: boolean) => {
      await attributions().hold("c1", [1], HOLD.heldUntil);
      return (await attributions().save([learnt(1, { isRematch: true })], HOLD, isByHand)).length > 0;
    };
    expect(await isDue(false)).toBe(!isKept);
    if (isKept) expect(await isDue(true)).toBe(isLetThroughByHand);
  });

  it("are read in their order, with the other documents of the deal, unmatched ones only when they are wanted", async () => {
    await deliver(3);
    await attributions().hold("c1", [1, 2, 3], HOLD.heldUntil);
    const found = [MATCHED, { matched: false }, MATCHED].map((changed, index) => learnt(index + 1, { changed }));
    await attributions().save(found, HOLD);
    await client().execute(
      `INSERT INTO documents (connection_id, guid, deal_key, digest, entered_at, manual, sealed, received_at)
       VALUES ('c1', 'deal-0', 'deal-0', '', 0, 0, '', 0), ('c1', 'shipment', 'deal-0', '', 0, 0, '', 0)`,
    );
    const whole = await attributions().feed("c1", 0, true);
    expect(whole).toMatchObject({ scannedTo: 3, more: false });
    expect(whole.rows.map(({ guid, guids, attribution }) => [guid, guids, attribution.matched])).toEqual([
      ["deal-0", ["shipment"], true],
      ["deal-1", [], false],
      ["deal-2", [], true],
    ]);
    const matched = await attributions().feed("c1", 1, false);
    expect(matched).toMatchObject({ scannedTo: 3, rows: [{ guid: "deal-2", seq: 3 }] });
    expect(await attributions().feed("c1", 3, true)).toEqual({ rows: [], scannedTo: 3, more: false, isAhead: false });
    expect(await attributions().feed("c2", 0, true)).toEqual({ rows: [], scannedTo: 0, more: false, isAhead: false });
    expect(await attributions().feed("c1", 4, true)).toMatchObject({ rows: [], isAhead: true });
  });
});

describeStorage("a slot without a lease", ({ database, client }) => {
  const take = (replaced: Parameters<typeof slotRequest>[0] = {}) =>
    database().slots.take(slotRequest({ lease: null, ...replaced }));
  beforeEach(async () => {
    await database().accounts.insert(account());
    await database().accounts.acquire("a1", "lease-1", NOW);
  });

  it("is given under the same limits, and leaves the account's lease alone", async () => {
    const before = await database().accounts.get("a1");
    expect(await take({ now: NOW + 1 })).toEqual({ kind: "taken", startAt: NOW + 1 });
    expect(await take({ now: NOW + 1, hourlyPoints: 1 })).toEqual({ kind: "hour-used-up" });
    expect(await take({ now: NOW + 1, dailyPoints: 1 })).toEqual({ kind: "day-used-up" });
    await client().execute({ sql: "UPDATE egress SET next_at = ?", args: [NOW + 60_000] });
    expect(await take()).toEqual({ kind: "busy" });
    expect(await database().accounts.get("a1")).toEqual(before);
  });
});
