/** The values of a query string, as the listing of deals and the journals of leads take them. */
import * as z from "zod";
import { fromWallClock, type WallClock } from "../../src/zone.ts";
import type { Knobs } from "./knobs.ts";
import { parseAmericanDate, parseListingDate, parseListingTime } from "./wire-date.ts";

export const PAGE_RECORDS_MAX = 1_000;
export const RANGE_MONTHS_MAX = 3;
const DAY_MS = 86_400_000;

export const flag = z.enum(["true", "false"]).transform((text) => text === "true");
export const positive = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number);
export const date = z.string().transform((text, context) => parsed(parseListingDate(text), context));
export const americanDate = z.string().transform((text, context) => parsed(parseAmericanDate(text), context));
const time = z.string().transform((text, context) => parsed(parseListingTime(text), context));

/** Of every query. */
export const pageFields = {
  clientApiId: z.string(),
  timeFrom: time.optional(),
  timeTo: time.optional(),
  page: positive.optional(),
  limit: positive.optional(),
};

export type Parsed<T> = { ok: true; query: T } | { ok: false; problem: string };

/** The fields of a query each by itself; how they go together is judged by whoever asks. */
export function parseFields<T extends z.core.$ZodLooseShape>(
  fields: z.ZodObject<T>,
  sent: Record<string, string>,
  { rejectUnknownKeys }: Knobs,
): Parsed<z.output<z.ZodObject<T>>> {
  const { success, data, error } = (rejectUnknownKeys ? z.strictObject(fields.shape) : fields).safeParse(sent);
  if (success) return { ok: true, query: data };
  return refused(error.issues.map(({ path }) => `bad ${path.join(".")}`).join(", "));
}

/** Instants wanted, the end excluded. */
export interface Range {
  from: number;
  to: number;
}

export interface Period {
  dateFrom: WallClock;
  dateTo: WallClock;
  timeFrom?: Partial<WallClock> | undefined;
  timeTo?: Partial<WallClock> | undefined;
}

/** @param isInclusive whether the day `dateTo` belongs to the range; a `timeTo` says it by itself. */
export function toRange({ dateFrom, dateTo, timeFrom, timeTo }: Period, timeZone: string, isInclusive: boolean): Range {
  const from = fromWallClock({ ...dateFrom, ...timeFrom }, timeZone);
  if (timeTo) return { from, to: fromWallClock({ ...dateTo, ...timeTo }, timeZone) + 1_000 };
  return { from, to: fromWallClock(isInclusive ? { ...dateTo, day: dateTo.day + 1 } : dateTo, timeZone) };
}

/** Calendar days from the first to the last; negative when they are in the wrong order. */
export function daysBetween({ dateFrom, dateTo }: Period): number {
  return Math.round((dayOf(dateTo) - dayOf(dateFrom)) / DAY_MS);
}

export function isTooLong({ dateFrom, dateTo }: Period): boolean {
  return dayOf(dateTo) > dayOf({ ...dateFrom, month: dateFrom.month + RANGE_MONTHS_MAX });
}

export interface Paging {
  page: number;
  limit: number;
}

export function toPaging(page: number | undefined, limit: number | undefined): Paging | null {
  return page === undefined ? null : { page, limit: Math.min(limit ?? PAGE_RECORDS_MAX, PAGE_RECORDS_MAX) };
}

export interface Envelope<T> {
  page: number;
  pageTotal: number;
  pageSize: number;
  recordsTotal: number;
  records: T[];
}

export function toEnvelope<T, R>(found: readonly T[], { page, limit }: Paging, write: (each: T) => R): Envelope<R> {
  return {
    page,
    pageTotal: Math.ceil(found.length / limit),
    pageSize: limit,
    recordsTotal: found.length,
    records: found.slice((page - 1) * limit, page * limit).map(write),
  };
}

export function refused(problem: string): { ok: false; problem: string } {
  return { ok: false, problem };
}

const dayOf = ({ year, month, day }: WallClock) => Date.UTC(year, month - 1, day);

function parsed<T>(value: T | null, context: z.RefinementCtx): T {
  if (value !== null) return value;
  context.addIssue({ code: "custom", message: "bad date or time" });
  return z.NEVER;
}
