import { beforeEach, describe, expect, it } from "vitest";
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
  wanted,
  writeDeals,
} from "./rows.ts";

const NOTICE = { code: "DELETED", message: "удалена" };
const closing = { writer: "by-hand", notice: NOTICE };

describeStorage("deals acted on by hand", ({ database, rows }) => {
  beforeEach(async () => {
    await insertBasics(database());
    await database().accounts.acquire("a1", "L", NOW);
  });
  const all = () =>
    rows(`SELECT status, reason_code, wanted IS NULL AS unwanted, delivered, closed, revision, writer, due_at
            FROM deals ORDER BY id`);

  /** One deal as it is delivered. */
  async function deliver() {
    await writeDeals(database(), [dealWrite()]);
    const deal = first(await claimed(database(), "L", NOW));
    await database().claims.settle("L", [settlement(deal, { delivered: wanted(), calltouchId: 77 })]);
    return deal.id;
  }

  it("are found by their documents and by their ids, within their connection alone", async () => {
    await database().connections.insert(connection({ id: "c2" }), key("k2", "c2"));
    const documents = [documentWrite(), documentWrite({ guid: OTHER_GUID })];
    await database().documents.write(context("w"), [dealWrite({ status: "held", reasonCode: "R" })], documents);
    const found = await database().actedDeals.byGuids("c1", [OTHER_GUID, "nothing", GUID]);
    expect(found.map(({ guid }) => guid).sort()).toEqual([GUID, OTHER_GUID]);
    const { guid: _, ...deal } = first(found);
    expect(deal).toEqual({
      id: deal.id,
      key: GUID,
      accountId: "a1",
      siteId: "41234",
      orderNumber: "N-1",
      orderAt: NOW,
      status: "held",
      reasonCode: "R",
      reason: null,
      calltouchId: null,
      closed: false,
      dueAt: NOW,
      attribution: null,
      isWanted: true,
      isDelivered: false,
      isInDoubt: false,
      isInFlight: false,
      touchedAt: NOW,
    });
    expect(await database().actedDeals.byIds("c1", [deal.id, 99])).toEqual([deal]);
    expect(await database().actedDeals.byIds("c2", [deal.id])).toEqual([]);
    expect(await database().actedDeals.byGuids("c2", [GUID])).toEqual([]);
  });

  it("are forgotten to be delivered unless they are under way, in doubt, closed or not wanted", async () => {
    const id = await deliver();
    const { forgetDelivered } = database().actedDeals;
    await forgetDelivered("another", [id]);
    for (const state of ["lease = 'x'", "doubt = 'unknown'", "closed = 1", "wanted = NULL"]) {
      await rows(`UPDATE deals SET ${state}`);
      await forgetDelivered("c1", [id]);
      expect(first(await all())["delivered"]).not.toBe("{}");
      await rows("UPDATE deals SET lease = NULL, doubt = NULL, closed = 0, wanted = '{}'");
    }
    await forgetDelivered("c1", [id]);
    expect(await all()).toMatchObject([{ delivered: "{}", status: "delivered", revision: 1 }]);
  });

  describe("when closed", () => {
    const gone = { status: "delivered", reason_code: "DELETED", unwanted: 1, closed: 1, writer: "by-hand" };
    const leaving = { status: "due", reason_code: null, unwanted: 1, closed: 1, writer: "by-hand" };

    it("are gone at once if they were never sent, whatever kept them", async () => {
      const kept = ["held", "due", "dead"] as const;
      await writeDeals(
        database(),
        manyDeals(3, (index) => ({ status: kept[index] ?? "held" })),
      );
      await database().actedDeals.close("c1", [1, 2, 3], closing);
      expect(await all()).toMatchObject([gone, gone, gone]);
      expect(await claimed(database(), "L", NOW)).toEqual([]);
    });

    it("are deleted if Calltouch has them", async () => {
      const id = await deliver();
      await database().actedDeals.close("another", [id], closing);
      expect(await all()).toMatchObject([{ closed: 0 }]);
      await database().actedDeals.close("c1", [id], closing);
      expect(await all()).toMatchObject([{ ...leaving, revision: 2, due_at: 0 }]);
      expect(await claimed(database(), "L", NOW)).toMatchObject([{ step: "delete", closed: true }]);
    });

    it("are deleted after their creation if that is under way", async () => {
      await writeDeals(database(), [dealWrite()]);
      const deal = first(await claimed(database(), "L", NOW));
      await database().actedDeals.close("c1", [deal.id], closing);
      await database().claims.settle("L", [settlement(deal, { delivered: wanted(), calltouchId: 77 })]);
      expect(await all()).toMatchObject([leaving]);
      expect(await claimed(database(), "L", NOW)).toMatchObject([{ step: "delete" }]);
    });

    it("are looked up at the time set if they are in doubt", async () => {
      await writeDeals(database(), [dealWrite()]);
      const deal = first(await claimed(database(), "L", NOW));
      const doubt = { kind: "unknown", revision: 1 } as const;
      await database().claims.settle("L", [settlement(deal, { status: "due", dueAt: NOW + 5, doubt })]);
      await database().actedDeals.close("c1", [deal.id], closing);
      expect(await all()).toMatchObject([{ ...leaving, due_at: NOW + 5 }]);
      expect(await claimed(database(), "L", NOW + 5)).toMatchObject([{ step: "lookup" }]);
    });
  });

  it("of a site are known to be listed by the latest whose source was seen", async () => {
    await writeDeals(database(), manyDeals(3));
    const { listedNumber } = database().actedDeals;
    expect(await listedNumber("c1", "41234")).toBeUndefined();
    await rows("UPDATE deals SET attribution_seq = id");
    expect(await listedNumber("c1", "41234")).toBe("number-2");
    await rows("UPDATE deals SET closed = 1 WHERE id = 3");
    expect(await listedNumber("c1", "41234")).toBe("number-1");
    expect(await listedNumber("c1", "555")).toBeUndefined();
    expect(await listedNumber("c2", "41234")).toBeUndefined();
  });
});
