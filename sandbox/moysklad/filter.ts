/** The `filter=` parameter: conditions separated by semicolons, each on one field. */
import { refuse } from "./api-error.ts";
import { type Entity, isReference, textOf } from "./entity.ts";
import { isGuid } from "./ids.ts";
import type { Field, Kind } from "./kinds.ts";
import { parseMoscowDate } from "./moscow-date.ts";
import type { View } from "./render.ts";

export type Operator = "=" | "!=" | ">" | "<" | ">=" | "<=" | "~" | "~=" | "=~";

export interface Condition {
  field: string;
  operator: Operator;
  value: string;
}

/** A value as conditions compare it; null is "not filled". */
type Comparable = string | number | boolean | null;
type FilterType = "text" | "guid" | "number" | "flag" | "moment" | "reference";

interface Subject {
  type: FilterType;
  read(entity: Entity): Comparable;
  ignoresCase?: boolean;
}

const CONDITION = /^([^=<>~!]+)(!=|>=|<=|~=|=~|=|>|<|~)([\s\S]*)$/;
const RANGE = new Set<Operator>([">", "<", ">=", "<="]);
const SIMILAR = new Set<Operator>(["~", "~=", "=~"]);

/** @param text decoded from the query, where `\;` stands for a semicolon inside a value */
export function parseFilter(text: string): Condition[] {
  return text
    .split(/(?<!\\);/)
    .filter((part) => part !== "")
    .map((part) => {
      const [, field, operator, value] = CONDITION.exec(part) ?? [];
      if (field === undefined || value === undefined || !isOperator(operator)) {
        throw refuse(1034, `Неверное условие фильтра: ${part}`, "filter");
      }
      return { field, operator, value: value.replaceAll("\\;", ";") };
    });
}

/** What a list shows. Without a word about them, trashed documents stay out, and archived entities by the knob. */
export function createFilter(kind: Kind, text: string, view: View): (entity: Entity) => boolean {
  const groups = Map.groupBy(parseFilter(text), ({ field }) => field);
  const tests = [...groups].map(([field, conditions]) => toTest(findSubject(kind, field, view), conditions, view));
  if (kind.isDocument && !groups.has("isDeleted")) tests.push(({ deletedAt }) => deletedAt === null);
  if ("archived" in kind.fields && !groups.has("archived") && view.knobs.archivedDefault === "excluded") {
    tests.push(({ scalars }) => scalars["archived"] !== true);
  }
  return (entity) => tests.every((test) => test(entity));
}

function toTest(subject: Subject, conditions: Condition[], view: View): (entity: Entity) => boolean {
  const equal = conditions.filter(({ operator }) => operator === "=");
  const ranges = conditions.filter(({ operator }) => RANGE.has(operator));
  if (equal.length > 0 && ranges.length > 0) {
    throw refuse(1034, "Равенство и неравенство одного поля вместе не задать", "filter");
  }
  const anyOf = equal.map((condition) => toCheck(subject, condition, view));
  // Of a repeated inequality the vendor takes the first.
  const firstRanges = ranges.filter(
    ({ operator }, at) => ranges.findIndex((other) => other.operator === operator) === at,
  );
  const rest = conditions.filter(({ operator }) => operator === "!=" || SIMILAR.has(operator));
  const allOf = [...firstRanges, ...rest].map((condition) => toCheck(subject, condition, view));
  return (entity) => {
    const value = subject.read(entity);
    return (anyOf.length === 0 || anyOf.some((check) => check(value))) && allOf.every((check) => check(value));
  };
}

function toCheck(subject: Subject, { operator, value }: Condition, view: View): (value: Comparable) => boolean {
  if (value === "") {
    if (operator === "=") return (actual) => actual === null || actual === "";
    if (operator === "!=") return (actual) => actual !== null && actual !== "";
    throw refuse(1014, "Пустое значение фильтра", "filter");
  }
  if (SIMILAR.has(operator)) return toSimilarity(subject, operator, value);
  if (RANGE.has(operator) && subject.type !== "number" && subject.type !== "moment") {
    throw refuse(1034, "Это поле нельзя сравнивать на больше и меньше", "filter");
  }
  const wanted = parseValue(subject, value, view);
  const fold = (text: Comparable) => (subject.ignoresCase && typeof text === "string" ? text.toLowerCase() : text);
  switch (operator) {
    case "=":
      return (actual) => fold(actual) === fold(wanted);
    case "!=":
      return (actual) => fold(actual) !== fold(wanted);
    default:
      return (actual) => actual !== null && compare(operator, Number(actual), Number(wanted));
  }
}

function toSimilarity(subject: Subject, operator: Operator, value: string): (value: Comparable) => boolean {
  if (subject.type !== "text") throw refuse(1034, "Подобие бывает только у строк", "filter");
  const wanted = value.toLowerCase();
  return (actual) => {
    const text = String(actual ?? "").toLowerCase();
    if (operator === "~=") return text.startsWith(wanted);
    return operator === "=~" ? text.endsWith(wanted) : text.includes(wanted);
  };
}

function compare(operator: Operator, actual: number, wanted: number): boolean {
  switch (operator) {
    case ">":
      return actual > wanted;
    case "<":
      return actual < wanted;
    case ">=":
      return actual >= wanted;
    default:
      return actual <= wanted;
  }
}

function parseValue(subject: Subject, value: string, { hrefs }: View): Comparable {
  switch (subject.type) {
    case "text":
      return value;
    case "guid":
      if (!isGuid(value)) throw refuse(1014, `Неверный идентификатор: ${value}`, "filter");
      return value.toLowerCase();
    case "flag":
      if (value !== "true" && value !== "false") throw refuse(1014, `Ожидалось true или false: ${value}`, "filter");
      return value === "true";
    case "number":
      if (!Number.isFinite(Number(value))) throw refuse(1014, `Ожидалось число: ${value}`, "filter");
      return Number(value);
    case "moment": {
      const at = parseMoscowDate(value, true);
      if (at === null) throw refuse(1035, `Неверный формат даты: ${value}`, "filter");
      return at;
    }
    case "reference":
      return hrefs.parse(value, "filter").id;
    default:
      return subject.type satisfies never;
  }
}

function findSubject(kind: Kind, name: string, view: View): Subject {
  const builtIn = toBuiltIn(kind, name, view);
  if (builtIn) return builtIn;
  const field = Object.hasOwn(kind.fields, name) ? kind.fields[name] : undefined;
  const type = field ? TYPES[field.kind] : undefined;
  if (type === undefined) throw refuse(1034, `Фильтровать по '${name}' нельзя`, "filter");
  if (type === "reference") {
    return { type, read: ({ references }) => liveReference(references[name]?.id, view) };
  }
  const ignoresCase = type === "guid" || (name === "email" && !view.knobs.emailCaseSensitive);
  return { type, ignoresCase, read: ({ scalars }) => scalars[name] ?? null };
}

const TYPES: Partial<Record<Field["kind"], FilterType>> = {
  text: "text",
  choice: "text",
  guid: "guid",
  number: "number",
  flag: "flag",
  moment: "moment",
  reference: "reference",
};

function toBuiltIn(kind: Kind, name: string, view: View): Subject | null {
  switch (name) {
    case "id":
      return { type: "guid", read: ({ id }) => id };
    case "created":
      return { type: "moment", read: ({ createdAt }) => createdAt };
    case "updated":
      return { type: "moment", read: ({ updatedAt }) => updatedAt };
    case "isDeleted":
      return kind.isDocument ? { type: "flag", read: ({ deletedAt }) => deletedAt !== null } : null;
    case "state.name":
      return kind.hasStates ? { type: "text", read: (entity) => stateNameOf(entity, view) } : null;
    default:
      return name.startsWith("http") ? toAttributeSubject(kind, name, view) : null;
  }
}

function toAttributeSubject(kind: Kind, href: string, { hrefs, merchant }: View): Subject {
  const { id } = hrefs.parse(href, "filter");
  const attribute = merchant.store.get(id);
  if (attribute?.type !== "attributemetadata" || attribute.scalars["entityType"] !== kind.type) {
    throw refuse(1034, "Фильтр по неизвестному доп. полю", "filter");
  }
  return {
    type: ATTRIBUTE_TYPES[textOf(attribute, "type")] ?? "reference",
    read({ attributes }) {
      const value = attributes[id] ?? null;
      return value !== null && isReference(value) ? value.id : value;
    },
  };
}

const ATTRIBUTE_TYPES: Record<string, FilterType> = {
  string: "text",
  text: "text",
  link: "text",
  long: "number",
  double: "number",
  boolean: "flag",
  time: "moment",
};

function stateNameOf(entity: Entity, { merchant }: View): string | null {
  const state = merchant.store.get(entity.references["state"]?.id ?? "");
  return state ? textOf(state, "name") : null;
}

function liveReference(id: string | undefined, { merchant }: View): string | null {
  return id !== undefined && merchant.store.get(id) ? id : null;
}

function isOperator(text: string | undefined): text is Operator {
  return text !== undefined && /^(!=|>=|<=|~=|=~|[=<>~])$/.test(text);
}
