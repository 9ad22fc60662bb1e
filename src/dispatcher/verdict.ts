/** What Calltouch's reply to a send means for each deal in it and for the account. Pure. */
import type { OrderAnswer } from "../calltouch/answer.ts";
import type { Reply } from "../calltouch/reply.ts";
import type { PauseKind } from "../database/accounts.ts";
import type { Settlement } from "../database/claims.ts";
import type { DeliveredDeal } from "../difference.ts";

/** One deal as it was sent. */
export interface SentDeal {
  id: number;
  revision: number;
  step: "create" | "update" | "delete";
  /** What Calltouch has once it accepts; null after a deletion. */
  delivers: DeliveredDeal | null;
  /** An update's date, and what Calltouch still certainly has when the answer is lost: all that was not in the request. */
  updateAt?: number;
  unaffected?: DeliveredDeal;
  /** An update that asks Calltouch to look for the deal's lead once more. */
  isRematch?: true;
}

export interface Pause {
  kind: PauseKind;
  until: number;
  failures: number;
}

export interface SendContext {
  now: number;
  /** A number in [0, 1). */
  random: () => number;
  /** Transport failures of the account in a row before this send. */
  failures: number;
  listingLagMs: number;
}

export interface Verdict {
  settlements: Settlement[];
  /** Calltouch certainly did not execute the request, so its points come back. */
  isRefunded: boolean;
  /** The account must wait. */
  pause?: Pause;
  /** The whole request was refused for something in it: nothing is settled, it is sent again in halves. */
  isSplit: boolean;
}

export const UNAUTHORIZED_PROBE_MS = 300_000;
const BACKOFF_MS = 5_000;
const BACKOFF_MS_MAX = 300_000;
const RETRY_AFTER_MS_MIN = 1_000;
const RETRY_AFTER_MS_MAX = 3_600_000;
const BEHIND_MS = 1_000;
/** What Calltouch gave no clear answer to is not repeated at once. */
const REPEAT_MS_MIN = 5_000;

export function toVerdict(
  sent: readonly SentDeal[],
  reply: Reply<readonly OrderAnswer[]>,
  context: SendContext,
): Verdict {
  const { now } = context;
  const again = (dueAt: number) => sent.map(({ id, revision }): Settlement => ({ id, revision, status: "due", dueAt }));
  switch (reply.kind) {
    case "answered": {
      const settlements = sent.map((deal, index) => settleAnswer(deal, reply.value[index], context));
      return { settlements, isRefunded: false, isSplit: false };
    }
    case "not-sent":
      return { settlements: again(now), isRefunded: true, isSplit: false, pause: backoff("transport", context) };
    case "limited":
      return { settlements: again(now), isRefunded: true, isSplit: false, pause: limited(reply.retryAfterMs, context) };
    case "unauthorized": {
      const pause: Pause = { kind: "unauthorized", until: now + UNAUTHORIZED_PROBE_MS, failures: context.failures + 1 };
      return { settlements: again(now), isRefunded: true, isSplit: false, pause };
    }
    case "invalid":
      return {
        settlements: sent.length > 1 ? [] : sent.map((deal) => refuse(deal, reply.reason, now)),
        isRefunded: true,
        isSplit: sent.length > 1,
      };
    case "no-answer": {
      const pause = backoff("transport", context);
      return {
        settlements: sent.map((deal) => settleSilence(deal, pause, context)),
        isRefunded: false,
        isSplit: false,
        pause,
      };
    }
    default:
      return reply satisfies never;
  }
}

/** 5 s · 2ⁿ ± 20 %, at most 5 minutes. */
export function backoff(kind: PauseKind, { now, random, failures }: SendContext): Pause {
  const delayMs = Math.min(BACKOFF_MS * 2 ** Math.min(failures, 10), BACKOFF_MS_MAX);
  return { kind, until: now + Math.round(delayMs * (0.8 + 0.4 * random())), failures: failures + 1 };
}

function limited(retryAfterMs: number | undefined, context: SendContext): Pause {
  const pause = backoff("limited", context);
  if (retryAfterMs === undefined) return pause;
  return { ...pause, until: context.now + Math.min(Math.max(retryAfterMs, RETRY_AFTER_MS_MIN), RETRY_AFTER_MS_MAX) };
}

function refuse({ id, revision, isRematch }: SentDeal, reason: string, now: number): Settlement {
  // It may be the search for a lead alone that is refused: the rest of the update is tried without it.
  if (isRematch) return { id, revision, status: "due", dueAt: now, isRematched: true };
  const told = `Calltouch не принял сделку: ${reason}`;
  return { id, revision, status: "dead", dueAt: now, reasonCode: "CALLTOUCH_INVALID", reason: told };
}

/** A create may have been executed. It comes back behind the deals that fall due during the pause, so one that Calltouch chokes on does not stand before the others. */
function settleSilence(deal: SentDeal, pause: Pause, { now, listingLagMs }: SendContext): Settlement {
  return settleUnknown(deal, Math.max(pause.until, now + listingLagMs) + BEHIND_MS);
}

/** A create may not be repeated before it is looked up; an update may, and says again whatever may not have arrived. */
function settleUnknown({ id, revision, step, unaffected }: SentDeal, dueAt: number): Settlement {
  const base = { id, revision, status: "due", dueAt } as const;
  if (step === "create") return { ...base, doubt: { kind: "unknown", revision } };
  return unaffected === undefined ? base : { ...base, delivered: unaffected };
}

function settleAnswer(deal: SentDeal, answer: OrderAnswer | undefined, context: SendContext): Settlement {
  const { id, revision } = deal;
  const { now, listingLagMs } = context;
  const lookup = { id, revision, status: "due", dueAt: now + listingLagMs } as const;
  switch (answer?.kind) {
    case "accepted":
      return {
        id,
        revision,
        status: "delivered",
        dueAt: now,
        delivered: deal.delivers,
        ...(answer.calltouchId === undefined ? {} : { calltouchId: answer.calltouchId }),
        ...(deal.updateAt === undefined ? {} : { updatedInCalltouchAt: deal.updateAt }),
        ...(deal.isRematch ? { isRematched: true } : {}),
        ...(deal.delivers === null ? { closed: true, reasonCode: "DELETED", reason: "Удалена обменом" } : {}),
      };
    case "refused":
      if (deal.isRematch) return refuse(deal, answer.reason, now);
      return { ...lookup, doubt: { kind: "refused", revision, refusal: answer.reason } };
    case "unclear":
    case undefined:
      return settleUnknown(deal, now + Math.max(listingLagMs, REPEAT_MS_MIN));
    default:
      return answer satisfies never;
  }
}
