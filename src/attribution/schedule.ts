/** When a deal's attribution is asked for. Pure. */
import type { Attribution } from "./attribution.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Ask {
  /** After Calltouch has taken the deal. */
  afterMs: number;
  /** While no lead has been found, Calltouch is to look once more, and the next asking sees what came of it. */
  isRematching?: true;
}

/** Leads come soon or never, and what is late is rarely in a hurry: the older a deal, the rarer. */
const ASKS: readonly Ask[] = [
  { afterMs: 5 * MINUTE_MS },
  { afterMs: 15 * MINUTE_MS, isRematching: true },
  { afterMs: 20 * MINUTE_MS },
  { afterMs: 2 * HOUR_MS, isRematching: true },
  { afterMs: 2 * HOUR_MS + 5 * MINUTE_MS },
  { afterMs: 6 * HOUR_MS },
  { afterMs: 24 * HOUR_MS, isRematching: true },
  { afterMs: 24 * HOUR_MS + 5 * MINUTE_MS },
  { afterMs: 3 * DAY_MS },
  { afterMs: 7 * DAY_MS },
  { afterMs: 14 * DAY_MS },
  { afterMs: 30 * DAY_MS },
];
/** A deal whose source is known is asked about once more, because Calltouch goes on refining it for a day or so. */
export const CONFIRM_STEP = ASKS.length;
const CONFIRM_AFTER_MS = DAY_MS;
/** What is days away is asked about at these hours, so that the deals of many days share a reading. */
const TOGETHER_MS = 6 * HOUR_MS;
/** Until Calltouch has looked for a lead once more. */
const REMATCHED_AFTER_MS = 5 * MINUTE_MS;

export interface Asked {
  step: number;
  /** As it is now; null when Calltouch does not list the deal. */
  attribution: Attribution | null;
  hasContacts: boolean;
  /** A person has asked. */
  isByHand: boolean;
}

export interface Plan {
  step: number;
  /** Null: not any more. */
  askAt: number | null;
  isRematch: boolean;
}

/** What follows an asking at `now`. */
export function planNext({ step, attribution, hasContacts, isByHand }: Asked, now: number): Plan {
  if (isKnown(attribution)) {
    const isConfirmed = step >= CONFIRM_STEP;
    return { step: CONFIRM_STEP, askAt: isConfirmed ? null : inTime(now, CONFIRM_AFTER_MS), isRematch: false };
  }
  const canRematch = attribution?.matched === false && hasContacts;
  if (isByHand && canRematch) return { step, askAt: now + REMATCHED_AFTER_MS, isRematch: true };
  const ask = ASKS[step];
  if (!ask) return { step, askAt: null, isRematch: false };
  const isRematch = canRematch && ask.isRematching === true;
  // Without a search there is nothing to see at the asking that follows it.
  const next = ask.isRematching && !isRematch ? step + 2 : step + 1;
  const nextAsk = ASKS[next];
  return { step: next, askAt: nextAsk ? inTime(now, nextAsk.afterMs - ask.afterMs) : null, isRematch };
}

/** What follows when a deal has been come across in a listing read for another purpose: what is not known stays planned. */
export function planSeen(
  { step, attribution, askAt }: Pick<Asked, "step" | "attribution"> & Pick<Plan, "askAt">,
  now: number,
): Plan {
  if (!isKnown(attribution)) return { step, askAt, isRematch: false };
  return planNext({ step, attribution, hasContacts: false, isByHand: false }, now);
}

function inTime(now: number, afterMs: number): number {
  const at = now + afterMs;
  return afterMs < DAY_MS ? at : Math.ceil(at / TOGETHER_MS) * TOGETHER_MS;
}

function isKnown(attribution: Attribution | null): boolean {
  return attribution?.matched === true && attribution.source !== undefined;
}
