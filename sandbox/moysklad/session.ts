/** Who changes something, and what one request or one person has changed so far. */
import type { AuditRecord } from "./audit.ts";
import type { Entity } from "./entity.ts";
import type { Ids } from "./ids.ts";
import type { Knobs } from "./knobs.ts";
import type { AuthKind, Merchant } from "./merchant.ts";

/** Who changes something, and how it reached the account. */
export interface Actor {
  uid: string;
  source: "app" | "remap-1.2";
  employeeId: string | null;
  isAdmin: boolean;
  authKind: AuthKind;
  /** `X-Lognex-WebHook-DisableByPrefix` of the request. */
  disabledPrefix: string | null;
}

export type Action = "CREATE" | "UPDATE" | "DELETE";

export interface Change {
  /** Null when no webhook tells of it. */
  action: Action | null;
  eventType: AuditRecord["eventType"];
  entity: Entity;
  before: Entity | null;
  /** Fields somebody changed; sums that merely follow are not among them. */
  fields: string[];
}

/** One request's or one person's changes, told of together when it is over. */
export interface Session {
  merchant: Merchant;
  actor: Actor;
  now: number;
  knobs: Knobs;
  ids: Ids;
  changes: Change[];
}
