/** Reads Calltouch's listing of deals by windows of order dates, all pages of each. */
import type { ListedDeal } from "../calltouch/listed-deal.ts";
import { type ListPage, type ListQuery, LIST_PAGE_RECORDS_MAX as PAGE_RECORDS } from "../calltouch/listing.ts";
import type { Reader, ReadStop } from "./reader.ts";

const DAY_MS = 86_400_000;
const MARGIN_MS = DAY_MS;
/** The listing takes at most three months at a time. */
export const WINDOW_MS_MAX = 80 * DAY_MS;

export interface DealWindow<Deal> {
  from: number;
  to: number;
  deals: Deal[];
}

/** As few windows of order dates, a day wider on either side, as cover these deals: many deals share one reading. */
export function toWindows<Deal extends { orderAt: number }>(deals: readonly Deal[]): DealWindow<Deal>[] {
  const windows: DealWindow<Deal>[] = [];
  for (const deal of [...deals].sort((left, right) => left.orderAt - right.orderAt)) {
    const last = windows.at(-1);
    const to = deal.orderAt + MARGIN_MS;
    if (last && deal.orderAt - MARGIN_MS <= last.to && to - last.from <= WINDOW_MS_MAX) {
      last.to = to;
      last.deals.push(deal);
    } else {
      windows.push({ from: deal.orderAt - MARGIN_MS, to, deals: [deal] });
    }
  }
  return windows;
}

/** Deals of all origins whose orderDate lies within these days, at most WINDOW_MS_MAX apart. */
export interface ListingQuery {
  from: number;
  to: number;
  withOrdersTags?: boolean;
}

export interface ListingOptions {
  /** Which records are wanted at all; the others are let go of page by page. */
  keep?: (record: ListedDeal) => boolean;
  /** What is wanted of a page, before the next is asked for: a reading that stops half-way has not been for nothing. */
  onPage?: (records: readonly ListedDeal[]) => Promise<void>;
}

export type Listing =
  | { kind: "listed"; records: ListedDeal[] }
  /**
   * Nothing may be concluded from what is missing: the listing changed while it was read, or, where all of it has been
   * gone through, part of it could not be read.
   */
  | { kind: "inconclusive"; isWhole: boolean };

/** One page, or why there is none. */
export type PageReading<Stop> = { kind: "page"; page: ListPage } | { kind: "unread" } | { kind: "stopped"; stop: Stop };

export async function readListing(
  reader: Reader,
  query: ListingQuery,
  options: ListingOptions = {},
): Promise<Listing | ReadStop> {
  const listing = await readPages<ReadStop>(
    async (pageQuery) => {
      const answer = await reader.ask((client) => client.list(pageQuery), "list");
      return answer.kind === "read" ? { kind: "page", page: answer.value } : { kind: "stopped", stop: answer };
    },
    query,
    options,
  );
  return listing.kind === "stopped" ? listing.stop : listing;
}

/** Under whatever limits `readPage` asks. Absence may be concluded only from a listing read whole and unchanged. */
export async function readPages<Stop>(
  readPage: (query: ListQuery) => Promise<PageReading<Stop>>,
  { from, to, ...asked }: ListingQuery,
  { keep = () => true, onPage }: ListingOptions = {},
): Promise<Listing | { kind: "stopped"; stop: Stop }> {
  const records: ListedDeal[] = [];
  const seen = new Set<string>();
  let total: number | undefined;
  let unreadable = 0;
  for (let number = 1, pageTotal = 1; number <= pageTotal; number += 1) {
    const query = {
      dateFrom: from,
      dateTo: to,
      ...asked,
      withAllOrderOrigins: true,
      page: number,
      limit: PAGE_RECORDS,
    };
    const reading = await readPage(query);
    if (reading.kind === "stopped") return reading;
    if (reading.kind === "unread") return { kind: "inconclusive", isWhole: false };
    const { page } = reading;
    const wanted = page.records.filter(keep);
    if (wanted.length > 0) await onPage?.(wanted);
    if (isCutOff(page) || (total !== undefined && total !== page.recordsTotal))
      return { kind: "inconclusive", isWhole: false };
    for (const { calltouchId, orderNumber } of page.records) seen.add(`${calltouchId ?? ""}:${orderNumber}`);
    records.push(...wanted);
    unreadable += page.unreadable;
    total = page.recordsTotal;
    pageTotal = page.pageTotal ?? 1;
  }
  if (total !== undefined && seen.size + unreadable !== total) return { kind: "inconclusive", isWhole: false };
  if (unreadable > 0) return { kind: "inconclusive", isWhole: true };
  return { kind: "listed", records };
}

/** A full page that does not say how many more there are. */
function isCutOff({ records, pageTotal, recordsTotal }: ListPage): boolean {
  return pageTotal === undefined && recordsTotal === undefined && records.length >= PAGE_RECORDS;
}
