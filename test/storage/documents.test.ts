import { beforeEach, expect, it } from "vitest";
import { describeStorage } from "./backends.ts";
import {
  account,
  claimed,
  connection,
  context,
  dealWrite,
  documentWrite,
  first,
  GUID,
  insertBasics,
  key,
  NOW,
  OTHER_GUID,
  settlement,
  WANTED,
  wanted,
  writeDeals,
} from "./rows.ts";

const NOTHING = { dealKeys: new Set(), guids: new Set() };

describeStorage("reading documents and deals", ({ database }) => {
  beforeEach(async () => {
    await insertBasics(database());
    await database().connections.insert(connection({ id: "c2" }), key("k2", "c2"));
  });
  const read = async (guids: string[], keys: string[], id = "c1") => {
    const found = await database().documents.read(id, guids, keys);
    return {
      deals: found.deals.map((row) => row.key).sort(),
      documents: found.documents.map(({ guid }) => guid).sort(),
    };
  };

  it("gives back what was written", async () => {
    const deal = dealWrite({ contactHashes: ["h1", "h2"], reasonCode: "R", reason: "Причина «1»" });
    await database().documents.write(context("w"), [deal], [documentWrite({ manual: true })]);
    const { movedFrom: _, ...document } = documentWrite({ manual: true });
    const { readRevision: __, ...row } = deal;
    expect(await database().documents.read("c1", [GUID], [])).toMatchObject({
      deals: [
        {
          ...row,
          id: 1,
          connectionId: "c1",
          accountId: "a1",
          siteId: "41234",
          revision: 1,
          writer: "w",
          delivered: null,
          deliveredRevision: null,
          updatedInCalltouchAt: 0,
          calltouchId: null,
          closed: false,
          doubt: null,
          doubtRevision: null,
          refusal: null,
          lease: null,
          step: "create",
          createdAt: NOW,
          personalAt: NOW,
          attribution: null,
          attributionSeq: null,
          attributionAt: null,
          attributionStep: 0,
        },
      ],
      rules: [],
      accounts: [{ id: "a1", siteId: "41234", autoExchange: true, itemKindTags: false }],
      documents: [{ ...document, connectionId: "c1", receivedAt: NOW, stripped: false }],
    });
  });

  it("finds every document of a deal by its key or by any of its documents", async () => {
    await database().documents.write(
      context("w"),
      [dealWrite(), dealWrite({ key: "lonely", orderNumber: "N-2" })],
      [documentWrite(), documentWrite({ guid: OTHER_GUID }), documentWrite({ guid: "lonely", dealKey: "lonely" })],
    );
    const whole = { deals: [GUID], documents: [GUID, OTHER_GUID] };
    expect(await read([], [GUID])).toEqual(whole);
    expect(await read([OTHER_GUID], [])).toEqual(whole);
    expect(await read([OTHER_GUID, GUID], [GUID])).toEqual(whole);
    expect(await read([OTHER_GUID], ["lonely"])).toEqual({
      deals: [GUID, "lonely"].sort(),
      documents: [GUID, OTHER_GUID, "lonely"].sort(),
    });
  });

  it("finds both the deal a document leaves and the one it joins", async () => {
    await database().documents.write(
      context("w"),
      [dealWrite({ key: "old" }), dealWrite({ key: "new", orderNumber: "N-2" })],
      [documentWrite({ dealKey: "old" }), documentWrite({ guid: OTHER_GUID, dealKey: "new" })],
    );
    expect(await read([GUID], ["new"])).toEqual({ deals: ["new", "old"], documents: [GUID, OTHER_GUID].sort() });
  });

  it("finds a deal that has no documents yet, and nothing where there is nothing", async () => {
    await writeDeals(database(), [dealWrite()]);
    expect(await read([], [GUID])).toEqual({ deals: [GUID], documents: [] });
    expect(await read([OTHER_GUID], [OTHER_GUID])).toEqual({ deals: [], documents: [] });
    expect(await read([], [])).toEqual({ deals: [], documents: [] });
  });

  it("never shows what belongs to another connection", async () => {
    await database().documents.write(context("w"), [dealWrite()], [documentWrite()]);
    expect(await read([GUID], [GUID], "c2")).toEqual({ deals: [], documents: [] });
  });
});

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

  it("keeps a deal that may be on its way with the account and the site it was made in", async () => {
    await writeDeals(database(), [dealWrite()]);
    await writeDeals(database(), [update()], { accountId: "a2", siteId: "2" });
    expect(await dealOf()).toMatchObject({ account_id: "a1", site_id: "41234", revision: 2 });
  });

  it("lets a held deal that was never sent go to another account, under a number of that site", async () => {
    await writeDeals(database(), [dealWrite({ status: "held" })]);
    const moved = update({ orderNumber: "N-9", ruleId: "rule" });
    await writeDeals(database(), [moved], { accountId: "a2", siteId: "2" });
    expect(await dealOf()).toMatchObject({ account_id: "a2", site_id: "2", order_number: "N-9", rule_id: "rule" });
  });

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

  it("judges a number by the site the deal was made in", async () => {
    await writeDeals(database(), [dealWrite({ key: "x" }), dealWrite({ key: "y", orderNumber: null })]);
    expect(await writeDeals(database(), [update({ key: "y" })], { accountId: "a2", siteId: "2" })).toEqual([]);
    await writeDeals(database(), [dealWrite({ key: "z", orderNumber: "N-7" })], { accountId: "a2", siteId: "2" });
    const moved = [update({ key: "y", orderNumber: "N-7" })];
    expect(await writeDeals(database(), moved, { accountId: "a2", siteId: "2" })).toEqual(["y"]);
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

describeStorage("writing documents", ({ database, rows }) => {
  beforeEach(async () => {
    await insertBasics(database());
    await database().connections.insert(connection({ id: "c2" }), key("k2", "c2"));
  });
  const stored = () => rows("SELECT guid, deal_key, digest FROM documents ORDER BY guid");
  let attempts = 0;
  const write = (deals: Parameters<typeof dealWrite>[0][], documents: Parameters<typeof documentWrite>[0][]) => {
    attempts += 1;
    return database().documents.write(
      context(`attempt-${attempts}`),
      deals.map(dealWrite),
      documents.map(documentWrite),
    );
  };

  it("replaces the last state of a document", async () => {
    await write([{}], [{}]);
    const second = { stamp: null, digest: "digest-2", enteredAt: 1, manual: true, sealed: "sealed-2" };
    expect(await write([{ readRevision: 1 }], [second])).toEqual({ dealKeys: new Set([GUID]), guids: new Set([GUID]) });
    expect(await rows("SELECT * FROM documents")).toEqual([
      {
        connection_id: "c1",
        guid: GUID,
        deal_key: GUID,
        stamp: null,
        digest: "digest-2",
        entered_at: 1,
        manual: 1,
        sealed: "sealed-2",
        received_at: NOW,
        stripped: 0,
      },
    ]);
  });

  it("keeps documents of connections of two sites with the same guid apart", async () => {
    await write([{}], [{}]);
    const other = context("other", { connectionId: "c2", siteId: "55555" });
    const deal = dealWrite({ orderNumber: "N-2" });
    expect((await database().documents.write(other, [deal], [documentWrite({ digest: "digest-2" })])).guids.size).toBe(
      1,
    );
    expect(await rows("SELECT connection_id, digest FROM documents ORDER BY connection_id")).toEqual([
      { connection_id: "c1", digest: "digest-1" },
      { connection_id: "c2", digest: "digest-2" },
    ]);
  });

  it("stores no document that another connection of the site has, nor its deal, and the others of the request", async () => {
    await write([{}], [{}]);
    const before = await rows("SELECT * FROM documents");
    const other = context("other", { connectionId: "c2" });
    const deals = [dealWrite({ orderNumber: "N-2" }), dealWrite({ key: OTHER_GUID, orderNumber: "N-3" })];
    const documents = [documentWrite(), documentWrite({ guid: OTHER_GUID, dealKey: OTHER_GUID })];
    const written = await database().documents.write(other, deals, documents);
    expect(written).toEqual({ dealKeys: new Set([OTHER_GUID]), guids: new Set([OTHER_GUID]) });
    expect(await rows("SELECT * FROM documents WHERE connection_id = 'c1'")).toEqual(before);
    const takenBy = (connectionId: string, siteId: string) =>
      database().documents.takenGuids(connectionId, siteId, [GUID, OTHER_GUID, "nobody's"]);
    expect([...(await takenBy("c2", "41234"))]).toEqual([[GUID, "c1"]]);
    expect((await takenBy("c2", "55555")).size).toBe(0);
  });

  it("stores no document whose deal met another writer", async () => {
    await write([{}], [{}]);
    expect(await write([{ readRevision: 0 }], [{ digest: "late" }])).toEqual(NOTHING);
    expect(await stored()).toEqual([{ guid: GUID, deal_key: GUID, digest: "digest-1" }]);
  });

  it("stores no document whose deal met a taken number, and the others of the same request", async () => {
    await write([{ key: "x" }], []);
    const written = await write(
      [{ key: "y" }, { key: "z", orderNumber: "N-2" }],
      [
        { guid: "y", dealKey: "y" },
        { guid: "z", dealKey: "z" },
      ],
    );
    expect(written).toEqual({ dealKeys: new Set(["z"]), guids: new Set(["z"]) });
    expect(await stored()).toMatchObject([{ guid: "z" }]);
  });

  it("stores no document whose deal it was not given", async () => {
    await write([{}], [{}]);
    expect((await write([], [{ guid: OTHER_GUID }])).guids.size).toBe(0);
    expect(await stored()).toMatchObject([{ guid: GUID }]);
  });

  it("moves a document when both deals were written", async () => {
    await write([{ key: "old" }], [{ dealKey: "old" }]);
    const written = await write(
      [
        { key: "old", readRevision: 1, wanted: null },
        { key: "new", orderNumber: "N-2" },
      ],
      [{ dealKey: "new", movedFrom: "old" }],
    );
    expect(written).toEqual({ dealKeys: new Set(["old", "new"]), guids: new Set([GUID]) });
    expect(await stored()).toMatchObject([{ guid: GUID, deal_key: "new" }]);
  });

  it.each(["old", "new"])("does not move a document when the %s deal met another writer", async (stale) => {
    await write([{ key: "old" }, { key: "new", orderNumber: "N-2" }], [{ dealKey: "old" }]);
    const written = await write(
      [
        { key: "old", readRevision: stale === "old" ? 0 : 1 },
        { key: "new", orderNumber: "N-2", readRevision: stale === "new" ? 0 : 1 },
      ],
      [{ dealKey: "new", movedFrom: "old", digest: "moved" }],
    );
    expect(written.guids.size).toBe(0);
    expect(await stored()).toEqual([{ guid: GUID, deal_key: "old", digest: "digest-1" }]);
  });

  it.each([null, "old"])(
    "writes no deal with a document that has gone elsewhere since it was in %s",
    async (movedFrom) => {
      await write([{ key: "third" }, { key: "old", orderNumber: "N-2" }], [{ dealKey: "third" }]);
      const written = await write(
        [
          { key: "old", orderNumber: "N-2", readRevision: 1 },
          { key: "new", orderNumber: "N-3" },
          { key: "other", orderNumber: "N-4" },
        ],
        [
          { dealKey: "new", movedFrom, digest: "late" },
          { guid: OTHER_GUID, dealKey: "other" },
        ],
      );
      const others = movedFrom === null ? ["old", "other"] : ["other"];
      expect(written).toEqual({ dealKeys: new Set(others), guids: new Set([OTHER_GUID]) });
      expect(await stored()).toEqual([
        { guid: GUID, deal_key: "third", digest: "digest-1" },
        { guid: OTHER_GUID, deal_key: "other", digest: "digest-1" },
      ]);
    },
  );

  it("keeps any text as it was", async () => {
    const text = 'Заказ «№ 7»\n\t"\\ 😀 \u2028 \u0001';
    await write(
      [{ orderNumber: text, reason: text, wanted: JSON.stringify({ text }), sealed: text }],
      [{ sealed: text }],
    );
    expect(await rows("SELECT order_number, reason, wanted, sealed FROM deals")).toEqual([
      { order_number: text, reason: text, wanted: JSON.stringify({ text }), sealed: text },
    ]);
    expect(await rows("SELECT sealed FROM documents")).toEqual([{ sealed: text }]);
  });

  it("puts a mark in place of half a character and of a null one, which would end the process or the text", async () => {
    await write([{ orderNumber: "7\ud83d7", reason: "cut \ud83d\0 here" }], [{ digest: "d\0\udc00" }]);
    const { deals, documents } = await database().documents.read("c1", [GUID], []);
    expect(deals).toMatchObject([{ orderNumber: "7\ufffd7", reason: "cut \ufffd\ufffd here" }]);
    expect(documents).toMatchObject([{ digest: "d\ufffd\ufffd" }]);
  });
});
