import { beforeEach, expect, it } from "vitest";
import { describeStorage } from "./backends.ts";
import {
  connection,
  context,
  dealWrite,
  documentWrite,
  GUID,
  insertBasics,
  key,
  NOW,
  OTHER_GUID,
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
