/** A period as 1C writes it: local dates, or local dates and times, both ends included. Pure. */
import { fromWallClock, toWallClock } from "../zone.ts";

export const PERIOD_DAYS_MAX = 366;
const DAY_MS = 86_400_000;
/** The longest day of the year has an hour more. */
const PERIOD_MS_MAX = PERIOD_DAYS_MAX * DAY_MS + 3_600_000;

/** Epoch milliseconds; `toAt` itself is outside. */
export interface Period {
  fromAt: number;
  toAt: number;
}

const BOUND = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2}))?$/;
const isDate = "ожидается дата вида 2026-11-01 или 2026-11-01T00:00:00";

/** The period, or in Russian what is wrong with it. A last day, or a last second, belongs to it. */
export function parsePeriod(from: string, to: string, timeZone: string): Period | { problem: string } {
  const first = parseBound(from);
  if (!first) return { problem: `Поле from: ${isDate}` };
  const last = parseBound(to);
  if (!last) return { problem: `Поле to: ${isDate}` };
  const fromAt = fromWallClock({ ...first, ...(first.time ?? MIDNIGHT) }, timeZone);
  const toAt = last.time
    ? fromWallClock({ ...last, ...last.time }, timeZone) + 1_000
    : fromWallClock({ ...nextDay(last), ...MIDNIGHT }, timeZone);
  if (toAt <= fromAt) return { problem: "Конец периода раньше его начала. Проверьте поля from и to" };
  if (toAt - fromAt > PERIOD_MS_MAX) return { problem: `Период больше ${PERIOD_DAYS_MAX} дней. Уменьшите его` };
  return { fromAt, toAt };
}

/** As 1C writes dates: local, without a zone. */
export function toLocalText(at: number, timeZone: string): string {
  const { year, month, day, hour, minute, second } = toWallClock(at, timeZone);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
}

/** Both ends as `parsePeriod` reads them. */
export function toPeriodTexts({ fromAt, toAt }: Period, timeZone: string): { from: string; to: string } {
  return { from: toLocalText(fromAt, timeZone), to: toLocalText(toAt - 1_000, timeZone) };
}

const MIDNIGHT = { hour: 0, minute: 0, second: 0 };

interface Day {
  year: number;
  month: number;
  day: number;
}

function parseBound(text: string): (Day & { time?: typeof MIDNIGHT }) | undefined {
  const match = BOUND.exec(text.trim());
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day));
  const isReal = year >= 2000 && year < 2100 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!isReal || hour > 23 || minute > 59 || second > 59) return undefined;
  return { year, month, day, ...(match[4] === undefined ? {} : { time: { hour, minute, second } }) };
}

function nextDay({ year, month, day }: Day): Day {
  const date = new Date(Date.UTC(year, month - 1, day + 1));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}
