import type { Database } from "../database/database.ts";
import { sharedPoints } from "../dispatcher/limits.ts";
import type { Platform } from "../platform.ts";
import { dayStart, hourStart } from "../zone.ts";

interface Dependencies {
  platform: Pick<Platform, "now">;
  database: Pick<Database, "accounts" | "slots">;
}

/** Whether so many sends leave the share of the account's points that is kept for what arrives meanwhile. */
export async function hasPoints(
  { platform, database }: Dependencies,
  accountId: string,
  sends: number,
): Promise<boolean> {
  const account = await database.accounts.get(accountId);
  // Without its account nothing of it is sent, and the deals say so.
  if (!account) return true;
  const { siteId, timeZone, requestPoints } = account;
  const now = platform.now();
  const used = await database.slots.used(siteId, dayStart(now, timeZone), hourStart(now, timeZone));
  const { hourlyPoints, dailyPoints } = sharedPoints(account);
  const cost = sends * requestPoints;
  return used.hour + cost <= hourlyPoints && used.day + cost <= dailyPoints;
}
