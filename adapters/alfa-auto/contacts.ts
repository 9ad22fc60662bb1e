/** Whom the deal's lead is looked for by. */
import type { Notice } from "../../src/adapter.ts";
import type { Contacts } from "../../src/deal.ts";
import { type Dropped, readContacts } from "../onec/contacts.ts";
import { isSame } from "../onec/text.ts";
import type { AlfaAutoDocument } from "./document.ts";
import type { AlfaAutoSettings } from "./settings.ts";

const CONTACTS_MAX = 20;

const REASONS: Record<Dropped["reason"], string> = {
  short: "меньше 10 цифр",
  long: "больше 15 цифр",
  repeated: "одна повторяющаяся цифра",
  own: "номер самого сервиса",
  invalid: "не похоже на адрес",
};

/** The usable contacts of all documents, in their order; what is left out is added to the warnings, without showing it. */
export function toContacts(
  documents: readonly AlfaAutoDocument[],
  settings: AlfaAutoSettings,
  warnings: Notice[],
): Contacts {
  const named = documents.filter(({ client }) => !isAnonymous(client, settings));
  const unused = documents.filter((document) => !named.includes(document));
  if (unused.some(({ phones, emails }) => phones.length + emails.length > 0)) {
    warnings.push({
      code: "CLIENT_ANONYMOUS",
      message: "Клиент из списка обезличенных: телефоны и e-mail не переданы. Выберите в документе клиента",
    });
  }
  const raw = { phones: named.flatMap(({ phones }) => phones), emails: named.flatMap(({ emails }) => emails) };
  const { phones, emails, dropped } = readContacts(raw, settings);
  warnings.push(...dropped.map(toNotice));
  const name = named.find(({ client }) => client)?.client;
  return { ...(name ? { name } : {}), phones: phones.slice(0, CONTACTS_MAX), emails: emails.slice(0, CONTACTS_MAX) };
}

function isAnonymous(client: string | null, settings: AlfaAutoSettings): boolean {
  return client !== null && settings.anonymousClients.some((name) => isSame(name, client));
}

function toNotice({ what, reason, masked }: Dropped): Notice {
  if (what === "email") return { code: "EMAIL_DROPPED", message: `E-mail не передан: ${REASONS[reason]}` };
  return { code: "PHONE_DROPPED", message: `Телефон ${masked} не передан: ${REASONS[reason]}` };
}
