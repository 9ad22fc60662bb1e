/// <reference types="bun-types" />
/** One process on Bun with an embedded database: the first production mode. Started by `bun run start`. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type Client, createClient } from "@libsql/client";
import { adapters } from "../adapters/index.ts";
import { createBridge } from "./bridge.ts";
import { type Config, ConfigError, parseConfig } from "./config.ts";
import { migrate } from "./database/migrate.ts";
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

const config = readConfig();
const background = new Set<Promise<unknown>>();
const platform = createWebPlatform(config.logLevel, keepAlive, (request) => server.requestIP(request)?.address);
const client = await openDatabase(config);
const applied = await migrate(client, platform.now);
let isEnding = false;
const options = { platform, client, config, adapters, limits: LIMITS, isEnding: () => isEnding };
const bridge = await createBridge(options).catch(refuse);
const server = Bun.serve({
  hostname: config.host,
  port: config.port,
  maxRequestBodySize: SERVER_BODY_BYTES_MAX,
  idleTimeout: IDLE_SECONDS,
  fetch: (request) => bridge.fetch(request),
});
platform.log({ level: "info", event: "started", url: server.url.href, migrations: applied.join(",") });

// Deliveries do not wait for what is read.
const timers = [every("tick", bridge.tick), every("poll", bridge.poll)];

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop(signal));

function keepAlive(work: Promise<unknown>): void {
  background.add(work);
  void work.finally(() => background.delete(work));
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

/** A file is opened to survive a power cut and to be shared with a second process; a server keeps such promises itself. */
async function openDatabase({ databaseUrl, databaseAuthToken }: Config): Promise<Client> {
  const isFile = databaseUrl.startsWith("file:");
  if (isFile) mkdirSync(dirname(databaseUrl.slice("file:".length).replace(/\?.*$/, "")), { recursive: true });
  const opened = createClient({
    url: databaseUrl,
    ...(databaseAuthToken === undefined ? {} : { authToken: databaseAuthToken }),
    ...(isFile ? { timeout: BUSY_TIMEOUT_MS, concurrency: 1 } : { fetch: fetchInTime }),
  });
  if (isFile) {
    await opened.execute("PRAGMA journal_mode = WAL");
    await opened.execute("PRAGMA synchronous = FULL");
  }
  return opened;
}

function fetchInTime(request: Request): Promise<Response> {
  return fetch(request, { signal: AbortSignal.timeout(DATABASE_TIMEOUT_MS) });
}
