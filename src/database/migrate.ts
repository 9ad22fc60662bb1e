import type { Client } from "@libsql/client";
import { type Migration, migrations } from "./migrations/index.ts";

/**
 * Brings the schema up to date and returns the names of the migrations it applied. Two processes may start together:
 * whoever comes second finds the name taken, its batch is rolled back, and it looks again.
 * @throws when a migration fails for any other reason; nothing of it remains.
 */
export async function migrate(
  client: Client,
  now: () => number,
  list: readonly Migration[] = migrations,
): Promise<string[]> {
  await client.execute(
    "CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT",
  );
  const applied: string[] = [];
  for (const { name, statements } of list) {
    if (await isApplied(client, name)) continue;
    const record = { sql: "INSERT INTO migrations (name, applied_at) VALUES (?, ?)", args: [name, now()] };
    try {
      await client.batch([record, ...statements], "write");
      applied.push(name);
    } catch (error) {
      if (!(await isApplied(client, name))) throw new Error(`Migration ${name} failed`, { cause: error });
    }
  }
  return applied;
}

/** Migrations applied by a newer version, which this one does not know. */
export async function readUnknown(client: Client): Promise<string[]> {
  const { rows } = await client.execute("SELECT name FROM migrations");
  const known = new Set(migrations.map(({ name }) => name));
  return rows.map(({ name }) => String(name)).filter((name) => !known.has(name));
}

async function isApplied(client: Client, name: string): Promise<boolean> {
  const { rows } = await client.execute({ sql: "SELECT 1 FROM migrations WHERE name = ?", args: [name] });
  return rows.length > 0;
}
