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
  /** One count of failed keys, tokens and webhook addresses for all routes. */
  failures: Failures;
  /** Called after something may have become due. */
  nudge: () => void;
  /** One run of the dispatcher, as long as this at most. */
  tick: (wallMs: number) => Promise<void>;
  /** The runtime's own limit is reached: nothing more is started. */
  isSpent?: (() => boolean) | undefined;
  /** Called after a webhook: there is something to be read from an ERP, or placed into it. */
  nudgeExchange: () => void;
  calltouchUrl: string;
  calltouchHookAddresses?: readonly string[] | undefined;
  erpUrls: Readonly<Record<string, string>>;
  publicUrl?: string | undefined;
}

export interface HttpEnv {
  Variables: { requestId: string };
}
