/** What a job has to do with one deal, by what Calltouch's listing shows of it. Pure. */
import type { ListedDeal } from "../calltouch/listed-deal.ts";
import type { DOUBTED } from "../database/job-window.ts";
import type { PeriodDeal } from "../database/periods.ts";
import { DELETED_BY_HAND } from "../dispatcher/lookup-verdict.ts";
import { NO_RULE, RULE_SKIP } from "../ingest/result.ts";
import { differencesOf } from "../reconciliation/compare.ts";
import type { JobAction } from "./action.ts";

export type Task =
  | { kind: "nothing" }
  | { kind: "create" }
  /** Calltouch has it, and nothing is to be said of it. */
  | { kind: "there"; calltouchId: number | null }
  /** `isAdopted`: the bridge did not know that Calltouch has it. */
  | { kind: "update"; calltouchId: number | null; isAdopted: boolean; fields: readonly (typeof DOUBTED)[number][] }
  | { kind: "failed"; code: string };

export const NOT_IN_CALLTOUCH = "NOT_IN_CALLTOUCH";
const NOTHING: Task = { kind: "nothing" };
/** What was written this recently may not be listed yet. */
const FRESH_MS = 600_000;

/** Not in Calltouch as far as the bridge knows, and kept back by nothing but the connection, the account or a failure. */
function isCreatable(deal: PeriodDeal): boolean {
  return isAtRest(deal) && !deal.isDelivered && deal.reasonCode !== NO_RULE.code && deal.reasonCode !== RULE_SKIP.code;
}

function isUpdatable(deal: PeriodDeal): boolean {
  return isAtRest(deal) && deal.isDelivered;
}

function isAtRest({ wanted, closed, isInFlight, status, orderNumber }: PeriodDeal): boolean {
  return wanted !== null && orderNumber !== null && !closed && !isInFlight && status !== "due";
}

/** Whether the listing has to be read for it at all. */
export function isConcerned(deal: PeriodDeal, actions: readonly JobAction[]): boolean {
  if (isCreatable(deal)) return actions.includes("create") || actions.includes("update");
  if (deal.isDelivered && actions.includes("attribution")) return deal.orderNumber !== null && !deal.closed;
  return isUpdatable(deal) && actions.includes("update");
}

/** `record` is the deal in the listing of its site, undefined when it is not there. */
export function classify(
  deal: PeriodDeal,
  record: ListedDeal | undefined,
  actions: readonly JobAction[],
  now: number,
): Task {
  const [creates, updates] = [actions.includes("create"), actions.includes("update")];
  if (isCreatable(deal)) {
    if (!record) return creates ? { kind: "create" } : NOTHING;
    if (record.isDeleted) return creates ? { kind: "failed", code: DELETED_BY_HAND.reasonCode } : NOTHING;
    const fields = doubtedFields(deal, record);
    if (updates && fields.length > 0) return { kind: "update", isAdopted: true, fields, ...idOf(record) };
    return creates ? { kind: "there", ...idOf(record) } : NOTHING;
  }
  if (!updates || !isUpdatable(deal)) return NOTHING;
  if (!record) return now - deal.touchedAt < FRESH_MS ? NOTHING : { kind: "failed", code: NOT_IN_CALLTOUCH };
  if (record.isDeleted) return { kind: "failed", code: DELETED_BY_HAND.reasonCode };
  const fields = doubtedFields(deal, record);
  return fields.length === 0 ? NOTHING : { kind: "update", isAdopted: false, fields, ...idOf(record) };
}

const idOf = ({ calltouchId = null }: { calltouchId?: number | null }) => ({ calltouchId });

/** Only status and money are worth a request: a manager or a funnel may have been changed in Calltouch on purpose. */
function doubtedFields({ wanted }: PeriodDeal, record: ListedDeal): (typeof DOUBTED)[number][] {
  if (wanted === null) return [];
  return differencesOf(wanted, record).flatMap(({ field }): (typeof DOUBTED)[number][] => {
    if (field === "status") return ["status", "statusAt"];
    return field === "revenue" ? ["revenueKopecks"] : [];
  });
}
