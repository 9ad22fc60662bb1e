import { beforeEach, expect, it } from "vitest";
import { LEASE_MS } from "../../src/database/accounts.ts";
import { CLAIM_DEALS_MAX } from "../../src/database/claims.ts";
import { describeStorage } from "./backends.ts";
import {
  account,
  claimed,
  connection,
  dealWrite,
  first,
  insertBasics,
  key,
  manyDeals,
  NOW,
  settlement,
  wanted,
  writeDeals,
} from "./rows.ts";

describeStorage("claiming", ({ database, rows, client }) => {
  beforeEach(async () => {
    await insertBasics(database());
    await database().accounts.acquire("a1", "L", NOW);
  });
  const keysOf = (deals: readonly { key: string }[]) => deals.map((deal) => deal.key).sort();
  const leased = async () =>
    keysOf(
      await rows("SELECT key FROM deals WHERE lease IS NOT NULL").then((found) =>
        found.map((row) => ({ key: String(row["key"]) })),
      ),
    );

  /** Makes the deals delivered, and due again at `dueAt` as updates. */
  async function toUpdates(keys: readonly string[], dueAt: number) {
    const deals = await claimed(database(), "L", NOW);
    await database().claims.settle(
      "L",
      deals.map((deal) => settlement(deal, { delivered: wanted() })),
    );
    await writeDeals(
      database(),
      manyDeals(100, () => ({ readRevision: 1, dueAt, wanted: JSON.stringify(wanted({ status: "Закрыта" })) })).filter(
        (write) => keys.includes(write.key),
      ),
    );
  }

  it("gives everything that is needed to send", async () => {
    await writeDeals(database(), [dealWrite({ key: "x", changedAt: 7, orderAt: 5 })]);
    expect(await claimed(database(), "L", NOW)).toEqual([
      {
        id: 1,
        connectionId: "c1",
        key: "x",
        adapter: "alfa-auto",
        orderNumber: "N-1",
        orderAt: 5,
        step: "create",
        revision: 1,
        wanted: wanted(),
        delivered: null,
        sealed: "sealed-personal",
        changedAt: 7,
        updatedInCalltouchAt: 0,
        closed: false,
        doubt: null,
        doubtRevision: null,
        refusal: null,
        rematch: false,
      },
    ]);
  });

  it("gives what Calltouch has and why it is in doubt", async () => {
    await writeDeals(database(), manyDeals(1));
    const deal = first(await claimed(database(), "L", NOW));
    const doubt = { kind: "refused", revision: 1, refusal: "no phone" } as const;
    await database().claims.settle("L", [
      settlement(deal, { status: "due", delivered: { status: "Новая" }, updatedInCalltouchAt: 9, doubt }),
    ]);
    expect(await claimed(database(), "L", NOW)).toMatchObject([
      {
        step: "lookup",
        delivered: { status: "Новая" },
        updatedInCalltouchAt: 9,
        doubt: "refused",
        doubtRevision: 1,
        refusal: "no phone",
      },
    ]);
  });

  it("takes a deal once", async () => {
    await writeDeals(database(), manyDeals(3));
    expect(keysOf(await claimed(database(), "L", NOW))).toEqual(["deal-0", "deal-1", "deal-2"]);
    expect(await claimed(database(), "L", NOW)).toEqual([]);
  });

  it("takes no deal before its time", async () => {
    await writeDeals(
      database(),
      manyDeals(2, (index) => ({ dueAt: NOW + index })),
    );
    expect(keysOf(await claimed(database(), "L", NOW - 1))).toEqual([]);
    expect(keysOf(await claimed(database(), "L", NOW))).toEqual(["deal-0"]);
    expect(keysOf(await claimed(database(), "L", NOW + 1))).toEqual(["deal-1"]);
  });

  it.each(["delivered", "held", "dead"] as const)("takes no deal that is %s", async (status) => {
    await writeDeals(
      database(),
      manyDeals(1, () => ({ status })),
    );
    expect(await claimed(database(), "L", NOW)).toEqual([]);
  });

  it("takes no deal of another account", async () => {
    await database().accounts.insert(account({ id: "a2", siteId: "2" }));
    await writeDeals(database(), manyDeals(2), { accountId: "a2", siteId: "2" });
    expect(await claimed(database(), "L", NOW)).toEqual([]);
    expect(await leased()).toEqual([]);
  });

  it("takes deals of several connections of the account, each with its adapter", async () => {
    await database().connections.insert(connection({ id: "c2", adapter: "dalion" }), key("k2", "c2"));
    await writeDeals(database(), [dealWrite({ key: "x" })]);
    await writeDeals(database(), [dealWrite({ key: "y", orderNumber: "N-2" })], { connectionId: "c2" });
    expect(await claimed(database(), "L", NOW)).toMatchObject([
      { key: "x", adapter: "alfa-auto" },
      { key: "y", adapter: "dalion" },
    ]);
  });

  it("takes no more than asked for, those that waited longest, in the order they were made", async () => {
    await writeDeals(
      database(),
      manyDeals(5, (index) => ({ dueAt: NOW - index })),
    );
    expect((await claimed(database(), "L", NOW, 2)).map((deal) => deal.key)).toEqual(["deal-3", "deal-4"]);
    expect((await claimed(database(), "L", NOW, 2)).map((deal) => deal.key)).toEqual(["deal-1", "deal-2"]);
    expect((await claimed(database(), "L", NOW, 2)).map((deal) => deal.key)).toEqual(["deal-0"]);
  });

  it("takes deals in doubt together, however few are asked for", async () => {
    await writeDeals(database(), manyDeals(CLAIM_DEALS_MAX + 1));
    for (
      let taken = await claimed(database(), "L", NOW);
      taken.length > 0;
      taken = await claimed(database(), "L", NOW)
    ) {
      const doubt = { kind: "unknown", revision: 1 } as const;
      const settlements = taken.map((deal) => settlement(deal, { status: "due", dueAt: NOW + 1, doubt }));
      await database().claims.settle("L", settlements);
    }
    expect(await claimed(database(), "L", NOW + 1, 1)).toHaveLength(CLAIM_DEALS_MAX);
    expect(await claimed(database(), "L", NOW + 1, 1)).toHaveLength(1);
  });

  it("takes as many as Calltouch takes in one request", async () => {
    await writeDeals(database(), manyDeals(CLAIM_DEALS_MAX + 1));
    expect(await claimed(database(), "L", NOW)).toHaveLength(CLAIM_DEALS_MAX);
    expect(await claimed(database(), "L", NOW)).toHaveLength(1);
  });

  it("takes one step at a time, the one that has waited longest", async () => {
    await writeDeals(database(), manyDeals(4));
    await toUpdates(["deal-0", "deal-1", "deal-2", "deal-3"], NOW - 5);
    await writeDeals(
      database(),
      manyDeals(6)
        .slice(4)
        .map((write, index) => ({ ...write, dueAt: NOW - 6 + 2 * index })),
    );
    const creates = await claimed(database(), "L", NOW);
    expect(creates.map(({ key, step }) => [key, step])).toEqual([
      ["deal-4", "create"],
      ["deal-5", "create"],
    ]);
    expect((await claimed(database(), "L", NOW)).map(({ step }) => step)).toEqual([
      "update",
      "update",
      "update",
      "update",
    ]);
  });

  it("does not fill up with deals of the same step whose time has not come", async () => {
    await writeDeals(
      database(),
      manyDeals(2, (index) => ({ dueAt: index === 0 ? NOW : NOW + 1 })),
    );
    expect(keysOf(await claimed(database(), "L", NOW))).toEqual(["deal-0"]);
  });

  it("tells each step by what Calltouch has and what is wanted", async () => {
    await writeDeals(database(), manyDeals(3));
    await toUpdates(["deal-1"], NOW);
    await writeDeals(database(), [dealWrite({ key: "deal-2", readRevision: 1, wanted: null, dueAt: NOW + 1 })]);
    await writeDeals(database(), [dealWrite({ key: "new", orderNumber: "new", dueAt: NOW + 2 })]);
    for (const [step, id] of [
      ["update", "deal-1"],
      ["delete", "deal-2"],
      ["create", "new"],
    ]) {
      expect(await claimed(database(), "L", NOW + 2)).toMatchObject([{ step, key: id }]);
    }
  });

  it("says that the holder is alive", async () => {
    await claimed(database(), "L", NOW + 9_000);
    expect((await database().accounts.get("a1"))?.leaseUntil).toBe(NOW + 9_000 + LEASE_MS);
  });

  it("takes nothing under a lease that is lost", async () => {
    await writeDeals(database(), manyDeals(2));
    await database().accounts.acquire("a1", "M", NOW + LEASE_MS);
    expect(await database().claims.claim("a1", "L", NOW + LEASE_MS)).toBeNull();
    expect(await database().claims.claim("nobody", "L", NOW)).toBeNull();
    expect(await leased()).toEqual([]);
    expect(await database().accounts.get("a1")).toMatchObject({ lease: "M", leaseUntil: NOW + 2 * LEASE_MS });
  });

  it.each(["{", "{}", '"text"'])(
    "puts a deal aside that cannot be read, %s, and takes the others",
    async (unreadable) => {
      await writeDeals(
        database(),
        manyDeals(3, (index) => (index === 1 ? { wanted: unreadable } : {})),
      );
      expect(keysOf(await claimed(database(), "L", NOW))).toEqual(["deal-0", "deal-2"]);
      expect(await rows("SELECT key, status, reason_code, lease FROM deals WHERE key = 'deal-1'")).toEqual([
        { key: "deal-1", status: "dead", reason_code: "UNREADABLE", lease: null },
      ]);
    },
  );

  it("puts aside the deals of a connection that was deleted, and takes the others", async () => {
    await database().connections.insert(connection({ id: "c2" }), key("k2", "c2"));
    await writeDeals(database(), [dealWrite({ key: "orphan" })], { connectionId: "c2" });
    await writeDeals(database(), manyDeals(1));
    await database().connections.delete("c2");
    expect(keysOf(await claimed(database(), "L", NOW))).toEqual(["deal-0"]);
    expect(await rows("SELECT status, lease FROM deals WHERE key = 'orphan'")).toEqual([
      { status: "dead", lease: null },
    ]);
  });

  it("does not forget that Calltouch may have a deal that cannot be read", async () => {
    await writeDeals(database(), manyDeals(1));
    const doubt = { kind: "refused", revision: 1, refusal: "no phone" } as const;
    await database().claims.settle("L", [
      settlement(first(await claimed(database(), "L", NOW)), { status: "due", doubt }),
    ]);
    await client().execute("UPDATE deals SET wanted = '{'");
    expect(await claimed(database(), "L", NOW)).toEqual([]);
    expect(await rows("SELECT status, doubt, doubt_revision, refusal FROM deals")).toEqual([
      { status: "dead", doubt: "refused", doubt_revision: 1, refusal: "no phone" },
    ]);
    await writeDeals(
      database(),
      manyDeals(1, () => ({ readRevision: 1 })),
    );
    expect(await claimed(database(), "L", NOW)).toMatchObject([{ step: "lookup" }]);
  });
});
