/** A bridge, a Calltouch sandbox and a database in one process, with a clock moved by hand: sleeping moves it. */
import { type Client, createClient } from "@libsql/client";
import * as z from "zod";
import { adapters } from "../adapters/index.ts";
import { type CalltouchSandbox, createCalltouchSandbox, type KnobsPatch } from "../sandbox/calltouch/index.ts";
import { type Bridge, type BridgeOptions, createBridge } from "../src/bridge.ts";
import { migrate } from "../src/database/migrate.ts";
import type { LogEvent, Platform } from "../src/platform.ts";

export const ADMIN_TOKEN = "test-admin-token-0123456789";
export const ADMIN_READ_TOKEN = "test-reader-token-0123456789";
export const ENCRYPTION_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
export const CALLTOUCH_URL = "https://calltouch.test";
export const ERP_URL = "https://erp.test/api/remap/1.2";
export const PUBLIC_URL = "https://bridge.test";
export const SITE = { siteId: "41234", token: "site-token" };
/** 2026-11-22 12:00 in Moscow. */
export const NOON = Date.UTC(2026, 10, 22, 9);

export interface Clock {
  now: () => number;
  set: (at: number) => void;
  advance: (ms: number) => void;
}

export function createClock(start: number = NOON): Clock {
  let at = start;
  return {
    now: () => at,
    set: (value) => {
      at = value;
    },
    advance: (ms) => {
      at += ms;
    },
  };
}

export interface SceneOptions {
  knobs?: KnobsPatch;
  account?: Record<string, unknown>;
  connection?: Record<string, unknown>;
  client?: Client;
  clock?: Clock;
  /** An ERP with an API, at ERP_URL. */
  erp?: { fetch(request: Request): Promise<Response> };
  /** Sends the Calltouch sandbox's webhooks; without it they reach the bridge. */
  config?: Partial<BridgeOptions["config"]>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; an empty object when it is not JSON. */
  body: Record<string, unknown>;
}

export type Scene = Awaited<ReturnType<typeof createScene>>;

const results = z.array(
  z.object({
    index: z.number(),
    guid: z.string().optional(),
    result: z.string(),
    code: z.string(),
    message: z.string().optional(),
    retry: z.boolean().optional(),
    dealId: z.number().optional(),
  }),
);

export async function createScene(options: SceneOptions = {}) {
  const clock = options.clock ?? createClock();
  let arrive: (request: Request) => Response | Promise<Response> = () => new Response(null, { status: 503 });
  const sandbox = createCalltouchSandbox({
    now: clock.now,
    sleep: async (ms: number) => clock.advance(ms),
    send: async (request: Request) => arrive(request),
    ...(options.knobs === undefined ? {} : { knobs: options.knobs }),
  });
  sandbox.control.addSite(SITE);
  const client = options.client ?? createClient({ url: ":memory:" });
  await migrate(client, clock.now);
  const logs: LogEvent[] = [];
  const background = new Set<Promise<unknown>>();
  const platform = createTestPlatform(clock, sandbox, logs, background, options.erp);
  const bridge = await startBridge(platform, client, options.config);
  arrive = (request) => bridge.fetch(request);
  const admin = (method: string, path: string, body?: unknown) =>
    call(bridge, method, `/admin${path}`, { authorization: `Bearer ${ADMIN_TOKEN}` }, body);

  const account = await admin("POST", "/accounts", { name: "Наш кабинет", ...SITE, ...options.account });
  const adapter = String(options.connection?.["adapter"] ?? "alfa-auto");
  const connection = await admin("POST", "/connections", {
    adapter,
    name: "Сервис",
    accountId: account.body["id"],
    since: "2026-01-01T00:00:00+03:00",
    ...options.connection,
  });
  const key = z.string().parse(connection.body["key"]);

  /** Waits until nothing is left in the background. */
  async function idle(): Promise<void> {
    while (background.size > 0) await Promise.all(background);
  }

  async function pass(ms: number, stepMs: number, runs: readonly (() => Promise<void>)[]): Promise<void> {
    const until = clock.now() + ms;
    while (clock.now() < until) {
      for (const run of runs) await run();
      await idle();
      clock.advance(stepMs);
    }
  }

  return {
    clock,
    sandbox,
    client,
    platform,
    bridge,
    logs,
    key,
    accountId: z.string().parse(account.body["id"]),
    connectionId: z.string().parse(connection.body["id"]),
    admin,
    idle,
    /** Any request with the connection's key. */
    call: (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
      call(bridge, method, path, { authorization: `Bearer ${key}`, ...headers }, body),
    /** Posts documents and waits for the dispatcher; returns the results. */
    async post(documents: readonly unknown[], extra: Record<string, unknown> = {}) {
      const answer = await call(
        bridge,
        "POST",
        `/v1/${adapter}/documents`,
        { authorization: `Bearer ${key}` },
        {
          documents,
          ...extra,
        },
      );
      await idle();
      return results.parse(answer.body["results"]);
    },
    /** Delivers, moving the clock a little each time, until the given time has passed; nothing is read meanwhile. */
    run: (ms: number, stepMs = 1_000) => pass(ms, stepMs, [bridge.tick]),
    /** The same, and everything is read that a bridge reads by itself. */
    live: (ms: number, stepMs = 1_000) => pass(ms, stepMs, [bridge.tick, bridge.poll]),
    /** What stands in Calltouch under this number. */
    deal: (orderNumber: string) => sandbox.control.deal(SITE.siteId, orderNumber),
  };
}

export function startBridge(
  platform: Platform,
  client: Client,
  changes: Partial<BridgeOptions["config"]> = {},
): Promise<Bridge> {
  const config = {
    adminToken: ADMIN_TOKEN,
    adminReadToken: ADMIN_READ_TOKEN,
    encryptionKey: ENCRYPTION_KEY,
    calltouchUrl: CALLTOUCH_URL,
    erpUrls: { moysklad: ERP_URL },
    publicUrl: PUBLIC_URL,
    ...changes,
  };
  return createBridge({ platform, client, config, adapters, limits: { wallMs: 60_000, requests: 1_000 } });
}

export function createTestPlatform(
  clock: Clock,
  sandbox: Pick<CalltouchSandbox, "fetch">,
  logs: LogEvent[],
  background: Set<Promise<unknown>>,
  erp?: SceneOptions["erp"],
): Platform {
  return {
    now: clock.now,
    random: () => 0.5,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    fetch: (request) => (erp && request.url.startsWith(ERP_URL) ? erp : sandbox).fetch(request),
    sleep: async (ms) => clock.advance(ms),
    timeout: () => new AbortController().signal,
    background: (work) => {
      background.add(work);
      void work.finally(() => background.delete(work));
    },
    log: (event) => logs.push(event),
  };
}

export async function call(
  bridge: Pick<Bridge, "fetch">,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer> {
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  const init = body === undefined ? {} : { body: isRaw ? toBody(body) : JSON.stringify(body) };
  const response = await bridge.fetch(new Request(`http://bridge.test${path}`, { method, headers, ...init }));
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parseObject(text) };
}

function toBody(body: string | Uint8Array): string | ArrayBuffer {
  return typeof body === "string" ? body : new Uint8Array(body).buffer;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    return {};
  }
}
