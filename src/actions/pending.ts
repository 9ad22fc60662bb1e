/** What is not finished yet, and when it is worth asking again. */
import type { PauseKind } from "../database/accounts.ts";
import type { ActedDeal } from "../database/acted-deals.ts";
import { isPassing, PAUSE_NOTICES, type ReadStop } from "../dispatcher/reader.ts";
import { toWallClock } from "../zone.ts";
import type { ActionContext, ActionOutcome, ActionOutcomes } from "./action.ts";

export const PENDING: ActionOutcome = {
  result: "pending",
  code: "PENDING",
  message: "Ещё передаётся, проверьте позже",
};
const NOT_IN_TIME: ActionOutcome = {
  result: "pending",
  code: "PENDING",
  message: "Не успели спросить Calltouch. Повторите для этого документа",
};
export const CHANGING: ActionOutcome = {
  result: "pending",
  code: "LISTING_CHANGED",
  message: "Список сделок Calltouch менялся во время чтения. Повторите",
};

/** For deals that the dispatcher has not finished. */
export async function toPending(context: ActionContext, deals: readonly ActedDeal[]): Promise<ActionOutcomes> {
  const { platform, database, connection } = context;
  const outcomes: ActionOutcomes = new Map();
  for (const accountId of new Set(deals.map((deal) => deal.accountId))) {
    const account = await database.accounts.get(accountId);
    const isPaused = account?.pause != null && account.pausedUntil > platform.now();
    const outcome = isPaused ? paused(account.pause ?? "transport", account.pausedUntil, connection.timeZone) : PENDING;
    for (const { id } of deals.filter((deal) => deal.accountId === accountId)) outcomes.set(id, outcome);
  }
  return outcomes;
}

function paused(kind: PauseKind, until: number, timeZone: string): ActionOutcome {
  const { code, message } = PAUSE_NOTICES[kind];
  const resumes = isPassing(kind) ? `. Передача возобновится сама в ${toClock(until, timeZone)}` : "";
  return { result: "pending", code, message: message + resumes };
}

/** For what has not been read. */
export function toUnread(stop: ReadStop, timeZone: string): ActionOutcome {
  if (stop.kind === "limit") return NOT_IN_TIME;
  const { code, message } = stop.reason;
  const notBefore = isPassing(stop.pause) ? `, не раньше ${toClock(stop.until, timeZone)}` : "";
  return { result: "pending", code, message: message + notBefore };
}

/** The next whole minute. */
function toClock(at: number, timeZone: string): string {
  const { hour, minute } = toWallClock(at + 59_999, timeZone);
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}
