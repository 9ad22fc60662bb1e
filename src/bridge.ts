/** The composition root: a runtime, a database, the configuration and the adapters become one bridge. */
import type { Client } from "@libsql/client";
import type { Adapter } from "./adapter.ts";
import type { Config } from "./config.ts";
import { createDatabase } from "./database/database.ts";
import { createDispatcher, type TickLimits } from "./dispatcher/dispatcher.ts";
import { createApp } from "./http/app.ts";
import type { Failures } from "./http/failures.ts";
import { openKeyring } from "./keyring.ts";
import type { Platform } from "./platform.ts";
import { createRetention, PERSONAL_DATA_DAYS } from "./retention.ts";

export interface BridgeOptions {
  platform: Platform;
  client: Client;
  config: Pick<Config, "adminToken" | "adminReadToken" | "encryptionKey" | "calltouchUrl"> &
    Partial<Pick<Config, "encryptionKeyPrevious" | "personalDataDays">>;
  adapters: readonly Adapter[];
  limits: TickLimits;
  /** For an entry that makes a bridge for every request. */
  failures?: Failures;
}

export interface Bridge {
  fetch(request: Request): Response | Promise<Response>;
  /** One bounded run of the dispatcher, for a timer or cron. */
  tick(): Promise<void>;
}

/** The schema must be up to date. @throws ConfigError when ENCRYPTION_KEY is not the one it was made with; Error when the database does not answer. */
export async function createBridge(options: BridgeOptions): Promise<Bridge> {
  const { platform, client, config, limits, failures } = options;
  const database = createDatabase(client);
  const adapters = new Map(options.adapters.map((adapter) => [adapter.id, adapter]));
  const vault = await openKeyring({ platform, database, config });
  const { calltouchUrl, adminToken, adminReadToken } = config;
  const crmOf = (adapter: string) => adapters.get(adapter)?.crm;
  const dispatcher = createDispatcher({ platform, database, vault, calltouchUrl, crmOf }, limits);
  const { nudge } = dispatcher;
  const app = createApp({ platform, database, vault, adapters, adminToken, adminReadToken, nudge, failures });
  const { personalDataDays: days = PERSONAL_DATA_DAYS } = config;
  const retention = createRetention({ platform, database, vault, adapters, days });
  const tick = async () => {
    await dispatcher.tick();
    await retention.expire();
  };
  return { fetch: (request) => app.fetch(request), tick };
}
