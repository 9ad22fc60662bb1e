/** Phones and e-mails as people type them into 1C. A document keeps them split and normalised, the deal only the usable ones. */
import { isAbsent, type Reading } from "./field.ts";
import { isBrokenReference } from "./text.ts";

const PIECES_MAX = 50;
const PIECE_LENGTH_MAX = 500;
/** «89001234567, доб. 12» is one phone: a separator before an extension separates nothing. */
const PHONE_SEPARATOR = /[;,/\r\n](?!\s*(?:доб|вн|ext|#))/;
const PHONE_RUN = /\+?[(\d][\d\s().\-\u2010-\u2015]*/g;
const EMAIL_RUN = /[^\s\p{Cc}<>"()[\]:/]+@[^\s\p{Cc}<>"()[\]:/]+/gu;
const EMAIL = /^[^@\s]+@[^@.\s]+(\.[^@.\s]+)*\.(?!\d+$)[^@.\s]{2,}$/;

export interface RawContacts {
  phones: readonly string[];
  emails: readonly string[];
}

export interface ContactRules {
  /** Numbers of the shop itself, as typed: they stand in documents but belong to no client. */
  ownPhones: readonly string[];
}

export interface Dropped {
  what: "phone" | "email";
  reason: "short" | "long" | "repeated" | "own" | "invalid";
  /** Fit to be shown: `7915***1122`. Empty for an e-mail. */
  masked: string;
}

/** Reads a text or a list of texts into phones: digits only, an extension dropped, a leading 8 or a bare ten digits made to begin with 7. */
export function readPhones(raw: unknown): Reading<string[]> {
  return readPieces(raw, PHONE_SEPARATOR, phonesIn);
}

/** Reads a text or a list of texts into e-mails in lower case. What does not look like one is kept, to be dropped by name. */
export function readEmails(raw: unknown): Reading<string[]> {
  return readPieces(raw, /[;,\r\n]/, (piece) =>
    (piece.match(EMAIL_RUN) ?? [piece]).map((each) => each.replace(/\.+$/, "")),
  );
}

/** Chooses the contacts a lead can be found by, without repeats, and says what was left out. */
export function readContacts(raw: RawContacts, rules: ContactRules) {
  const own = new Set(rules.ownPhones.flatMap(phonesIn));
  const dropped: Dropped[] = [];
  const phones = [...new Set(raw.phones)].filter((phone) => {
    const reason = reasonToDrop(phone, own);
    if (reason) dropped.push({ what: "phone", reason, masked: maskPhone(phone) });
    return reason === null;
  });
  const emails = [...new Set(raw.emails)].filter((email) => {
    const valid = email.length <= 254 && EMAIL.test(email);
    if (!valid) dropped.push({ what: "email", reason: "invalid", masked: "" });
    return valid;
  });
  return { phones, emails, dropped };
}

/** A phone as it may stand in a message or a log. */
export function maskPhone(phone: string): string {
  return phone.length < 10 ? `***${phone.slice(-2)}` : `${phone.slice(0, 4)}***${phone.slice(-4)}`;
}

function reasonToDrop(phone: string, own: ReadonlySet<string>): Dropped["reason"] | null {
  if (phone.length < 10) return "short";
  if (phone.length > 15) return "long";
  if (/^7?(\d)\1+$/.test(phone)) return "repeated";
  return own.has(phone) ? "own" : null;
}

function readPieces(raw: unknown, separator: RegExp, read: (piece: string) => string[]): Reading<string[]> {
  const list: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  const pieces: string[] = [];
  for (const item of list.slice(0, PIECES_MAX)) {
    if (isAbsent(item) || isBrokenReference(item)) continue;
    if (typeof item !== "string" && typeof item !== "number") return { problem: "ожидается строка или массив строк" };
    const text = String(item)
      .slice(0, PIECES_MAX * PIECE_LENGTH_MAX)
      .toWellFormed()
      .toLowerCase();
    pieces.push(...text.split(separator));
  }
  const found = pieces.map((piece) => piece.trim().slice(0, PIECE_LENGTH_MAX)).filter((piece) => piece !== "");
  return { value: [...new Set(found.slice(0, PIECES_MAX).flatMap(read))].slice(0, PIECES_MAX) };
}

/** Words around a number («моб.», «доб. 12», «до 18:00») end it; of several numbers in one piece the full ones are taken. */
function phonesIn(piece: string): string[] {
  const runs = (piece.match(PHONE_RUN) ?? [])
    .flatMap(splitGlued)
    .map(toDigits)
    .filter((digits) => digits !== "");
  const full = runs.filter((digits) => digits.length >= 10);
  return full.length > 0 ? full : runs.slice(0, 1);
}

/** Two numbers with only a space between them. */
function splitGlued(run: string): string[] {
  const parts = run.trim().split(/\s+/);
  return parts.length > 1 && parts.every((part) => toDigits(part).length >= 10) ? parts : [run];
}

function toDigits(text: string): string {
  const digits = text.replace(/\D/g, "");
  if (digits.length === 10) return `7${digits}`;
  return digits.length === 11 && digits.startsWith("8") ? `7${digits.slice(1)}` : digits;
}
