/** Texts, references and flags as 1C writes them. */
import { isAbsent, isRecord, type Reading } from "./field.ts";

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const EMPTY_GUID = "00000000-0000-0000-0000-000000000000";
/** Leaves room for the suffix the bridge adds when two deals of a site have the same number. */
const NUMBER_LENGTH_MAX = 80;
const BROKEN = /^\s*<\s*(объект не найден|object not found)\s*>/i;

/** A GUID in lower case; the empty reference is null. */
export function readGuid(raw: unknown): Reading<string | null> {
  if (isAbsent(raw)) return { value: null };
  const guid = typeof raw === "string" ? raw.trim().toLowerCase() : "";
  if (guid === EMPTY_GUID) return { value: null };
  return GUID.test(guid)
    ? { value: guid }
    : {
        problem:
          "ожидается уникальный идентификатор ссылки, 36 знаков. Передайте Строка(Ссылка.УникальныйИдентификатор())",
      };
}

/** Reads one line of text: trimmed, runs of spaces and control characters made one space, cut to the length. */
export function readLine(lengthMax: number) {
  return (raw: unknown): Reading<string | null> => read(raw, lengthMax, /[\s\p{Cc}]+/gu);
}

/** The same, with its line breaks kept. */
export function readLines(lengthMax: number) {
  return (raw: unknown): Reading<string | null> => read(raw, lengthMax, /(?:(?!\n)[\s\p{Cc}])+/gu);
}

/** Reads a document's number, which is never cut. */
export function readNumber(raw: unknown): Reading<string | null> {
  const reading = readLine(Number.POSITIVE_INFINITY)(raw);
  if (!("value" in reading) || reading.value === null || reading.value.length <= NUMBER_LENGTH_MAX) return reading;
  return {
    problem: `номер длиннее ${NUMBER_LENGTH_MAX} символов. Передайте только номер документа`,
    code: "NUMBER_TOO_LONG",
  };
}

function read(raw: unknown, lengthMax: number, spaces: RegExp): Reading<string | null> {
  if (isAbsent(raw)) return { value: null };
  if (typeof raw !== "string" && !(typeof raw === "number" && Number.isFinite(raw))) {
    return { problem: "ожидается строка. Передайте Строка(Значение)" };
  }
  if (isBrokenReference(raw)) return { value: null };
  const clean = String(raw)
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replace(spaces, " ")
    .replace(/ ?\n ?/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  return { value: cut(clean, lengthMax) || null };
}

function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  return text
    .slice(0, lengthMax)
    .replace(/[\ud800-\udbff]$/, "")
    .trimEnd();
}

/** What 1C prints for a reference whose object is gone: `<Объект не найден> (148:89d1…)`. */
export function isBrokenReference(raw: unknown): boolean {
  return typeof raw === "string" && BROKEN.test(raw);
}

/**
 * Notes in `broken` which of the fields hold a broken reference, before the schema makes them null, so that the fold can
 * say so. What is noted survives being parsed again.
 */
export function noteBroken(raw: unknown, fields: readonly string[]): unknown {
  if (!isRecord(raw)) return raw;
  const { broken: before, ...rest } = raw;
  const noted: readonly unknown[] = Array.isArray(before) ? before : [];
  const broken = fields.filter((path) => noted.includes(path) || isBrokenReference(valueAt(raw, path)));
  return broken.length === 0 ? rest : { ...rest, broken };
}

function valueAt(raw: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), raw);
}

const FLAGS = new Map([
  ...["true", "да", "истина", "yes", "1"].map((word) => [word, true] as const),
  ...["false", "нет", "ложь", "no", "0"].map((word) => [word, false] as const),
]);

/** A flag in any of the ways 1C writes one; nothing is false. */
export function readFlag(raw: unknown): Reading<boolean> {
  if (isAbsent(raw)) return { value: false };
  const value = typeof raw === "object" ? undefined : FLAGS.get(String(raw).trim().toLowerCase());
  return value === undefined ? { problem: "ожидается Истина или Ложь" } : { value };
}

/** Whether two names are the same to a person: case, ё and extra spaces do not count. */
export function isSame(left: string, right: string): boolean {
  return toComparable(left) === toComparable(right);
}

function toComparable(name: string): string {
  return name.trim().replace(/\s+/g, " ").toLowerCase().replaceAll("ё", "е");
}
