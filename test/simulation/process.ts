/** One bridge process in the simulated world: it can be killed at any await, and its database calls can fail. */
import type { Client, InStatement } from "@libsql/client";
import type { Adapter } from "../../src/adapter.ts";
import { assembleBridge } from "../../src/bridge.ts";
import { createDatabase, type Database } from "../../src/database/database.ts";
import { type IngestRequest, ingest } from "../../src/ingest/ingest.ts";
import type { DocumentResult } from "../../src/ingest/result.ts";
import type { LogEvent, Platform } from "../../src/platform.ts";
import type { Vault } from "../../src/vault.ts";
import type { World } from "./world.ts";

export const CALLTOUCH_URL = "https://calltouch.test";
export const ERP_URL = "https://erp.test/api/remap/1.2";
export const PUBLIC_URL = "https://bridge.test";
export const ADMIN_TOKEN = "simulated-admin-token";

/** What a planted mutant changes; empty for the bridge as it is. */
export interface Mutation {
  statement?: (sql: string) => string;
  database?: (database: Database, world: World) => Database;
  adapter?: (adapter: Adapter, database: Database, world: World) => Adapter;
  fetch?: (fetch: Platform["fetch"]) => Platform["fetch"];
}

export interface ProcessOptions {
  world: World;
  name: string;
  client: Client;
  fetch: Platform["fetch"];
  adapter: Adapter;
  /** Probability that a database call fails, before or after it was executed. */
  databaseFailure: () => number;
  /** Whether the process dies at this await. */
  dies: () => boolean;
  /** How long an await takes in virtual time; mostly 0. */
  slowness: () => number;
  mutation: Mutation;
  logs: LogEvent[];
}

/** As the entries and the composition root have them. */
const TICK_MS = 120_000;
const REQUESTS_MAX = 500;

export type BridgeProcess = ReturnType<typeof createProcess>;

export function createProcess(options: ProcessOptions) {
  const { world, name, mutation, logs, slowness } = options;
  let isDead = false;
  let stall: { at: string; skip: number; ms: number } | undefined;

  /** A dead process never comes back from an await; a stalled one, frozen with its machine, comes back late. */
  async function gate(label: string): Promise<void> {
    await world.gate(`${name}:${label}`);
    await world.sleep(name, stallMs(label) ?? slowness());
    if (!isDead && options.dies()) isDead = true;
    if (isDead) await new Promise<never>(() => {});
  }

  function stallMs(label: string): number | undefined {
    if (stall?.at !== label) return undefined;
    stall.skip -= 1;
    if (stall.skip >= 0) return undefined;
    const { ms } = stall;
    stall = undefined;
    return ms;
  }

  const plain = createDatabase(gateClient(options, gate));
  const database = mutation.database?.(plain, world) ?? plain;
  const adapter = mutation.adapter?.(options.adapter, database, world) ?? options.adapter;
  const fetch: Platform["fetch"] = async (request) => {
    await gate("fetch");
    try {
      return await options.fetch(request);
    } finally {
      await gate("fetched");
    }
  };
  const platform: Platform = {
    now: world.now,
    random: world.random,
    randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(world.random() * 256)),
    fetch: mutation.fetch?.(fetch) ?? fetch,
    sleep: async (ms) => {
      await world.sleep(`${name}:sleep`, ms);
      await gate("woken");
    },
    timeout: world.timeout,
    background: (work) => void work.catch(() => {}),
    log: (event) => logs.push({ ...event, at: world.now(), process: name }),
  };
  const adapters = new Map([[adapter.id, adapter]]);
  const bridge = assembleBridge({
    ...{ platform, database, vault: openVault, adapters },
    config: {
      adminToken: ADMIN_TOKEN,
      calltouchUrl: CALLTOUCH_URL,
      publicUrl: PUBLIC_URL,
      erpUrls: { [adapter.id]: ERP_URL },
    },
    limits: { wallMs: TICK_MS, requests: REQUESTS_MAX },
  });

  return {
    name,
    isDead: () => isDead,
    kill: () => {
      isDead = true;
    },
    /** Freezes it when it reaches this kind of await again, after so many of them. */
    stall: (at: string, skip: number, ms: number) => {
      stall = { at, skip, ms };
    },
    fetch: async (request: Request): Promise<Response> => bridge.fetch(request),
    tick: bridge.tick,
    poll: bridge.poll,
    /** As the HTTP edge does it: stored first, then the dispatcher is nudged. */
    async post(request: Omit<IngestRequest, "adapter">): Promise<DocumentResult[]> {
      const results = await ingest({ platform, database, vault: openVault }, { ...request, adapter });
      if (results.some(({ result }) => result === "accepted" || result === "skipped")) bridge.nudge();
      return results;
    },
  };
}

/** Sealing is proved elsewhere; here it must be quick and must come out the same for the same seed. */
export const openVault: Vault = {
  seal: async (plain, place) => `${place}\n${plain}`,
  open: async (sealed, place) => {
    if (!sealed.startsWith(`${place}\n`)) throw new Error("sealed for another place");
    return sealed.slice(place.length + 1);
  },
  // A webhook's address ends with a hash that is written as base64.
  hash: async (text) => (text.startsWith("hook:") ? text.replaceAll(":", "-").padEnd(43, "-") : text),
};

function gateClient(
  { client, world, databaseFailure, mutation }: ProcessOptions,
  gate: (label: string) => Promise<void>,
): Client {
  const mutate = (statement: InStatement): InStatement => {
    if (!mutation.statement) return statement;
    return typeof statement === "string"
      ? mutation.statement(statement)
      : { ...statement, sql: mutation.statement(statement.sql) };
  };
  async function call<T>(execute: () => Promise<T>): Promise<T> {
    await gate("database");
    if (world.chance(databaseFailure())) throw new Error("database: not executed");
    const result = await execute();
    await gate("stored");
    if (world.chance(databaseFailure())) throw new Error("database: executed, the answer is lost");
    return result;
  }
  return new Proxy(client, {
    get(target, property, receiver) {
      if (property === "execute") return (statement: InStatement) => call(() => target.execute(mutate(statement)));
      if (property === "batch") {
        return (statements: InStatement[], mode: "read" | "write") =>
          call(() => target.batch(statements.map(mutate), mode));
      }
      return Reflect.get(target, property, receiver);
    },
  });
}
