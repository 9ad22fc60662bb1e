import { expect, it } from "vitest";
import { migrate } from "../../src/database/migrate.ts";
import { type Migration, migrations } from "../../src/database/migrations/index.ts";
import { backends, describeStorage } from "./backends.ts";
import { NOW } from "./rows.ts";

const good: Migration = { name: "good", statements: ["CREATE TABLE good (id INTEGER PRIMARY KEY) STRICT"] };
const late: Migration = { name: "late", statements: ["INSERT INTO good (id) VALUES (7)"] };
const broken: Migration = {
  name: "broken",
  statements: [
    "CREATE TABLE half (id INTEGER) STRICT",
    "INSERT INTO half VALUES (1)",
    "INSERT INTO nowhere VALUES (1)",
  ],
};

describeStorage(
  "migrations",
  ({ client, rows }) => {
    const now = () => NOW;
    const tables = async () =>
      (
        await rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'libsql_%' ORDER BY name")
      ).map(({ name }) => name);

    it("make every table, once", async () => {
      expect(await migrate(client(), now)).toEqual(migrations.map(({ name }) => name));
      const made = await tables();
      expect(made).toContain("deals");
      expect(await migrate(client(), now)).toEqual([]);
      expect(await tables()).toEqual(made);
      expect(await rows("SELECT * FROM migrations ORDER BY rowid")).toEqual(
        migrations.map(({ name }) => ({ name, applied_at: NOW })),
      );
    });

    it("keep every document when they come to be stored in the order of their arrival", async () => {
      const before = migrations.findIndex(({ name }) => name === "append-documents");
      await migrate(client(), now, migrations.slice(0, before));
      await client().batch(
        [2, 1, 3].map((n) => ({
          sql: `INSERT INTO documents (connection_id, guid, deal_key, stamp, digest, entered_at, manual, sealed, received_at, stripped)
                VALUES ('c1', 'guid-' || :n, 'key-' || :n, 'version:' || :n, 'digest', 10 + :n, 1, 'sealed', 100 - :n, 1)`,
          args: { n: String(n) },
        })),
        "write",
      );
      const documents = "SELECT * FROM documents ORDER BY guid";
      const stored = await rows(documents);
      expect(stored).toHaveLength(3);
      await migrate(client(), now);
      expect(await rows(documents)).toEqual(stored);
      expect(await rows("SELECT guid FROM documents ORDER BY rowid")).toEqual(
        [3, 2, 1].map((n) => ({ guid: `guid-${n}` })),
      );
    });

    it("have names of their own", () => {
      expect(new Set(migrations.map(({ name }) => name)).size).toBe(migrations.length);
    });

    it("are applied in their order, only those that are new", async () => {
      expect(await migrate(client(), now, [good])).toEqual(["good"]);
      expect(await migrate(client(), now, [good, late])).toEqual(["late"]);
      expect(await rows("SELECT id FROM good")).toEqual([{ id: 7 }]);
    });

    it("leave nothing behind when they fail, and stop there", async () => {
      await expect(migrate(client(), now, [good, broken, late])).rejects.toThrow("Migration broken failed");
      expect(await tables()).toEqual(["good", "migrations"]);
      expect(await rows("SELECT name FROM migrations")).toEqual([{ name: "good" }]);
      expect(await rows("SELECT id FROM good")).toEqual([]);
    });

    it("go on once the failing one is mended", async () => {
      await expect(migrate(client(), now, [good, broken])).rejects.toThrow();
      const mended = { name: "broken", statements: broken.statements.slice(0, 2) };
      expect(await migrate(client(), now, [good, mended, late])).toEqual(["broken", "late"]);
      expect(await rows("SELECT id FROM half")).toEqual([{ id: 1 }]);
    });

    it("are applied once when two start together", async () => {
      const list = [good, late];
      const applied = await Promise.all([migrate(client(), now, list), migrate(client(), now, list)]);
      expect(applied.flat().sort()).toEqual(["good", "late"]);
      expect(await rows("SELECT id FROM good")).toEqual([{ id: 7 }]);
    });
  },
  backends,
  { isMigrated: false },
);
