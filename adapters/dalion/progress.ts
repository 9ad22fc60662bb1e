/** How far a sale has come: its status in Calltouch and since when. */
import type { FoldContext, Hold, ToInstant } from "../../src/adapter.ts";
import type { DalionDocument } from "./document.ts";
import { addAmounts } from "./money.ts";
import type { Sale } from "./sale.ts";
import type { DalionSettings } from "./settings.ts";

export interface Progress {
  stage: "ordered" | "shipped" | "returned" | "cancelled";
  status: string;
  at: number;
  /** The one that made the deal shipped: it tells the manager and the kinds of that moment. */
  shipment: DalionDocument | null;
}

export function toProgress(sale: Sale, { settings, toInstant }: FoldContext<DalionSettings>): Progress {
  const { head, shipments, returns } = sale;
  const shipment = decisiveShipment(sale, settings);
  const orderAt = toInstant(head.date);
  if (head.deleted && settings.deleted !== "ignore") {
    const at = Math.max(orderAt, toChangedAt(head, toInstant));
    return { stage: "cancelled", status: settings.cancelledStatus, at, shipment };
  }
  if (shipment === null) {
    const left = sale.withdrawn.map((document) => toChangedAt(document, toInstant));
    return { stage: "ordered", status: settings.orderedStatus, at: Math.max(orderAt, ...left), shipment };
  }
  // Shipments dated by hand carry midnight, but no status is older than its deal.
  const shippedAt = Math.max(orderAt, toInstant(shipment.date));
  const shipped = addAmounts(shipments);
  const isReturned = returns.length > 0 && shipped.isWhole && addAmounts(returns).kopecks >= shipped.kopecks;
  if (!isReturned || settings.returnedStatus === undefined) {
    return { stage: "shipped", status: settings.shippedStatus, at: shippedAt, shipment };
  }
  const at = Math.max(shippedAt, ...returns.map(({ date }) => toInstant(date)));
  return { stage: "returned", status: settings.returnedStatus, at, shipment };
}

/** What is not told any more once Calltouch has the deal as it stands. */
export function toHold({ stage }: Progress): Hold {
  switch (stage) {
    case "ordered":
      return { notice: UNSHIPPED_EDIT };
    case "shipped":
    case "returned":
      return { except: "money", notice: SHIPPED_EDIT };
    case "cancelled":
      return { notice: CANCELLED_EDIT };
    default:
      return stage satisfies never;
  }
}

export function toChangedAt({ changedAt, date }: DalionDocument, toInstant: ToInstant): number {
  return toInstant(changedAt ?? date);
}

/** The first shipment, or the one by which the order is shipped in full; an order without a sum is with the first. */
function decisiveShipment({ head, shipments }: Sale, settings: DalionSettings): DalionDocument | null {
  const ordered = addAmounts([head]);
  const target = settings.shippedWhen === "full" ? ordered.kopecks : 0;
  const index = shipments.findIndex((_, last) => addAmounts(shipments.slice(0, last + 1)).kopecks >= target);
  return shipments[index] ?? null;
}

const UNSHIPPED_EDIT = {
  code: "UNSHIPPED_EDIT",
  message: "Заказ ещё не отгружен: изменения передаются после отгрузки",
};
const SHIPPED_EDIT = {
  code: "SHIPPED_EDIT",
  message: "Заказ отгружен: передаются только изменения суммы и прибыли",
};
const CANCELLED_EDIT = {
  code: "CANCELLED_EDIT",
  message: "Заказ помечен на удаление: изменения передаются после снятия пометки",
};
