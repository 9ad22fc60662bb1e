/** Alfa-Auto (1C, car service): a repair appointment and the work orders made from it are one deal. */
import { defineAdapter } from "../../src/adapter.ts";
import { toStamp } from "../onec/stamp.ts";
import { appointmentBase, document } from "./document.ts";
import { toFacts } from "./facts.ts";
import { settings } from "./settings.ts";
import { toDeal } from "./to-deal.ts";

export const alfaAuto = defineAdapter({
  id: "alfa-auto",
  crm: "1С Альфа-Авто",
  document,
  settings,
  guid: ({ guid }) => guid,
  dealKey: (document) => appointmentBase(document)?.guid ?? document.guid,
  stamp: ({ version, statusDate }, toInstant) => toStamp(version, statusDate, toInstant),
  enteredAt: ({ date }, toInstant) => toInstant(date),
  toDeal,
  withoutPersonalData: (document) => ({ ...document, client: null, phones: [], emails: [], reason: null }),
  facts: toFacts,
});
