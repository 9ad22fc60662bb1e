import { beforeEach, expect, it } from "vitest";
import { LEASE_MS } from "../../src/database/accounts.ts";
import type { ClaimedDeal, Settlement } from "../../src/database/claims.ts";
import { describeStorage } from "./backends.ts";
import {
  claimed,
  dealWrite,
  first,
  insertBasics,
  manyDeals,
  NOW,
  settlement,
  WANTED,
  wanted,
  writeDeals,
} from "./rows.ts";

describeStorage("settling", ({ database, rows }) => {
  beforeEach(async () => {
    await insertBasics(database());
    await database().accounts.acquire("a1", "L", NOW);
    await writeDeals(database(), [dealWrite({ key: "x" })]);
  });
  const row = async (key = "x") => first(await rows("SELECT * FROM deals WHERE key = :key", { key }));
  const claim = async () => first(await claimed(database(), "L", NOW));
  const settle = (deal: ClaimedDeal, replaced: Partial<Settlement>) =>
    database().claims.settle("L", [settlement(deal, replaced)]);
  /** A document that arrived while the deal was on its way. */
  const rewrite = (replaced: Parameters<typeof dealWrite>[0] = {}) =>
    writeDeals(database(), [dealWrite({ key: "x", readRevision: 1, ...replaced })]);

  it("writes down what Calltouch has now", async () => {
    const deal = await claim();
    expect(await settle(deal, { delivered: wanted(), calltouchId: 77, updatedInCalltouchAt: 9, dueAt: NOW + 1 })).toBe(
      1,
    );
    expect(await row()).toMatchObject({
      status: "delivered",
      delivered: WANTED,
      delivered_revision: 1,
      calltouch_id: 77,
      updated_in_calltouch_at: 9,
      due_at: NOW + 1,
      lease: null,
      doubt: null,
      closed: 0,
      step: "update",
      revision: 1,
      wanted: WANTED,
    });
  });

  it("leaves what is not said as it was", async () => {
    await settle(await claim(), { status: "due", delivered: wanted(), calltouchId: 77, updatedInCalltouchAt: 9 });
    await settle(await claim(), { status: "delivered" });
    expect(await row()).toMatchObject({
      delivered: WANTED,
      delivered_revision: 1,
      calltouch_id: 77,
      updated_in_calltouch_at: 9,
    });
  });

  it("tells nothing about what Calltouch has from Calltouch having nothing", async () => {
    await settle(await claim(), { status: "due", delivered: wanted(), calltouchId: 77 });
    await settle(await claim(), { status: "dead", delivered: null });
    expect(await row()).toMatchObject({ delivered: null, calltouch_id: 77, step: "create" });
  });

  it("knows a deal that exists and of which nothing else is known", async () => {
    await settle(await claim(), { status: "due", delivered: {} });
    expect(await row()).toMatchObject({ delivered: "{}", step: "update" });
    expect(await claim()).toMatchObject({ step: "update", delivered: {} });
  });

  it("never sets the last update back", async () => {
    await settle(await claim(), { status: "due", delivered: wanted(), updatedInCalltouchAt: 9 });
    await settle(await claim(), { status: "due", updatedInCalltouchAt: 8 });
    expect(await row()).toMatchObject({ updated_in_calltouch_at: 9 });
  });

  it.each(["delivered", "dead", "held", "due"] as const)("says why a deal is %s", async (status) => {
    await settle(await claim(), { status, reasonCode: "CODE", reason: "Почему" });
    expect(await row()).toMatchObject({ status, reason_code: "CODE", reason: "Почему", lease: null });
  });

  it("takes an old reason away", async () => {
    await settle(await claim(), { status: "due", reasonCode: "CODE", reason: "Почему" });
    await settle(await claim(), { status: "delivered" });
    expect(await row()).toMatchObject({ status: "delivered", reason_code: null, reason: null });
  });

  it("sets a doubt, and ends one that is not repeated", async () => {
    const doubt = { kind: "refused", revision: 1, refusal: "нет телефона" } as const;
    await settle(await claim(), { status: "due", doubt });
    expect(await row()).toMatchObject({ doubt: "refused", doubt_revision: 1, refusal: "нет телефона", step: "lookup" });
    await settle(await claim(), { status: "due", doubt: { kind: "unknown", revision: 1 } });
    expect(await row()).toMatchObject({ doubt: "unknown", doubt_revision: 1, refusal: null, step: "lookup" });
    await settle(await claim(), { status: "due" });
    expect(await row()).toMatchObject({ doubt: null, doubt_revision: null, refusal: null, step: "create" });
  });

  it.each(["delivered", "dead", "held", "due"] as const)(
    "leaves a later revision due when the one sent is %s",
    async (status) => {
      const deal = await claim();
      await rewrite({ wanted: JSON.stringify(wanted({ status: "Закрыта" })) });
      await settle(deal, { status, delivered: wanted(), reasonCode: "OLD", reason: "old" });
      expect(await row()).toMatchObject({
        status: "due",
        revision: 2,
        reason_code: null,
        reason: null,
        lease: null,
        delivered: WANTED,
      });
      expect(await claim()).toMatchObject({ step: "update", revision: 2 });
    },
  );

  it("remembers which revision Calltouch has, not which one came since", async () => {
    const deal = await claim();
    await rewrite();
    await settle(deal, { delivered: wanted() });
    expect(await row()).toMatchObject({ revision: 2, delivered_revision: 1 });
  });

  it("leaves a later revision in the doubt that the one sent got into", async () => {
    const deal = await claim();
    await rewrite({ dueAt: NOW });
    await settle(deal, { status: "due", dueAt: NOW + 10_000, doubt: { kind: "unknown", revision: 1 } });
    expect(await row()).toMatchObject({ status: "due", doubt: "unknown", doubt_revision: 1, due_at: NOW + 10_000 });
  });

  it("leaves a later revision that is held held, with its own reason", async () => {
    const deal = await claim();
    const later = JSON.stringify({ ...wanted(), revenueKopecks: 5 });
    await rewrite({ status: "held", reasonCode: "DRY_RUN", reason: "Проба", wanted: later });
    await settle(deal, { delivered: wanted(), reasonCode: "OLD", reason: "old" });
    expect(await row()).toMatchObject({
      status: "held",
      reason_code: "DRY_RUN",
      reason: "Проба",
      delivered: WANTED,
      lease: null,
    });
  });

  it.each([
    ["AUTO_OFF", "delivered"],
    ["DRY_RUN", "delivered"],
    // Something is still to come, whatever Calltouch has.
    ["TYPE_UNKNOWN", "held"],
  ])("of what %s held meanwhile, and Calltouch has as it is wanted, leaves it %s", async (reasonCode, status) => {
    const deal = await claim();
    await rewrite({ status: "held", reasonCode, reason: "Причина" });
    await settle(deal, { delivered: wanted() });
    const [code, reason] = status === "held" ? [reasonCode, "Причина"] : [null, null];
    expect(await row()).toMatchObject({ status, reason_code: code, reason, delivered: WANTED });
  });

  it("closes a deleted deal for good", async () => {
    await settle(await claim(), { status: "due", delivered: wanted() });
    await rewrite({ wanted: null });
    const gone = { delivered: null, closed: true, reasonCode: "DELETED", reason: "Удалена" } as const;
    await settle(await claim(), gone);
    expect(await row()).toMatchObject({
      status: "delivered",
      closed: 1,
      delivered: null,
      reason_code: "DELETED",
      reason: "Удалена",
    });
  });

  it.each(["due", "held"] as const)(
    "makes a closed deal dead when it is wanted again by now and %s",
    async (status) => {
      await settle(await claim(), { status: "due", delivered: wanted() });
      await rewrite({ wanted: null });
      const deal = await claim();
      await rewrite({ readRevision: 2, status, reasonCode: "NEW", reason: "new" });
      const gone = { delivered: null, closed: true, reasonCode: "DELETED", reason: "Удалена" } as const;
      await settle(deal, gone);
      expect(await row()).toMatchObject({
        status: "dead",
        closed: 1,
        delivered: null,
        reason_code: "DELETED",
        wanted: WANTED,
      });
    },
  );

  it("never opens a closed deal", async () => {
    await settle(await claim(), { status: "due", delivered: null, closed: true });
    expect(await row()).toMatchObject({ closed: 1, status: "dead" });
    await rewrite();
    await settle(await claim(), { status: "delivered" });
    expect(await row()).toMatchObject({ closed: 1 });
  });

  it("leaves alone what was not claimed under this lease", async () => {
    const deal = await claim();
    const before = await row();
    expect(await database().claims.settle("another", [settlement(deal)])).toBe(0);
    expect(await row()).toEqual(before);
    await database().accounts.acquire("a1", "M", NOW + LEASE_MS);
    expect(await settle(deal, { delivered: wanted() })).toBe(0);
    expect(await row()).toMatchObject({ status: "due", delivered: null });
  });

  it("settles a deal once", async () => {
    const deal = await claim();
    expect(await settle(deal, { status: "dead" })).toBe(1);
    expect(await settle(deal, { status: "delivered" })).toBe(0);
    expect(await row()).toMatchObject({ status: "dead" });
  });

  it("settles a whole batch, each deal in its own way", async () => {
    await writeDeals(database(), manyDeals(99));
    const deals = await claimed(database(), "L", NOW);
    expect(deals).toHaveLength(100);
    const settlements = deals.map((deal, index) =>
      settlement(
        deal,
        index % 2 === 0 ? { delivered: wanted(), calltouchId: deal.id } : { status: "dead", reasonCode: "NO" },
      ),
    );
    expect(await database().claims.settle("L", settlements)).toBe(100);
    expect(
      await rows(
        "SELECT status, count(*) AS count, count(calltouch_id) AS known, count(lease) AS leased FROM deals GROUP BY status ORDER BY status",
      ),
    ).toEqual([
      { status: "dead", count: 50, known: 0, leased: 0 },
      { status: "delivered", count: 50, known: 50, leased: 0 },
    ]);
    expect(await rows("SELECT id FROM deals WHERE calltouch_id <> id")).toEqual([]);
  });

  it("settles nothing when there is nothing to settle", async () => {
    expect(await database().claims.settle("L", [])).toBe(0);
  });

  it("takes any text as a reason", async () => {
    const doubt = { kind: "refused", revision: 1, refusal: "cut \ud83d" } as const;
    await settle(await claim(), { status: "due", reasonCode: "CODE", reason: 'a "b"\n\0 \udc00', doubt });
    expect(await row()).toMatchObject({ reason: 'a "b"\n\ufffd \ufffd', refusal: "cut \ufffd" });
  });
});
