/** One request as its journal writes it, shaped as recorded rows are. */
import type { SandboxDeal } from "./deal-book.ts";
import type { JournalContext, Row } from "./journal.ts";
import type { RequestsQuery } from "./journal-query.ts";
import { NO_KEYWORD, toJournalDateTime, toTagGroups, toVisit } from "./journal-value.ts";
import type { Lead } from "./lead.ts";

type Wanted = Pick<RequestsQuery, "withRequestTags">;

export function toRequestRow(request: Lead, deals: SandboxDeal[], wanted: Wanted, context: JournalContext): Row {
  return {
    // Whole seconds, though it is written in milliseconds.
    date: Math.floor(request.at / 1_000) * 1_000,
    dateStr: toJournalDateTime(request.at, context),
    requestId: request.id,
    requestNumber: request.requestNumber,
    subject: request.subject,
    status: "NOT_SET",
    requestType: "REQUEST",
    requestUrl: "https://example.ru/",
    targetRequest: request.target,
    uniqueRequest: request.unique,
    uniqTargetRequest: request.target && request.unique,
    manager: request.manager,
    client: toClient(request),
    session: toSession(request, context),
    orders: deals.map((deal) => ({
      orderId: deal.calltouchOrderId,
      orderNumber: deal.orderNumber,
      status: deal.status,
      sum: deal.revenue ?? "0",
      dateCreated: deal.createdAt,
    })),
    RequestTags: wanted.withRequestTags ? toTagGroups(request) : null,
    comments: toComments(request),
    mapVisits: null,
    yandexDirect: null,
    googleAdWords: null,
    dcm: null,
    widgetInfo: null,
    ctClientId: request.session ? 2_500_000_000_000_000_000 : null,
    siteId: Number(context.site.siteId),
  };
}

function toClient({ id, name, phones, emails }: Lead): Row {
  return {
    clientId: id + 1_000_000,
    fio: name,
    phones: phones.map((phoneNumber) => ({ phoneNumber, phoneType: "OTHER" })),
    contacts: emails.map((contactValue) => ({ contactType: "EMAIL", contactValue })),
  };
}

function toSession(request: Lead, context: JournalContext): Row | null {
  const { session } = request;
  if (!session) return null;
  const { keyword: _, ...visit } = toVisit(session);
  return {
    sessionId: request.id + 4_000_000,
    ...visit,
    keywords: session.keyword ?? NO_KEYWORD,
    url: "https://example.ru/",
    ref: "https://yandex.ru/",
    city: "saint petersburg",
    ip: "192.0.2.1/32",
    sessionDate: toJournalDateTime(request.at, context),
    attribution: 1,
    yaClientId: session.yaClientId ?? null,
    guaClientId: session.guaClientId ?? null,
    attrs: null,
    additionalTags: [],
    ctGlobalId: null,
    browser: "chrome",
  };
}

function toComments({ id, comment }: Lead): Row[] {
  if (comment === null) return [];
  return [{ commentId: id + 2_000_000, requestId: id, comment, partyId: 1, partyName: "api" }];
}
