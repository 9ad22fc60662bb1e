import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { expect, it } from "vitest";
import { startSqld } from "../sqld.ts";

const PATIENCE_MS = 60_000;

it(
  "a libSQL server that lost power finds what was committed, on the same port",
  async () => {
    const dbPath = await mkdtemp(join(tmpdir(), "calltouch-bridge-kill-"));
    const first = await startSqld({ dbPath });
    try {
      const client = createClient({ url: first.url });
      await client.batch(["CREATE TABLE kept (id INTEGER)", "INSERT INTO kept VALUES (7)"], "write");
      await first.kill();
      await expect(client.execute("SELECT id FROM kept")).rejects.toThrow();
      const second = await startSqld({ dbPath, port: first.port });
      const { rows } = await createClient({ url: second.url }).execute("SELECT id FROM kept");
      expect(rows.map((row) => row["id"])).toEqual([7]);
      await second.stop();
      expect(existsSync(dbPath)).toBe(true);
    } finally {
      await first.stop();
      await rm(dbPath, { recursive: true, force: true });
    }
  },
  PATIENCE_MS,
);

it(
  "a libSQL server that is stopped takes the directory made for it along",
  async () => {
    const server = await startSqld();
    expect(existsSync(server.dbPath)).toBe(true);
    await server.stop();
    expect(existsSync(server.dbPath)).toBe(false);
  },
  PATIENCE_MS,
);
