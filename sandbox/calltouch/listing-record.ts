/** One deal as the listing writes it. */
import type { SandboxDeal } from "./deal-book.ts";
import type { Knobs } from "./knobs.ts";
import { type Lead, type LeadBook, normalizePhone, TRACKED_NUMBER } from "./lead.ts";
import type { ListingQuery } from "./listing-query.ts";
import { toListingDate, toListingDateTime } from "./wire-date.ts";

export type ListingRecord = Record<string, unknown>;

interface RecordContext {
  leads: LeadBook;
  timeZone: string;
  knobs: Knobs;
}

type Wanted = Pick<ListingQuery, "withOrdersTags" | "withComments" | "withContacts">;

export function toRecord(deal: SandboxDeal, wanted: Wanted, context: RecordContext): ListingRecord {
  const { timeZone, knobs } = context;
  const lead = leadOf(deal, context.leads);
  return {
    orderId: deal.calltouchOrderId,
    orderNumber: deal.orderNumber,
    orderName: deal.orderName,
    orderDate: toListingDateTime(deal.orderAt, timeZone),
    createdDate: toListingDate(deal.createdAt, timeZone),
    updatedDate: toListingDateTime(deal.updatedAt, timeZone),
    completedDate: null,
    orderStatus: deal.status,
    plannedAmount: deal.revenue === null ? null : Number(deal.revenue),
    completedAmount: null,
    funnel: deal.funnel,
    manager: deal.manager,
    service: deal.crm,
    isDeleted: deal.isDeleted,
    orderOrigin: deal.origin,
    client: { fio: deal.contacts?.mainContacts?.fio ?? null, phones: toPhones(phonesOf(deal, context.leads), knobs) },
    orderSource: lead ? toOrderSource(lead, timeZone) : null,
    visit: toVisit(deal, lead, context),
    ...(wanted.withOrdersTags ? { tags: toTags(deal.tags, knobs) } : {}),
    ...(wanted.withComments ? { comments: deal.comments.map((text) => ({ text })) } : {}),
    ...(wanted.withContacts ? { contacts: deal.contacts } : {}),
    ...(deal.customFields.length > 0 ? { custom: toCustom(deal.customFields) } : {}),
  };
}

/** The phones a deal is known by: its own contacts, else those of its lead. Digits only. */
export function phonesOf(deal: SandboxDeal, leads: LeadBook): string[] {
  const { mainContacts, otherContacts } = deal.contacts ?? {};
  const own = [mainContacts?.phoneNumber ?? [], otherContacts?.phoneNumber ?? []].flat().map(normalizePhone);
  return own.length > 0 ? own : (leadOf(deal, leads)?.phones ?? []);
}

function leadOf({ link }: SandboxDeal, leads: LeadBook): Lead | undefined {
  return link.kind === "custom" || link.kind === "none" ? undefined : leads.get(link.kind, link.id);
}

function toPhones(phones: string[], knobs: Knobs): string | string[] | null {
  return knobs.phonesStyle === "array" ? phones : (phones[0] ?? null);
}

function toOrderSource(lead: Lead, timeZone: string): ListingRecord {
  switch (lead.kind) {
    case "call":
      return {
        type: "CALL",
        callId: lead.id,
        phoneNumber: TRACKED_NUMBER,
        ani: lead.phones[0] ?? null,
        duration: lead.durationSeconds,
        dateCall: toListingDateTime(lead.at, timeZone),
      };
    case "request":
      return { type: "REQUEST", requestNumber: lead.requestNumber };
    case "chat":
      return { type: "CHAT", chatId: lead.id };
    default:
      return lead.kind satisfies never;
  }
}

const NO_VISIT = {
  source: null,
  medium: null,
  utmSource: null,
  utmMedium: null,
  utmCampaign: null,
  utmContent: null,
  utmTerm: null,
  keyword: null,
  additionalTags: [],
  visitDate: null,
};

function toVisit({ link }: SandboxDeal, lead: Lead | undefined, { timeZone, knobs }: RecordContext) {
  const session = lead?.session;
  if (lead && session) {
    return {
      source: session.source,
      medium: session.medium,
      utmSource: session.utmSource ?? "",
      utmMedium: session.utmMedium ?? "",
      utmCampaign: session.utmCampaign ?? "",
      utmContent: session.utmContent ?? "",
      utmTerm: session.utmTerm ?? "",
      keyword: session.keyword ?? "(not set)",
      additionalTags: [],
      visitDate: toListingDateTime(lead.at, timeZone),
    };
  }
  if (link.kind === "custom") {
    const { source, medium, campaign = "", content = "", term = "" } = link.custom;
    const utm = { utmSource: "", utmMedium: "", utmCampaign: campaign, utmContent: content, utmTerm: term };
    return { source, medium, ...utm, keyword: "(not set)", additionalTags: [], visitDate: null };
  }
  return knobs.visitNullStyle === "null" ? null : NO_VISIT;
}

function toTags(tags: string[], knobs: Knobs) {
  if (tags.length === 0) return null;
  return knobs.tagsStyle === "strings" ? tags : [{ category: "MANUAL", type: "API", names: tags }];
}

function toCustom(fields: SandboxDeal["customFields"]): ListingRecord {
  return Object.fromEntries(
    fields
      .filter(({ value }) => value !== "")
      .map(({ field, value }) => [field, /^-?\d{1,15}$/.test(value) ? Number(value) : value]),
  );
}
