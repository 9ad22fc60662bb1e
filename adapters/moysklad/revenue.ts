/** The money of an order. Pure. */
import type { Notice } from "../../src/adapter.ts";
import type { MoyskladDocument } from "./document.ts";
import type { MoyskladSettings } from "./settings.ts";

const KOPECKS_MAX = 1e15;

/**
 * Kopecks of the account's currency, never below zero: what the order is worth, what was paid or what was shipped, less
 * what was lost again.
 */
export function toRevenueKopecks(
  document: MoyskladDocument,
  { revenue }: Pick<MoyskladSettings, "revenue">,
  warnings: Notice[],
): number {
  if (document.deleted !== null) return 0;
  const gained = { sum: document.sum, paid: document.payedSum, shipped: document.shippedSum }[revenue] ?? 0;
  const kopecks = Math.round((gained - lostOf(document, revenue, gained)) * (document.rate?.value ?? 1));
  if (kopecks < 0) {
    warnings.push({
      code: "AMOUNT_NEGATIVE",
      message: "Возвраты больше суммы заказа, передан ноль. Проверьте возвраты заказа в МоёмСкладе",
    });
  }
  return Math.min(Math.max(kopecks, 0), KOPECKS_MAX);
}

/** The money paid back. Where payments do not count, the goods brought back or the money, whichever is more: mostly they are the same. */
function lostOf(document: MoyskladDocument, revenue: MoyskladSettings["revenue"], gained: number): number {
  const paidBack = document.refundedSum ?? 0;
  if (revenue === "paid") return paidBack;
  // What was paid too much never counted.
  const overpaid = Math.max((document.payedSum ?? 0) - gained, 0);
  return Math.max(document.returnedSum ?? 0, paidBack - overpaid);
}
