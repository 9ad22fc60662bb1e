import { beforeEach, expect, it } from "vitest";
import { describeStorage } from "./backends.ts";
import {
  claimed,
  connection,
  context,
  dealWrite,
  documentWrite,
  first,
  GUID,
  insertBasics,
  key,
  manyDeals,
  NOW,
  OTHER_GUID,
  settlement,
  WANTED,
  wanted,
  writeDeals,
} from "./rows.ts";

describeStorage("giving claimed deals back", ({ database, rows }) => {
  beforeEach(async () => {
    await insertBasics(database());
    await database().accounts.acquire("a1", "L", NOW);
    await writeDeals(database(), manyDeals(3));
  });
  const all = () => rows("SELECT key, lease, due_at, status, doubt, revision FROM deals ORDER BY id");
  const untouched = { lease: null, due_at: NOW, status: "due", doubt: null, revision: 1 };

  it("puts everything of the lease back as it was", async () => {
    const before = await all();
    await claimed(database(), "L", NOW);
    await database().claims.unclaim("a1", "L");
    expect(await all()).toEqual(before);
    expect(await claimed(database(), "L", NOW)).toHaveLength(3);
  });

  it("leaves what is under another lease, and what was settled", async () => {
    const deals = await claimed(database(), "L", NOW);
    await database().claims.settle("L", [settlement(first(deals))]);
    await database().claims.unclaim("a1", "another");
    await database().claims.unclaim("another", "L");
    expect(await all()).toMatchObject([{ lease: null, status: "delivered" }, { lease: "L" }, { lease: "L" }]);
  });

  it("puts off those that are named, and only them", async () => {
    const [one, two] = await claimed(database(), "L", NOW);
    await database().claims.postpone("L", [one?.id ?? 0, two?.id ?? 0], NOW + 10_000);
    expect(await all()).toEqual([
      { ...untouched, key: "deal-0", due_at: NOW + 10_000 },
      { ...untouched, key: "deal-1", due_at: NOW + 10_000 },
      { ...untouched, key: "deal-2", lease: "L" },
    ]);
  });

  it("keeps the doubt of a deal that is put off", async () => {
    const deals = await claimed(database(), "L", NOW);
    const doubt = { kind: "refused", revision: 1, refusal: "no" } as const;
    await database().claims.settle(
      "L",
      deals.map((deal) => settlement(deal, { status: "due", doubt })),
    );
    await claimed(database(), "L", NOW);
    await database().claims.postpone(
      "L",
      deals.map(({ id }) => id),
      NOW + 1,
    );
    expect(await rows("SELECT DISTINCT lease, due_at, doubt, doubt_revision, refusal FROM deals")).toEqual([
      { lease: null, due_at: NOW + 1, doubt: "refused", doubt_revision: 1, refusal: "no" },
    ]);
  });

  it("never brings a deal forward by putting it off", async () => {
    const deals = await claimed(database(), "L", NOW);
    await database().claims.postpone(
      "L",
      deals.map(({ id }) => id),
      NOW - 1,
    );
    expect(await all()).toMatchObject([untouched, untouched, untouched]);
  });

  it("puts nothing off under a lease that is lost", async () => {
    const deals = await claimed(database(), "L", NOW);
    await database().claims.postpone(
      "another",
      deals.map(({ id }) => id),
      NOW + 1,
    );
    await database().claims.postpone("L", [], NOW + 1);
    expect(await all()).toMatchObject([
      { lease: "L", due_at: NOW },
      { lease: "L", due_at: NOW },
      { lease: "L", due_at: NOW },
    ]);
  });
});

describeStorage("holding what is due", ({ database, rows }) => {
  const TRIAL = { code: "DRY_RUN", message: "Проба" };
  const all = () => rows("SELECT key, status, reason_code, reason FROM deals ORDER BY id");
  beforeEach(async () => {
    await insertBasics(database());
    await database().connections.insert(connection({ id: "c2" }), key("k2", "c2"));
    await database().accounts.acquire("a1", "L", NOW);
  });

  it("holds the due deals of this connection", async () => {
    await writeDeals(
      database(),
      manyDeals(2, (index) => (index === 0 ? {} : { status: "dead" })),
    );
    await writeDeals(database(), [dealWrite({ key: "other" })], { connectionId: "c2" });
    await database().deals.holdDue("c1", TRIAL);
    expect(await all()).toEqual([
      { key: "deal-0", status: "held", reason_code: "DRY_RUN", reason: "Проба" },
      { key: "deal-1", status: "dead", reason_code: null, reason: null },
      { key: "other", status: "due", reason_code: null, reason: null },
    ]);
  });

  it("keeps the hold and its reason when what was under way is settled, so that it is taken up with the others", async () => {
    await writeDeals(database(), manyDeals(1));
    const deal = first(await claimed(database(), "L", NOW));
    await database().deals.holdDue("c1", TRIAL);
    const former = { ...wanted(), revenueKopecks: 1 };
    await database().claims.settle("L", [settlement(deal, { delivered: former })]);
    expect(await all()).toEqual([{ key: "deal-0", status: "held", reason_code: "DRY_RUN", reason: "Проба" }]);
    await writeDeals(
      database(),
      manyDeals(1, () => ({ readRevision: 1 })),
    );
    expect(await claimed(database(), "L", NOW)).toMatchObject([{ step: "update", delivered: former }]);
  });
});

describeStorage("what waits for a person", ({ database, rows }) => {
  beforeEach(() => insertBasics(database()));

  it("is listed by its status, the oldest first, page by page", async () => {
    const statuses = ["held", "dead", "due", "held", "delivered", "held"] as const;
    await writeDeals(
      database(),
      statuses.map((status, index) =>
        dealWrite({ key: `key-${index}`, orderNumber: `number-${index}`, status, reasonCode: "R", reason: "почему" }),
      ),
    );
    const page = await database().deals.listHeldOrDead("held", 0, 2);
    expect(page.map(({ guid }) => guid)).toEqual(["key-0", "key-3"]);
    expect(page[0]).toEqual({
      id: 1,
      connectionId: "c1",
      guid: "key-0",
      orderNumber: "number-0",
      status: "held",
      code: "R",
      message: "почему",
      dealId: null,
    });
    const next = await database().deals.listHeldOrDead("held", page[1]?.id ?? 0, 2);
    expect(next.map(({ guid }) => guid)).toEqual(["key-5"]);
    expect((await database().deals.listHeldOrDead("dead", 0, 9)).map(({ guid }) => guid)).toEqual(["key-1"]);
  });

  it.each(["held", "dead"] as const)("is tried again when it is %s", async (status) => {
    await writeDeals(
      database(),
      manyDeals(2, () => ({ status, reasonCode: "R", reason: "почему", dueAt: NOW - 5 })),
    );
    expect(await database().deals.retry(1, NOW)).toBe(true);
    expect(await rows("SELECT status, reason_code, reason, due_at FROM deals ORDER BY id")).toEqual([
      { status: "due", reason_code: null, reason: null, due_at: NOW },
      { status, reason_code: "R", reason: "почему", due_at: NOW - 5 },
    ]);
  });

  it("is not tried again when it waits for nothing, has nothing to send or was deleted in Calltouch", async () => {
    await writeDeals(database(), [
      dealWrite({ key: "due", orderNumber: "1", dueAt: NOW + 5 }),
      dealWrite({ key: "delivered", orderNumber: "2", status: "delivered" }),
      dealWrite({ key: "skipped", orderNumber: null, status: "held", wanted: null }),
      dealWrite({ key: "closed", orderNumber: "4", dueAt: NOW - 1 }),
    ]);
    await database().accounts.acquire("a1", "L", NOW);
    const closed = first(await claimed(database(), "L", NOW));
    await database().claims.settle("L", [settlement(closed, { status: "dead", delivered: null, closed: true })]);
    const before = await rows("SELECT * FROM deals");
    for (const id of [1, 2, 3, 4, 99]) expect(await database().deals.retry(id, NOW)).toBe(false);
    expect(await rows("SELECT * FROM deals")).toEqual(before);
  });

  it("is told from what is still to be sent", async () => {
    await writeDeals(
      database(),
      manyDeals(3, (index) => ({ status: index === 0 ? "held" : "dead" })),
    );
    expect(await database().deals.hasDue("c1")).toBe(false);
    await writeDeals(database(), [dealWrite({ key: "x", dueAt: NOW + 60_000 })]);
    expect(await database().deals.hasDue("c1")).toBe(true);
    expect(await database().deals.hasDue("c2")).toBe(false);
  });
});

describeStorage("looking at deals", ({ database }) => {
  beforeEach(async () => {
    await insertBasics(database());
    await database().connections.insert(connection({ id: "c2" }), key("k2", "c2"));
  });

  it("finds the deal of each document, whichever document of the deal is asked about", async () => {
    await database().documents.write(
      context("w"),
      [dealWrite(), dealWrite({ key: "y", orderNumber: "N-2", status: "held", reasonCode: "R", reason: "почему" })],
      [documentWrite(), documentWrite({ guid: OTHER_GUID }), documentWrite({ guid: "y", dealKey: "y" })],
    );
    await database().accounts.acquire("a1", "L", NOW);
    const deal = first(await claimed(database(), "L", NOW));
    await database().claims.settle("L", [settlement(deal, { delivered: wanted(), calltouchId: 77 })]);
    const found = await database().deals.findByGuids("c1", ["y", OTHER_GUID, "nothing", GUID]);
    const delivered = { orderNumber: "N-1", status: "delivered", reasonCode: null, reason: null, calltouchId: 77 };
    const both = { ...delivered, wanted: WANTED, delivered: WANTED, step: "update", attribution: null };
    expect(found.sort((left, right) => left.guid.localeCompare(right.guid))).toEqual([
      { guid: GUID, ...both },
      { guid: OTHER_GUID, ...both },
      {
        guid: "y",
        orderNumber: "N-2",
        status: "held",
        reasonCode: "R",
        reason: "почему",
        calltouchId: null,
        wanted: WANTED,
        delivered: null,
        step: "create",
        attribution: null,
      },
    ]);
  });

  it("shows one deal with its account, and its documents in order, as many as are asked for", async () => {
    const documents = [documentWrite({ guid: OTHER_GUID, stamp: null, manual: true }), documentWrite()];
    await database().documents.write(context("w"), [dealWrite({ status: "held", ruleId: "r1" })], documents);
    expect(await database().deals.get(1)).toEqual({
      id: 1,
      connectionId: "c1",
      guid: GUID,
      orderNumber: "N-1",
      orderAt: NOW,
      status: "held",
      code: null,
      message: null,
      dealId: null,
      isDelivered: false,
      closed: false,
      accountId: "a1",
      account: "Account a1",
      ruleId: "r1",
      attribution: null,
    });
    const instants = { enteredAt: NOW, receivedAt: NOW };
    const own = { guid: GUID, stamp: "version:1", manual: false, ...instants };
    const other = { guid: OTHER_GUID, stamp: null, manual: true, ...instants };
    expect(await database().deals.documentsOf("c1", GUID, 10)).toEqual([own, other]);
    expect(await database().deals.documentsOf("c1", GUID, 1)).toEqual([own]);
    expect(await database().deals.documentsOf("c2", GUID, 10)).toEqual([]);
    expect(await database().deals.get(2)).toBeUndefined();
  });

  it("shows nothing of another connection, and nothing when nothing is asked", async () => {
    await database().documents.write(context("w"), [dealWrite()], [documentWrite()]);
    expect(await database().deals.findByGuids("c2", [GUID])).toEqual([]);
    expect(await database().deals.findByGuids("c1", [])).toEqual([]);
  });

  it("counts the deals of each status of each connection", async () => {
    expect(await database().deals.countByStatus()).toEqual([]);
    await writeDeals(
      database(),
      manyDeals(5, (index) => ({ status: index < 2 ? "due" : "held" })),
    );
    await writeDeals(database(), [dealWrite({ orderNumber: "z", status: "dead" })], { connectionId: "c2" });
    const counts = await database().deals.countByStatus();
    expect(counts.sort((left, right) => left.status.localeCompare(right.status))).toEqual([
      { connectionId: "c2", status: "dead", count: 1 },
      { connectionId: "c1", status: "due", count: 2 },
      { connectionId: "c1", status: "held", count: 3 },
    ]);
  });
});
