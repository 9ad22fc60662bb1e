/**
 * One record of the listing, read as far as it can be: numbers come as texts and texts as numbers, tags as texts or
 * groups, a missing visit as null or as an object of nulls. The client's contacts are not read at all.
 */
import * as z from "zod";
import { readFields, readId, readList, readText, readVisit } from "./answer-value.ts";
import { parseDateTime, parseMoney, present } from "./format.ts";

export interface ListedDeal {
  calltouchId?: number;
  orderNumber: string;
  orderName?: string;
  orderAt?: number;
  status?: string;
  revenueKopecks?: number;
  manager?: string;
  funnel?: string;
  /** The CRM that sent the deal. */
  service?: string;
  isDeleted: boolean;
  /** Only when the query asked for them. */
  tags: string[];
  lead?: { kind: "call" | "request" | "chat"; id?: number; number?: string };
  /** Null when nothing is known of the source: the deal has no lead, or its lead came from nowhere. */
  visit: Visit | null;
}

/** A direct visit is the source `(direct)` with the medium `(none)`; every other placeholder is left out. */
export interface Visit {
  source?: string;
  medium?: string;
  campaign?: string;
  content?: string;
  term?: string;
  keyword?: string;
}

const id = z.unknown().optional().transform(readId);
const text = z.unknown().optional().transform(readText);

const listedRecord = z.object({
  orderId: id,
  orderNumber: z.union([z.string().trim().min(1), z.number().transform(String)]),
  orderName: text,
  orderDate: text,
  orderStatus: text,
  plannedAmount: z.unknown().optional(),
  manager: text,
  funnel: text,
  service: text,
  isDeleted: z.unknown().optional(),
  tags: z.unknown().optional(),
  orderSource: z.unknown().optional(),
  visit: z.unknown().optional(),
});

/** Undefined when the record does not even say which deal it is. */
export function parseListedDeal(value: unknown, timeZone: string): ListedDeal | undefined {
  const { data: record } = listedRecord.safeParse(value);
  if (!record) return undefined;
  return present({
    calltouchId: record.orderId,
    orderNumber: record.orderNumber,
    orderName: record.orderName,
    orderAt: record.orderDate === undefined ? undefined : parseDateTime(record.orderDate, timeZone),
    status: record.orderStatus,
    revenueKopecks: parseMoney(record.plannedAmount),
    manager: record.manager,
    funnel: record.funnel,
    service: record.service,
    isDeleted: [true, "true", 1, "1"].some((yes) => record.isDeleted === yes),
    tags: toTags(record.tags),
    lead: toLead(record.orderSource),
    visit: toVisit(record.visit),
  });
}

function toTags(value: unknown): string[] {
  const names = readList(value).flatMap((each) => [each, ...readList(readFields(each)["names"])]);
  return names.map(readText).filter((name) => name !== undefined);
}

const orderSource = z.object({ type: text, callId: id, requestId: id, requestNumber: text, chatId: id });

function toLead(value: unknown): ListedDeal["lead"] {
  const { data: source } = orderSource.safeParse(value);
  switch (source?.type?.toUpperCase()) {
    case "CALL":
      return present({ kind: "call" as const, id: source?.callId });
    case "REQUEST":
      return present({ kind: "request" as const, id: source?.requestId, number: source?.requestNumber });
    case "CHAT":
      return present({ kind: "chat" as const, id: source?.chatId });
    default:
      return undefined;
  }
}

function toVisit(value: unknown): Visit | null {
  const raw = readFields(value);
  const { source, medium, ...utm } = readVisit({
    source: raw["source"],
    medium: raw["medium"],
    utmSource: raw["utmSource"],
    utmMedium: raw["utmMedium"],
    utmCampaign: raw["utmCampaign"],
    utmContent: raw["utmContent"],
    utmTerm: raw["utmTerm"],
  });
  const visit = present({
    source: source ?? utm.utmSource,
    medium: medium ?? utm.utmMedium,
    campaign: utm.utmCampaign,
    content: utm.utmContent,
    term: utm.utmTerm,
    keyword: readText(raw["keyword"]),
  });
  return Object.keys(visit).length > 0 ? visit : null;
}
