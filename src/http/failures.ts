/** Who keeps coming with a wrong key, token or webhook address. In memory and bounded: to forget too early only means to answer too early. */

const FAILURES_MAX = 10;
const WINDOW_MS = 60_000;
const ADDRESSES_MAX = 10_000;

export interface Failures {
  /**
   * Counts one failed try. How many seconds to wait when there have been ten within a minute, undefined otherwise; tries
   * made in spite of that do not make the wait longer.
   */
  count(address: string, now: number): number | undefined;
}

export function createFailures(addressesMax = ADDRESSES_MAX): Failures {
  /** The instants of the last failures, the address that failed last at the end. */
  const failures = new Map<string, readonly number[]>();
  return {
    count(address, now) {
      const recent = (failures.get(address) ?? []).filter((at) => at > now - WINDOW_MS);
      const [oldest = now] = recent;
      const isSlow = recent.length >= FAILURES_MAX;
      failures.delete(address);
      failures.set(address, isSlow ? recent : [...recent, now]);
      const [first] = failures.keys();
      if (failures.size > addressesMax && first !== undefined) failures.delete(first);
      return isSlow ? Math.ceil((oldest + WINDOW_MS - now) / 1_000) : undefined;
    },
  };
}
