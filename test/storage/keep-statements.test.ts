import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@libsql/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepStatements } from "../../src/keep-statements.ts";

describe("a database whose statements are kept", () => {
  let folder: string;
  let client: Client;
  const open = () => createClient({ url: `file:${join(folder, "kept.db")}`, timeout: 1, concurrency: 1 });
  const insert = (name: string) =>
    client.batch([{ sql: "INSERT INTO things (name) VALUES (:name) RETURNING id", args: { name } }], "write");
  const all = async () => (await client.execute("SELECT * FROM things ORDER BY id")).rows.map((row) => ({ ...row }));

  beforeEach(async () => {
    keepStatements();
    folder = await mkdtemp(join(tmpdir(), "calltouch-bridge-kept-"));
    client = open();
    await client.execute("PRAGMA journal_mode = WAL");
    await client.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE) STRICT");
  });

  afterEach(async () => {
    client.close();
    await rm(folder, { recursive: true, force: true });
  });

  const found: [string, () => Promise<unknown>][] = [
    ["a batch", () => insert("lost")],
    ["a statement of its own", () => client.execute("INSERT INTO things (name) VALUES ('lost')")],
    ["a statement that returns rows", () => client.execute("INSERT INTO things (name) VALUES ('lost') RETURNING id")],
    [
      "a batch that reads first",
      () => client.batch(["SELECT * FROM things", "INSERT INTO things (name) VALUES ('lost')"]),
    ],
  ];

  it.each(found)("commits what comes after %s that has found it busy", async (_, write) => {
    await insert("one");
    const other = open();
    const held = await other.transaction("write");
    await expect(write()).rejects.toMatchObject({ code: "SQLITE_BUSY" });
    await held.rollback();
    await client.execute("INSERT INTO things (name) VALUES ('two')");
    await client.batch(["SELECT 1"], "read");
    await insert("three");
    const { rows } = await other.execute("SELECT name FROM things ORDER BY id");
    other.close();
    expect(rows.map(({ name }) => name)).toEqual(["one", "two", "three"]);
  });

  it("tries again what has found it busy", async () => {
    for (const [, write] of found) {
      const other = open();
      const held = await other.transaction("write");
      await expect(write()).rejects.toMatchObject({ code: "SQLITE_BUSY" });
      await held.rollback();
      other.close();
      await write();
      await client.execute("DELETE FROM things");
    }
    expect(await all()).toEqual([]);
  });

  it("runs a statement that has failed as if it had not", async () => {
    await insert("one");
    await expect(insert("one")).rejects.toMatchObject({ code: "SQLITE_CONSTRAINT" });
    await expect(insert("one")).rejects.toMatchObject({ code: "SQLITE_CONSTRAINT" });
    await insert("two");
    expect(await all()).toEqual([
      { id: 1, name: "one" },
      { id: 2, name: "two" },
    ]);
  });

  it("sees a column as soon as the table has it", async () => {
    await insert("one");
    expect(await all()).toEqual([{ id: 1, name: "one" }]);
    await client.execute("ALTER TABLE things ADD COLUMN size INTEGER");
    expect(await all()).toEqual([{ id: 1, name: "one", size: null }]);
  });

  it("runs each statement with its own values, however many there are", async () => {
    for (let count = 1; count <= 1_200; count += 1) {
      const { rows } = await client.execute({ sql: `SELECT ${count} AS number, ? AS value`, args: [count] });
      expect({ ...rows[0] }).toEqual({ number: count, value: count });
      const again = await client.execute({ sql: "SELECT ? AS value", args: [count] });
      expect({ ...again.rows[0] }).toEqual({ value: count });
    }
  });
});
