/** Dates as 1C writes them, into `YYYY-MM-DDTHH:mm:ss` with an optional `Z` or `+03:00`: what the contract's ToInstant reads. */
import type { ToInstant } from "../../src/adapter.ts";
import { isAbsent, quote, type Reading } from "./field.ts";

const YEAR_MIN = 1980;
const YEAR_MAX = 2099;

/** Year, month, day, hour, minute, second, zone. 1C prints an hour without its leading zero. */
const SHAPES = [
  /^(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)(?:[T ](?<h>\d\d):(?<min>\d\d)(?::(?<s>\d\d)(?:[.,]\d+)?)?(?<zone>Z|[+-]\d\d:?\d\d)?)?$/i,
  /^(?<d>\d\d)\.(?<m>\d\d)\.(?<y>\d{4})(?:,? +(?<h>\d\d?):(?<min>\d\d)(?::(?<s>\d\d))?)?$/,
  /^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)(?:(?<h>\d\d)(?<min>\d\d)(?<s>\d\d))?$/,
];
const MILLISECONDS = /^(?:\/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\/|new Date\((-?\d{1,15})\))$/;

interface Parts {
  year: number;
  local: string;
}

/** Reads a date; 1C's empty ones are null, a day that does not exist is a problem. */
export function readDate(raw: unknown): Reading<string | null> {
  if (isAbsent(raw)) return { value: null };
  const parts = typeof raw === "string" ? toParts(raw.trim()) : null;
  if (parts === null) {
    return { problem: `дата ${quote(raw)} не читается. Передайте дату в виде 2026-09-12T18:38:09` };
  }
  // 1C's empty date, and the day it counts bare times from.
  if (parts.year === 1 || parts.local.startsWith("1899-12-30")) return { value: null };
  if (parts.year < YEAR_MIN || parts.year > YEAR_MAX) {
    return { problem: `дата ${quote(raw)} вне допустимых лет. Проверьте год` };
  }
  return { value: parts.local };
}

/** Reads a year given as a number, a text or a date. It only serves as a label, so what is unreadable is null, not a problem. */
export function readYear(raw: unknown): Reading<number | null> {
  if (typeof raw !== "string" && typeof raw !== "number") return { value: null };
  const text = String(raw).trim();
  // A number printed by 1C has its thousands apart: «2 015».
  const bare = /^(\d{4})(?:г\.?|год)?$/i.exec(text.replace(/\s/g, ""));
  const year = bare ? Number(bare[1]) : toParts(text)?.year;
  return { value: year !== undefined && year >= 1900 && year <= 2100 ? year : null };
}

/**
 * The instant up to which the lead of a document of this date may have come: the date itself, or the end of its day when
 * the time is midnight, as then it was typed by hand.
 * @param local what `readDate` returned
 */
export function toMatchingInstant(local: string, toInstant: ToInstant): number {
  const at = toInstant(local);
  const day = local.slice(0, 10);
  if (!local.endsWith("Z")) {
    return local.startsWith(`${day}T00:00:00`) ? toInstant(local.replace("T00:00:00", "T23:59:59")) : at;
  }
  // Written in UTC, midnight of the ERP's own zone shows as another hour, maybe of the day before.
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const days = [-1, 0, 1].map((shift) => new Date(midnight + shift * 86_400_000).toISOString().slice(0, 10));
  const typed = days.find((each) => toInstant(`${each}T00:00:00`) === at);
  return typed === undefined ? at : toInstant(`${typed}T23:59:59`);
}

function toParts(text: string): Parts | null {
  const counted = MILLISECONDS.exec(text);
  if (counted) return fromMilliseconds(Number(counted[1] ?? counted[2]));
  for (const shape of SHAPES) {
    const groups = shape.exec(text)?.groups;
    if (groups) return fromGroups(groups);
  }
  return null;
}

function fromMilliseconds(at: number): Parts | null {
  if (Math.abs(at) > 8.64e15) return null;
  const date = new Date(at);
  return { year: date.getUTCFullYear(), local: `${date.toISOString().slice(0, -5)}Z` };
}

function fromGroups(groups: Record<string, string | undefined>): Parts | null {
  const { y = "", m = "", d = "", h = "0", min = "00", s = "00", zone = "" } = groups;
  const local = `${y}-${m}-${d}T${h.padStart(2, "0")}:${min}:${s}`;
  // A day past the month's end or an hour past 23 rolls over, and no longer reads the same.
  const asUtc = new Date(`${local}Z`);
  if (Number.isNaN(asUtc.getTime()) || !asUtc.toISOString().startsWith(local)) return null;
  const offset = /^([+-]\d\d):?(\d\d)$/.exec(zone);
  if (offset && (Math.abs(Number(offset[1])) > 14 || Number(offset[2]) > 59)) return null;
  return { year: Number(y), local: local + (offset ? `${offset[1]}:${offset[2]}` : zone.toUpperCase()) };
}
