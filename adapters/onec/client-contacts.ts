/** Whom a deal's lead is looked for by. */
import type { Notice } from "../../src/adapter.ts";
import type { Contacts } from "../../src/deal.ts";
import { type ContactRules, type Dropped, readContacts } from "./contacts.ts";
import { isSame } from "./text.ts";

const CONTACTS_MAX = 20;

const REASONS: Record<Dropped["reason"], string> = {
  short: "меньше 10 цифр",
  long: "больше 15 цифр",
  repeated: "одна повторяющаяся цифра",
  own: "собственный номер организации",
  invalid: "не похоже на адрес",
};

interface Client {
  client: string | null;
  phones: readonly string[];
  emails: readonly string[];
}

export interface ClientRules extends ContactRules {
  /** Names that stand for nobody in particular. */
  anonymousClients: readonly string[];
}

/** The usable contacts of all documents, in their order; what is left out is added to the warnings, without showing it. */
export function toContacts(documents: readonly Client[], rules: ClientRules, warnings: Notice[]): Contacts {
  const named = documents.filter(({ client }) => !isAnonymous(client, rules));
  const unused = documents.filter((document) => !named.includes(document));
  if (unused.some(({ phones, emails }) => phones.length + emails.length > 0)) {
    warnings.push({
      code: "CLIENT_ANONYMOUS",
      message: "Клиент из списка обезличенных: телефоны и e-mail не переданы. Выберите в документе клиента",
    });
  }
  const raw = { phones: named.flatMap(({ phones }) => phones), emails: named.flatMap(({ emails }) => emails) };
  const { phones, emails, dropped } = readContacts(raw, rules);
  warnings.push(...dropped.map(toNotice));
  const name = named.find(({ client }) => client)?.client;
  return { ...(name ? { name } : {}), phones: phones.slice(0, CONTACTS_MAX), emails: emails.slice(0, CONTACTS_MAX) };
}

function isAnonymous(client: string | null, { anonymousClients }: ClientRules): boolean {
  return client !== null && anonymousClients.some((name) => isSame(name, client));
}

function toNotice({ what, reason, masked }: Dropped): Notice {
  if (what === "email") return { code: "EMAIL_DROPPED", message: `E-mail не передан: ${REASONS[reason]}` };
  return { code: "PHONE_DROPPED", message: `Телефон ${masked} не передан: ${REASONS[reason]}` };
}
