/** What a person may have done with deals by hand, and what each of them came to. */
import type { Adapter, Attribution } from "../adapter.ts";
import type { ActedDeal } from "../database/acted-deals.ts";
import type { Connection } from "../database/connections.ts";
import type { ReaderDependencies } from "../dispatcher/reader.ts";
import type { Outcome } from "../ingest/result.ts";

export const ACTIONS = ["check", "create", "update", "delete", "attribution"] as const;
export type Action = (typeof ACTIONS)[number];

export interface ActionOutcome {
  result:
    | "done"
    | "unchanged"
    | "skipped"
    /** It goes on by itself, or may be asked for again later. */
    | "pending"
    | "error"
    /** What a check has found. */
    | "exists"
    | "deleted"
    | "absent"
    | "unknown";
  code: string;
  message: string;
  retry?: true;
  dealId?: number;
  orderNumber?: string;
  /** The status and the money that Calltouch shows. */
  dealStatus?: string;
  revenueKopecks?: number;
  attribution?: Attribution;
}

export interface ActionDependencies extends ReaderDependencies {
  /** One run of the dispatcher, as long as this at most. */
  tick: (wallMs: number) => Promise<void>;
  /** The runtime's own limit is reached. */
  isSpent?: (() => boolean) | undefined;
}

/** Whose deals are meant, and until when they are waited for. */
export interface ActionContext extends ActionDependencies {
  adapter: Adapter;
  connection: Connection;
  /** The connection's own. */
  account: { id: string; siteId: string };
  endsAt: number;
  /** Aborts at `endsAt`. */
  signal: AbortSignal;
}

/** By the deal's id. */
export type ActionOutcomes = Map<number, ActionOutcome>;

export const NOT_FOUND: ActionOutcome = {
  result: "error",
  code: "NOT_FOUND",
  message: "Документ мосту не передавался. Отправьте документ",
};
export const NOT_CREATED: ActionOutcome = {
  result: "skipped",
  code: "NOT_CREATED",
  message: "Сделки ещё нет в Calltouch. Сначала создайте её",
};
export const CLOSED_DEAL: ActionOutcome = {
  result: "skipped",
  code: "CLOSED",
  message: "Сделка удалена в Calltouch. Чтобы передать её снова, создайте сделку",
};

/** The dispatcher has it, or is about to take it. */
export function isMoving({ status, isInFlight }: ActedDeal): boolean {
  return status === "due" || isInFlight;
}

/** Calltouch has it, or may have it. */
export function mayExist({ isDelivered, isInDoubt, isInFlight }: ActedDeal): boolean {
  return isDelivered || isInDoubt || isInFlight;
}

/** Why the deal stands where it stands, in its own words. */
export function asItStands(result: "skipped" | "error", { reasonCode, reason }: ActedDeal): ActionOutcome {
  return { result, code: reasonCode ?? "HELD", message: reason ?? "Ожидает решения" };
}

/** What the fold says against it; undefined when the deal goes on its way. */
export function objectionIn(outcome: Outcome | undefined): ActionOutcome | undefined {
  if (!outcome) return NOT_FOUND;
  const { result, code, message, retry } = outcome;
  if (result === "error") return { result, code, message, ...(retry ? { retry } : {}) };
  return result === "skipped" ? { result, code, message } : undefined;
}
