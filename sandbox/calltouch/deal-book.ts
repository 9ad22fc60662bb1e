/** Deals of a site as Calltouch keeps them. A change replaces the record, so one that was handed out never changes. */
import type { LeadKind } from "./lead.ts";
import type { CustomSource } from "./matcher.ts";
import type { OrderContacts, Product } from "./order.ts";

export type Link = { kind: LeadKind; id: number } | { kind: "custom"; custom: CustomSource } | { kind: "none" };

export type Origin = "API" | "UI" | "CRM";

export interface SandboxDeal {
  siteId: string;
  calltouchOrderId: number;
  orderNumber: string;
  origin: Origin;
  crm: string | null;
  status: string;
  /** As sent, `DD-MM-YYYY HH:mm:ss`; `statusAt` is the same instant. */
  statusDate: string | null;
  statusAt: number | null;
  /** As sent; `orderAt` is the same instant. */
  orderDate: string;
  orderAt: number;
  currency: string | null;
  /** As sent. */
  revenue: string | null;
  margin: string | null;
  manager: string | null;
  funnel: string | null;
  orderName: string | null;
  orderLink: string | null;
  tags: string[];
  comments: string[];
  customFields: { field: string; value: string }[];
  products: Product[];
  contacts: OrderContacts | null;
  link: Link;
  isDeleted: boolean;
  createdAt: number;
  /** The last `updateDate`, or the instant of the last change made without one. */
  updatedAt: number;
  lastUpdateDateAt: number | null;
  /** How many create items were accepted for this number. */
  creates: number;
}

export interface DealBook {
  put(deal: SandboxDeal): void;
  /** Counts one more accepted create for the number, in all its records. */
  countCreate(orderNumber: string): void;
  /** The newest deal of this number that is not deleted. */
  live(orderNumber: string): SandboxDeal | undefined;
  /** The newest deal of this number, deleted or not. */
  newest(orderNumber: string): SandboxDeal | undefined;
  all(): SandboxDeal[];
}

export function createDealBook(): DealBook {
  const deals = new Map<number, SandboxDeal>();
  const idsByNumber = new Map<string, number[]>();
  const ofNumber = (orderNumber: string) => (idsByNumber.get(orderNumber) ?? []).flatMap((id) => deals.get(id) ?? []);
  return {
    put(deal) {
      if (!deals.has(deal.calltouchOrderId)) {
        idsByNumber.set(deal.orderNumber, [...(idsByNumber.get(deal.orderNumber) ?? []), deal.calltouchOrderId]);
      }
      deals.set(deal.calltouchOrderId, deal);
    },
    countCreate(orderNumber) {
      const records = ofNumber(orderNumber);
      const creates = Math.max(0, ...records.map((deal) => deal.creates)) + 1;
      for (const deal of records) deals.set(deal.calltouchOrderId, { ...deal, creates });
    },
    live: (orderNumber) => ofNumber(orderNumber).findLast((deal) => !deal.isDeleted),
    newest: (orderNumber) => ofNumber(orderNumber).at(-1),
    all: () => [...deals.values()],
  };
}
