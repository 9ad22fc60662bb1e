/** 45 units in any three seconds per user or solution, five requests of it at a time, twenty of the account (reference §1.5). */
import type { AuthKind, Principal } from "./merchant.ts";

export const WINDOW_MS = 3_000;
const PARALLEL_PRINCIPAL_MAX = 5;
const PARALLEL_ACCOUNT_MAX = 20;
const STOCK_REPORT_UNITS = 5;

/** Moscow midnights from which a request of a user costs so much. */
const USER_WEIGHTS = [
  { from: Date.UTC(2026, 10, 30, 21), units: 4 },
  { from: Date.UTC(2026, 7, 31, 21), units: 3 },
  { from: Date.UTC(2026, 4, 11, 21), units: 2 },
];

export type Slot =
  | { run: true; remainingUnits: number; leave(): void }
  | { run: false; limit: "parallel"; remainingUnits: number }
  | { run: false; limit: "units"; remainingUnits: number; retryAfterMs: number };

export interface RateGate {
  enter(principal: Principal, units: number, bucketUnits: number, now: number): Slot;
}

export function unitsOf(authKind: AuthKind, path: string, now: number, userWeight: number | null): number {
  if (/^\/report\/stock\/(all|bystore)$/.test(path)) return STOCK_REPORT_UNITS;
  return weightOf(authKind, now, userWeight);
}

export function weightOf(authKind: AuthKind, now: number, userWeight: number | null): number {
  if (authKind === "solution") return 1;
  return userWeight ?? USER_WEIGHTS.find(({ from }) => now >= from)?.units ?? 1;
}

export function createRateGate(): RateGate {
  const spent = new Map<Principal, { at: number; units: number }[]>();
  const underWay = new Map<object, number>();
  const move = (key: object, by: number) => underWay.set(key, (underWay.get(key) ?? 0) + by);

  return {
    enter(principal, units, bucketUnits, now) {
      const { merchant } = principal;
      const recent = (spent.get(principal) ?? []).filter(({ at }) => at > now - WINDOW_MS);
      spent.set(principal, recent);
      const used = recent.reduce((sum, entry) => sum + entry.units, 0);
      const remainingUnits = Math.max(0, bucketUnits - used);
      const isCrowded =
        (underWay.get(principal) ?? 0) >= PARALLEL_PRINCIPAL_MAX ||
        (underWay.get(merchant) ?? 0) >= PARALLEL_ACCOUNT_MAX;
      if (isCrowded) return { run: false, limit: "parallel", remainingUnits };
      if (used + units > bucketUnits) {
        return {
          run: false,
          limit: "units",
          remainingUnits,
          retryAfterMs: waitFor(recent, used + units - bucketUnits, now),
        };
      }
      recent.push({ at: now, units });
      move(principal, 1);
      move(merchant, 1);
      return {
        run: true,
        remainingUnits: remainingUnits - units,
        leave() {
          move(principal, -1);
          move(merchant, -1);
        },
      };
    },
  };
}

/** Until so many units of the window have grown old. */
function waitFor(recent: { at: number; units: number }[], missing: number, now: number): number {
  let freed = 0;
  for (const { at, units } of recent) {
    freed += units;
    if (freed >= missing) return at + WINDOW_MS - now;
  }
  return WINDOW_MS;
}
