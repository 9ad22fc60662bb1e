/** What Calltouch's listing shows of a deal otherwise than the bridge wants it. Pure. */
import { cut } from "../calltouch/format.ts";
import type { ListedDeal } from "../calltouch/listed-deal.ts";
import { LENGTH_MAX } from "../calltouch/order.ts";
import type { ComparedDeal } from "../database/periods.ts";

export type ComparedField = "status" | "revenue" | "funnel" | "manager";

export interface Difference {
  field: ComparedField;
  /** Texts as they are, money in kopecks; null: none. */
  bridge: string | number | null;
  calltouch: string | number | null;
}

/** As it is after it has been through the wire, which cuts texts and knows no money below zero. */
export function toWireTerms({ status, revenueKopecks, funnel, manager }: ComparedDeal): ComparedDeal {
  return {
    status: asListed(status),
    ...(revenueKopecks === undefined ? {} : { revenueKopecks: Math.max(0, revenueKopecks) }),
    ...(funnel ? { funnel: asListed(funnel) } : {}),
    ...(manager ? { manager: asListed(manager) } : {}),
  };
}

/** What the bridge has no word on is Calltouch's own. */
export function differencesOf(wanted: ComparedDeal, listed: ListedDeal): Difference[] {
  const { status, revenueKopecks, funnel, manager } = toWireTerms(wanted);
  const pairs: [ComparedField, string | number | undefined, string | number | undefined][] = [
    ["status", status, listed.status],
    ["revenue", revenueKopecks, listed.revenueKopecks],
    ["funnel", funnel, listed.funnel],
    ["manager", manager, listed.manager],
  ];
  return pairs
    .filter(([field, ours, theirs]) => ours !== undefined && ours !== (field === "revenue" ? (theirs ?? 0) : theirs))
    .map(([field, ours, theirs]) => ({ field, bridge: ours ?? null, calltouch: theirs ?? null }));
}

/** The living one, when a number stands there twice. */
export function byNumber(records: readonly ListedDeal[]): Map<string, ListedDeal> {
  const found = new Map<string, ListedDeal>();
  for (const record of records) {
    if (!record.isDeleted || !found.has(record.orderNumber)) found.set(record.orderNumber, record);
  }
  return found;
}

/** The listing is read without spaces around its texts. */
function asListed(text: string): string {
  return cut(text, LENGTH_MAX.label).trim();
}
