/** Answers `calls-diary/calls` and `requests`: which leads are seen, in which order, on which page. */
import { toCallRow } from "./call-row.ts";
import type { DealBook, SandboxDeal } from "./deal-book.ts";
import type { CallsQuery, RequestsQuery } from "./journal-query.ts";
import type { Knobs } from "./knobs.ts";
import type { Lead, LeadBook } from "./lead.ts";
import { type Envelope, type Range, toEnvelope } from "./query-field.ts";
import { toRequestRow } from "./request-row.ts";
import type { Site } from "./site.ts";

export type Row = Record<string, unknown>;

export interface JournalContext {
  site: Site;
  leads: LeadBook;
  deals: DealBook;
  now: number;
  knobs: Knobs;
}

/** A bare array without `page`, the paged envelope with it. */
export function listCalls(query: CallsQuery, context: JournalContext): Row[] | Envelope<Row> {
  const found = leadsOf("call", query.range, context).filter((call) => isWanted(call, query));
  const dealsOf = linkedDeals(context.deals);
  const write = (call: Lead) => inStyle(toCallRow(call, dealsOf(call), query, context), context.knobs);
  return query.paging ? toEnvelope(found, query.paging, write) : found.map(write);
}

/** Always a bare array. */
export function listRequests(query: RequestsQuery, context: JournalContext): Row[] {
  const found = leadsOf("request", query.range, context);
  const dealsOf = linkedDeals(context.deals);
  const { page, limit } = query.paging ?? { page: 1, limit: found.length };
  const isCut = query.paging !== null && context.knobs.requestsPaging === "honoured";
  return (isCut ? found.slice((page - 1) * limit, page * limit) : found).map((request) =>
    inStyle(toRequestRow(request, dealsOf(request), query, context), context.knobs),
  );
}

function leadsOf(kind: "call" | "request", range: Range, { leads, now, knobs }: JournalContext): Lead[] {
  return leads
    .all()
    .filter((lead) => lead.kind === kind && lead.at >= range.from && lead.at < range.to)
    .filter((lead) => lead.visibleAt <= now && lead.at + knobs.journalLagMs <= now)
    .sort((a, b) => a.at - b.at || a.id - b.id);
}

function isWanted(call: Lead, { callId, uniqueOnly, targetOnly, uniqTargetOnly, callbackOnly }: CallsQuery): boolean {
  if (callId !== undefined && call.id !== callId) return false;
  if ((uniqueOnly || uniqTargetOnly) && !call.unique) return false;
  if ((targetOnly || uniqTargetOnly) && !call.target) return false;
  return call.callback || !callbackOnly;
}

function linkedDeals(deals: DealBook): (lead: Lead) => SandboxDeal[] {
  const byLead = new Map<string, SandboxDeal[]>();
  for (const deal of deals.all()) {
    if (deal.isDeleted || deal.link.kind === "custom" || deal.link.kind === "none") continue;
    const key = `${deal.link.kind}:${deal.link.id}`;
    byLead.set(key, [...(byLead.get(key) ?? []), deal]);
  }
  return ({ kind, id }) => byLead.get(`${kind}:${id}`) ?? [];
}

function inStyle(row: Row, { journalScalars }: Knobs): Row {
  return journalScalars === "plain" ? row : withTexts(row);
}

/** The outer values alone, as clients of the journals have recorded them. */
function withTexts(row: Row): Row {
  const toText = (value: unknown) => (typeof value === "number" || typeof value === "boolean" ? String(value) : value);
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toText(value)]));
}
