/** An order of Dalion, its shipments and returns for tests to start from. */
import { dalion } from "../../adapters/dalion/index.ts";
import type { Fold } from "../../src/adapter.ts";
import type { Deal } from "../../src/deal.ts";
import { fold, reorder } from "./fixtures.ts";

export const ORDER = "2c55a318-c2ed-11ed-80d6-2c44fd8322a7";
export const BASE = { guid: ORDER, type: "ЗаказПокупателя", number: "ER00004127", date: "2023-03-15T17:21:44" };

export function order(fields: object = {}) {
  return {
    ...BASE,
    posted: true,
    client: "Савельев Денис",
    phones: "8 900 200-30-41",
    manager: "Котова Анна",
    amount: 1_000,
    profit: 300,
    items: [{ name: "Фильтр", kind: "Товар", group: "Запчасти/Фильтры" }],
    ...fields,
  };
}

/** The n-th shipment is of the n-th day after the order and brings n hundred roubles, a tenth of it profit. */
export function shipment(n: number, fields: object = {}) {
  return {
    guid: guidOf("1", n),
    type: "Реализация",
    number: `Р-${n}`,
    date: `2023-03-${15 + n}T12:00:00`,
    posted: true,
    amount: n * 100,
    profit: n * 10,
    base: BASE,
    ...fields,
  };
}

/** The n-th return is of the n-th day of April. */
export function giveBack(n: number, fields: object = {}) {
  return { ...shipment(n, { type: "Возврат", guid: guidOf("2", n), date: `2023-04-0${n}T12:00:00` }), ...fields };
}

export const sale = (fields: object = {}) => {
  const { base: _, ...document } = shipment(1, { phones: "8 900 200-30-41" });
  return { ...document, ...fields };
};

/** Folds in every order, and insists that the order did not matter. */
export function foldAll(documents: readonly unknown[], settings: unknown = {}, itemKindTags = false): Fold {
  const result = fold(dalion, documents, settings, itemKindTags);
  for (const shuffled of reorder(documents)) {
    if (JSON.stringify(fold(dalion, shuffled, settings, itemKindTags)) !== JSON.stringify(result)) {
      throw new Error("The order of the documents matters");
    }
  }
  return result;
}

export function dealOf(documents: readonly unknown[], settings: unknown = {}, itemKindTags = false): Deal {
  const result = foldAll(documents, settings, itemKindTags);
  if (result.kind !== "deal") throw new Error(JSON.stringify(result));
  return result.deal;
}

export function warningsOf(documents: readonly unknown[], settings: unknown = {}): string[] {
  const result = foldAll(documents, settings);
  return result.kind === "skipped" ? [] : result.warnings.map(({ code }) => code);
}

/** Status, revenue and margin in roubles; or what became of the deal instead. */
export function summary(documents: readonly unknown[], settings: unknown = {}): unknown[] {
  const result = foldAll(documents, settings);
  if (result.kind === "skipped") return ["skipped", result.reason.code];
  if (result.kind === "deletion") return ["deletion"];
  const { status, revenueKopecks, marginKopecks } = result.deal;
  return [status, toRoubles(revenueKopecks), toRoubles(marginKopecks)];
}

function toRoubles(kopecks: number | undefined): number | undefined {
  return kopecks === undefined ? undefined : kopecks / 100;
}

function guidOf(kind: string, n: number): string {
  return `5a1e00${kind}${n}-c2ed-11ed-80d6-2c44fd8322a7`;
}
