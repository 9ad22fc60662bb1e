/** Wall-clock time of a place and back. Everything inside the bridge is epoch milliseconds; zones exist only at its borders. */

export interface WallClock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError when the zone is not a known IANA name. */
function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formatters.set(timeZone, formatter);
  }
  return formatter;
}

export function isTimeZone(name: string): boolean {
  try {
    formatterOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What the wall clock of a zone shows at an instant. */
export function toWallClock(at: number, timeZone: string): WallClock {
  const shown = new Date(at + offsetAt(at, timeZone));
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
    second: shown.getUTCSeconds(),
  };
}

/**
 * The instant at which the wall clock of a zone shows this time. A time skipped by a clock change is read as if the
 * clock had not been changed yet; of a time that occurs twice the earlier is taken.
 */
export function fromWallClock(clock: WallClock, timeZone: string): number {
  const asUtc = utcOf(clock);
  const earlier = asUtc - offsetAt(asUtc - 86_400_000, timeZone);
  if (asUtc - offsetAt(earlier, timeZone) === earlier) return earlier;
  const later = asUtc - offsetAt(asUtc + 86_400_000, timeZone);
  return asUtc - offsetAt(later, timeZone) === later ? later : earlier;
}

/** Start of the clock hour that contains the instant. Zones differ from UTC by parts of an hour too. */
export function hourStart(at: number, timeZone: string): number {
  const { minute, second } = toWallClock(at, timeZone);
  return Math.floor(at / 1_000) * 1_000 - (minute * 60 + second) * 1_000;
}

/** Start of the calendar day of the zone that contains the instant. */
export function dayStart(at: number, timeZone: string): number {
  return fromWallClock({ ...toWallClock(at, timeZone), hour: 0, minute: 0, second: 0 }, timeZone);
}

/** Zones change their clocks only at quarters of an hour, and asking Intl is slow. */
const QUARTER_MS = 900_000;
const OFFSETS_MAX = 10_000;
const offsets = new Map<string, number>();

function offsetAt(at: number, timeZone: string): number {
  const quarterAt = Math.floor(at / QUARTER_MS) * QUARTER_MS;
  const key = `${timeZone}:${quarterAt}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const offset = readOffset(quarterAt, timeZone);
  if (offsets.size >= OFFSETS_MAX) offsets.clear();
  offsets.set(key, offset);
  return offset;
}

function readOffset(at: number, timeZone: string): number {
  const parts: Record<string, number> = {};
  for (const part of formatterOf(timeZone).formatToParts(at)) parts[part.type] = Number(part.value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return utcOf({ year, month, day, hour, minute, second }) - at;
}

function utcOf(clock: WallClock): number {
  return Date.UTC(clock.year, clock.month - 1, clock.day, clock.hour, clock.minute, clock.second);
}

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(Z|[+-]\d{2}:\d{2})?$/;

/**
 * Reads `YYYY-MM-DDTHH:mm:ss` as the wall clock of the zone, or as given when it ends with `Z` or `+03:00`.
 * @throws RangeError when the text is anything else; who calls has validated it.
 */
export function localToInstant(local: string, timeZone: string): number {
  const match = LOCAL.exec(local);
  if (!match) throw new RangeError("not a local date and time");
  if (match[7]) return Date.parse(local);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  return fromWallClock({ year, month, day, hour, minute, second }, timeZone);
}
