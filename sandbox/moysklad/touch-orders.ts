/** Orders that follow from what was done to a payment or a shipment. */
import type { Entity } from "./entity.ts";
import { kindOfStored } from "./kinds.ts";
import type { Session } from "./session.ts";
import type { Store } from "./store.ts";

/** A payment or a shipment changes sums of an order; whether that counts as a change of the order is not documented. */
export function touchOrders(entity: Entity, before: Entity | null, session: Session): void {
  const { paymentTouchesOrder, shipmentTouchesOrder } = session.knobs;
  const isPayment = "operations" in kindOfStored(entity.type).fields;
  if (isPayment ? !paymentTouchesOrder : !shipmentTouchesOrder) return;
  const { store } = session.merchant;
  const touched = [entity, before].flatMap((version) => (version ? ordersOf(version, store) : []));
  for (const id of new Set(touched)) {
    const order = store.get(id);
    if (order?.type !== "customerorder") continue;
    const bumped = { ...order, updatedAt: session.now };
    store.put(bumped);
    const fields = [isPayment ? "payments" : "demands"];
    session.changes.push({ action: "UPDATE", eventType: "update", entity: bumped, before: order, fields });
  }
}

function ordersOf(entity: Entity, store: Store): string[] {
  const order = entity.references["customerOrder"]?.id;
  const through = [...entity.operations.map(({ target }) => target.id), entity.references["demand"]?.id];
  const indirect = through.flatMap((id) =>
    id === undefined ? [] : [id, store.get(id)?.references["customerOrder"]?.id],
  );
  return [order, ...indirect].flatMap((id) => (id === undefined ? [] : [id]));
}
