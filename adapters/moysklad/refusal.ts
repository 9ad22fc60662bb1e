/** What MoySklad's refusal of a counterparty or an order means, and who must do what. Pure. */
import type { Notice } from "../../src/adapter.ts";
import { ApiStopError, type RefusedError } from "./errors.ts";
import type { MoyskladSettings } from "./settings.ts";

const REQUIRED = 3000;
const CONFLICT = 1065;
const NOT_FOUND = 1021;
const NOT_UNIQUE = 3006;
/** A field, a state or an organization is gone, or another one now stands under its id. */
const STALE: readonly number[] = [
  2010, 2011, 2012, 2013, 2014, 2015, 2017, 2018, 2024, 2027, 11001, 11002, 14000, 14003,
];

export const NO_ORGANIZATION: Notice = {
  code: "ORGANIZATION",
  message: "В МоёмСкладе несколько юрлиц или ни одного: укажите нужное в настройке organization",
};

/** Whether it may go through once what the merchant has set up is read again. */
export function canBeStale(error: RefusedError, { defaults = {} }: MoyskladSettings): boolean {
  const hasDefault = error.has(REQUIRED) && error.parameters.some((name) => Object.hasOwn(defaults, name));
  return hasDefault || error.has(...STALE, CONFLICT, NOT_FOUND);
}

/** What was asked is not part of what the merchant pays for; other things may be. */
export function isTariffClosed(error: unknown): boolean {
  return error instanceof ApiStopError && error.result.kind === "halted" && error.result.reason.code === "TARIFF";
}

export function toReason(error: RefusedError): Notice {
  const isOrder = error.path.startsWith("/entity/customerorder");
  const [parameter] = error.parameters;
  if (error.has(REQUIRED) && parameter !== undefined) {
    const way = isOrder ? " или задайте значение в настройке defaults" : "";
    const message = `Обязательное поле ${isOrder ? "заказа" : "контрагента"} «${parameter.slice(0, 100)}» нечем заполнить: снимите с него обязательность в МоёмСкладе${way}`;
    return { code: "REQUIRED_FIELD", message };
  }
  if (error.has(NOT_UNIQUE)) {
    return { code: "NOT_UNIQUE", message: "МойСклад требует уникальных значений: проверьте в нём нумерацию заказов" };
  }
  if (error.has(...STALE)) {
    return {
      code: "STALE_SETTINGS",
      message: "В настройках указано то, чего в МоёмСкладе больше нет: запустите setup и исправьте названное в нём",
    };
  }
  const [code = error.status] = error.codes;
  const field = parameter === undefined ? "" : `, поле «${parameter.slice(0, 100)}»`;
  const what = isOrder ? "заказ" : "контрагента";
  return { code: "REFUSED", message: `МойСклад не принял ${what}: ошибка ${code}${field}` };
}
