import { beforeEach, expect, it } from "vitest";
import type { PersonalDeal, Strip } from "../../src/database/personal-data.ts";
import { describeStorage } from "./backends.ts";
import {
  claimed,
  context,
  dealWrite,
  documentWrite,
  first,
  GUID,
  insertBasics,
  manyDeals,
  NOW,
  OTHER_GUID,
  settlement,
  wanted,
  writeDeals,
} from "./rows.ts";

const SHOWN = JSON.stringify(wanted({ contactsDigest: "digest-of-contacts" }));

describeStorage("personal data", ({ database, rows }) => {
  beforeEach(() => insertBasics(database()));
  const personal = () => database().personalData;
  const expired = async (before = NOW) => (await personal().expired(before, 10)).map(({ key }) => key);
  const found = async () => first(await personal().expired(NOW, 1));
  const write = (deal: Parameters<typeof dealWrite>[0] = {}, revision = 0, guids = [GUID, OTHER_GUID]) =>
    database().documents.write(
      context(`w-${revision}`),
      [dealWrite({ status: "delivered", contactHashes: ["h1", "h2"], readRevision: revision, ...deal })],
      guids.map((guid) => documentWrite({ guid, sealed: `sealed-${guid}-${revision}` })),
    );
  const stripOf = (deal: PersonalDeal, revision = 0): Strip => ({
    deals: [deal],
    documents: [GUID, OTHER_GUID].map((guid) => ({
      connectionId: "c1",
      guid,
      before: `sealed-${guid}-${revision}`,
      sealed: `stripped-${guid}`,
    })),
  });
  const documents = async () =>
    Object.fromEntries((await rows("SELECT * FROM documents")).map((row) => [row["guid"], row["sealed"]]));

  it("has been kept long enough only in deals that are at rest, the longest kept first", async () => {
    for (const [index, status] of (["delivered", "held", "dead", "due"] as const).entries()) {
      const deal = dealWrite({ key: status, orderNumber: status, status });
      await writeDeals(database(), [deal], { now: NOW - index });
    }
    expect(await expired()).toEqual(["dead", "held", "delivered"]);
    expect(await expired(NOW - 1)).toEqual(["dead", "held"]);
    expect(await expired(NOW - 3)).toEqual([]);
  });

  it("is never taken from a deal that is on its way or in doubt", async () => {
    await database().accounts.acquire("a1", "L", NOW);
    await writeDeals(database(), [dealWrite()]);
    const deal = first(await claimed(database(), "L", NOW));
    await writeDeals(database(), [dealWrite({ status: "held", readRevision: 1 })]);
    expect(await expired()).toEqual([]);
    await database().claims.settle("L", [settlement(deal, { doubt: { kind: "unknown", revision: 1 } })]);
    expect(await rows("SELECT status, doubt FROM deals")).toEqual([{ status: "held", doubt: "unknown" }]);
    expect(await expired()).toEqual([]);
  });

  it("is kept from the last change, be it a document or a delivery", async () => {
    await database().accounts.acquire("a1", "L", NOW);
    await writeDeals(database(), [dealWrite()]);
    const deal = first(await claimed(database(), "L", NOW));
    await database().claims.settle("L", [settlement(deal, { delivered: wanted(), dueAt: NOW + 5 })]);
    expect(await expired(NOW + 4)).toEqual([]);
    expect(await expired(NOW + 5)).toEqual([GUID]);
    await writeDeals(database(), [dealWrite({ status: "delivered", readRevision: 1 })], { now: NOW + 9 });
    expect(await expired(NOW + 8)).toEqual([]);
    expect(await expired(NOW + 9)).toEqual([GUID]);
  });

  it("expires with all documents of the deal; hashes, digests, stamps and numbers stay", async () => {
    await write();
    expect(await personal().expire(stripOf(await found()))).toBe(1);
    expect(await rows("SELECT sealed, personal_at, contact_hashes, order_number, status, revision FROM deals")).toEqual(
      [
        {
          sealed: null,
          personal_at: null,
          contact_hashes: '["h1","h2"]',
          order_number: "N-1",
          status: "delivered",
          revision: 2,
        },
      ],
    );
    expect(
      await rows("SELECT digest, stamp, sealed, stripped FROM documents WHERE guid = :guid", { guid: GUID }),
    ).toEqual([{ digest: "digest-1", stamp: "version:1", sealed: `stripped-${GUID}`, stripped: 1 }]);
    expect(await expired(NOW * 2)).toEqual([]);
  });

  it("does not expire when the deal has changed since it was read", async () => {
    await write();
    const read = await found();
    await write({}, 1, [GUID]);
    expect(await personal().expire(stripOf(read))).toBe(0);
    expect(await documents()).toEqual({ [GUID]: `sealed-${GUID}-1`, [OTHER_GUID]: `sealed-${OTHER_GUID}-0` });
    await write({ status: "due" }, 2, []);
    expect(await personal().expire(stripOf({ ...read, revision: 3 }))).toBe(0);
  });

  it("of a state that came after the reading is not overwritten with the older state", async () => {
    await write();
    const read = await found();
    await write({}, 1, [GUID]);
    await personal().expire(stripOf({ ...read, revision: 2 }));
    expect(await documents()).toEqual({ [GUID]: `sealed-${GUID}-1`, [OTHER_GUID]: `stripped-${OTHER_GUID}` });
  });

  it("comes back with a new state of a document, and is counted anew", async () => {
    await write();
    await personal().expire(stripOf(await found()));
    await write({}, 2, [GUID]);
    expect(await expired()).toEqual([GUID]);
    expect(await rows("SELECT guid, stripped FROM documents ORDER BY guid")).toEqual([
      { guid: GUID, stripped: 0 },
      { guid: OTHER_GUID, stripped: 1 },
    ]);
  });

  it("does not stay in the words Calltouch refused a deal with", async () => {
    await write({ status: "dead", reasonCode: "CALLTOUCH_REFUSED", reason: "Calltouch отклонил сделку: Белозёров" });
    await personal().expire(stripOf(await found()));
    expect(await rows("SELECT reason, refusal FROM deals")).toEqual([
      { reason: "Calltouch отклонил сделку", refusal: null },
    ]);
  });

  it("is found by the hash of any contact, page by page", async () => {
    await writeDeals(
      database(),
      manyDeals(5, (index) => ({ contactHashes: index % 2 === 0 ? ["phone-hash", `own-${index}`] : [`own-${index}`] })),
    );
    const page = await personal().findByHashes(["phone-hash"], 0, 2);
    expect(page.map(({ key }) => key)).toEqual(["deal-0", "deal-2"]);
    const rest = await personal().findByHashes(["phone-hash", "own-1"], page.at(-1)?.id ?? 0, 2);
    expect(rest.map(({ key }) => key)).toEqual(["deal-4"]);
    expect(await personal().findByHashes([], 0, 2)).toEqual([]);
    expect((await personal().findByKeys("c1", ["deal-1", "nothing"])).map(({ key }) => key)).toEqual(["deal-1"]);
  });

  it("is forgotten even in a deal that is due, and so are the hashes and digests that would recognise it", async () => {
    await write({ status: "due", wanted: SHOWN });
    const deal = first(await personal().findByHashes(["h1"], 0, 1));
    expect(await personal().forget(stripOf(deal))).toBe(1);
    expect(await rows("SELECT sealed, contact_hashes, status FROM deals")).toEqual([
      { sealed: null, contact_hashes: "[]", status: "due" },
    ]);
    expect(JSON.parse(String(first(await rows("SELECT wanted FROM deals"))["wanted"]))).toEqual(wanted());
    expect(await documents()).toEqual({ [GUID]: `stripped-${GUID}`, [OTHER_GUID]: `stripped-${OTHER_GUID}` });
  });

  it("is listed document by document, with the adapter that can read it, and none when its connection is gone", async () => {
    await write();
    await database().documents.write(
      context("other", { connectionId: "c0" }),
      [dealWrite({ key: "orphan", orderNumber: "N-9" })],
      [documentWrite({ guid: "orphan", dealKey: "orphan" })],
    );
    const page = await personal().documentsAfter("", "", 2);
    expect(page.map(({ guid, adapter }) => [guid, adapter])).toEqual([
      ["orphan", null],
      [GUID, "alfa-auto"],
    ]);
    expect((await personal().documentsAfter("c1", GUID, 2)).map(({ guid }) => guid)).toEqual([OTHER_GUID]);
    const of = await personal().documentsOf([await found()]);
    expect(of.map(({ guid }) => guid).sort()).toEqual([GUID, OTHER_GUID].sort());
  });

  it("that cannot be stripped waits behind the rest", async () => {
    await write();
    const { id } = await found();
    await personal().postpone([id], NOW + 7);
    expect(await expired(NOW + 6)).toEqual([]);
    await personal().postpone([id], NOW);
    expect(await expired(NOW + 6)).toEqual([]);
    expect(await expired(NOW + 7)).toEqual([GUID]);
  });
});
