/** Revenue and margin, always computed from all documents anew: nothing is counted twice, and what is withdrawn leaves. */
import type { Notice } from "../../src/adapter.ts";
import type { Deal } from "../../src/deal.ts";
import { toKopecks } from "../onec/amount.ts";
import type { DalionDocument } from "./document.ts";
import type { Progress } from "./progress.ts";
import type { Sale } from "./sale.ts";
import type { DalionSettings } from "./settings.ts";
import { SHIPMENT } from "./type.ts";

export interface Sum {
  kopecks: number;
  isEmpty: boolean;
  /** Every document has told its part. */
  isWhole: boolean;
}

/** A sum below zero is no sum of a document. */
export function addAmounts(documents: readonly DalionDocument[]): Sum {
  return add(documents.map(({ amount }) => (isNegative(amount) ? null : amount)));
}

export function toMoney(
  sale: Sale,
  { stage }: Progress,
  settings: DalionSettings,
): Pick<Deal, "revenueKopecks" | "marginKopecks"> {
  const { head, shipments, returns, withdrawn } = sale;
  if (stage === "shipped" || stage === "returned") {
    const shipped = addAmounts(shipments);
    const profit = add(shipments.map(({ profit }) => profit));
    return {
      ...(shipped.isEmpty ? {} : { revenueKopecks: Math.max(0, shipped.kopecks - addAmounts(returns).kopecks) }),
      ...(profit.isEmpty ? {} : { marginKopecks: profit.kopecks - add(returns.map(({ profit }) => profit)).kopecks }),
    };
  }
  // Calltouch may have a margin from a shipment that has left; a deal never shipped has none to be taken back.
  const left = stage === "cancelled" ? [...shipments, ...withdrawn] : withdrawn;
  const margin = left.some(({ profit }) => profit !== null) ? { marginKopecks: 0 } : {};
  if (stage === "cancelled" || settings.revenueBeforeShipment === "zero") return { revenueKopecks: 0, ...margin };
  const ordered = addAmounts([head]);
  return { ...(ordered.isEmpty ? {} : { revenueKopecks: ordered.kopecks }), ...margin };
}

/** What is wrong with the sums that count. */
export function moneyWarnings(sale: Sale, { stage }: Progress, settings: DalionSettings): Notice[] {
  const { head, headType, shipments, returns } = sale;
  const counted = [...shipments, ...returns];
  const isOrderNeeded =
    headType !== SHIPMENT &&
    (settings.shippedWhen === "full" || (settings.revenueBeforeShipment === "amount" && stage === "ordered"));
  const needed = isOrderNeeded ? [head, ...counted] : counted;
  const warnings = [...new Set([head, ...counted])].flatMap((document) => {
    if (isNegative(document.amount)) return amountNegative(document);
    return document.amount === null && needed.includes(document) ? amountMissing(document) : [];
  });
  if (stage === "cancelled") return shipments.length > 0 ? [...warnings, SHIPMENTS_LEFT] : warnings;
  const shipped = addAmounts(shipments);
  const exceeds = shipped.isWhole && addAmounts(returns).kopecks > shipped.kopecks;
  return exceeds ? [...warnings, RETURNS_EXCEED] : warnings;
}

function add(decimals: readonly (string | null)[]): Sum {
  const known = decimals.filter((decimal) => decimal !== null).map(toKopecks);
  return {
    kopecks: known.reduce((left, right) => left + right, 0),
    isEmpty: known.length === 0,
    isWhole: known.length === decimals.length,
  };
}

function isNegative(decimal: string | null): boolean {
  return decimal?.startsWith("-") ?? false;
}

function amountNegative({ type, number }: DalionDocument): Notice {
  const message = `${type} ${number}: сумма меньше нуля, она не учтена. Передайте её без минуса, возврат — документом возврата`;
  return { code: "AMOUNT_NEGATIVE", message };
}

function amountMissing({ type, number }: DalionDocument): Notice {
  return { code: "AMOUNT_MISSING", message: `${type} ${number}: нет суммы. Заполните её и отправьте документ ещё раз` };
}

const RETURNS_EXCEED: Notice = {
  code: "RETURNS_EXCEED",
  message: "Возвращено больше, чем отгружено, лишнее не вычтено. Проверьте накладные и возвраты",
};
const SHIPMENTS_LEFT: Notice = {
  code: "SHIPMENTS_LEFT",
  message:
    "Заказ помечен на удаление, но его накладные проведены: передана сумма 0. Снимите пометку или отмените накладные",
};
