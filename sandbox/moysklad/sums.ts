/** Money a document does not keep but adds up: its own positions, and the payments, shipments and returns linked to it. */
import type { Entity, Row } from "./entity.ts";
import { numberOf } from "./entity.ts";
import type { Store } from "./store.ts";

/** Σ quantity · price · (1 − discount / 100), and the VAT within or on top of it. */
export function sumPositions(positions: readonly Row[], vatEnabled: boolean, vatIncluded: boolean) {
  let sum = 0;
  let vatSum = 0;
  for (const position of positions) {
    const net =
      numberOf(position, "quantity") * numberOf(position, "price") * (1 - numberOf(position, "discount") / 100);
    const vat = vatEnabled ? numberOf(position, "vat") : 0;
    const ownVat = vatIncluded ? (net * vat) / (100 + vat) : (net * vat) / 100;
    sum += vatIncluded ? net : net + ownVat;
    vatSum += ownVat;
  }
  return { sum, vatSum };
}

export interface Links {
  payments: Entity[];
  demands: Entity[];
  invoicesOut: Entity[];
  returns: Entity[];
}

const PAYMENTS = new Set(["paymentin", "cashin", "paymentout", "cashout"]);

/** Documents that name this one, without those in the recycle bin. */
export function linksOf(entity: Entity, store: Store): Links {
  const linked = store.referrers(entity.id).filter(({ deletedAt }) => deletedAt === null);
  const through = (type: string, field: string) =>
    linked.filter((other) => other.type === type && other.references[field]?.id === entity.id);
  return {
    payments: linked.filter(({ type }) => PAYMENTS.has(type)),
    demands: through("demand", "customerOrder"),
    invoicesOut: through("invoiceout", "customerOrder"),
    returns: through("salesreturn", "demand"),
  };
}

/** What `applicable` incoming payments give to this document, and to its shipments and invoices when asked. */
export function payedSumOf(entity: Entity, store: Store, includesIndirect: boolean): number {
  const { payments, demands, invoicesOut } = linksOf(entity, store);
  const incoming = entity.type === "salesreturn" ? ["paymentout", "cashout"] : ["paymentin", "cashin"];
  const direct = payments
    .filter((payment) => incoming.includes(payment.type) && payment.scalars["applicable"] === true)
    .flatMap(({ operations }) => operations.filter(({ target }) => target.id === entity.id))
    .reduce((sum, { linkedSum }) => sum + linkedSum, 0);
  if (!includesIndirect || entity.type !== "customerorder") return direct;
  return [...demands, ...invoicesOut].reduce((sum, other) => sum + payedSumOf(other, store, false), direct);
}

export function sumOfApplicable(documents: Entity[]): number {
  return documents
    .filter(({ scalars }) => scalars["applicable"] === true)
    .reduce((sum, document) => sum + numberOf(document, "sum"), 0);
}
