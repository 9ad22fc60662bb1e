/** Cloudflare Workers with Turso: `fetch` for callers, `scheduled` for the cron. Migrations are applied by scripts/migrate.ts. */
import { createClient } from "@libsql/client/http";
import { adapters } from "../adapters/index.ts";
import { type Bridge, createBridge } from "./bridge.ts";
import { ConfigError, parseConfig } from "./config.ts";
import { createFailures } from "./http/failures.ts";
import { createUnavailable } from "./http/unavailable.ts";
import { isSpent, NUDGED_MAX, runScheduled, type Subrequests } from "./subrequests.ts";
import { createWebPlatform } from "./web-platform.ts";

/** What a Worker may do after its answer: it is ended 30 s later. */
const NUDGED = { wallMs: 15_000, requests: 20 };
const SCHEDULED = { wallMs: 30_000, requests: 20 };
/** The one thing that outlives an invocation: counts, for as long as Cloudflare keeps this isolate. */
const failures = createFailures();

type Env = Record<string, string | undefined>;
interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

export default {
  async fetch(request: Request, env: Env, context: Context): Promise<Response> {
    try {
      const bridge = await createWorkerBridge(env, context, NUDGED, { used: 0, max: NUDGED_MAX });
      return await bridge.fetch(request);
    } catch (error) {
      // Thrown on, it would become Cloudflare's own page of HTML, which no 1C reads.
      const platform = createWebPlatform("error", (work) => context.waitUntil(work));
      platform.log({ level: "error", event: "not-started", ...toReason(error) });
      return createUnavailable(platform);
    }
  },
  async scheduled(_event: unknown, env: Env, context: Context): Promise<void> {
    const subrequests = { used: 0, max: NUDGED_MAX };
    const bridge = await createWorkerBridge(env, context, SCHEDULED, subrequests);
    context.waitUntil(runScheduled(bridge, subrequests));
  },
};

/** Settings are named, as they are when a process refuses to start; of anything else the class alone. */
function toReason(error: unknown): Record<string, string> {
  if (error instanceof ConfigError) return { error: error.problems.join("; ") };
  return { error: error instanceof Error ? error.name : "unknown" };
}

/** Anew for every invocation: a libSQL client must not outlive its request. */
function createWorkerBridge(
  env: Env,
  context: Context,
  limits: { wallMs: number; requests: number },
  subrequests: Subrequests,
): Promise<Bridge> {
  const config = parseConfig(env);
  const { databaseUrl: url, databaseAuthToken } = config;
  const counted = (request: Request): Promise<Response> => {
    subrequests.used += 1;
    return fetch(request);
  };
  const authorized = databaseAuthToken === undefined ? {} : { authToken: databaseAuthToken };
  const client = createClient({ url, ...authorized, fetch: counted });
  const web = createWebPlatform(config.logLevel, (work) => context.waitUntil(work), addressOf);
  const platform = { ...web, fetch: counted };
  const bounded = { ...limits, isSpent: () => isSpent(subrequests) };
  return createBridge({ platform, client, config, adapters, limits: bounded, failures });
}

/** Cloudflare replaces whatever the caller has sent under this name. */
function addressOf(request: Request): string | undefined {
  return request.headers.get("cf-connecting-ip") ?? undefined;
}
