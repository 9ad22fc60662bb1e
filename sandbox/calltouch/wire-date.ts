/**
 * Dates as Calltouch writes them: `DD-MM-YYYY HH:mm:ss` in bodies, `dd/mm/yyyy[ HH:mm:ss]` in listings and journals,
 * `mm/dd/yyyy` in the query of requests, `YYYY-MM-DD HH:mm:ss` in webhooks; no zone in any.
 */
import { fromWallClock, toWallClock, type WallClock } from "../../src/zone.ts";

const BODY_DATE = /^(\d{2})-(\d{2})-(\d{4}) (\d{2}):(\d{2}):(\d{2})$/;
const LISTING_DATE = /^(\d{2})\/(\d{2})\/(\d{4})$/;
const LISTING_TIME = /^(\d{2}):(\d{2}):(\d{2})$/;

/** `DD-MM-YYYY HH:mm:ss`, or null when it is written otherwise or names no real moment. */
export function parseBodyDate(text: string): WallClock | null {
  const match = BODY_DATE.exec(text);
  if (!match) return null;
  const [day = 0, month = 0, year = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return realOrNull({ year, month, day, hour, minute, second });
}

/** @throws RangeError when the text is not a body date; who calls has validated it. */
export function bodyDateToInstant(text: string, timeZone: string): number {
  const clock = parseBodyDate(text);
  if (!clock) throw new RangeError("not a date of a request body");
  return fromWallClock(clock, timeZone);
}

export function toBodyDate(at: number, timeZone: string): string {
  const { year, month, day, hour, minute, second } = toWallClock(at, timeZone);
  return `${two(day)}-${two(month)}-${year} ${two(hour)}:${two(minute)}:${two(second)}`;
}

/** `dd/mm/yyyy` at midnight, or null. */
export function parseListingDate(text: string): WallClock | null {
  const match = LISTING_DATE.exec(text);
  if (!match) return null;
  const [day = 0, month = 0, year = 0] = match.slice(1).map(Number);
  return realOrNull({ year, month, day, hour: 0, minute: 0, second: 0 });
}

/** `mm/dd/yyyy` at midnight, or null. */
export function parseAmericanDate(text: string): WallClock | null {
  return parseListingDate(text.replace(/^(\d{2})\/(\d{2})\//, "$2/$1/"));
}

export function parseListingTime(text: string): Pick<WallClock, "hour" | "minute" | "second"> | null {
  const match = LISTING_TIME.exec(text);
  if (!match) return null;
  const [hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return hour < 24 && minute < 60 && second < 60 ? { hour, minute, second } : null;
}

export function toListingDate(at: number, timeZone: string): string {
  const { year, month, day } = toWallClock(at, timeZone);
  return `${two(day)}/${two(month)}/${year}`;
}

export function toListingDateTime(at: number, timeZone: string): string {
  const { hour, minute, second } = toWallClock(at, timeZone);
  return `${toListingDate(at, timeZone)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

/** As in some recorded journals, where hours below ten have one digit. */
export function toPlainHourDateTime(at: number, timeZone: string): string {
  return toListingDateTime(at, timeZone).replace(" 0", " ");
}

export function toHookDateTime(at: number, timeZone: string): string {
  const { year, month, day, hour, minute, second } = toWallClock(at, timeZone);
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

function realOrNull(clock: WallClock): WallClock | null {
  const { year, month, day, hour, minute, second } = clock;
  const isReal =
    year >= 1970 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= new Date(Date.UTC(year, month, 0)).getUTCDate() &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  return isReal ? clock : null;
}

const two = (value: number) => String(value).padStart(2, "0");
