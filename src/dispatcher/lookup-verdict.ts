/** What a finished lookup means for a deal in doubt. Pure. */
import type { ClaimedDeal, Settlement } from "../database/claims.ts";

export type Finding = { kind: "found"; calltouchId?: number } | { kind: "deleted" } | { kind: "absent" };

export const DELETED_BY_HAND = {
  reasonCode: "DELETED_IN_CALLTOUCH",
  reason: "Удалена в Calltouch и сама не создаётся заново",
};

/**
 * `doubt` says why we looked. A refusal speaks of the revision that was sent: a later one gets its own chance.
 */
export function toLookupSettlement(deal: ClaimedDeal, finding: Finding, now: number): Settlement {
  const { id, revision } = deal;
  const base = { id, revision, dueAt: now } as const;
  const isDeletion = deal.delivered !== null && deal.wanted === null;
  const isSameRevision = deal.doubtRevision === revision;
  const refused = {
    ...base,
    status: "dead",
    reasonCode: "CALLTOUCH_REFUSED",
    reason: `Calltouch отклонил сделку: ${deal.refusal ?? "причина не названа"}`,
  } as const;

  switch (finding.kind) {
    case "found": {
      const known = finding.calltouchId === undefined ? {} : { calltouchId: finding.calltouchId };
      // It exists, and that is all we know of it: everything that can be updated will be.
      if (deal.delivered === null) return { ...base, status: "due", delivered: {}, ...known };
      if (deal.doubt === "refused" && isSameRevision) return { ...refused, ...known };
      return { ...base, status: "due", ...known };
    }
    case "deleted":
    case "absent": {
      if (isDeletion || (finding.kind === "deleted" && deal.wanted === null)) {
        const done = { reasonCode: "DELETED", reason: "Удалена обменом" };
        return { ...base, status: "delivered", delivered: null, closed: true, ...done };
      }
      if (finding.kind === "deleted" || deal.delivered !== null) {
        return { ...base, status: "dead", delivered: null, closed: true, ...DELETED_BY_HAND };
      }
      if (deal.doubt === "refused" && isSameRevision) return refused;
      return { ...base, status: "due" };
    }
    default:
      return finding satisfies never;
  }
}
