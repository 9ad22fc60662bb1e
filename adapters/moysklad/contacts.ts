/** Whom the lead of an order is looked for by: the counterparty and its contact persons. Pure. */
import type { Notice } from "../../src/adapter.ts";
import type { Contacts } from "../../src/deal.ts";
import type { MoyskladDocument } from "./document.ts";
import { readPhones } from "./phone.ts";

const CONTACTS_MAX = 20;
const RUSSIAN_DIGITS = 11;
const REPEATED = /^7?(\d)\1+$/;
const EMAIL_RUN = /[^\s\p{Cc}<>"()[\]:;,/]+@[^\s\p{Cc}<>"()[\]:;,/]+/gu;
const EMAIL = /^[^@\s]+@[^@.\s]+(\.[^@.\s]+)*\.(?!\d+$)[^@.\s]{2,}$/;
const EMAIL_LENGTH_MAX = 254;

/** What cannot be used is added to the warnings, without showing it. */
export function toContacts(agent: MoyskladDocument["agent"], warnings: Notice[]): Contacts {
  const people = agent === null ? [] : [agent, ...agent.contactpersons];
  const phones = people.flatMap(({ phone }) => phonesIn(phone, warnings));
  const emails = people.flatMap(({ email }) => emailsIn(email, warnings));
  return {
    ...(agent?.name ? { name: agent.name } : {}),
    phones: [...new Set(phones)].slice(0, CONTACTS_MAX),
    emails: [...new Set(emails)].slice(0, CONTACTS_MAX),
  };
}

function phonesIn(text: string | null, warnings: Notice[]): string[] {
  if (text === null) return [];
  const readings = readPhones(text);
  const phones = readings.filter((phone) => !REPEATED.test(phone) && !isGlued(phone, readings));
  if (phones.length === 0) {
    warnings.push({
      code: "PHONE_DROPPED",
      message: "Телефон контрагента не передан: в нём меньше 10 цифр или одна цифра. Исправьте его в МоёмСкладе",
    });
  }
  return phones;
}

/** A number and what stands behind it, when the number alone was read too. */
function isGlued(phone: string, readings: readonly string[]): boolean {
  return phone.length > RUSSIAN_DIGITS && readings.includes(`7${phone.slice(1, RUSSIAN_DIGITS)}`);
}

function emailsIn(text: string | null, warnings: Notice[]): string[] {
  if (text === null) return [];
  const found = text.toLowerCase().match(EMAIL_RUN) ?? [];
  const emails = found
    .map((email) => email.replace(/\.+$/, ""))
    .filter((email) => email.length <= EMAIL_LENGTH_MAX && EMAIL.test(email));
  if (emails.length === 0) {
    warnings.push({
      code: "EMAIL_DROPPED",
      message: "E-mail контрагента не передан: не похоже на адрес. Исправьте его в МоёмСкладе",
    });
  }
  return emails;
}
