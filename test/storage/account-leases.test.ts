import { beforeEach, expect, it } from "vitest";
import { LEASE_MS } from "../../src/database/accounts.ts";
import { describeStorage } from "./backends.ts";
import {
  account,
  claimed,
  dealWrite,
  first,
  insertBasics,
  LAG_MS,
  manyDeals,
  NOW,
  settlement,
  wanted,
  writeDeals,
} from "./rows.ts";

describeStorage("an account's lease", ({ database, rows }) => {
  beforeEach(() => insertBasics(database()));
  const leaseOf = async () => first(await rows("SELECT lease FROM accounts WHERE id = 'a1'"))["lease"];

  it("is given with the account as it now stands", async () => {
    expect(await database().accounts.acquire("a1", "L", NOW)).toMatchObject({
      ...account(),
      lease: "L",
      leaseUntil: NOW + LEASE_MS,
    });
    expect(await database().accounts.acquire("nobody", "L", NOW)).toBeUndefined();
  });

  it("is given to one holder at a time", async () => {
    await database().accounts.acquire("a1", "first", NOW);
    expect(await database().accounts.acquire("a1", "second", NOW + LEASE_MS - 1)).toBeUndefined();
    expect(await leaseOf()).toBe("first");
    expect(await database().accounts.acquire("a1", "second", NOW + LEASE_MS)).toMatchObject({ lease: "second" });
  });

  it("is not given while the account is paused", async () => {
    await database().accounts.acquire("a1", "L", NOW);
    await database().accounts.pause("a1", "L", "transport", NOW + 5_000, 1);
    expect(await database().accounts.acquire("a1", "M", NOW + 4_999)).toBeUndefined();
    expect(await database().accounts.acquire("a1", "M", NOW + 5_000)).toMatchObject({ lease: "M", failures: 1 });
  });

  it("is given back when nothing is due", async () => {
    await writeDeals(database(), [dealWrite({ dueAt: NOW + 1 })]);
    await database().accounts.acquire("a1", "L", NOW);
    expect(await database().accounts.releaseIfIdle("a1", "L", NOW)).toBe(true);
    expect(await leaseOf()).toBeNull();
  });

  it("is kept when a deal became due since the last claim", async () => {
    await database().accounts.acquire("a1", "L", NOW);
    expect(await claimed(database(), "L", NOW)).toEqual([]);
    await writeDeals(database(), [dealWrite({ dueAt: NOW })]);
    expect(await database().accounts.releaseIfIdle("a1", "L", NOW)).toBe(false);
    expect(await leaseOf()).toBe("L");
  });

  it("is not kept for the deals of another account", async () => {
    await database().accounts.insert(account({ id: "a2" }));
    await writeDeals(database(), [dealWrite()], { accountId: "a2" });
    await database().accounts.acquire("a1", "L", NOW);
    expect(await database().accounts.releaseIfIdle("a1", "L", NOW)).toBe(true);
  });

  it("is given back whatever is due when the holder reaches its limit", async () => {
    await writeDeals(database(), [dealWrite()]);
    await database().accounts.acquire("a1", "L", NOW);
    await database().accounts.release("a1", "L");
    expect(await leaseOf()).toBeNull();
    expect(await database().accounts.due(NOW)).toEqual(["a1"]);
  });

  it.each(["transport", "limited", "points", "unauthorized"] as const)(
    "is given back with a pause for %s",
    async (pause) => {
      await database().accounts.acquire("a1", "L", NOW);
      await database().accounts.pause("a1", "L", pause, NOW + 7, 2);
      expect(await database().accounts.get("a1")).toMatchObject({
        lease: null,
        pause,
        pausedUntil: NOW + 7,
        failures: 2,
      });
    },
  );

  it("lets the failures be forgotten once Calltouch answers, and stays", async () => {
    await database().accounts.acquire("a1", "L", NOW);
    await database().accounts.pause("a1", "L", "transport", NOW + 7, 2);
    await database().accounts.acquire("a1", "M", NOW + 7);
    await database().accounts.recover("a1", "M");
    expect(await database().accounts.get("a1")).toMatchObject({ lease: "M", pause: null, failures: 0 });
  });

  it("that is lost gives no power over the account", async () => {
    await database().accounts.acquire("a1", "lost", NOW);
    const held = await database().accounts.acquire("a1", "live", NOW + LEASE_MS);
    expect(await database().accounts.releaseIfIdle("a1", "lost", NOW)).toBe(false);
    await database().accounts.release("a1", "lost");
    await database().accounts.pause("a1", "lost", "transport", NOW + 900_000, 9);
    await database().accounts.recover("a1", "lost");
    expect(await database().accounts.get("a1")).toEqual(held);
  });
});

describeStorage("what a dead holder had claimed", ({ database, rows }) => {
  const LATER = NOW + LEASE_MS;
  beforeEach(() => insertBasics(database()));
  const dealOf = async (key: string) =>
    first(
      await rows(
        "SELECT status, delivered, doubt, doubt_revision, refusal, due_at, lease, step FROM deals WHERE key = :key",
        { key },
      ),
    );

  /** `deal-0` is delivered and due again, as an update or a deletion. */
  async function deliverAndChange(change: "update" | "delete") {
    await writeDeals(database(), manyDeals(1));
    await database().accounts.acquire("a1", "before", NOW - LEASE_MS);
    const deals = await claimed(database(), "before", NOW);
    await database().claims.settle(
      "before",
      deals.map((deal) => settlement(deal, { delivered: wanted() })),
    );
    await database().accounts.release("a1", "before");
    const next = change === "update" ? JSON.stringify(wanted({ status: "Закрыта" })) : null;
    await writeDeals(
      database(),
      manyDeals(1, () => ({ readRevision: 1, wanted: next })),
    );
  }

  it("as a create is in doubt and looked up once the listing can show it", async () => {
    await writeDeals(database(), manyDeals(1));
    await database().accounts.acquire("a1", "dead", NOW);
    expect(await claimed(database(), "dead", NOW)).toHaveLength(1);
    await database().accounts.acquire("a1", "live", LATER);
    expect(await dealOf("deal-0")).toEqual({
      status: "due",
      delivered: null,
      doubt: "unknown",
      doubt_revision: 1,
      refusal: null,
      due_at: LATER + LAG_MS,
      lease: null,
      step: "lookup",
    });
    expect(await claimed(database(), "live", LATER + LAG_MS - 1)).toEqual([]);
    expect(await claimed(database(), "live", LATER + LAG_MS)).toMatchObject([{ step: "lookup", doubt: "unknown" }]);
  });

  it("as a create is in doubt even when it has been held or deleted since", async () => {
    await writeDeals(database(), manyDeals(2));
    await database().accounts.acquire("a1", "dead", NOW);
    await claimed(database(), "dead", NOW);
    await writeDeals(database(), [
      dealWrite({ key: "deal-0", readRevision: 1, status: "held", reasonCode: "DRY_RUN" }),
      dealWrite({ key: "deal-1", readRevision: 1, wanted: null }),
    ]);
    await database().accounts.acquire("a1", "live", LATER);
    expect(await dealOf("deal-0")).toMatchObject({ status: "held", doubt: "unknown", lease: null });
    expect(await dealOf("deal-1")).toMatchObject({ status: "due", doubt: "unknown", lease: null });
  });

  it.each([["update"], ["delete"]] as const)(
    "as %s is due again at its time, and nothing is certain of what Calltouch has",
    async (step) => {
      await deliverAndChange(step);
      await database().accounts.acquire("a1", "dead", NOW);
      expect(await claimed(database(), "dead", NOW)).toMatchObject([{ step }]);
      await database().accounts.acquire("a1", "live", LATER);
      expect(await dealOf("deal-0")).toMatchObject({
        status: "due",
        delivered: "{}",
        doubt: null,
        due_at: NOW,
        lease: null,
        step,
      });
    },
  );

  it("as a lookup keeps its doubt and its time", async () => {
    await writeDeals(database(), manyDeals(1));
    await database().accounts.acquire("a1", "before", NOW - LEASE_MS);
    const deal = first(await claimed(database(), "before", NOW));
    const doubt = { kind: "refused", revision: 1, refusal: "no phone" } as const;
    await database().claims.settle("before", [settlement(deal, { status: "due", doubt })]);
    await database().accounts.release("a1", "before");
    await database().accounts.acquire("a1", "dead", NOW);
    expect(await claimed(database(), "dead", NOW)).toMatchObject([{ step: "lookup" }]);
    await database().accounts.acquire("a1", "live", LATER);
    expect(await dealOf("deal-0")).toMatchObject({ doubt: "refused", refusal: "no phone", due_at: NOW, lease: null });
  });

  it("is left alone while its holder lives", async () => {
    await writeDeals(database(), manyDeals(1));
    await database().accounts.acquire("a1", "live", NOW);
    await claimed(database(), "live", NOW);
    expect(await database().accounts.acquire("a1", "thief", NOW + 1)).toBeUndefined();
    expect(await dealOf("deal-0")).toMatchObject({ lease: "live", doubt: null, due_at: NOW });
  });

  it("comes back at once when a new token has taken the account from it", async () => {
    await writeDeals(database(), manyDeals(1));
    await database().accounts.acquire("a1", "old", NOW);
    await database().claims.claim("a1", "old", NOW);
    await database().accounts.update("a1", { token: "new" });
    // The turn under the old token can neither go on nor pause the account, and nothing else is due.
    expect(await database().claims.claim("a1", "old", NOW)).toBeNull();
    expect(await database().accounts.due(NOW)).toEqual(["a1"]);
    expect(await database().accounts.acquire("a1", "new", NOW)).toMatchObject({ token: "new" });
    expect(await database().claims.claim("a1", "new", NOW + LAG_MS)).toMatchObject([
      { key: "deal-0", doubt: "unknown" },
    ]);
  });

  it("comes back for its own account only", async () => {
    await database().accounts.insert(account({ id: "a2" }));
    await writeDeals(database(), manyDeals(1), { accountId: "a2", siteId: "2" });
    await database().accounts.acquire("a2", "dead", NOW);
    await database().claims.claim("a2", "dead", NOW);
    await database().accounts.acquire("a1", "live", LATER);
    expect(await dealOf("deal-0")).toMatchObject({ lease: "dead", doubt: null });
  });

  it("cannot be settled by it any more", async () => {
    await writeDeals(database(), manyDeals(1));
    await database().accounts.acquire("a1", "dead", NOW);
    const deals = await claimed(database(), "dead", NOW);
    await database().accounts.acquire("a1", "live", LATER);
    expect(
      await database().claims.settle(
        "dead",
        deals.map((deal) => settlement(deal, { delivered: wanted() })),
      ),
    ).toBe(0);
    expect(await dealOf("deal-0")).toMatchObject({ status: "due", doubt: "unknown" });
  });
});
