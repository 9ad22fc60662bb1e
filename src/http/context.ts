import type { Adapter } from "../adapter.ts";
import type { Database } from "../database/database.ts";
import type { Platform } from "../platform.ts";
import type { Vault } from "../vault.ts";
import type { Failures } from "./failures.ts";

export interface HttpDependencies {
  platform: Platform;
  database: Database;
  vault: Vault;
  adapters: ReadonlyMap<string, Adapter>;
  adminToken: string;
  /** May look and not change; undefined: nobody has it. */
  adminReadToken?: string | undefined;
  /** Shared by what serves one caller after another; without it every app counts for itself. */
  failures?: Failures | undefined;
  /** Called after something may have become due. */
  nudge: () => void;
}

export interface HttpEnv {
  Variables: { requestId: string };
}
