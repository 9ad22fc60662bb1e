/** The query of `orders-diary/orders`: seed 003, method «выгрузка списка сделок». */
import * as z from "zod";
import { fromWallClock, type WallClock } from "../../src/zone.ts";
import type { Knobs } from "./knobs.ts";
import { parseListingDate, parseListingTime } from "./wire-date.ts";

const PAGE_DEALS_MAX = 1_000;
const RANGE_MONTHS_MAX = 3;
const DAY_MS = 86_400_000;

const flag = z.enum(["true", "false"]).transform((text) => text === "true");
const positive = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number);
const date = z.string().transform((text, context) => parsed(parseListingDate(text), context));
const time = z.string().transform((text, context) => parsed(parseListingTime(text), context));

const query = z.object({
  clientApiId: z.string(),
  dateFrom: date.optional(),
  dateTo: date.optional(),
  timeFrom: time.optional(),
  timeTo: time.optional(),
  page: positive.optional(),
  limit: positive.optional(),
  orderSource: z.enum(["CALL", "REQUEST", "CHAT"]).optional(),
  "phoneNumber.value": z.string().min(1).optional(),
  orderNumber: z.string().min(1).optional(),
  /** Its values are lost; it is accepted and has no effect. */
  bindTo: z.string().optional(),
  manager: z.string().optional(),
  service: z.string().optional(),
  withOrdersTags: flag.default(false),
  withAllOrderOrigins: flag.default(false),
  withComments: flag.default(false),
  withContacts: flag.default(false),
});

export interface ListingQuery extends Omit<z.infer<typeof query>, "dateFrom" | "dateTo" | "timeFrom" | "timeTo"> {
  /** Order dates wanted, the end excluded; null when deals are asked for by number or phone. */
  range: { from: number; to: number } | null;
  paging: { page: number; limit: number } | null;
}

export type ParsedQuery = { ok: true; query: ListingQuery } | { ok: false; problem: string };

export function parseListingQuery(sent: Record<string, string>, timeZone: string, knobs: Knobs): ParsedQuery {
  const result = (knobs.rejectUnknownKeys ? query.strict() : query).safeParse(sent);
  if (!result.success) return refused(result.error.issues.map(({ path }) => `bad ${path.join(".")}`).join(", "));
  const { dateFrom, dateTo, timeFrom, timeTo, ...rest } = result.data;
  const paging = rest.page === undefined ? null : { page: rest.page, limit: limitOf(rest.limit) };
  if (!paging && rest.limit !== undefined) return refused("limit needs page");

  if (rest.orderNumber !== undefined || rest["phoneNumber.value"] !== undefined) {
    if (dateFrom || dateTo || timeFrom || timeTo) return refused("dates go neither with orderNumber nor with a phone");
    return { ok: true, query: { ...rest, range: null, paging } };
  }

  if (!dateFrom || !dateTo) return refused("dateFrom and dateTo are mandatory");
  const days = Math.round((dayOf(dateTo) - dayOf(dateFrom)) / DAY_MS);
  if (days < 0 || (days === 0 && knobs.strictDateOrder)) return refused("dateFrom must be before dateTo");
  if (days > 1 && !paging && knobs.onlyOneDayWithoutPage) return refused("more than one day needs page");
  if (dayOf(dateTo) > dayOf({ ...dateFrom, month: dateFrom.month + RANGE_MONTHS_MAX })) {
    return refused("more than three months");
  }
  const range = {
    from: fromWallClock({ ...dateFrom, ...timeFrom }, timeZone),
    to: endOf(dateTo, timeTo, timeZone, knobs),
  };
  return { ok: true, query: { ...rest, range, paging } };
}

function endOf(dateTo: WallClock, timeTo: Partial<WallClock> | undefined, timeZone: string, knobs: Knobs): number {
  if (timeTo) return fromWallClock({ ...dateTo, ...timeTo }, timeZone) + 1_000;
  return fromWallClock(knobs.dateToInclusive ? { ...dateTo, day: dateTo.day + 1 } : dateTo, timeZone);
}

const limitOf = (limit: number | undefined) => Math.min(limit ?? PAGE_DEALS_MAX, PAGE_DEALS_MAX);

const dayOf = ({ year, month, day }: WallClock) => Date.UTC(year, month - 1, day);

function parsed<T>(value: T | null, context: z.RefinementCtx): T {
  if (value !== null) return value;
  context.addIssue({ code: "custom", message: "bad date or time" });
  return z.NEVER;
}

function refused(problem: string): ParsedQuery {
  return { ok: false, problem };
}
