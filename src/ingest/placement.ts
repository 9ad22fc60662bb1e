/** Where a freshly folded deal stands: due, delivered, held or dead. Pure. */
import type { Fold, Hold, Notice } from "../adapter.ts";
import type { DealRow, DealWrite } from "../database/documents.ts";
import { deliveredDeal, differenceOf, type WantedDeal } from "../difference.ts";
import { AUTO_OFF, BEFORE_START, DRY_RUN } from "./result.ts";

export type Placement = Pick<DealWrite, "status" | "reasonCode" | "reason" | "wanted"> & {
  /** What the ERP said is kept and will not be told to Calltouch as things stand. */
  untold?: Notice;
};

export interface PlacementContext {
  /** What the row wants, when it can be read. */
  known: WantedDeal | undefined;
  /** Sent by a person: nothing but a rule or a trial keeps it back. */
  isManual: boolean;
  /** A person wants a deleted deal made anew. */
  isReopened: boolean;
  /** Calltouch is to look for the deal's lead once more. */
  isRematched: boolean;
  /** No exchange rule fits, or one says that it is not sent. */
  routeHold: Notice | undefined;
  /** The account sends nothing by itself. */
  isAutoOff: boolean;
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

const DUE = { status: "due", reasonCode: null, reason: null } as const;

/** Calltouch has the deal, or may have it: the answer is open, or the request is under way. */
export function mayExist({ delivered, doubt, lease }: DealRow): boolean {
  return delivered !== null || doubt !== null || lease !== null;
}

/** Or will have it by the time this is written, for all that is known. */
function mayComeToExist(row: DealRow | undefined): row is DealRow {
  return row !== undefined && (mayExist(row) || row.status === "due");
}

/** Nobody is about to send it. */
function isAtRest({ status, lease, doubt }: DealRow): boolean {
  return status === "delivered" || (status === "held" && lease === null && doubt === null);
}

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
  if (row?.closed && !context.isReopened && mayExist(row)) return asItStands(row, CLOSED);
  switch (fold.kind) {
    case "deal": {
      if (wanted === null) throw new Error("a folded deal has nothing wanted");
      if (row?.closed && !context.isReopened) return withNotice("dead", CLOSED, JSON.stringify(wanted));
      if (fold.unborn && !mayComeToExist(row)) return withNotice("held", fold.unborn, null);
      const isHeldBack = fold.hold !== undefined && !context.isManual && row !== undefined && mayExist(row);
      const told = isHeldBack ? withoutHeldBack(fold.hold, wanted, context.known) : wanted;
      const json = JSON.stringify(told);
      const isUntold = isHeldBack && told === context.known;
      const untold = isUntold && fold.hold ? { untold: fold.hold.notice } : {};
      const isSettled =
        row !== undefined &&
        isAtRest(row) &&
        !row.rematch &&
        row.delivered !== null &&
        differenceOf(deliveredDeal.parse(JSON.parse(row.delivered)), told) === null;
      if (isSettled && !context.isRematched) {
        // As held it is folded again once the settings have changed.
        if (fold.waits) return withNotice("held", fold.waits, json);
        return { status: "delivered", reasonCode: null, reason: null, wanted: json, ...untold };
      }
      const hold = toHold(row, context);
      if (hold) return { ...withNotice("held", hold, json), ...untold };
      return { ...DUE, wanted: json, ...untold };
    }
    case "deletion": {
      if (row?.closed || !mayComeToExist(row)) return withNotice("delivered", NOTHING_TO_DELETE, null);
      if (context.isAutoOff) return withNotice("held", AUTO_OFF, null);
      if (context.isTrial) return withNotice("held", DRY_RUN, null);
      return { ...DUE, wanted: null };
    }
    case "skipped":
      // What Calltouch already has, or may have, is not taken back because nothing new can be said of it.
      if (row && (mayExist(row) || (row.closed && !context.isReopened))) {
        const isReleased = row.status === "held" && row.wanted !== null && toHold(row, context) === undefined;
        return isReleased ? { ...asItStands(row), ...DUE } : asItStands(row);
      }
      return withNotice("held", fold.reason, null);
    default:
      return fold satisfies never;
  }
}

/** The end of the trial, and an earlier first launch, send what nothing else holds: so they are named last. */
function toHold(row: DealRow | undefined, context: PlacementContext): Notice | undefined {
  if (context.routeHold) return context.routeHold;
  if (context.isAutoOff) return AUTO_OFF;
  if (context.isEarly && !row?.delivered) return BEFORE_START;
  return context.isTrial ? DRY_RUN : undefined;
}

/** As long as the status is the same: the deal as it was told, with its money as it is now if that may be told. */
function withoutHeldBack(hold: Hold | undefined, wanted: WantedDeal, known: WantedDeal | undefined): WantedDeal {
  if (!hold || !known || known.status !== wanted.status) return wanted;
  const { revenueKopecks = known.revenueKopecks, marginKopecks = known.marginKopecks, changedAt } = wanted;
  const isSameMoney = revenueKopecks === known.revenueKopecks && marginKopecks === known.marginKopecks;
  if (hold.except !== "money" || isSameMoney) return known;
  return {
    ...known,
    changedAt,
    ...(revenueKopecks === undefined ? {} : { revenueKopecks }),
    ...(marginKopecks === undefined ? {} : { marginKopecks }),
  };
}

function asItStands({ status, reasonCode, reason, wanted }: DealRow, untold?: Notice): Placement {
  return { status, reasonCode, reason, wanted, ...(untold ? { untold } : {}) };
}

function withNotice(status: Placement["status"], notice: Notice, wanted: string | null): Placement {
  return { status, reasonCode: notice.code, reason: notice.message, wanted };
}
