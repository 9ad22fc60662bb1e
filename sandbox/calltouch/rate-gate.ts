/** Five requests per second and address run, five more wait for the next second, the rest are refused (seed 003). */

const RUNS_PER_SECOND = 5;
const WAITING_MAX = 5;
const ADDRESSES_MAX = 10_000;

export type Slot = { run: true; waitMs: number } | { run: false };

export interface RateGate {
  take(address: string, now: number): Slot;
}

export function createRateGate(): RateGate {
  /** Per address: runs already given out in this second and the ones after it. */
  const runsByAddress = new Map<string, Map<number, number>>();

  return {
    take(address, now) {
      const second = Math.floor(now / 1_000);
      const runs = runsByAddress.get(address) ?? new Map<number, number>();
      if (runsByAddress.size >= ADDRESSES_MAX) runsByAddress.clear();
      runsByAddress.set(address, runs);
      for (const past of runs.keys()) if (past < second) runs.delete(past);

      let waiting = 0;
      for (const [ahead, count] of runs) if (ahead > second) waiting += count;
      const runsNow = runs.get(second) ?? 0;
      if (runsNow < RUNS_PER_SECOND) {
        runs.set(second, runsNow + 1);
        return { run: true, waitMs: 0 };
      }
      if (waiting >= WAITING_MAX) return { run: false };
      // Fewer than five wait in all, so the next second always has room.
      runs.set(second + 1, (runs.get(second + 1) ?? 0) + 1);
      return { run: true, waitMs: (second + 1) * 1_000 - now };
    },
  };
}
