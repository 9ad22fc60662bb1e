/** One call as its journal writes it, shaped as recorded rows are. */
import type { SandboxDeal } from "./deal-book.ts";
import type { JournalContext, Row } from "./journal.ts";
import type { CallsQuery } from "./journal-query.ts";
import { toJournalDateTime, toTagGroups, toVisit } from "./journal-value.ts";
import { type Lead, TRACKED_NUMBER } from "./lead.ts";
import { toListingDate, toListingDateTime } from "./wire-date.ts";

type Wanted = Pick<CallsQuery, "withOrders" | "withCallTags" | "attribution">;

export function toCallRow(call: Lead, deals: SandboxDeal[], wanted: Wanted, context: JournalContext): Row {
  const { site, now, knobs } = context;
  const isOver = call.finishedAt <= now;
  const orders = wanted.withOrders ? deals.map((deal) => toOrder(deal, site.timeZone)) : [];
  return {
    callId: call.id,
    callphase: isOver ? "calldisconnected" : "callconnected",
    attribution: Number(wanted.attribution),
    callTags: wanted.withCallTags ? toTagGroups(call) : null,
    date: toJournalDateTime(call.at, context),
    timestamp: Math.floor(call.at / 1_000),
    duration: isOver ? call.durationSeconds : 0,
    waitingConnect: call.waitingSeconds,
    callerNumber: call.phones[0] ?? knobs.hiddenNumber,
    phoneNumber: TRACKED_NUMBER,
    redirectNumber: TRACKED_NUMBER,
    successful: isOver && call.answered,
    uniqueCall: call.unique,
    targetCall: isOver && call.target,
    uniqTargetCall: isOver && call.unique && call.target,
    callbackCall: call.callback,
    ...toVisit(call.session),
    ...toSession(call, context),
    callReferenceId: null,
    sipCallId: `${call.id}.1`,
    manager: call.manager,
    orders,
    order: orders[0] ?? null,
    ...NOTHING_ELSE,
    siteId: Number(site.siteId),
    siteName: "example.ru",
    subPoolName: "Остальные",
    statusDetails: call.answered ? "Connection succeeded." : "No answer.",
  };
}

/** What the sandbox keeps nothing of, written as a project without these services has it. */
const NOTHING_ELSE = {
  mapVisits: null,
  attrs: null,
  comments: null,
  phrases: null,
  additionalTags: [],
  yandexDirect: null,
  googleAdWords: null,
  dcm: null,
};

/** Google's client id is `clientId` here and `session.guaClientId` in the journal of requests. */
function toSession(call: Lead, context: JournalContext): Row {
  const { session } = call;
  return {
    url: session ? "https://example.ru/" : null,
    ref: session ? "https://yandex.ru/" : null,
    hostname: "example.ru",
    city: "saint petersburg",
    sessionId: session ? call.id + 4_000_000 : null,
    sessionDate: session ? toJournalDateTime(call.at, context) : null,
    clientId: session?.guaClientId ?? null,
    yaClientId: session?.yaClientId ?? null,
    ctCallerId: `caller-${call.id}`,
    // Above what a JSON number keeps exactly, as the real ones are.
    ctClientId: session ? 2_500_000_000_000_000_000 : null,
  };
}

function toOrder(deal: SandboxDeal, timeZone: string): Row {
  return {
    orderId: deal.calltouchOrderId,
    orderNumber: deal.orderNumber,
    orderDate: toListingDateTime(deal.orderAt, timeZone),
    createdDate: toListingDate(deal.createdAt, timeZone),
    plannedAmount: deal.revenue === null ? null : Number(deal.revenue),
    completedAmount: null,
    completedDate: null,
  };
}
