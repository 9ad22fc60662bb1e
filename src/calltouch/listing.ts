/** The listing of deals, `orders-diary/orders`: its parameters and its pages. */
import { present, toDay } from "./format.ts";
import { type ListedDeal, parseListedDeal } from "./listed-deal.ts";
import { parsePage } from "./page.ts";

/** Records on one page at most. */
export const LIST_PAGE_RECORDS_MAX = 1_000;

interface ListParameters {
  /** Instants by whose days, in the site's zone, deals are chosen: by their orderDate. */
  dateFrom?: number;
  dateTo?: number;
  /** `hh:mm:ss` */
  timeFrom?: string;
  timeTo?: string;
  /** From 1; needed for more than one day. Without it the answer is not paged. */
  page?: number;
  /** Records per page, 1000 unless given; only with a page. */
  limit?: number;
  orderSource?: "CALL" | "REQUEST" | "CHAT";
  phone?: string;
  /** Documented as Calltouch's own id, answered with ours: compare the orderNumber of what comes back. */
  orderNumber?: string;
  bindTo?: string;
  manager?: string;
  service?: string;
  withOrdersTags?: boolean;
  /** Also the deals that were not created through the API. */
  withAllOrderOrigins?: boolean;
  withComments?: boolean;
  withContacts?: boolean;
}

/** By days, by phone or by number; the last two exclude days. */
export type ListQuery = ListParameters &
  ({ dateFrom: number; dateTo: number } | { phone: string } | { orderNumber: string });

export interface ListPage {
  records: ListedDeal[];
  /** Records that could not be read. While there are any, a deal that is not listed may still be there. */
  unreadable: number;
  page?: number;
  pageTotal?: number;
  recordsTotal?: number;
}

/** Without the token, which the client adds. */
export function toListParameters(query: ListQuery, timeZone: string): URLSearchParams {
  const { phone, orderNumber } = query;
  const isByDays = phone === undefined && orderNumber === undefined;
  const parameters: Record<string, string | number | boolean | undefined> = {
    ...(isByDays ? toDays(query, timeZone) : {}),
    page: query.page,
    limit: query.page === undefined ? undefined : query.limit && Math.min(query.limit, LIST_PAGE_RECORDS_MAX),
    orderSource: query.orderSource,
    "phoneNumber.value": phone,
    orderNumber,
    bindTo: query.bindTo,
    manager: query.manager,
    service: query.service,
    withOrdersTags: query.withOrdersTags,
    withAllOrderOrigins: query.withAllOrderOrigins,
    withComments: query.withComments,
    withContacts: query.withContacts,
  };
  return new URLSearchParams(Object.entries(present(parameters)).map(([name, value]) => [name, String(value)]));
}

/** The first day must be before the last, so one day alone is asked for together with the next. */
function toDays({ dateFrom, dateTo, timeFrom, timeTo }: ListParameters, timeZone: string) {
  if (dateFrom === undefined || dateTo === undefined) return {};
  const first = toDay(dateFrom, timeZone);
  const last = toDay(dateTo, timeZone);
  return { dateFrom: first, dateTo: first === last ? toDay(dateTo, timeZone, 1) : last, timeFrom, timeTo };
}

/** From a bare array or the paged envelope; undefined when the body is neither, since "no deals" must never be guessed. */
export function toListPage(body: unknown, timeZone: string): ListPage | undefined {
  const page = parsePage(body);
  return page && { ...toRecords(page.rows, timeZone), ...page.totals };
}

function toRecords(values: readonly unknown[], timeZone: string): { records: ListedDeal[]; unreadable: number } {
  const records = values.map((value) => parseListedDeal(value, timeZone)).filter((record) => record !== undefined);
  return { records, unreadable: values.length - records.length };
}
