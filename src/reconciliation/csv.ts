/** The reconciliation as a table that a Russian Excel opens by a double click: BOM, semicolons, decimal commas. Pure. */
import { toMoney } from "../calltouch/format.ts";
import type { Report } from "./reconcile.ts";

/** Texts as they are; money in kopecks. */
export type Cell = string | number | { kopecks: number };

const BOM = "\ufeff";
const LINE_END = "\r\n";

const HEADER = [
  "Вид",
  "Номер сделки",
  "GUID документа",
  "Статус",
  "Воронка",
  "Поле",
  "В мосте",
  "В Calltouch",
  "Количество в мосте",
  "Количество в Calltouch",
  "Сумма в мосте",
  "Сумма в Calltouch",
  "Код",
  "Причина",
] as const;
type Column = (typeof HEADER)[number];

const FIELDS = { status: "Статус", revenue: "Сумма", funnel: "Воронка", manager: "Менеджер" };

export function toReportCsv(report: Report): string {
  const rows: Partial<Record<Column, Cell>>[] = [
    ...report.summary.map(({ status, funnel, bridge, calltouch }) => ({
      Вид: "Итог",
      Статус: status,
      Воронка: funnel,
      "Количество в мосте": bridge.count,
      "Количество в Calltouch": calltouch.count,
      "Сумма в мосте": { kopecks: bridge.revenueKopecks },
      "Сумма в Calltouch": { kopecks: calltouch.revenueKopecks },
    })),
    ...report.missing.items.map((deal) => ({
      Вид: "Нет в Calltouch",
      "Номер сделки": deal.orderNumber,
      "GUID документа": deal.guid,
      Статус: deal.status,
      Воронка: deal.funnel,
      "Сумма в мосте": { kopecks: deal.revenueKopecks },
      Код: deal.code,
      Причина: deal.message,
    })),
    ...report.extra.items.map((deal) => ({
      Вид: "Лишняя в Calltouch",
      "Номер сделки": deal.orderNumber,
      Статус: deal.status,
      Воронка: deal.funnel,
      "Сумма в Calltouch": { kopecks: deal.revenueKopecks },
    })),
    ...report.different.items.map(({ orderNumber, guid, field, bridge, calltouch }) => ({
      Вид: "Расхождение",
      "Номер сделки": orderNumber,
      "GUID документа": guid,
      Поле: FIELDS[field],
      "В мосте": toCell(bridge),
      "В Calltouch": toCell(calltouch),
    })),
    ...report.skipped.map(({ code, message, count }) => ({
      Вид: "Пропущено",
      "Количество в мосте": count,
      Код: code,
      Причина: message,
    })),
    ...(["missing", "extra", "different"] as const).flatMap((list) => {
      const { total, items } = report[list];
      const left = total - items.length;
      return left > 0 ? [{ Вид: "Не показано", Поле: LISTS[list], "Количество в мосте": left }] : [];
    }),
  ];
  return toCsv([HEADER, ...rows.map((row) => HEADER.map((column) => row[column] ?? ""))]);
}

const LISTS = { missing: "Нет в Calltouch", extra: "Лишняя в Calltouch", different: "Расхождение" };

export function toCsv(rows: readonly (readonly Cell[])[]): string {
  return BOM + rows.map((row) => row.map(toText).join(";") + LINE_END).join("");
}

/** A text that Excel would take for a formula is made a plain one. */
export function guardFormula(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function toCell(value: string | number | null): Cell {
  return typeof value === "number" ? { kopecks: value } : (value ?? "");
}

function toText(cell: Cell): string {
  if (typeof cell === "number") return String(cell);
  if (typeof cell === "object") return toMoney(cell.kopecks).replace(".", ",");
  const plain = guardFormula(cell.replaceAll("\0", ""));
  return /[;"\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
