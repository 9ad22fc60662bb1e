/**
 * What one invocation of a free Worker may ask of others: fifty subrequests, those to its database included. What has
 * begun must still be written down, so nothing is started long before that.
 */
export const SUBREQUESTS_MAX = 50;
/** Of an invocation that answers a caller, and of what it does afterwards. */
export const NUDGED_MAX = 34;
/** Of a scheduled run deliveries leave the rest to what is read. */
export const DELIVERIES_MAX = 20;
export const SCHEDULED_MAX = 34;

export interface Subrequests {
  used: number;
  max: number;
}

export function isSpent({ used, max }: Subrequests): boolean {
  return used >= max;
}

/** Deliveries first, then whatever is to be read; both know what is left. */
export async function runScheduled(
  bridge: { tick(): Promise<void>; poll(): Promise<void> },
  subrequests: Subrequests,
): Promise<void> {
  subrequests.max = DELIVERIES_MAX;
  await bridge.tick();
  subrequests.max = SCHEDULED_MAX;
  await bridge.poll();
}
