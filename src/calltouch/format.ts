/** How single values look on Calltouch's wire, both ways. Pure. */
import { fromWallClock, toWallClock } from "../zone.ts";

export interface WireContext {
  /** IANA name of the zone of the Calltouch site. */
  timeZone: string;
  /** Epoch milliseconds: no date sent lies after it. */
  now: number;
}

/** `DD-MM-YYYY HH:mm:ss` on the site's wall clock, never in the future. */
export function toDateTime(at: number, context: WireContext): string {
  const clock = toWallClock(Math.min(at, context.now), context.timeZone);
  const time = [clock.hour, clock.minute, clock.second].map((part) => pad(part, 2)).join(":");
  return `${pad(clock.day, 2)}-${pad(clock.month, 2)}-${pad(clock.year, 4)} ${time}`;
}

/** `dd/mm/yyyy` on the site's wall clock, `addedDays` calendar days later. */
export function toDay(at: number, timeZone: string, addedDays = 0): string {
  const { year, month, day } = toWallClock(at, timeZone);
  const date = new Date(Date.UTC(year, month - 1, day + addedDays));
  return `${pad(date.getUTCDate(), 2)}/${pad(date.getUTCMonth() + 1, 2)}/${pad(date.getUTCFullYear(), 4)}`;
}

const DAY_FIRST = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;

/** Reads `dd/mm/yyyy [H:mm:ss]` of the site's wall clock; recorded answers have hours of one digit and doubled spaces. */
export function parseDateTime(text: string, timeZone: string): number | undefined {
  const match = DAY_FIRST.exec(text.trim());
  if (!match) return undefined;
  const [day = 0, month = 0, year = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => (part === undefined ? 0 : Number(part)));
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isReal = date.getUTCDate() === day && date.getUTCMonth() === month - 1 && date.getUTCHours() === hour;
  if (!isReal || minute > 59 || second > 59) return undefined;
  return fromWallClock({ year, month, day, hour, minute, second }, timeZone);
}

/** Kopecks as a decimal with two digits and a dot: 100050 → `1000.50`. */
export function toMoney(kopecks: number): string {
  const digits = pad(Math.abs(kopecks), 3);
  return `${kopecks < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** As toMoney, but what is below zero becomes `0.00`: Calltouch is not known to take a negative revenue or price. */
export function toMoneyFromZero(kopecks: number): string {
  return toMoney(Math.max(0, kopecks));
}

/** Reads a number or a decimal text with a dot or a comma and any grouping by spaces. */
export function parseMoney(value: unknown): number | undefined {
  const text = typeof value === "number" ? String(value) : typeof value === "string" ? value : "";
  const plain = text.replace(/\s/g, "").replace(",", ".");
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(plain)) return undefined;
  const kopecks = Math.round(Number(plain) * 100);
  return Number.isSafeInteger(kopecks) ? kopecks + 0 : undefined;
}

/**
 * Cuts to at most `max` UTF-16 units without splitting a character in two, so the result fits whether Calltouch counts
 * units or code points. Broken halves already in the text are replaced: they are not valid UTF-8.
 */
export function cut(text: string, max: number): string {
  const whole = text.toWellFormed();
  if (whole.length <= max) return whole;
  const splits = (whole.codePointAt(max - 1) ?? 0) > 0xffff;
  return whole.slice(0, splits ? max - 1 : max);
}

/** As cut, for a text that may be missing or empty. */
export function cutOptional(text: string | undefined, max: number): string | undefined {
  return text ? cut(text, max) : undefined;
}

/** Each text cut, in order, without repeats and empty ones; undefined when none is left. */
export function cutDistinct(texts: readonly string[], max: number): string[] | undefined {
  return someOf([...new Set(texts.map((text) => cut(text, max)))].filter((text) => text !== ""));
}

/** A list with something in it, or nothing: Calltouch is believed to refuse empty arrays. */
export function someOf<T>(list: readonly T[]): T[] | undefined {
  return list.length > 0 ? [...list] : undefined;
}

/** T with its keys that may hold undefined turned into optional ones. */
type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out the keys whose value is undefined and keeps the order of the others, which is what the cast states. */
export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, "0");
}
