/** Leave to send one request, taken before every request to Calltouch, reads included. */
import type { Account } from "../database/accounts.ts";
import type { Database } from "../database/database.ts";
import type { Platform } from "../platform.ts";
import { dayStart, hourStart } from "../zone.ts";
import type { Pause } from "./verdict.ts";

export type Leave =
  | { kind: "go"; refund: () => Promise<void> }
  /** Nothing can be sent now: the address is booked out. */
  | { kind: "busy" }
  | { kind: "paused"; pause: Pause }
  | { kind: "lease-lost" };

/** A start later than its slot stands too close to the next one, so it is given up for a new slot. */
const LATENESS_MS_MAX = 12;
const TRIES_MAX = 4;
const HOUR_MS = 3_600_000;
const RESUME_JITTER_MS = 10_000;

type Dependencies = { platform: Pick<Platform, "now" | "random" | "sleep">; database: Database };

/** What may be spent on all but the deliveries of what just arrived, which `livePercent` is kept for. */
export function sharedPoints({ hourlyPoints, dailyPoints, livePercent }: Account) {
  const share = 1 - livePercent / 100;
  return { hourlyPoints: Math.ceil(hourlyPoints * share), dailyPoints: Math.ceil(dailyPoints * share) };
}

/**
 * Waits until the slot's start, at most SLOT_WAIT_MS_MAX for each try. A read leaves a share of the points to deliveries.
 * Without a lease, for what is no turn of the account, none can be lost.
 */
export async function takeLeave(
  { platform, database }: Dependencies,
  account: Account,
  lease: string | null,
  isRead: boolean,
): Promise<Leave> {
  const { siteId, timeZone, requestPoints: cost } = account;
  const { hourlyPoints, dailyPoints } = isRead ? sharedPoints(account) : account;
  for (let tries = 1; ; tries += 1) {
    const now = platform.now();
    const hourAt = hourStart(now, timeZone);
    const dayAt = dayStart(now, timeZone);
    const request = { accountId: account.id, lease, siteId, now, hourAt, dayAt, cost, hourlyPoints, dailyPoints };
    const slot = await database.slots.take(request);
    switch (slot.kind) {
      case "busy":
      case "lease-lost":
        return slot;
      case "hour-used-up":
        return pausedUntil(hourAt + HOUR_MS);
      case "day-used-up":
        return pausedUntil(dayStart(dayAt + 36 * HOUR_MS, timeZone));
      case "taken": {
        const waitMs = slot.startAt - platform.now();
        if (waitMs > 0) await platform.sleep(waitMs);
        const refund = () => database.slots.refund(siteId, dayAt, hourAt, cost);
        const isLate = platform.now() - slot.startAt > LATENESS_MS_MAX && tries < TRIES_MAX;
        // Calltouch charges the hour in which the request arrives.
        const isThatHour = hourStart(platform.now(), timeZone) === hourAt;
        if (isThatHour && !isLate) return { kind: "go", refund };
        await refund();
        break;
      }
      default:
        slot satisfies never;
    }
  }

  function pausedUntil(resumeAt: number): Leave {
    const until = resumeAt + Math.round(platform.random() * RESUME_JITTER_MS);
    return { kind: "paused", pause: { kind: "points", until, failures: account.failures } };
  }
}
