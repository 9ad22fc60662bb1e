/** MoySklad's dates: wall-clock time of Moscow, which has kept UTC+3 without summer time since 2014. */

const MOSCOW_MS = 3 * 60 * 60 * 1_000;
const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?)?$/;

/** `2026-11-22 12:30:15.120` of an instant in epoch milliseconds. */
export function toMoscow(at: number): string {
  return new Date(at + MOSCOW_MS).toISOString().replace("T", " ").replace("Z", "");
}

/** Epoch milliseconds; undefined for what is no such date. */
export function fromMoscow(text: string): number | undefined {
  const [found, year, month, day, hour = "00", minute = "00", second = "00", fraction = "0"] = DATE.exec(text) ?? [];
  if (found === undefined) return undefined;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, "0")}Z`;
  const at = Date.parse(iso);
  // Some runtimes roll the thirtieth of February over into March.
  return Number.isNaN(at) || new Date(at).toISOString() !== iso ? undefined : at - MOSCOW_MS;
}
