/// <reference types="bun-types" />
/** One process on Bun with an embedded database: the first production mode. Started by `bun run start`. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type Client, createClient } from "@libsql/client";
import { adapters } from "../adapters/index.ts";
import { createBridge } from "./bridge.ts";
import { fetchOnce } from "./bun-fetch.ts";
import { type Config, ConfigError, parseConfig } from "./config.ts";
import { migrate, readUnknown } from "./database/migrate.ts";
import { keepStatements } from "./keep-statements.ts";
import { createWebPlatform } from "./web-platform.ts";

const TICK_EVERY_MS = 1_000;
const LIMITS = { wallMs: 60_000, requests: 1_000 };
/** Above our own limit, so that a body too large gets our answer and not a bare 413. */
const SERVER_BODY_BYTES_MAX = 8 * 1_048_576;
const IDLE_SECONDS = 60;
const BUSY_TIMEOUT_MS = 5_000;
/** Bun itself waits for a server gone silent for more than five minutes, and no tick would start meanwhile. As long as an account's lease. */
const DATABASE_TIMEOUT_MS = 15_000;
const EXIT_CONFIG = 78;
const EXIT_USAGE = 2;

const given = Bun.argv.slice(2);
if (given.length > 0) {
  console.log("Starts the bridge. Its settings are environment variables, listed in README.md; there are no options.");
  process.exit(given.length === 1 && given[0] === "--help" ? 0 : EXIT_USAGE);
}
const config = readConfig();
// The files of the database are for this user alone.
process.umask(0o077);
const background = new Set<Promise<unknown>>();
const web = createWebPlatform(config.logLevel, keepAlive, (request) => server.requestIP(request)?.address);
const platform = { ...web, fetch: fetchOnce, arrivals };
const client = await openDatabase(config).catch(failTo("open the database"));
const applied = await migrate(client, platform.now).catch(failTo("bring the database up to date"));
const unknown = await readUnknown(client);
let isEnding = false;
const options = { platform, client, config, adapters, limits: LIMITS, isEnding: () => isEnding };
const bridge = await createBridge(options).catch(refuse);
const server = listen();
platform.log({ level: "info", event: "started", url: server.url.href, migrations: applied.join(",") });

if (unknown.length > 0) platform.log({ level: "warn", event: "database-newer", migrations: unknown.join(",") });

// Deliveries do not wait for what is read.
const timers = [every("tick", bridge.tick), every("poll", bridge.poll)];

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop(signal));

function keepAlive(work: Promise<unknown>): void {
  background.add(work);
  void work.finally(() => background.delete(work));
}

/** In one turn of the event loop answers go out and sockets are read; in the next what was read is begun with. */
async function arrivals(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Starts a run each second, unless the one before is still going on. */
function every(name: string, run: () => Promise<void>) {
  let isRunning = false;
  const start = async () => {
    isRunning = true;
    try {
      await run();
    } catch (error) {
      platform.log({ level: "error", event: `${name}-failed`, error: error instanceof Error ? error.name : "unknown" });
    } finally {
      isRunning = false;
    }
  };
  return setInterval(() => !isRunning && keepAlive(start()), TICK_EVERY_MS);
}

/** Requests under way are answered and what has been claimed is settled before the process ends. */
async function stop(signal: string): Promise<void> {
  platform.log({ level: "info", event: "stopping", signal });
  isEnding = true;
  for (const timer of timers) clearInterval(timer);
  await server.stop();
  await Promise.allSettled(background);
  client.close();
  process.exit(0);
}

function readConfig(): Config {
  try {
    return parseConfig(process.env);
  } catch (error) {
    return refuse(error);
  }
}

/** What an operator has to put right is named, without a stack around it; anything else is a failure. */
function refuse(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(EXIT_CONFIG);
}

/** What is out of reach of the program is told without a stack; the next start may find it better. */
function failTo(what: string): (error: unknown) => never {
  return (error) => {
    const { message, cause } = error instanceof Error ? error : new Error(String(error));
    console.error(`Cannot ${what}: ${message}${cause instanceof Error ? `: ${cause.message}` : ""}`);
    process.exit(1);
  };
}

function listen() {
  try {
    return Bun.serve({
      hostname: config.host,
      port: config.port,
      maxRequestBodySize: SERVER_BODY_BYTES_MAX,
      idleTimeout: IDLE_SECONDS,
      fetch: (request) => bridge.fetch(request),
    });
  } catch (error) {
    return failTo("listen")(error);
  }
}

/** A file is opened to survive a power cut and to be shared with a second process; a server keeps such promises itself. */
async function openDatabase({ databaseUrl, databaseAuthToken }: Config): Promise<Client> {
  const isFile = databaseUrl.startsWith("file:");
  if (isFile) {
    keepStatements();
    mkdirSync(dirname(databaseUrl.slice("file:".length).replace(/\?.*$/, "")), { recursive: true });
  }
  const opened = createClient({
    url: databaseUrl,
    ...(databaseAuthToken === undefined ? {} : { authToken: databaseAuthToken }),
    ...(isFile ? { timeout: BUSY_TIMEOUT_MS, concurrency: 1 } : { fetch: fetchInTime }),
  });
  if (isFile) {
    await opened.execute("PRAGMA journal_mode = WAL");
    await opened.execute("PRAGMA synchronous = FULL");
    // What is changed or deleted is overwritten, so that nothing of a person is left between the rows.
    await opened.execute("PRAGMA secure_delete = ON");
  }
  return opened;
}

function fetchInTime(request: Request): Promise<Response> {
  return fetch(request, { signal: AbortSignal.timeout(DATABASE_TIMEOUT_MS) });
}
