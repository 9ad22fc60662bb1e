/** A Calltouch cabinet: who may call, and its two budgets of points. */
import * as z from "zod";
import { dayStart, hourStart, isTimeZone } from "../../src/zone.ts";

/** The values on the screenshot of seed 000; the hour is a 24th of the day. */
const DAILY_POINTS = 216_000;

const points = z.int().min(0);
export const siteInput = z.strictObject({
  siteId: z.string().min(1),
  token: z.string().min(1),
  timeZone: z.string().refine(isTimeZone).optional(),
  hourlyPoints: points.optional(),
  dailyPoints: points.optional(),
  apiEnabled: z.boolean().optional(),
});
export type SiteInput = z.input<typeof siteInput>;

export const sitePatch = z.strictObject({
  token: z.string().min(1).optional(),
  tokenRevoked: z.boolean().optional(),
  timeZone: z.string().refine(isTimeZone).optional(),
  hourlyPoints: points.optional(),
  dailyPoints: points.optional(),
  apiEnabled: z.boolean().optional(),
});
export type SitePatch = z.input<typeof sitePatch>;

export interface Site {
  siteId: string;
  token: string;
  tokenRevoked: boolean;
  timeZone: string;
  hourlyPoints: number;
  dailyPoints: number;
  apiEnabled: boolean;
}

/** One budget given alone fixes the other at its 24th or its 24-fold. */
export function toSite(input: SiteInput): Site {
  const dailyPoints = input.dailyPoints ?? (input.hourlyPoints === undefined ? DAILY_POINTS : input.hourlyPoints * 24);
  return {
    siteId: input.siteId,
    token: input.token,
    tokenRevoked: false,
    timeZone: input.timeZone ?? "Europe/Moscow",
    hourlyPoints: input.hourlyPoints ?? Math.max(1, Math.floor(dailyPoints / 24)),
    dailyPoints,
    apiEnabled: input.apiEnabled ?? true,
  };
}

export interface PointsLeft {
  hourLeft: number;
  dayLeft: number;
}

export interface PointsLedger {
  left(site: Site, now: number): PointsLeft;
  charge(site: Site, cost: number, now: number): void;
}

/** Spent points, forgotten at each clock hour and each midnight of the site's zone. */
export function createPointsLedger(): PointsLedger {
  let hour = { start: 0, spent: 0 };
  let day = { start: 0, spent: 0 };
  const turn = (site: Site, now: number) => {
    const hourNow = hourStart(now, site.timeZone);
    const dayNow = dayStart(now, site.timeZone);
    if (hour.start !== hourNow) hour = { start: hourNow, spent: 0 };
    if (day.start !== dayNow) day = { start: dayNow, spent: 0 };
  };
  return {
    left(site, now) {
      turn(site, now);
      return {
        hourLeft: Math.max(0, site.hourlyPoints - hour.spent),
        dayLeft: Math.max(0, site.dailyPoints - day.spent),
      };
    },
    charge(site, cost, now) {
      turn(site, now);
      hour.spent += cost;
      day.spent += cost;
    },
  };
}
