/** Where a freshly folded deal stands: due, delivered, held or dead. Pure. */
import type { Fold, Notice } from "../adapter.ts";
import type { DealRow, DealWrite } from "../database/documents.ts";
import { deliveredDeal, differenceOf, type WantedDeal } from "../difference.ts";
import { BEFORE_START, DRY_RUN } from "./result.ts";

export type Placement = Pick<DealWrite, "status" | "reasonCode" | "reason" | "wanted">;

export interface PlacementContext {
  /** All of its documents were entered before the connection's first launch. */
  isEarly: boolean;
  /** The connection sends nothing yet. */
  isTrial: boolean;
}

export const CLOSED: Notice = {
  code: "CLOSED",
  message: "Сделка удалена в Calltouch и сама не создаётся заново",
};
const NOTHING_TO_DELETE: Notice = { code: "DELETED", message: "Документ удалён, в Calltouch его нет" };

/**
 * `wanted` is the open part of a folded deal, absent for other folds. A claim does not change the revision, so a deal
 * that was due when it was read may be on its way by now: it stays due, and the dispatcher sees that nothing is left to say.
 */
export function place(
  fold: Fold,
  wanted: WantedDeal | null,
  row: DealRow | undefined,
  context: PlacementContext,
): Placement {
  // Calltouch has it, or may have: the answer is open, or the request is under way.
  const mayExist = row !== undefined && (row.delivered !== null || row.doubt !== null || row.lease !== null);
  switch (fold.kind) {
    case "deal": {
      const json = JSON.stringify(wanted);
      if (row?.closed) return withNotice("dead", CLOSED, json);
      // The end of the trial sends what nothing else holds, so it is named last.
      const isEarly = context.isEarly && !row?.delivered;
      const hold = (isEarly ? BEFORE_START : fold.hold) ?? (context.isTrial ? DRY_RUN : undefined);
      if (hold) return withNotice("held", hold, json);
      const isSettled =
        row?.status === "delivered" &&
        row.delivered !== null &&
        wanted !== null &&
        differenceOf(deliveredDeal.parse(JSON.parse(row.delivered)), wanted) === null;
      return { status: isSettled ? "delivered" : "due", reasonCode: null, reason: null, wanted: json };
    }
    case "deletion":
      if (row?.closed || (!mayExist && row?.status !== "due")) return withNotice("delivered", NOTHING_TO_DELETE, null);
      if (context.isTrial) return withNotice("held", DRY_RUN, null);
      return { status: "due", reasonCode: null, reason: null, wanted: null };
    case "skipped":
      // What Calltouch already has, or may have, is not taken back because nothing new can be said of it.
      if (row && (mayExist || row.closed)) {
        return { status: row.status, reasonCode: row.reasonCode, reason: row.reason, wanted: row.wanted };
      }
      return withNotice("held", fold.reason, null);
    default:
      return fold satisfies never;
  }
}

function withNotice(status: Placement["status"], notice: Notice, wanted: string | null): Placement {
  return { status, reasonCode: notice.code, reason: notice.message, wanted };
}
