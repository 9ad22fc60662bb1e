/** The dispatcher: one bounded run over all accounts with something due, and the nudge that starts one after an ingest. */
import { dispatchAccount } from "./dispatch.ts";
import type { DispatchDependencies } from "./turn.ts";

/** What arrives together travels together. */
export const LINGER_MS = 200;
const ACCOUNTS_AT_ONCE = 8;
const CLEAN_EVERY_MS = 3_600_000;
/** Counters of points, long after the longest day of any zone is over. */
const POINTS_KEPT_MS = 7 * 86_400_000;

export interface TickLimits {
  wallMs: number;
  requests: number;
  /** The runtime's own limit is reached: nothing more is started. */
  isSpent?: () => boolean;
}

export function createDispatcher(dependencies: DispatchDependencies, limits: TickLimits) {
  const { platform, database } = dependencies;
  let isNudged = false;
  let cleanedAt = 0;

  /** A failed account does not stop the others, and a failed tick does not stop the next: leases run out by themselves. */
  async function tick(wallMs = limits.wallMs): Promise<void> {
    const endsAt = platform.now() + Math.min(wallMs, limits.wallMs);
    const budget = { endsAt, requestsLeft: limits.requests, isSpent: limits.isSpent };
    if (platform.now() - cleanedAt > CLEAN_EVERY_MS) {
      cleanedAt = platform.now();
      await database.slots.forgetBefore(cleanedAt - POINTS_KEPT_MS);
    }
    const queue = await database.accounts.due(platform.now());
    const workers = queue.slice(0, ACCOUNTS_AT_ONCE).map(async () => {
      for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
        try {
          await dispatchAccount(dependencies, id, budget);
        } catch (error) {
          platform.log({ level: "error", event: "turn-failed", account: id, error: nameOf(error) });
        }
      }
    });
    await Promise.all(workers);
  }

  /** Starts a tick soon, once however often it is called before that. */
  function nudge(): void {
    if (isNudged) return;
    isNudged = true;
    const work = async () => {
      try {
        await platform.sleep(LINGER_MS);
      } finally {
        isNudged = false;
      }
      await tick();
    };
    platform.background(
      work().catch((error) => platform.log({ level: "error", event: "tick-failed", error: nameOf(error) })),
    );
  }

  return { tick, nudge };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
