/** Whether a document speaks of a contact, in a field of its own or in words that someone typed. Pure. */
import type { Contacts } from "./deal.ts";

/** Between the digits of a phone as people write it. */
const BETWEEN_DIGITS = /(?<=\d)[\s()+./\u00a0\u2010-\u2015-]{1,4}(?=\d)/g;
/** Without the country, which is written as +7, 8 or not at all. */
const NATIONAL_DIGITS = 10;

export function mentions(document: unknown, { phones, emails }: Contacts): boolean {
  return textsOf(document).some((text) => {
    const digits = text.replace(BETWEEN_DIGITS, "");
    const lower = text.toLowerCase();
    return (
      phones.some((phone) => digits.includes(phone.slice(-NATIONAL_DIGITS))) ||
      emails.some((email) => lower.includes(email.toLowerCase()))
    );
  });
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
