/** Sums as 1C writes them. A document keeps the decimal text, which reads back into itself; a deal has kopecks. */
import { isAbsent, quote, type Reading } from "./field.ts";

/** A hundred documents of the largest sum still fit the deal's bound. */
const WHOLE_DIGITS_MAX = 11;
const DECIMAL = /^([+-]?)(\d*)\.?(\d*)$/;

/**
 * Reads a number, or its text with spaces between groups and a comma, into a decimal with exactly two places, half a
 * kopeck rounded away from zero. Worked out on the text: 1.005 is 1.01.
 */
export function readAmount(raw: unknown): Reading<string | null> {
  if (isAbsent(raw)) return { value: null };
  const [, sign, whole = "", fraction = ""] = DECIMAL.exec(toPlainText(raw)) ?? [];
  if (sign === undefined || whole + fraction === "") {
    return {
      problem: `сумма ${quote(raw)} не читается. Передайте число, например 12500.50`,
      code: "AMOUNT",
    };
  }
  if (whole.replace(/^0+/, "").length > WHOLE_DIGITS_MAX) {
    return { problem: `сумма ${quote(raw)} слишком велика. Передайте сумму в рублях`, code: "AMOUNT" };
  }
  const kopecks = Number(whole + fraction.slice(0, 2).padEnd(2, "0")) + ((fraction[2] ?? "0") >= "5" ? 1 : 0);
  const digits = String(kopecks).padStart(3, "0");
  return { value: `${sign === "-" && kopecks > 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}` };
}

function toPlainText(raw: unknown): string {
  // Below 1e-6 a number prints with an exponent, and is nothing in kopecks; past 1e21 it is no sum of anything.
  if (typeof raw === "number") return Math.abs(raw) < 1e-6 ? "0" : String(raw);
  return typeof raw === "string" ? raw.replace(/\s/g, "").replace(",", ".").replace("\u2212", "-") : "?";
}

/** Kopecks of a decimal that `readAmount` returned. */
export function toKopecks(decimal: string): number {
  return Number(decimal.replace(".", ""));
}
