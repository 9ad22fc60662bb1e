import { beforeEach, expect, it } from "vitest";
import { describeStorage } from "./backends.ts";
import {
  account,
  claimed,
  connection,
  context,
  dealWrite,
  first,
  GUID,
  insertBasics,
  key,
  NOW,
  settlement,
  WANTED,
  wanted,
  writeDeals,
} from "./rows.ts";

const NOTHING = { dealKeys: new Set(), guids: new Set() };

describeStorage("writing deals", ({ database, rows }) => {
  beforeEach(async () => {
    await insertBasics(database());
    await database().accounts.insert(account({ id: "a2", siteId: "2" }));
    await database().connections.insert(connection({ id: "c2" }), key("k2", "c2"));
  });
  const dealOf = async (id = GUID) => first(await rows("SELECT * FROM deals WHERE key = :id", { id }));
  const update = (replaced: Parameters<typeof dealWrite>[0] = {}) => dealWrite({ readRevision: 1, ...replaced });

  it("makes the next revision of the revision that was read", async () => {
    expect(await writeDeals(database(), [dealWrite()])).toEqual([GUID]);
    expect(await dealOf()).toMatchObject({ revision: 1, created_at: NOW });
    const next = update({ status: "held", reasonCode: "DRY_RUN", reason: "Проба", sealed: "s2", contactHashes: ["h"] });
    await database().documents.write(context("w2", { now: NOW + 1 }), [{ ...next, changedAt: 5, dueAt: 7 }], []);
    expect(await dealOf()).toMatchObject({
      revision: 2,
      writer: "w2",
      status: "held",
      reason_code: "DRY_RUN",
      reason: "Проба",
      sealed: "s2",
      contact_hashes: '["h"]',
      changed_at: 5,
      due_at: 7,
      created_at: NOW,
    });
  });

  it.each([0, 2, 3])("does nothing when the revision read was %i and not the stored one", async (readRevision) => {
    await writeDeals(database(), [dealWrite()]);
    const before = await dealOf();
    expect(await writeDeals(database(), [update({ readRevision, status: "dead", wanted: null })])).toEqual([]);
    expect(await dealOf()).toEqual(before);
  });

  it("writes nothing when there is nothing to write", async () => {
    expect(await database().documents.write(context("w"), [], [])).toEqual(NOTHING);
  });

  it("gives a number once: of two new deals with the same one the first has it", async () => {
    expect(await writeDeals(database(), [dealWrite({ key: "x" }), dealWrite({ key: "y" })])).toEqual(["x"]);
    expect(await writeDeals(database(), [dealWrite({ key: "y" })])).toEqual([]);
    expect(await rows("SELECT key FROM deals")).toEqual([{ key: "x" }]);
  });

  it("gives a number once within a site, whoever asks for it", async () => {
    await writeDeals(database(), [dealWrite({ key: "x" })]);
    expect(await writeDeals(database(), [dealWrite({ key: "y" })], { connectionId: "c2" })).toEqual([]);
    expect(await writeDeals(database(), [dealWrite({ key: "y" })], { accountId: "a2", siteId: "2" })).toEqual(["y"]);
  });

  it("does not give a taken number to a deal that had none", async () => {
    const skipped = { status: "held", wanted: null, orderNumber: null, orderAt: null } as const;
    await writeDeals(database(), [dealWrite({ key: "x" }), dealWrite({ key: "y", ...skipped })]);
    const before = await dealOf("y");
    expect(await writeDeals(database(), [update({ key: "y" })])).toEqual([]);
    expect(await dealOf("y")).toEqual(before);
    expect(await writeDeals(database(), [update({ key: "y", orderNumber: "N-1/2026" })])).toEqual(["y"]);
    expect(await dealOf("y")).toMatchObject({ order_number: "N-1/2026", order_at: NOW, wanted: WANTED, revision: 2 });
  });

  it("gives a number that two numberless deals ask for at once to one of them", async () => {
    const skipped = { status: "held", wanted: null, orderNumber: null } as const;
    await writeDeals(database(), [dealWrite({ key: "x", ...skipped }), dealWrite({ key: "y", ...skipped })]);
    expect(await writeDeals(database(), [update({ key: "x" }), update({ key: "y" })])).toEqual(["x"]);
    expect(await rows("SELECT key, order_number FROM deals ORDER BY key")).toEqual([
      { key: "x", order_number: "N-1" },
      { key: "y", order_number: null },
    ]);
  });

  it("writes the others when one meets a taken number or another writer", async () => {
    await writeDeals(database(), [dealWrite({ key: "taken" }), dealWrite({ key: "newer", orderNumber: "N-2" })]);
    const written = await writeDeals(database(), [
      dealWrite({ key: "clash" }),
      dealWrite({ key: "newer", orderNumber: "N-2" }),
      dealWrite({ key: "good", orderNumber: "N-3" }),
      update({ key: "taken" }),
    ]);
    expect(written.sort()).toEqual(["good", "taken"]);
  });

  it("never changes a number", async () => {
    await writeDeals(database(), [dealWrite()]);
    await writeDeals(database(), [update({ orderNumber: "N-9" })]);
    expect(await dealOf()).toMatchObject({ order_number: "N-1", revision: 2 });
    await writeDeals(database(), [update({ readRevision: 2, orderNumber: null })]);
    expect(await dealOf()).toMatchObject({ order_number: "N-1", revision: 3 });
  });

  it("writes a deal again under a number that others want too", async () => {
    await writeDeals(database(), [dealWrite()]);
    await writeDeals(database(), [dealWrite({ key: "y", orderNumber: "N-2" })]);
    expect(await writeDeals(database(), [update({ orderNumber: "N-2" })])).toEqual([GUID]);
    expect(await dealOf()).toMatchObject({ order_number: "N-1" });
  });

  it("refuses another account or another rule for a deal that may be on its way, and nothing else", async () => {
    await writeDeals(database(), [dealWrite()]);
    await database().accounts.acquire("a1", "L", NOW);
    await claimed(database(), "L", NOW);
    expect(await writeDeals(database(), [update()], { accountId: "a2", siteId: "2" })).toEqual([]);
    expect(await writeDeals(database(), [update({ ruleId: "rule" })])).toEqual([]);
    expect(await writeDeals(database(), [update()])).toEqual([GUID]);
    expect(await dealOf()).toMatchObject({ account_id: "a1", site_id: "41234", revision: 2 });
  });

  it.each(["due", "held", "dead"] as const)(
    "lets a %s deal that was never sent go to another account, under a number of that site",
    async (status) => {
      await writeDeals(database(), [dealWrite({ status })]);
      const moved = update({ orderNumber: "N-9", ruleId: "rule" });
      await writeDeals(database(), [moved], { accountId: "a2", siteId: "2" });
      expect(await dealOf()).toMatchObject({ account_id: "a2", site_id: "2", order_number: "N-9", rule_id: "rule" });
    },
  );

  it("begins a deleted deal anew under another number, and forgets what was known of the former", async () => {
    await writeDeals(database(), [dealWrite()]);
    await database().accounts.acquire("a1", "L", NOW);
    const deal = first(await claimed(database(), "L", NOW));
    await database().claims.settle("L", [settlement(deal, { delivered: null, closed: true, calltouchId: 7 })]);
    await writeDeals(database(), [update({ orderNumber: "N-1/2", reopened: 1 })]);
    expect(await dealOf()).toMatchObject({
      order_number: "N-1/2",
      reopened: 1,
      closed: 0,
      calltouch_id: null,
      updated_in_calltouch_at: 0,
      step: "create",
      status: "due",
    });
  });

  it("judges a number by the site the deal goes to", async () => {
    await writeDeals(database(), [dealWrite({ key: "x" }), dealWrite({ key: "y", orderNumber: null })]);
    await writeDeals(database(), [dealWrite({ key: "z", orderNumber: "N-7" })], { accountId: "a2", siteId: "2" });
    const moved = update({ key: "y", orderNumber: "N-7" });
    expect(await writeDeals(database(), [moved], { accountId: "a2", siteId: "2" })).toEqual([]);
    expect(await writeDeals(database(), [{ ...moved, orderNumber: "N-1" }], { accountId: "a2", siteId: "2" })).toEqual([
      "y",
    ]);
  });

  it("keeps what Calltouch has", async () => {
    await writeDeals(database(), [dealWrite()]);
    await database().accounts.acquire("a1", "L", NOW);
    const deal = first(await claimed(database(), "L", NOW));
    const sent = { delivered: wanted(), calltouchId: 77, updatedInCalltouchAt: 5 };
    await database().claims.settle("L", [settlement(deal, sent)]);
    await writeDeals(database(), [update({ wanted: null })]);
    expect(await dealOf()).toMatchObject({
      delivered: WANTED,
      delivered_revision: 1,
      calltouch_id: 77,
      updated_in_calltouch_at: 5,
      step: "delete",
    });
  });
});

describeStorage("taken order numbers", ({ database }) => {
  it("are those of the site's deals", async () => {
    await insertBasics(database());
    await writeDeals(database(), [dealWrite({ key: "x" }), dealWrite({ key: "y", orderNumber: null })]);
    await writeDeals(database(), [dealWrite({ key: "z", orderNumber: "N-2" })], { siteId: "2" });
    expect(await database().documents.takenNumbers("41234", ["N-1", "N-2", "N-3"])).toEqual(new Set(["N-1"]));
    expect(await database().documents.takenNumbers("41234", [])).toEqual(new Set());
  });
});

describeStorage("the date of a deal", ({ database, rows }) => {
  beforeEach(async () => {
    await insertBasics(database());
    await writeDeals(database(), [dealWrite()]);
  });
  const next = (readRevision: number, orderAt: number | null) =>
    writeDeals(database(), [dealWrite({ readRevision, orderAt })]);
  const orderAt = async () => first(await rows("SELECT order_at FROM deals"))["order_at"];
  async function claim() {
    await database().accounts.acquire("a1", "L", NOW);
    return first(await claimed(database(), "L", NOW));
  }

  it("follows the documents until the deal is sent", async () => {
    await next(1, NOW - 5);
    expect(await orderAt()).toBe(NOW - 5);
    await next(2, null);
    expect(await orderAt()).toBe(NOW - 5);
  });

  it("is set when the deal had none", async () => {
    await writeDeals(database(), [
      dealWrite({ key: "x", orderNumber: null, orderAt: null, wanted: null, status: "held" }),
    ]);
    await writeDeals(database(), [dealWrite({ key: "x", orderNumber: "N-2", readRevision: 1, orderAt: NOW - 9 })]);
    expect(await rows("SELECT order_at FROM deals WHERE key = 'x'")).toEqual([{ order_at: NOW - 9 }]);
  });

  it("is fixed while the deal is on its way", async () => {
    await claim();
    await next(1, NOW - 5);
    expect(await orderAt()).toBe(NOW);
  });

  it("is fixed while Calltouch may have the deal", async () => {
    const deal = await claim();
    const doubt = { kind: "unknown", revision: 1 } as const;
    await database().claims.settle("L", [settlement(deal, { status: "due", doubt })]);
    await next(1, NOW - 5);
    expect(await orderAt()).toBe(NOW);
  });

  it("is fixed once Calltouch has the deal", async () => {
    const deal = await claim();
    await database().claims.settle("L", [settlement(deal, { delivered: wanted() })]);
    await next(1, NOW - 5);
    expect(await orderAt()).toBe(NOW);
  });

  it("may change again when it turned out that Calltouch does not have the deal", async () => {
    const deal = await claim();
    await database().claims.settle("L", [settlement(deal, { status: "due" })]);
    await next(1, NOW - 5);
    expect(await orderAt()).toBe(NOW - 5);
  });
});

describeStorage("the time a deal is due", ({ database, rows }) => {
  beforeEach(async () => {
    await insertBasics(database());
    await writeDeals(database(), [dealWrite()]);
  });
  const write = (dueAt: number) => writeDeals(database(), [dealWrite({ readRevision: 1, dueAt })]);
  const dueAt = async () => first(await rows("SELECT due_at FROM deals"))["due_at"];
  async function settleWith(replaced: Parameters<typeof settlement>[1]) {
    await database().accounts.acquire("a1", "L", NOW);
    const deal = first(await claimed(database(), "L", NOW));
    await database().claims.settle("L", [settlement(deal, { status: "due", ...replaced })]);
  }

  it("is brought forward by a new revision", async () => {
    await settleWith({ dueAt: NOW + 60_000 });
    await write(NOW + 1);
    expect(await dueAt()).toBe(NOW + 1);
  });

  it("is kept while the deal is in doubt, for the listing may not show it yet", async () => {
    await settleWith({ dueAt: NOW + 60_000, doubt: { kind: "unknown", revision: 1 } });
    await write(NOW + 1);
    expect(await dueAt()).toBe(NOW + 60_000);
  });

  it("may be put off while the deal is in doubt", async () => {
    await settleWith({ dueAt: NOW + 60_000, doubt: { kind: "unknown", revision: 1 } });
    await write(NOW + 70_000);
    expect(await dueAt()).toBe(NOW + 70_000);
  });
});
