/** Dalion (1C, auto parts and service): an order with its shipments and returns is one deal. */
import { defineAdapter } from "../../src/adapter.ts";
import { readContacts } from "../onec/contacts.ts";
import { toStamp } from "../onec/stamp.ts";
import { type DalionDocument, dealKey, document } from "./document.ts";
import { settings } from "./settings.ts";
import { toDeal, toFacts } from "./to-deal.ts";

export const dalion = defineAdapter({
  id: "dalion",
  crm: "1С Далион",
  document,
  settings,
  guid: ({ guid }) => guid,
  dealKey,
  stamp: ({ version, changedAt }, toInstant) => toStamp(version, changedAt, toInstant),
  enteredAt: ({ date }, toInstant) => toInstant(date),
  toDeal,
  withoutPersonalData: (document) => ({
    ...document,
    client: null,
    phones: [],
    emails: [],
    contactsForgotten: document.contactsForgotten || hasContacts(document),
  }),
  facts: toFacts,
  orderNumberOf: (guid) => guid,
});

function hasContacts(document: DalionDocument): boolean {
  const { phones, emails } = readContacts(document, { ownPhones: [] });
  return phones.length + emails.length > 0;
}
