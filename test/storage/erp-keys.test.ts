import { beforeEach, expect, it } from "vitest";
import { LAST_USE_EVERY_MS } from "../../src/database/erp-keys.ts";
import { describeStorage } from "./backends.ts";
import { account, auditEntry, connection, key, NOW } from "./rows.ts";

describeStorage("ERP keys", ({ database, rows }) => {
  beforeEach(async () => {
    await database().accounts.insert(account());
    for (const id of ["a", "b"]) {
      const settings = id === "a" ? { depth: 1 } : {};
      await database().connections.insert(connection({ id, settings }), key(`key-of-${id}`, id));
    }
  });
  const find = (id: string, now = NOW) => database().erpKeys.find(id, now);
  const lastUseOf = async (id: string) => (await rows("SELECT last_used_at FROM erp_keys WHERE id = :id", { id }))[0];

  it("are found by their id, with the connection and the account it sends to", async () => {
    await database().accounts.acquire("a1", "L", NOW);
    await database().accounts.pause("a1", "L", "points", NOW + 1, 0);
    expect(await find("key-of-a")).toEqual({
      hash: "hash-key-of-a",
      lastUsedAt: null,
      connection: connection({ id: "a", settings: { depth: 1 } }),
      account: {
        id: "a1",
        name: "Account a1",
        siteId: "41234",
        pause: "points",
        pausedUntil: NOW + 1,
        showMessages: true,
      },
    });
    expect(await find("key-of-nobody")).toBeUndefined();
    expect(await find("")).toBeUndefined();
  });

  it("of one connection all work at the same time and are listed without their hashes, the oldest first", async () => {
    await database().erpKeys.insert({ ...key("second", "a"), createdAt: NOW + 1, expiresAt: NOW + 2 });
    await database().erpKeys.insert({ ...key("zeroth", "a"), createdAt: NOW - 1 });
    for (const id of ["key-of-a", "second", "zeroth"]) expect((await find(id))?.connection.id).toBe("a");
    const unused = { lastUsedAt: null, revokedAt: null };
    expect(await database().erpKeys.list("a")).toEqual([
      { id: "zeroth", createdAt: NOW - 1, expiresAt: null, ...unused },
      { id: "key-of-a", createdAt: NOW, expiresAt: null, ...unused },
      { id: "second", createdAt: NOW + 1, expiresAt: NOW + 2, ...unused },
    ]);
    expect(await database().erpKeys.list("nobody")).toEqual([]);
  });

  it("belong to a connection that exists", async () => {
    await expect(database().erpKeys.insert(key("k", "nobody"))).rejects.toThrow();
  });

  it("are found until the instant they expire, and not from it on", async () => {
    await database().erpKeys.insert({ ...key("k", "a"), expiresAt: NOW + 10 });
    expect(await find("k", NOW + 9)).toBeDefined();
    expect(await find("k", NOW + 10)).toBeUndefined();
    expect(await find("k", NOW + 11)).toBeUndefined();
  });

  it("end when they are revoked, once, by their own connection alone, and their rows stay", async () => {
    expect(await database().erpKeys.revoke("b", "key-of-a", NOW, auditEntry())).toBe(false);
    expect(await find("key-of-a")).toBeDefined();
    expect(await database().erpKeys.revoke("a", "key-of-a", NOW, auditEntry())).toBe(true);
    expect(await database().erpKeys.revoke("a", "key-of-a", NOW + 5, auditEntry())).toBe(false);
    expect(await database().erpKeys.revoke("a", "nothing", NOW, auditEntry())).toBe(false);
    expect(await find("key-of-a")).toBeUndefined();
    expect(await find("key-of-b")).toBeDefined();
    expect(await rows("SELECT id, revoked_at FROM erp_keys ORDER BY id")).toEqual([
      { id: "key-of-a", revoked_at: NOW },
      { id: "key-of-b", revoked_at: null },
    ]);
    expect(await rows("SELECT count(*) AS n FROM audit")).toEqual([{ n: 1 }]);
  });

  it("remember their last use to within a minute", async () => {
    await database().erpKeys.touch("key-of-a", NOW);
    expect(await lastUseOf("key-of-a")).toEqual({ last_used_at: NOW });
    await database().erpKeys.touch("key-of-a", NOW + LAST_USE_EVERY_MS - 1);
    expect(await lastUseOf("key-of-a")).toEqual({ last_used_at: NOW });
    await database().erpKeys.touch("key-of-a", NOW + LAST_USE_EVERY_MS);
    expect(await lastUseOf("key-of-a")).toEqual({ last_used_at: NOW + LAST_USE_EVERY_MS });
    expect(await lastUseOf("key-of-b")).toEqual({ last_used_at: null });
    expect((await find("key-of-a"))?.lastUsedAt).toBe(NOW + LAST_USE_EVERY_MS);
  });
});
