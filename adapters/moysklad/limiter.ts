/**
 * When the next request may go out. MoySklad gives 45 units per 3 s and takes one to four of them per request, by the kind
 * of token and by the date; so nothing is counted here, only read: what is left, and what one request was seen to cost.
 */
import type { Pace } from "./memory.ts";

const INTERVAL_MS = 3_000;
/** Of a request nobody has seen the cost of: the most that MoySklad has announced. */
const COST_ASSUMED = 4;

export interface Limiter {
  waitMs(now: number): number;
  observe(headers: Headers, now: number): void;
  /** For a run that follows at once; null when it needs not wait. */
  pace(now: number): Pace | null;
}

export function createLimiter(known: Pace | null): Limiter {
  let freeAt = known?.freeAt ?? 0;
  let cost = known?.cost;
  let left: number | undefined;

  return {
    // A clock that was set back must not stop the exchange.
    waitMs: (now) => (freeAt - now > INTERVAL_MS ? INTERVAL_MS : Math.max(0, freeAt - now)),
    observe(headers, now) {
      const remaining = readNumber(headers, "X-RateLimit-Remaining");
      if (remaining === undefined) return;
      const taken = left === undefined ? 0 : left - remaining;
      // Others may use the same token: the smallest step down is the nearest to what one request costs.
      if (taken > 0) cost = Math.min(cost ?? taken, taken);
      left = remaining;
      const enough = (cost ?? COST_ASSUMED) * 2;
      if (remaining < enough) {
        freeAt = now + refillMs(headers);
        left = undefined;
      }
    },
    pace: (now) => (freeAt > now ? { freeAt, cost: cost ?? COST_ASSUMED } : null),
  };
}

/** How long MoySklad wants no request after a 429. Its headers are in milliseconds, unlike the standard Retry-After. */
export function retryAfterMs(headers: Headers): number {
  return (
    readPositive(headers, "X-Lognex-Retry-After") ?? readPositive(headers, "X-Lognex-Retry-TimeInterval") ?? INTERVAL_MS
  );
}

function refillMs(headers: Headers): number {
  return readPositive(headers, "X-Lognex-Reset") ?? readPositive(headers, "X-Lognex-Retry-TimeInterval") ?? INTERVAL_MS;
}

function readPositive(headers: Headers, name: string): number | undefined {
  const value = readNumber(headers, name);
  return value !== undefined && value > 0 ? value : undefined;
}

function readNumber(headers: Headers, name: string): number | undefined {
  const text = headers.get(name)?.trim() ?? "";
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
