/** What Calltouch has of these deals, as it says itself. */
import type { ListedDeal } from "../calltouch/listed-deal.ts";
import type { ActedDeal } from "../database/acted-deals.ts";
import { readListing, toWindows } from "../dispatcher/listing.ts";
import type { Reader } from "../dispatcher/reader.ts";
import type { ActionContext, ActionOutcome, ActionOutcomes } from "./action.ts";
import { askByNumber } from "./by-number.ts";
import { CHANGING, toUnread } from "./pending.ts";
import { createReaders } from "./read.ts";

const EXISTS = { result: "exists", code: "EXISTS", message: "Есть в Calltouch" } as const;
const DELETED = { result: "deleted", code: "DELETED_IN_CALLTOUCH", message: "Удалена в Calltouch" } as const;
export const ABSENT: ActionOutcome = { result: "absent", code: "ABSENT", message: "В Calltouch нет" };
const NOT_LISTED_YET: ActionOutcome = {
  result: "pending",
  code: "NOT_LISTED",
  message: "Передана только что, Calltouch её ещё не показывает. Проверьте позже",
};

/** Of one check: a check of many is not to cost a request for each. */
const BY_NUMBER_MAX = 5;

interface Sought extends ActedDeal {
  orderNumber: string;
  orderAt: number;
}

/** Deals of one site that were made about the same time share one reading. */
export async function checkDeals(deals: readonly ActedDeal[], context: ActionContext): Promise<ActionOutcomes> {
  // Without a number it was never sent.
  const outcomes: ActionOutcomes = new Map(deals.map(({ id }) => [id, ABSENT]));
  const sought = deals.filter(isSought);
  const readers = await createReaders(
    context,
    sought.map(({ siteId }) => siteId),
  );
  for (const [siteId, reader] of readers) {
    const windows = toWindows(sought.filter((deal) => deal.siteId === siteId));
    for (const { from, to, deals: ofWindow } of windows) {
      const isOurs = (record: ListedDeal) => ofWindow.some((deal) => isOf(record, deal));
      const listing = await readListing(reader, { from, to }, { keep: isOurs });
      for (const deal of ofWindow) {
        outcomes.set(deal.id, toOutcome(deal));
      }

      function toOutcome(deal: Sought): ActionOutcome {
        if (listing.kind === "inconclusive") return CHANGING;
        if (listing.kind !== "listed") return toUnread(listing, context.connection.timeZone);
        const records = listing.records.filter((record) => isOf(record, deal));
        return toFound(records, deal.orderNumber) ?? toMissing(deal, reader, context);
      }
    }
  }
  const missing = sought.filter((deal) => outcomes.get(deal.id)?.code === ABSENT.code && mayBeElsewhere(deal));
  for (const { id, siteId, orderNumber } of missing.slice(0, BY_NUMBER_MAX)) {
    const reader = readers.get(siteId);
    const outcome = reader && (await checkByNumber(reader, orderNumber, context));
    if (outcome) outcomes.set(id, outcome);
  }
  return outcomes;
}

function isSought(deal: ActedDeal): deal is Sought {
  return deal.orderNumber !== null && deal.orderAt !== null;
}

/** The ERP's former exchange may have made it, under the guid of its document, when that had another date. */
function mayBeElsewhere({ isDelivered, orderNumber, key }: Sought): boolean {
  return !isDelivered && orderNumber === key;
}

/** Calltouch may show its own number in place of ours. */
function isOf({ orderNumber, calltouchId }: ListedDeal, deal: Sought): boolean {
  return orderNumber === deal.orderNumber || (deal.calltouchId !== null && calltouchId === deal.calltouchId);
}

/** Undefined when nothing is shown under it. */
export async function checkByNumber(
  reader: Reader,
  orderNumber: string,
  { connection }: ActionContext,
): Promise<ActionOutcome | undefined> {
  const asked = await askByNumber(reader, orderNumber);
  switch (asked.kind) {
    case "found":
      return toFound(asked.records, orderNumber);
    case "unread":
      return CHANGING;
    case "nothing":
      return undefined;
    default:
      return toUnread(asked, connection.timeZone);
  }
}

/** Of a number that stands there twice the living deal counts. Undefined when it is not there. */
function toFound(records: readonly ListedDeal[], orderNumber: string): ActionOutcome | undefined {
  const record = records.find(({ isDeleted }) => !isDeleted) ?? records[0];
  if (!record) return undefined;
  const { calltouchId, status, revenueKopecks, isDeleted } = record;
  return {
    ...(isDeleted ? DELETED : EXISTS),
    orderNumber,
    ...(calltouchId === undefined ? {} : { dealId: calltouchId }),
    ...(status === undefined ? {} : { dealStatus: status }),
    ...(revenueKopecks === undefined ? {} : { revenueKopecks }),
  };
}

function toMissing({ isDelivered, touchedAt, orderNumber }: Sought, { account }: Reader, context: ActionContext) {
  const isFresh = isDelivered && context.platform.now() - touchedAt < account.listingLagMs;
  return { ...(isFresh ? NOT_LISTED_YET : ABSENT), orderNumber };
}
