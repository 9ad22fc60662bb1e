import type { Stamp, ToInstant } from "../../src/adapter.ts";

/** The longest run of digits a number holds exactly. 1C's own ВерсияДанных is no number and does not sort. */
const VERSION = /^\d{1,15}$/;

/** By the version when it is a number, else by the date, a text of `readDate`. */
export function toStamp(version: string | null, date: string | null, toInstant: ToInstant): Stamp | null {
  const digits = (version ?? "").replaceAll(" ", "");
  if (VERSION.test(digits)) return { kind: "version", value: Number(digits) };
  return date === null ? null : { kind: "date", value: toInstant(date) };
}
