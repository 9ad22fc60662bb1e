/** The journals of leads, `calls-diary/calls` and `requests`: their parameters and their pages. */
import type { Lead } from "../lead.ts";
import { parseCall } from "./call.ts";
import { present, toDay } from "./format.ts";
import { parsePage, type RawPage } from "./page.ts";
import { parseRequest } from "./request.ts";

/** Rows on one page at most. */
export const JOURNAL_PAGE_ROWS_MAX = 1_000;

interface JournalQuery {
  /** Leads of these instants are wanted, both included; whole days of the site's zone are asked for, three months at most. */
  from: number;
  to: number;
}

export interface CallsQuery extends JournalQuery {
  /** From 1, which is what is asked for when left out: without a page the journal gives no more than one day. */
  page?: number;
  /** Rows per page, 1000 unless given. */
  limit?: number;
  /** True unless given; without them a lead has no tags. */
  withCallTags?: boolean;
}

export interface RequestsQuery extends JournalQuery {
  /** The journal is known to give everything at once, and not known to heed these. */
  page?: number;
  limit?: number;
  /** True unless given; without them a lead has no tags. */
  withRequestTags?: boolean;
}

export interface JournalPage {
  /** Those of the instants asked for. */
  leads: Lead[];
  /** Rows that could not be read, of whatever instant. */
  unreadable: number;
  /** Whether there is nothing after this page. */
  isLast: boolean;
  page?: number;
  pageTotal?: number;
  recordsTotal?: number;
}

/**
 * Without the token, which the client adds, as below. The day after the last is named too: the site's clock may be ahead,
 * or its zone another than the account's, and rows that come later than their time would be taken for read.
 */
export function toCallsParameters(query: CallsQuery, timeZone: string): URLSearchParams {
  return toParameters({
    dateFrom: toDay(query.from, timeZone),
    dateTo: toDay(query.to, timeZone, 1),
    page: query.page ?? 1,
    limit: limitOf(query.limit),
    withCallTags: query.withCallTags ?? true,
  });
}

/** Its days are written the American way. Here the last may also be excluded. */
export function toRequestsParameters(query: RequestsQuery, siteId: string, timeZone: string): URLSearchParams {
  return toParameters({
    siteId,
    dateFrom: toAmericanDay(toDay(query.from, timeZone)),
    dateTo: toAmericanDay(toDay(query.to, timeZone, 1)),
    page: query.page,
    limit: query.page === undefined ? undefined : limitOf(query.limit),
    withRequestTags: query.withRequestTags ?? true,
  });
}

function toParameters(fields: Record<string, string | number | boolean | undefined>): URLSearchParams {
  return new URLSearchParams(Object.entries(present(fields)).map(([name, value]) => [name, String(value)]));
}

function limitOf(limit: number | undefined): number {
  return Math.min(limit ?? JOURNAL_PAGE_ROWS_MAX, JOURNAL_PAGE_ROWS_MAX);
}

function toAmericanDay(day: string): string {
  return day.replace(/^(\d{2})\/(\d{2})/, "$2/$1");
}

/** Undefined when the body is neither a list of rows nor a page of them, since "no leads" must never be guessed. */
export function toCallsPage(body: unknown, query: CallsQuery, timeZone: string): JournalPage | undefined {
  const paging = { page: query.page ?? 1, limit: limitOf(query.limit) };
  return toPage(body, query, paging, (row) => parseCall(row, timeZone));
}

export function toRequestsPage(body: unknown, query: RequestsQuery, timeZone: string): JournalPage | undefined {
  const paging = query.page === undefined ? undefined : { page: query.page, limit: limitOf(query.limit) };
  return toPage(body, query, paging, (row) => parseRequest(row, timeZone));
}

interface Paging {
  page: number;
  limit: number;
}

function toPage(
  body: unknown,
  wanted: JournalQuery,
  paging: Paging | undefined,
  parse: (row: unknown) => Lead | undefined,
): JournalPage | undefined {
  const raw = parsePage(body);
  return raw && { ...toLeads(raw.rows, wanted, parse), isLast: isLast(raw, paging), ...raw.totals };
}

function isLast({ rows, isBare, totals }: RawPage, paging: Paging | undefined): boolean {
  // A list as long as the limit may have been cut by it; a longer one shows that the limit was not heeded.
  if (isBare) return rows.length !== paging?.limit;
  return totals.pageTotal === undefined ? rows.length === 0 : (paging?.page ?? 1) >= totals.pageTotal;
}

function toLeads(rows: readonly unknown[], { from, to }: JournalQuery, parse: (row: unknown) => Lead | undefined) {
  const parsed = rows.map(parse).filter((lead) => lead !== undefined);
  return { leads: parsed.filter(({ at }) => at >= from && at <= to), unreadable: rows.length - parsed.length };
}
