/** An appointment and a work order of Alfa-Auto for tests to start from. */
import { alfaAuto } from "../../adapters/alfa-auto/index.ts";
import type { Deal } from "../../src/deal.ts";
import { fold } from "./fixtures.ts";

export const APPOINTMENT = "2c55a318-0001-11f1-80d6-2c44fd8322a7";
export const ORDER = "2c55a318-0011-11f1-80d6-2c44fd8322a7";
export const BASE = { guid: APPOINTMENT, type: "ЗаявкаНаРемонт", number: "ПС00010196", date: "2026-09-12T18:38:09" };
export const appointment = {
  ...BASE,
  changedAt: "2026-09-13T12:00:00",
  status: "Предварительная заявка",
  statusDate: "2026-09-13T10:00:00",
  amount: 12500.5,
  manager: "Соколов Андрей",
  reason: "Стук в подвеске",
  client: "Белозёров Игорь",
  phones: "8 900 123-45-67",
  emails: "belozerov@example.com",
  car: { make: "Toyota", model: "Camry", year: 2015 },
};
export const order = {
  guid: ORDER,
  type: "ЗаказНаряд",
  number: "ЗН00020311",
  date: "2026-09-14T08:30:00",
  changedAt: "2026-09-15T12:00:00",
  status: "В работе",
  statusDate: "2026-09-15T10:00:00",
  amount: 41000,
  manager: "Громов Павел",
  reason: "Замена стоек",
  campaign: "Осенняя диагностика",
};

export function dealOf(documents: readonly unknown[], settings: unknown = {}): Deal {
  const result = fold(alfaAuto, documents, settings);
  if (result.kind !== "deal") throw new Error(JSON.stringify(result));
  return result.deal;
}

export function warningsOf(documents: readonly unknown[], settings: unknown = {}): string[] {
  const result = fold(alfaAuto, documents, settings);
  return result.kind === "skipped" ? [] : result.warnings.map(({ code }) => code);
}
