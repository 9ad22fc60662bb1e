/** Answers `orders-diary/orders`: which deals are seen, in which order, on which page. */
import type { DealBook, SandboxDeal } from "./deal-book.ts";
import type { Knobs } from "./knobs.ts";
import { type LeadBook, normalizePhone } from "./lead.ts";
import type { ListingQuery } from "./listing-query.ts";
import { type ListingRecord, phonesOf, toRecord } from "./listing-record.ts";
import { type Envelope, toEnvelope } from "./query-field.ts";

export interface ListingContext {
  deals: DealBook;
  leads: LeadBook;
  timeZone: string;
  now: number;
  knobs: Knobs;
}

export type Listing = ListingRecord[] | Envelope<ListingRecord>;

/** A bare array without `page`, the paged envelope with it. */
export function listDeals(query: ListingQuery, context: ListingContext): Listing {
  const found = context.deals
    .all()
    .filter((deal) => isVisible(deal, query, context) && isWanted(deal, query, context))
    .sort((a, b) => a.orderAt - b.orderAt || a.calltouchOrderId - b.calltouchOrderId);
  const write = (deal: SandboxDeal) => toRecord(deal, query, context);
  return query.paging ? toEnvelope(found, query.paging, write) : found.map(write);
}

function isVisible(deal: SandboxDeal, query: ListingQuery, { now, knobs }: ListingContext): boolean {
  if (deal.createdAt + knobs.listingLagMs > now) return false;
  if (deal.isDeleted && !knobs.listDeleted) return false;
  return deal.origin === "API" || query.withAllOrderOrigins;
}

function isWanted(deal: SandboxDeal, query: ListingQuery, context: ListingContext): boolean {
  const { range, orderNumber, orderSource, manager, service } = query;
  const phone = query["phoneNumber.value"];
  if (range && (deal.orderAt < range.from || deal.orderAt >= range.to)) return false;
  if (orderNumber !== undefined) {
    const asked = context.knobs.listingOrderNumber === "ours" ? deal.orderNumber : String(deal.calltouchOrderId);
    if (asked !== orderNumber) return false;
  }
  if (phone !== undefined && !phonesOf(deal, context.leads).includes(normalizePhone(phone))) return false;
  if (orderSource !== undefined && deal.link.kind.toUpperCase() !== orderSource) return false;
  if (manager !== undefined && deal.manager !== manager) return false;
  return service === undefined || deal.crm === service;
}
