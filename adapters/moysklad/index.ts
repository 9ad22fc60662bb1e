/** МойСклад: a lead becomes a counterparty and an order, a customer order is a deal. */
import { defineAdapter } from "../../src/adapter.ts";
import { document, toInstant } from "./document.ts";
import { readHook } from "./hook.ts";
import { judgeLead } from "./judge-lead.ts";
import { placeLead } from "./place-lead.ts";
import { poll } from "./poll.ts";
import { pull } from "./pull.ts";
import { settings } from "./settings.ts";
import { setup } from "./setup.ts";
import { toDeal, toEnteredAt, toFacts } from "./to-deal.ts";
import { writeAttribution } from "./write-attribution.ts";

export const moysklad = defineAdapter({
  id: "moysklad",
  crm: "МойСклад",
  document,
  settings,
  guid: ({ id }) => id,
  dealKey: ({ id }) => id,
  stamp: ({ updated }) => ({ kind: "date", value: toInstant(updated) }),
  enteredAt: toEnteredAt,
  toDeal,
  withoutPersonalData: (document) => ({ ...document, agent: null, description: null }),
  facts: toFacts,
  orderNumberOf: (guid) => guid,
  api: { secrets: ["token"], setup, poll, readHook, pull, judgeLead, placeLead, writeAttribution },
});
