/** Dates as MoySklad writes them: Moscow time, three hours ahead of UTC all year, never ISO. */

const MOSCOW_MS = 3 * 3_600_000;
const MINUTE_MS = 60_000;
const DATE = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$/;

/** "2026-11-22 12:30:15.120" */
export function toMoscowDate(at: number): string {
  return new Date(at + MOSCOW_MS).toISOString().slice(0, 23).replace("T", " ");
}

/**
 * Epoch milliseconds; null for anything else than an existing date since 1970.
 * @param allowMinutes filters may leave the seconds out, bodies may not
 */
export function parseMoscowDate(text: string, allowMinutes: boolean): number | null {
  const [, date, minutes, seconds, milliseconds = ""] = DATE.exec(text) ?? [];
  if (date === undefined || minutes === undefined || (seconds === undefined && !allowMinutes)) return null;
  const full = `${date}T${minutes}:${seconds ?? "00"}.${milliseconds.padEnd(3, "0")}`;
  const at = Date.parse(`${full}Z`) - MOSCOW_MS;
  if (!Number.isFinite(at) || at < 0) return null;
  // Date.parse rolls 31 February over into March.
  return toMoscowDate(at) === full.replace("T", " ") ? at : null;
}

export function toFullMinute(at: number): number {
  return Math.floor(at / MINUTE_MS) * MINUTE_MS;
}
