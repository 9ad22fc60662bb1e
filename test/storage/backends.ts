/** The three kinds of database the bridge runs on, behind one interface, and one loop that runs a suite over all of them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@libsql/client";
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { createDatabase, type Database } from "../../src/database/database.ts";
import { migrate } from "../../src/database/migrate.ts";
import { startSqld } from "../sqld.ts";
import { connect } from "./connect.ts";
import { type Row, toRow } from "./rows.ts";

/** On a machine that is busy with something else. */
const START_MS_MAX = 30_000;

export interface OpenStorage {
  client: Client;
  /** For another connection to the same database; memory has none. */
  url: string;
  /** Drops every table. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export interface Backend {
  name: "memory" | "file" | "sqld";
  /** Whether a second connection, or a second process, sees the same database. */
  isShared: boolean;
  open(): Promise<OpenStorage>;
}

export const backends: readonly Backend[] = [
  {
    name: "memory",
    isShared: false,
    open: async () => {
      const client = createClient({ url: ":memory:" });
      return { client, url: ":memory:", reset: () => dropAll(client), close: async () => client.close() };
    },
  },
  {
    name: "file",
    isShared: true,
    open: async () => {
      const directory = await mkdtemp(join(tmpdir(), "calltouch-bridge-file-"));
      const url = `file:${join(directory, "bridge.db")}`;
      const client = await connect(url);
      const close = async () => {
        client.close();
        await rm(directory, { recursive: true, force: true });
      };
      return { client, url, reset: () => dropAll(client), close };
    },
  },
  {
    name: "sqld",
    isShared: true,
    open: async () => {
      const server = await startSqld();
      const client = await connect(server.url);
      const close = async () => {
        client.close();
        await server.stop();
      };
      return { client, url: server.url, reset: () => dropAll(client), close };
    },
  },
];

/** What a test of one backend works with; to be called inside `it` and hooks only. */
export interface Storage {
  client: () => Client;
  database: () => Database;
  url: () => string;
  isShared: boolean;
  rows(sql: string, args?: Record<string, string | number | null>): Promise<Row[]>;
}

/** The same suite over each backend, with an empty and up-to-date database before every test. */
export function describeStorage(
  title: string,
  suite: (storage: Storage) => void,
  over: readonly Backend[] = backends,
  { isMigrated = true }: { isMigrated?: boolean } = {},
): void {
  for (const backend of over) {
    describe(`${title}, ${backend.name}`, () => {
      let opened: OpenStorage | undefined;
      let database: Database | undefined;
      beforeAll(async () => {
        opened = await backend.open();
        database = createDatabase(opened.client);
      }, START_MS_MAX);
      beforeEach(async () => {
        await opened?.reset();
        if (opened && isMigrated) await migrate(opened.client, () => 0);
      });
      afterAll(async () => {
        await opened?.close();
      }, START_MS_MAX);
      suite({
        client: () => required(opened).client,
        database: () => required(database),
        url: () => required(opened).url,
        isShared: backend.isShared,
        rows: async (sql, args = {}) => {
          const result = await required(opened).client.execute({ sql, args });
          return result.rows.map((row) => toRow(result.columns, row));
        },
      });
    });
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("The database is open only while its tests run");
  return value;
}

/** Newest tables first: the older ones are referred to. */
async function dropAll(client: Client): Promise<void> {
  const { rows } = await client.execute(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'libsql_%' ORDER BY rowid DESC",
  );
  if (rows.length === 0) return;
  await client.batch(
    rows.map(({ name }) => `DROP TABLE ${String(name)}`),
    "write",
  );
}
