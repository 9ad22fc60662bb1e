/** The query of `orders-diary/orders`: seed 003, method «выгрузка списка сделок». */
import * as z from "zod";
import type { Knobs } from "./knobs.ts";
import {
  date,
  daysBetween,
  flag,
  isTooLong,
  type Paging,
  type Parsed,
  pageFields,
  parseFields,
  type Range,
  refused,
  toPaging,
  toRange,
} from "./query-field.ts";

const query = z.object({
  ...pageFields,
  dateFrom: date.optional(),
  dateTo: date.optional(),
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
  range: Range | null;
  paging: Paging | null;
}

export function parseListingQuery(sent: Record<string, string>, timeZone: string, knobs: Knobs): Parsed<ListingQuery> {
  const parsed = parseFields(query, sent, knobs);
  if (!parsed.ok) return parsed;
  const { dateFrom, dateTo, timeFrom, timeTo, ...rest } = parsed.query;
  const paging = toPaging(rest.page, rest.limit);
  if (!paging && rest.limit !== undefined) return refused("limit needs page");

  if (rest.orderNumber !== undefined || rest["phoneNumber.value"] !== undefined) {
    if (dateFrom || dateTo || timeFrom || timeTo) return refused("dates go neither with orderNumber nor with a phone");
    return { ok: true, query: { ...rest, range: null, paging } };
  }

  if (!dateFrom || !dateTo) return refused("dateFrom and dateTo are mandatory");
  const period = { dateFrom, dateTo, timeFrom, timeTo };
  const days = daysBetween(period);
  if (days < 0 || (days === 0 && knobs.strictDateOrder)) return refused("dateFrom must be before dateTo");
  if (days > 1 && !paging && knobs.onlyOneDayWithoutPage) return refused("more than one day needs page");
  if (isTooLong(period)) return refused("more than three months");
  return { ok: true, query: { ...rest, range: toRange(period, timeZone, knobs.dateToInclusive), paging } };
}
