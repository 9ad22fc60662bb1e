import { type Client, createClient } from "@libsql/client";
import { keepStatements } from "../../src/keep-statements.ts";

const BUSY_TIMEOUT_MS = 5_000;

/**
 * A connection as the entries open it. Apart from `backends.ts`, for the racers need it: Bun caches a file as it was first
 * run, and outside `bun test` that is with the real Vitest.
 */
export async function connect(url: string): Promise<Client> {
  if (!url.startsWith("file:")) return createClient({ url });
  keepStatements();
  const client = createClient({ url, timeout: BUSY_TIMEOUT_MS, concurrency: 1 });
  await client.execute("PRAGMA journal_mode = WAL");
  await client.execute("PRAGMA synchronous = FULL");
  return client;
}
