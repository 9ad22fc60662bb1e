/** A body of POST or PUT → the change it wants, or every problem found in it. */
import { ApiError, type Problem, refuse } from "./api-error.ts";
import {
  createPatch,
  type Entity,
  isRecord,
  numberOf,
  type Operation,
  type Patch,
  type Reference,
  type Row,
  type Scalar,
} from "./entity.ts";
import { ALWAYS_IGNORED, type Field, type Fields, type Kind, ROW_FIELDS, ROW_REQUIRED } from "./kinds.ts";
import { parseMoscowDate, toFullMinute } from "./moscow-date.ts";
import { type Reading, readReference, readScalar, readTarget, readText, wrongType } from "./read-field.ts";

export interface BodyReading extends Reading {
  rejectsUnknown: boolean;
  nextId(): string;
}

const TAGS_LENGTH_MAX = 255;

/** @throws ApiError with all problems of the body at once. */
export function readBody(kind: Kind, body: Record<string, unknown>, reading: BodyReading): Patch {
  const patch = createPatch();
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(body)) {
    collect(problems, () => {
      if (name === "attributes" && kind.hasAttributes) patch.attributes = readAttributes(kind, value, reading);
      else readInto(patch, kind.fields, kind.type, name, value, reading);
    });
  }
  if (problems.length > 0) throw new ApiError(problems);
  return patch;
}

function readInto(
  patch: Patch,
  fields: Fields,
  owner: string,
  name: string,
  value: unknown,
  reading: BodyReading,
): void {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) {
    if (ALWAYS_IGNORED.has(name) || !reading.rejectsUnknown) return;
    throw refuse(1007, `Неизвестное поле '${name}'`, name);
  }
  if (field.readOnly) return;
  switch (field.kind) {
    case "reference":
      patch.references[name] = value === null ? null : readReference(value, name, field.to, owner, reading);
      return;
    case "account":
      // The sandbox has no bank accounts, so an account never belongs to the party named.
      readTarget(value, name, { ...reading.hrefs, parse: () => ({ type: "account", id: "", owner: null }) });
      throw refuse(field.code, `Счёт в поле '${name}' не принадлежит контрагенту или юрлицу`, name);
    case "tags":
      patch.tags = readTags(value, name);
      return;
    case "rows":
      patch.rows[name] = readArray(value, name).map((item) => readRow(field, name, item, reading));
      return;
    case "operations":
      patch.operations = readArray(value, name).map((item) => readOperation(field.to, name, item, reading));
      return;
    case "rate": {
      if (!isRecord(value)) throw wrongType(name);
      const currency = readReference(value["currency"], name, ["currency"], owner, reading);
      patch.rate = { currency, value: typeof value["value"] === "number" ? value["value"] : 1 };
      return;
    }
    default:
      patch.scalars[name] = readScalar(field, value, name);
  }
}

function readRow(field: Extract<Field, { kind: "rows" }>, name: string, item: unknown, reading: BodyReading): Row {
  if (!isRecord(item)) throw wrongType(name);
  const patch = createPatch();
  for (const [key, value] of Object.entries(item)) readInto(patch, ROW_FIELDS[field.of], field.of, key, value, reading);
  const scalars = withoutNulls(patch.scalars);
  const references = withoutNulls(patch.references);
  for (const key of ROW_REQUIRED[field.of]) {
    if (scalars[key] === undefined && references[key] === undefined) throw required(key);
  }
  return { id: reading.nextId(), scalars, references };
}

/** One contact person of `POST …/contactpersons`. */
export function readContactPerson(item: unknown, reading: BodyReading): Row {
  return readRow({ kind: "rows", of: "contactperson" }, "contactpersons", item, reading);
}

function readOperation(to: readonly string[], name: string, item: unknown, reading: BodyReading): Operation {
  const target = readReference(item, name, to, "", reading);
  const linkedSum = isRecord(item) ? item["linkedSum"] : undefined;
  if (typeof linkedSum !== "number") throw linkedSum === undefined ? required("linkedSum") : wrongType("linkedSum");
  return { target, linkedSum };
}

function readTags(value: unknown, name: string): string[] {
  const tags = readArray(value, name).map((tag) => {
    if (typeof tag !== "string") throw wrongType(name);
    return tag;
  });
  if (tags.join("").length > TAGS_LENGTH_MAX) throw refuse(3051, "Суммарная длина групп больше 255 символов", name);
  return tags;
}

function readAttributes(kind: Kind, value: unknown, reading: BodyReading): Patch["attributes"] {
  const entries = readArray(value, "attributes").map((item): [string, Scalar | Reference | null] => {
    const target = readTarget(item, "attributes", reading.hrefs);
    if (target.type !== "attributemetadata") throw refuse(2024, "Ожидалась ссылка на доп. поле", "attributes");
    const attribute = reading.merchant.store.get(target.id);
    if (attribute?.type !== "attributemetadata") throw refuse(14003, "Доп. поле не найдено", "attributes");
    if (attribute.scalars["entityType"] !== kind.type || target.owner !== kind.type) {
      throw refuse(14000, "Доп. поле другой сущности", "attributes");
    }
    if (!isRecord(item) || !("value" in item)) throw refuse(14009, "Не указано значение доп. поля", "attributes");
    const known = new Set(["meta", "value", "id", "name", "type"]);
    const unknown = Object.keys(item).find((key) => !known.has(key));
    if (unknown !== undefined && reading.rejectsUnknown) throw refuse(1007, `Неизвестное поле '${unknown}'`, unknown);
    return [attribute.id, item["value"] === null ? null : readAttributeValue(attribute, item["value"], reading)];
  });
  return Object.fromEntries(entries);
}

function readAttributeValue(attribute: Entity, value: unknown, reading: BodyReading): Scalar | Reference | null {
  const name = String(attribute.scalars["name"]);
  const type = String(attribute.scalars["type"]);
  switch (type) {
    case "string":
    case "link":
      return readText(value, name, 255, false);
    case "text":
      return readText(value, name, 4_096, false);
    case "long":
      if (!Number.isInteger(value)) throw wrongType(name);
      return Number(value);
    case "double":
      if (typeof value !== "number") throw wrongType(name);
      return value;
    case "boolean":
      if (typeof value !== "boolean") throw wrongType(name);
      return value;
    case "time": {
      const at = typeof value === "string" ? parseMoscowDate(value, false) : null;
      if (at === null) throw wrongType(name);
      return toFullMinute(at);
    }
    default:
      return readReference(value, name, [type], "", reading);
  }
}

/** @throws ApiError 22000 or 22001. */
export function checkOperations(payment: Entity): void {
  const linked = payment.operations.reduce((sum, operation) => sum + operation.linkedSum, 0);
  if (linked > numberOf(payment, "sum")) throw refuse(22000, "Сумма привязок больше суммы платежа", "operations");
  const targets = new Set(payment.operations.map(({ target }) => target.id));
  if (targets.size < payment.operations.length) throw refuse(22001, "Документ привязан дважды", "operations");
}

export function required(name: string): ApiError {
  return refuse(3000, `Ошибка сохранения объекта: поле '${name}' не может быть пустым или отсутствовать`, name);
}

export function withoutNulls<T>(values: Record<string, T | null>): Record<string, T> {
  const entries = Object.entries(values).flatMap(([key, value]): [string, T][] =>
    value === null ? [] : [[key, value]],
  );
  return Object.fromEntries(entries);
}

function readArray(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw wrongType(name);
  return value;
}

function collect(problems: Problem[], read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    problems.push(...error.problems);
  }
}
