/** The composition root: a runtime, a database, the configuration and the adapters become one bridge. */
import type { Client } from "@libsql/client";
import type { Adapter } from "./adapter.ts";
import { refreshAttributions } from "./attribution/refresh.ts";
import type { Config } from "./config.ts";
import { createDatabase, type Database } from "./database/database.ts";
import { createDispatcher, type TickLimits } from "./dispatcher/dispatcher.ts";
import { createExchanges } from "./erp-api/exchanges.ts";
import { createApp } from "./http/app.ts";
import { createFailures, type Failures } from "./http/failures.ts";
import { reviewHeldDeals } from "./ingest/review.ts";
import { createJobRunner } from "./jobs/run.ts";
import { openKeyring } from "./keyring.ts";
import { readJournals } from "./leads/journals.ts";
import type { Platform } from "./platform.ts";
import { createRetention, PERSONAL_DATA_DAYS } from "./retention.ts";
import type { Vault } from "./vault.ts";

export interface BridgeOptions {
  platform: Platform;
  client: Client;
  config: Pick<Config, "adminToken" | "adminReadToken" | "encryptionKey" | "calltouchUrl"> &
    Partial<
      Pick<Config, "encryptionKeyPrevious" | "personalDataDays" | "erpUrls" | "publicUrl" | "calltouchHookAddresses">
    >;
  adapters: readonly Adapter[];
  limits: TickLimits;
  /** The process is about to end: nothing more is read, and what is being read is left in order for the next start. */
  isEnding?: () => boolean;
  /** For an entry that makes a bridge for every request. */
  failures?: Failures;
}

export interface Bridge {
  fetch(request: Request): Response | Promise<Response>;
  /** One bounded run of the dispatcher, for a timer or cron. */
  tick(): Promise<void>;
  /** One bounded run of whatever is read: attributions, the journals of leads, ERPs with an API. Deliveries do not wait for it. */
  poll(): Promise<void>;
}

/** How long one run reads, and keeps an ERP's API: as long as nobody else takes it up when its process dies. */
const POLL_MS_MAX = 20_000;

/** What a bridge is put together from, once its database and its keys are open. */
export interface BridgeParts extends Omit<BridgeOptions, "client" | "config" | "adapters"> {
  config: Omit<BridgeOptions["config"], "encryptionKey" | "encryptionKeyPrevious">;
  database: Database;
  vault: Vault;
  adapters: ReadonlyMap<string, Adapter>;
}

/** The schema must be up to date. @throws ConfigError when ENCRYPTION_KEY is not the one it was made with; Error when the database does not answer. */
export async function createBridge(options: BridgeOptions): Promise<Bridge> {
  const { platform, config } = options;
  const database = createDatabase(options.client);
  const adapters = new Map(options.adapters.map((adapter) => [adapter.id, adapter]));
  const vault = await openKeyring({ platform, database, config });
  return assembleBridge({ ...options, database, vault, adapters });
}

/** The bridge, and what wakes its dispatcher. */
export function assembleBridge(parts: BridgeParts): Bridge & { nudge(): void } {
  const { platform, database, vault, config, adapters, limits, failures = createFailures() } = parts;
  const { calltouchUrl, adminToken, adminReadToken } = config;
  const crmOf = (adapter: string) => adapters.get(adapter)?.crm;
  const dispatcher = createDispatcher({ platform, database, vault, calltouchUrl, crmOf }, limits);
  const { nudge } = dispatcher;
  const { erpUrls = {}, publicUrl, calltouchHookAddresses } = config;
  const isReadingOver = () => limits.isSpent?.() === true || parts.isEnding?.() === true;
  const exchanges = createExchanges(
    { platform, database, vault, adapters, erpUrls, nudge },
    { wallMs: Math.min(limits.wallMs, POLL_MS_MAX), requests: limits.requests, isSpent: isReadingOver },
  );
  const app = createApp({
    platform,
    database,
    vault,
    adapters,
    adminToken,
    adminReadToken,
    nudge,
    tick: dispatcher.tick,
    isSpent: limits.isSpent,
    nudgeExchange: exchanges.nudge,
    failures,
    calltouchUrl,
    calltouchHookAddresses,
    erpUrls,
    publicUrl,
  });
  const { personalDataDays: days = PERSONAL_DATA_DAYS } = config;
  const retention = createRetention({ platform, database, vault, adapters, days });
  const jobRunner = createJobRunner({ platform, database, vault, calltouchUrl, adapters, nudge });
  const tick = async () => {
    const endsAt = platform.now() + limits.wallMs;
    await reviewHeldDeals({ platform, database, vault, adapters }, { endsAt, isSpent: limits.isSpent });
    await dispatcher.tick();
    await retention.expire();
  };
  const read = async () => {
    const endsAt = platform.now() + Math.min(limits.wallMs, POLL_MS_MAX);
    const requestsLeft = Math.ceil(limits.requests / 4);
    const reading = { platform, database, vault, calltouchUrl, adapters };
    const budget = { endsAt, requestsLeft, isSpent: isReadingOver };
    await attempt("attributions", () => refreshAttributions(reading, budget));
    await attempt("journals", async () => {
      if ((await readJournals(reading, budget)) > 0) exchanges.nudge();
    });
    await attempt("jobs", () => jobRunner.run({ ...budget, requestsLeft }));
  };
  /** What fails does not stop the rest. */
  const attempt = async (part: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      platform.log({
        level: "error",
        event: "poll-failed",
        part,
        error: error instanceof Error ? error.name : "unknown",
      });
    }
  };
  const poll = async () => {
    await Promise.all([read(), attempt("exchanges", exchanges.run)]);
  };
  return { fetch: (request) => app.fetch(request), tick, poll, nudge };
}
