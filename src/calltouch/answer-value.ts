/**
 * Values as Calltouch's journals and webhooks write them: numbers come as texts and texts as numbers, what is missing as
 * null, as a placeholder or not at all. Every reader takes anything and gives undefined for what it cannot use. Pure.
 */
import * as z from "zod";
import { cut, parseDateTime } from "./format.ts";

const TEXT_LENGTH_MAX = 2_000;
const TAGS_MAX = 100;
const EMAIL_LENGTH_MAX = 254;
/** The latest instant the bridge takes, the beginning of 2100. */
const INSTANT_MAX = 4_102_444_800_000;

const PLACEHOLDERS: ReadonlySet<string> = new Set([
  "",
  "<не указано>",
  "<не заполнено>",
  "(not set)",
  "(none)",
  "undefined",
  "null",
  "{}",
]);
/** What the test button of the cabinet sends instead of a value. */
const UNFILLED = /^\{[^{}]*\}$/;

/** Trimmed and at most 2000 long; undefined for a placeholder. */
export function readText(value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value).trim();
  return PLACEHOLDERS.has(text.toLowerCase()) || UNFILLED.test(text) ? undefined : cut(text, TEXT_LENGTH_MAX);
}

export function readCount(value: unknown): number | undefined {
  const text = readText(value) ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export function readId(value: unknown): number | undefined {
  return readCount(value) || undefined;
}

/** `true`, `1`, `target`, `unique` … and their opposites `false`, `0`, `non-target`, `non-unique` … */
export function readFlag(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  const text = readText(value)?.toLowerCase();
  if (text === undefined) return undefined;
  if (/^(true|1|successful|target|uniq(ue|target)?)$/.test(text)) return true;
  return /^(false|0|unsuccessful|non-.+)$/.test(text) ? false : undefined;
}

/** Below it a number is seconds, from it on milliseconds: the year 5138, and 1973. */
const SECONDS_MAX = 100_000_000_000;

/** Unix seconds or milliseconds, else `dd/mm/yyyy H:mm:ss` or `yyyy-mm-dd HH:mm:ss` of the site's wall clock. */
export function readInstant(value: unknown, timeZone: string): number | undefined {
  const text = readText(value) ?? "";
  const count = readCount(text);
  const unit = count !== undefined && count < SECONDS_MAX ? 1_000 : 1;
  const at = count === undefined ? parseDateTime(dayFirst(text), timeZone) : count * unit;
  return at !== undefined && at > 0 && at <= INSTANT_MAX ? at : undefined;
}

function dayFirst(text: string): string {
  return text.replace(/^(\d{4})-(\d{2})-(\d{2})/, "$3-$2-$1");
}

const NUMBER = /\+?[(\d][\d\s()./-]*/g;

/**
 * Digits only, in the international form; undefined for a hidden number, whatever stands for it. Of several numbers the
 * first, and a number without its extension: forms let people write what they like.
 */
export function readPhone(value: unknown): string | undefined {
  const runs = (readText(value) ?? "").match(NUMBER) ?? [];
  return runs.map(toPhone).find((phone) => phone !== undefined);
}

function toPhone(run: string): string | undefined {
  const phone = run.replace(/\D/g, "").replace(/^8?(?=[1-9]\d{9}$)|^8(?=\d{10}[78]\d{10}$)/, "7");
  // No country beginning with 7 has longer numbers: another one, or an extension, stands behind it.
  return /^(7\d{10}|[1-9]\d{9,14}$)/.exec(phone)?.[0];
}

export function readEmail(value: unknown): string | undefined {
  const text = readText(value) ?? "";
  return text.length <= EMAIL_LENGTH_MAX && /^[^\s@,;]+@[^\s@,;]+$/.test(text) ? text : undefined;
}

/** Where a lead came from. A direct visit is the source `(direct)` with the medium `(none)`; elsewhere that is a placeholder. */
export function readVisit(raw: Readonly<Record<VisitField, unknown>>) {
  const source = readText(raw.source);
  const isDirect = source === "(direct)" && raw.medium === "(none)";
  return {
    source,
    medium: isDirect ? "(none)" : readText(raw.medium),
    utmSource: readText(raw.utmSource),
    utmMedium: readText(raw.utmMedium),
    utmCampaign: readText(raw.utmCampaign),
    utmContent: readText(raw.utmContent),
    utmTerm: readText(raw.utmTerm),
  };
}
type VisitField = "source" | "medium" | "utmSource" | "utmMedium" | "utmCampaign" | "utmContent" | "utmTerm";

/** Each tag once, in order. */
export function readTags(values: readonly unknown[]): string[] {
  const tags = values.map(readText).filter((tag) => tag !== undefined);
  return [...new Set(tags)].slice(0, TAGS_MAX);
}

/** The fields of an object, none when it is none. */
export function readFields(value: unknown): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).safeParse(value).data ?? {};
}

export function readList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
