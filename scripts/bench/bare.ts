/// <reference types="bun-types" />
/**
 * The least that can stand in the bridge's place: takes the same posts, stores as many bytes of each document as durably,
 * and answers. It neither looks anything up nor judges, folds, seals or sends; its one table has no index. What arrives
 * while a commit is under way goes into the next one together.
 */
import { createClient } from "@libsql/client";

const [databaseUrl = "", port = "0", rowBytes = "0"] = Bun.argv.slice(2);
const client = createClient({ url: databaseUrl, concurrency: 1 });
await client.execute("PRAGMA journal_mode = WAL");
await client.execute("PRAGMA synchronous = FULL");
await client.execute("CREATE TABLE stored (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT");

interface Waiting {
  rows: string[];
  resolve: () => void;
  reject: (error: unknown) => void;
}
let waiting: Waiting[] = [];

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  async fetch(request) {
    if (request.method !== "POST") return new Response("ok");
    const { documents } = await readBody(request);
    await store(documents.map(toRow));
    const results = documents.map(({ guid }, index) => ({ index, guid, result: "accepted" }));
    return Response.json({ status: "ok", results });
  },
});

async function readBody(request: Request): Promise<{ documents: { guid: string }[] }> {
  return await request.json();
}

/** The document itself, and what is missing to the bytes the bridge stores. */
function toRow(document: object): string {
  const text = JSON.stringify(document);
  return text + " ".repeat(Math.max(0, Number(rowBytes) - Buffer.byteLength(text)));
}

/** Resolves when the rows are on the disk. */
function store(rows: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // After the sockets that are readable now have been read.
    if (waiting.push({ rows, resolve, reject }) === 1) setImmediate(commit);
  });
}

async function commit(): Promise<void> {
  const group = waiting;
  waiting = [];
  try {
    const bodies = JSON.stringify(group.flatMap(({ rows }) => rows));
    await client.execute({ sql: "INSERT INTO stored (body) SELECT value FROM json_each(?)", args: [bodies] });
    for (const { resolve } of group) resolve();
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}
