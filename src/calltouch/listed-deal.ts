/**
 * One record of the listing, read as far as it can be: numbers come as texts and texts as numbers, tags as texts or
 * groups, a missing visit as null or as an object of nulls. The client's contacts are not read at all.
 */
import * as z from "zod";
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

const id = z
  .union([
    z.int().positive(),
    z
      .string()
      .regex(/^\s*[1-9]\d{0,14}\s*$/)
      .transform(Number),
  ])
  .optional()
  .catch(undefined);

const PLACEHOLDERS: ReadonlySet<string> = new Set([
  "",
  "<не указано>",
  "<не заполнено>",
  "(not set)",
  "(none)",
  "undefined",
  "null",
]);

const looseText = z
  .union([z.string(), z.number().transform(String)])
  .optional()
  .catch(undefined);
const text = looseText.transform((value) => {
  const trimmed = value?.trim() ?? "";
  return PLACEHOLDERS.has(trimmed.toLowerCase()) ? undefined : trimmed;
});
const mediumText = looseText.transform((value) => (value?.trim() === "(none)" ? "(none)" : text.parse(value)));

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

const tagGroup = z.object({ names: z.array(z.unknown()) });

function toTags(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  const names = value.flatMap((each: unknown) => tagGroup.safeParse(each).data?.names ?? [each]);
  return names.map((name) => text.parse(name)).filter((name) => name !== undefined);
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

const rawVisit = z.object({
  source: text,
  medium: mediumText,
  keyword: text,
  utmSource: text,
  utmMedium: text,
  utmCampaign: text,
  utmContent: text,
  utmTerm: text,
});

function toVisit(value: unknown): Visit | null {
  const { data: raw } = rawVisit.safeParse(value);
  if (!raw) return null;
  const visit = present({
    source: raw.source ?? raw.utmSource,
    medium: raw.medium ?? raw.utmMedium,
    campaign: raw.utmCampaign,
    content: raw.utmContent,
    term: raw.utmTerm,
    keyword: raw.keyword,
  });
  return Object.keys(visit).length > 0 ? visit : null;
}
