import type { Adapter } from "../adapter.ts";
import type { Database } from "../database/database.ts";
import type { Platform } from "../platform.ts";
import type { Vault } from "../vault.ts";

export interface HttpDependencies {
  platform: Platform;
  database: Database;
  vault: Vault;
  adapters: ReadonlyMap<string, Adapter>;
  adminToken: string;
  /** Called after something may have become due. */
  nudge: () => void;
}

export interface HttpEnv {
  Variables: { requestId: string };
}
