/** The queries of the journals of leads. Each has dates of its own form: `dd/mm/yyyy` of calls, `mm/dd/yyyy` of requests. */
import * as z from "zod";
import type { Knobs } from "./knobs.ts";
import {
  americanDate,
  date,
  daysBetween,
  flag,
  isTooLong,
  type Paging,
  type Parsed,
  pageFields,
  parseFields,
  positive,
  type Range,
  refused,
  toPaging,
  toRange,
} from "./query-field.ts";

const wish = flag.default(false);
const shared = {
  ...pageFields,
  /** Of these flags the sandbox has nothing to show; they are accepted and have no effect. */
  withMapVisits: wish,
  withYandexDirect: wish,
  withGoogleAdwords: wish,
  withDcm: wish,
  withAttrs: wish,
};

const callsQuery = z.object({
  ...shared,
  dateFrom: date,
  dateTo: date,
  callId: positive.optional(),
  uniqueOnly: wish,
  targetOnly: wish,
  uniqTargetOnly: wish,
  callbackOnly: wish,
  withOrders: wish,
  withCallTags: wish,
  withComments: wish,
  withText: wish,
  withAttributionFields: wish,
  attribution: z.enum(["0", "1"]).default("1"),
});

const requestsQuery = z.object({
  ...shared,
  siteId: z.string().min(1),
  dateFrom: americanDate,
  dateTo: americanDate,
  withRequestTags: wish,
  withCustomFields: wish,
});

interface JournalQuery {
  range: Range;
  paging: Paging | null;
}
export type CallsQuery = z.infer<typeof callsQuery> & JournalQuery;
export type RequestsQuery = z.infer<typeof requestsQuery> & JournalQuery;

/** Without `page` one day only; with it several. */
export function parseCallsQuery(sent: Record<string, string>, timeZone: string, knobs: Knobs): Parsed<CallsQuery> {
  const parsed = parseFields(callsQuery, sent, knobs);
  if (!parsed.ok) return parsed;
  const { query } = parsed;
  const paging = toPaging(query.page, query.limit);
  if (!paging && query.limit !== undefined) return refused("limit needs page");
  const days = daysBetween(query);
  if (days < 0) return refused("dateFrom must not be after dateTo");
  if (days > 0 && !paging) return refused("more than one day needs page");
  if (isTooLong(query)) return refused("more than three months");
  return { ok: true, query: { ...query, range: toRange(query, timeZone, true), paging } };
}

export function parseRequestsQuery(
  sent: Record<string, string>,
  timeZone: string,
  knobs: Knobs,
): Parsed<RequestsQuery> {
  const parsed = parseFields(requestsQuery, sent, knobs);
  if (!parsed.ok) return parsed;
  const { query } = parsed;
  if (daysBetween(query) < 0) return refused("dateFrom must not be after dateTo");
  if (isTooLong(query)) return refused("more than three months");
  const range = toRange(query, timeZone, knobs.requestsDateToInclusive);
  return { ok: true, query: { ...query, range, paging: toPaging(query.page, query.limit) } };
}
