/** One value of a body, checked against its field. Everything here throws ApiError with the vendor's code. */
import { refuse } from "./api-error.ts";
import { isRecord, type Reference, type Scalar } from "./entity.ts";
import type { Hrefs, Target } from "./hrefs.ts";
import { isGuid } from "./ids.ts";
import type { Field } from "./kinds.ts";
import type { Merchant } from "./merchant.ts";
import { parseMoscowDate, toFullMinute } from "./moscow-date.ts";

export interface Reading {
  merchant: Merchant;
  hrefs: Hrefs;
  deadStateCode: number;
}

type ScalarField = Extract<Field, { kind: "text" | "guid" | "number" | "flag" | "moment" | "choice" }>;

/** Null clears: the empty text. */
export function readScalar(field: ScalarField, value: unknown, name: string): Scalar | null {
  switch (field.kind) {
    case "text":
      return readText(value, name, field.max, field.email === true);
    case "guid":
      if (typeof value !== "string" || !isGuid(value)) throw refuse(1052, `Поле '${name}' — не UUID`, name);
      return value;
    case "number":
      if (typeof value !== "number") throw wrongType(name);
      if (value < 0) throw refuse(3002, `Поле '${name}' не может быть отрицательным`, name);
      return value;
    case "flag":
      if (typeof value !== "boolean") throw wrongType(name);
      return value;
    case "moment": {
      if (typeof value !== "string") throw wrongType(name);
      const at = parseMoscowDate(value, false);
      if (at === null) throw refuse(1035, `Неверный формат даты '${value}'`, name);
      return field.fullMinute ? toFullMinute(at) : at;
    }
    case "choice":
      if (typeof value !== "string") throw wrongType(name);
      if (!field.of.includes(value)) throw refuse(3005, `Недопустимое значение поля '${name}': ${value}`, name);
      return value;
    default:
      return field satisfies never;
  }
}

export function readText(value: unknown, name: string, max: number, isEmail: boolean): string | null {
  if (typeof value !== "string") throw wrongType(name);
  if (value.length > max) throw refuse(3040, `Длина поля '${name}' больше ${max} символов`, name);
  if (value === "") return null;
  if (isEmail && !/^[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+$/.test(value)) throw refuse(3015, `Неверный e-mail: ${value}`, name);
  return value;
}

/** @param owner the entity type whose states are meant, when the field is a state */
export function readReference(
  value: unknown,
  name: string,
  to: readonly string[],
  owner: string,
  { merchant, hrefs, deadStateCode }: Reading,
): Reference {
  const target = readTarget(value, name, hrefs);
  if (!to.includes(target.type)) throw refuse(2024, `Поле '${name}' не может указывать на ${target.type}`, name);
  const isState = target.type === "state";
  const found = merchant.store.get(target.id);
  if (found?.type !== target.type || found.deletedAt !== null) {
    throw refuse(isState ? deadStateCode : 2013, `Объект поля '${name}' не найден`, name);
  }
  const foundOwner = found.scalars["entityType"];
  if (isState && (target.owner !== owner || foundOwner !== owner)) {
    throw refuse(11002, "Статус другого типа документа", name);
  }
  return { type: target.type, id: found.id };
}

/** The entity a `{ meta: { href, type } }` names, whether it exists or not. */
export function readTarget(value: unknown, name: string, hrefs: Hrefs): Target {
  if (!isRecord(value)) throw wrongType(name);
  const meta = value["meta"];
  if (!isRecord(meta) || typeof meta["href"] !== "string") throw refuse(2010, `В поле '${name}' нет meta.href`, name);
  if (typeof meta["type"] !== "string") throw refuse(2011, `В поле '${name}' нет meta.type`, name);
  const target = hrefs.parse(meta["href"], name);
  if (target.type !== meta["type"]) throw refuse(2024, `В поле '${name}' meta.type не подходит к meta.href`, name);
  return target;
}

export function wrongType(name: string): Error {
  return refuse(2016, `Неверный тип значения поля '${name}'`, name);
}
