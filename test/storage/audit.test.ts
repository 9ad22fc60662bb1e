import { beforeEach, expect, it } from "vitest";
import type { AuditEntry } from "../../src/database/audit.ts";
import type { Database } from "../../src/database/database.ts";
import { describeStorage } from "./backends.ts";
import { account, auditEntry, connection, dealWrite, insertBasics, key, NOW, writeDeals } from "./rows.ts";

type Write = (database: Database, audit: AuditEntry) => Promise<unknown>;

const WRITES: [string, Write][] = [
  ["inserting an account", (to, audit) => to.accounts.insert(account({ id: "a2" }), audit)],
  ["changing an account", (to, audit) => to.accounts.update("a1", { name: "New" }, audit)],
  ["giving an account a new token", (to, audit) => to.accounts.update("a1", { token: "new" }, audit)],
  ["deleting an account", (to, audit) => to.accounts.delete("spare", audit)],
  ["inserting a connection", (to, audit) => to.connections.insert(connection({ id: "c2" }), key("k2", "c2"), audit)],
  ["changing a connection", (to, audit) => to.connections.update("c1", { dryRun: true }, audit)],
  ["deleting a connection", (to, audit) => to.connections.delete("c1", audit)],
  ["inserting a key", (to, audit) => to.erpKeys.insert(key("k2", "c1"), audit)],
  ["revoking a key", (to, audit) => to.erpKeys.revoke("c1", "k1", NOW, audit)],
  ["trying a deal again", (to, audit) => to.deals.retry(1, NOW, audit)],
];

const VOID: [string, Write][] = [
  ["changing an account that is gone", (to, audit) => to.accounts.update("gone", { name: "New" }, audit)],
  ["deleting an account in use", (to, audit) => to.accounts.delete("a1", audit)],
  ["changing a connection that is gone", (to, audit) => to.connections.update("gone", { dryRun: true }, audit)],
  ["deleting a connection that is gone", (to, audit) => to.connections.delete("gone", audit)],
  ["revoking a key that is not there", (to, audit) => to.erpKeys.revoke("c1", "gone", NOW, audit)],
  ["trying a deal again that is not there", (to, audit) => to.deals.retry(99, NOW, audit)],
];

describeStorage("the audit log", ({ client, database, rows }) => {
  beforeEach(async () => {
    await insertBasics(database());
    await database().accounts.insert(account({ id: "spare" }));
    await writeDeals(database(), [dealWrite({ status: "dead" })]);
  });
  const snapshot = async () => {
    const tables = ["accounts", "connections", "erp_keys", "deals"];
    return Promise.all(tables.map((table) => rows(`SELECT * FROM ${table} ORDER BY id`)));
  };

  it.each(WRITES)("has one row for %s", async (_, write) => {
    const before = await snapshot();
    await write(database(), auditEntry());
    expect(await snapshot()).not.toEqual(before);
    expect(await database().audit.list(0, 10)).toEqual([{ id: 1, ...auditEntry() }]);
  });

  it.each(WRITES)("that cannot be written lets nothing come of %s", async (_, write) => {
    const before = await snapshot();
    await client().execute("DROP TABLE audit");
    await expect(write(database(), auditEntry())).rejects.toThrow();
    expect(await snapshot()).toEqual(before);
  });

  it.each(VOID)("has nothing to say of %s", async (_, write) => {
    const before = await snapshot();
    await write(database(), auditEntry());
    expect(await snapshot()).toEqual(before);
    expect(await database().audit.list(0, 10)).toEqual([]);
  });

  it("has no row for a change that was refused", async () => {
    const taken = connection({ id: "c2", name: "Connection c1" });
    await expect(database().connections.insert(taken, key("k2", "c2"), auditEntry())).rejects.toThrow();
    expect(await database().audit.list(0, 10)).toEqual([]);
  });

  it("is read page by page, the newest last, with what was not there left empty", async () => {
    for (const n of [1, 2, 3]) {
      const entry = auditEntry({ at: NOW + n, before: null, after: n === 3 ? null : { n, name: 'Сервис "Юг"' } });
      await database().accounts.update("a1", { hourlyPoints: n }, entry);
    }
    expect((await database().audit.list(0, 2)).map(({ id, at }) => [id, at])).toEqual([
      [1, NOW + 1],
      [2, NOW + 2],
    ]);
    expect(await database().audit.list(2, 2)).toEqual([
      { id: 3, ...auditEntry({ at: NOW + 3, before: null, after: null }) },
    ]);
    expect((await database().audit.list(0, 1))[0]?.after).toEqual({ n: 1, name: 'Сервис "Юг"' });
  });
});
