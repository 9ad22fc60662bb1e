import { beforeEach, expect, it } from "vitest";
import type { LeadWrite } from "../../src/database/leads.ts";
import { describeStorage } from "./backends.ts";
import { account, auditEntry, connection, first, insertBasics, key, NOW } from "./rows.ts";

const REASON = { code: "REQUIRED_FIELD", message: "Снимите обязательность" };

function lead(leadId: number, replaced: Partial<LeadWrite> = {}): LeadWrite {
  return {
    connectionId: "c1",
    kind: "call",
    leadId,
    at: NOW,
    status: "due",
    reasonCode: null,
    reason: null,
    sealed: `sealed-${leadId}`,
    contactHashes: [`hash-${leadId}`],
    dueAt: 0,
    ...replaced,
  };
}

describeStorage("leads", ({ database, client, rows }) => {
  const leads = () => database().leads;
  const state = () => rows("SELECT lead_id AS lead, status, sealed, reason_code AS code FROM leads ORDER BY id");
  const dueIds = async (now = NOW) => (await leads().due("c1", now, 10)).map(({ leadId }) => leadId);

  beforeEach(async () => {
    await insertBasics(database());
  });

  it("are stored once for each connection, kind and id", async () => {
    await database().connections.insert(connection({ id: "c2" }), key("k2", "c2"));
    const told = [lead(1), lead(1, { kind: "request" }), lead(1, { connectionId: "c2" })];
    expect(await leads().store(told, NOW)).toBe(3);
    expect(await leads().store(told, NOW + 1)).toBe(0);
    expect(await rows("SELECT DISTINCT received_at FROM leads")).toEqual([{ received_at: NOW }]);
  });

  it("are replaced only while they wait for their end, and only by their end", async () => {
    await leads().store([lead(1, { status: "waiting", sealed: "begun" })], NOW);
    expect(await leads().store([lead(1, { status: "waiting", sealed: "begun again" })], NOW)).toBe(0);
    expect(await leads().store([lead(1, { sealed: "over" })], NOW)).toBe(1);
    expect(await leads().store([lead(1, { status: "skipped", sealed: "later" })], NOW)).toBe(0);
    expect(await state()).toEqual([{ lead: 1, status: "due", sealed: "over", code: null }]);
  });

  it("that wait for their journal are replaced by what it tells, once, and are due by themselves after a while", async () => {
    const half = lead(1, { dueAt: NOW + 300, sealed: "half" });
    await leads().store([half, lead(2, { dueAt: NOW + 300 })], NOW);
    expect(await leads().store([half], NOW)).toBe(0);
    expect(await database().journals.isAwaited("a1", NOW)).toBe(true);
    const told = [1, 2].map((id) => ({ kind: "call", id }));
    expect(await leads().settled("c1", told, NOW)).toEqual(new Set());
    expect(await leads().store([lead(1, { sealed: "whole" })], NOW)).toBe(1);
    expect(await leads().store([lead(1, { sealed: "again" })], NOW)).toBe(0);
    expect(await leads().settled("c1", told, NOW)).toEqual(new Set(["call:1"]));
    expect((await state())[0]).toMatchObject({ sealed: "whole" });
    expect(await dueIds(NOW)).toEqual([1]);
    expect(await dueIds(NOW + 300)).toEqual([1, 2]);
    expect(await leads().store([lead(2, { sealed: "late" })], NOW + 300)).toBe(0);
    expect(await database().journals.isAwaited("a1", NOW + 300)).toBe(false);
  });

  it("that a journal is hastened for during its reading are looked for once more", async () => {
    const { journals } = database();
    const claimed = NOW + 60_000;
    await journals.claim("a1", NOW, claimed);
    await journals.hasten("a1", NOW + 1);
    await journals.release("a1", claimed, NOW + 300_000, { from: NOW });
    expect(await journals.due(["alfa-auto"], NOW + 1)).toEqual([{ accountId: "a1", journalFrom: NOW }]);
  });

  it("whose journals are hastened by a flood of webhooks are looked for every five seconds, not more often", async () => {
    const { journals } = database();
    await journals.claim("a1", NOW, NOW + 60_000);
    await journals.release("a1", NOW + 60_000, NOW + 300_000, { from: NOW });
    await journals.hasten("a1", NOW + 1);
    await journals.hasten("a1", NOW + 2);
    expect(await journals.due(["alfa-auto"], NOW + 4_999)).toEqual([]);
    expect(await journals.due(["alfa-auto"], NOW + 5_000)).toHaveLength(1);
  });

  it("are due in the order they came; one that was postponed lets the others go first", async () => {
    await leads().store([lead(1), lead(2), lead(3, { status: "waiting" })], NOW);
    const row = first(await leads().due("c1", NOW, 1));
    await leads().postpone(row.id, NOW + 5_000);
    expect(await dueIds(NOW + 4_999)).toEqual([2]);
    expect(await dueIds(NOW + 5_000)).toEqual([2, 1]);
    expect((await leads().due("c1", NOW + 5_000, 2))[1]).toMatchObject({ attempts: 1 });
  });

  it("that have been placed are neither refused nor postponed by one who comes late", async () => {
    await leads().store([lead(1)], NOW);
    const { id } = first(await leads().due("c1", NOW, 1));
    await leads().placed(id, "guid-1");
    await leads().refused(id, REASON);
    await leads().postpone(id, NOW);
    expect(await rows("SELECT status, guid, attempts FROM leads")).toEqual([
      { status: "placed", guid: "guid-1", attempts: 0 },
    ]);
  });

  it("that were refused are listed for a person, and tried again one by one or all of a connection", async () => {
    await leads().store([lead(1), lead(2), lead(3)], NOW);
    for (const { id } of await leads().due("c1", NOW, 10)) await leads().refused(id, REASON);
    await client().execute("UPDATE leads SET sealed = NULL WHERE lead_id = 3");
    const dead = await leads().listDead(0, 10);
    expect(dead.map(({ leadId, code, message }) => ({ leadId, code, message }))).toEqual(
      [1, 2, 3].map((leadId) => ({ leadId, ...REASON })),
    );
    expect(await leads().retry(first(dead).id, auditEntry())).toBe(true);
    expect(await leads().retry(first(dead).id, auditEntry())).toBe(false);
    expect(await leads().retry(dead[2]?.id ?? 0, auditEntry())).toBe(false);
    expect(await dueIds()).toEqual([1]);
    expect(await leads().retryAll("c2")).toBe(0);
    expect(await leads().retryAll("c1")).toBe(1);
    expect(await dueIds()).toEqual([1, 2]);
    expect(await leads().countByStatus()).toEqual(
      expect.arrayContaining([
        { connectionId: "c1", status: "due", count: 2 },
        { connectionId: "c1", status: "dead", count: 1 },
      ]),
    );
  });

  it("that are settled need not be told of again", async () => {
    await leads().store([lead(1), lead(2, { status: "waiting" }), lead(3, { status: "skipped" })], NOW);
    const told = [1, 2, 3, 4].flatMap((id) => [
      { kind: "call", id },
      { kind: "request", id },
    ]);
    expect([...(await leads().settled("c1", told, NOW))].sort()).toEqual(["call:1", "call:3"]);
    expect([...(await leads().settled("c2", told, NOW))]).toEqual([]);
  });

  it("are read from the journals of the accounts whose connections take them, one reader at a time", async () => {
    await database().accounts.insert(account({ id: "a2", siteId: "2" }));
    const { journals } = database();
    expect(await journals.due(["moysklad"], NOW)).toEqual([]);
    expect(await journals.due(["alfa-auto"], NOW)).toEqual([{ accountId: "a1", journalFrom: null }]);
    const claimed = NOW + 60_000;
    expect(await journals.claim("a1", NOW, claimed)).toBe(true);
    expect(await journals.claim("a1", NOW, claimed)).toBe(false);
    await journals.release("a1", claimed, NOW + 5, { from: NOW - 1 });
    await journals.release("a1", claimed, NOW + 9, { from: NOW - 2 });
    await journals.release("a1", claimed, NOW + 9, { trouble: REASON });
    expect((await database().accounts.get("a1"))?.journalTrouble).toEqual(REASON);
    expect(await journals.due(["alfa-auto"], NOW + 4)).toEqual([]);
    expect(await journals.due(["alfa-auto"], NOW + 5)).toEqual([{ accountId: "a1", journalFrom: NOW - 1 }]);
  });
});
