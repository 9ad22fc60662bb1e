/** The composition root: a runtime, a database, the configuration and the adapters become one bridge. */
import type { Client } from "@libsql/client";
import type { Adapter } from "./adapter.ts";
import { type Config, ConfigError } from "./config.ts";
import { createDatabase } from "./database/database.ts";
import { createDispatcher, type TickLimits } from "./dispatcher/dispatcher.ts";
import { createApp } from "./http/app.ts";
import type { Platform } from "./platform.ts";
import { createWrappedKeys, openVault } from "./vault.ts";

export interface BridgeOptions {
  platform: Platform;
  client: Client;
  config: Pick<Config, "adminToken" | "encryptionKey" | "calltouchUrl">;
  adapters: readonly Adapter[];
  limits: TickLimits;
}

export interface Bridge {
  fetch(request: Request): Response | Promise<Response>;
  /** One bounded run of the dispatcher, for a timer or cron. */
  tick(): Promise<void>;
}

/** The schema must be up to date. @throws ConfigError when ENCRYPTION_KEY is not the one it was made with; Error when the database does not answer. */
export async function createBridge(options: BridgeOptions): Promise<Bridge> {
  const { platform, client, config, limits } = options;
  const database = createDatabase(client);
  const adapters = new Map(options.adapters.map((adapter) => [adapter.id, adapter]));
  const { randomBytes } = platform;
  const create = () => createWrappedKeys(config.encryptionKey, randomBytes);
  const keys = await database.keyring.readOrCreate(create, platform.now());
  const vault = await openVault(config.encryptionKey, keys, randomBytes).catch((cause) => {
    throw new ConfigError(["ENCRYPTION_KEY is not the key this database was made with"], { cause });
  });
  const { calltouchUrl, adminToken } = config;
  const crmOf = (adapter: string) => adapters.get(adapter)?.crm;
  const dispatcher = createDispatcher({ platform, database, vault, calltouchUrl, crmOf }, limits);
  const app = createApp({ platform, database, vault, adapters, adminToken, nudge: dispatcher.nudge });
  return { fetch: (request) => app.fetch(request), tick: dispatcher.tick };
}
