/** What a job does next. Pure. */
import type { PlannedGroup } from "../database/job-items.ts";

/** As many as Calltouch takes in one request. */
export const PORTION_DEALS_MAX = 100;
/** Released and not delivered yet: what is cancelled later has not all been released. */
export const WAITING_DEALS_MAX = 1_000;

export interface JobState {
  dryRun: boolean;
  /** Every window has been gone through. */
  isReadThrough: boolean;
  planned: readonly PlannedGroup[];
  /** Released and not delivered yet. */
  waiting: number;
}

export type JobStep =
  | { kind: "read" }
  | { kind: "release"; group: PlannedGroup }
  | { kind: "wait" }
  | { kind: "finish" };

/** Whole portions first, so that the windows together cost no more requests than one of them would. */
export function nextStep({ dryRun, isReadThrough, planned, waiting }: JobState): JobStep {
  if (dryRun) return isReadThrough ? { kind: "finish" } : { kind: "read" };
  if (waiting >= WAITING_DEALS_MAX) return { kind: "wait" };
  const whole = planned.find(({ count }) => count >= PORTION_DEALS_MAX);
  const group = whole ?? (isReadThrough ? planned[0] : undefined);
  if (group) return { kind: "release", group };
  if (!isReadThrough) return { kind: "read" };
  return { kind: waiting > 0 ? "wait" : "finish" };
}

/** Requests that sending all of this takes: one of an account and a kind for every hundred deals. */
export function countSends(planned: readonly PlannedGroup[]): { accountId: string; requests: number }[] {
  return planned.map(({ accountId, count }) => ({ accountId, requests: Math.ceil(count / PORTION_DEALS_MAX) }));
}
