/** Alfa-Auto (1C, car service): a repair appointment and the work orders made from it are one deal. */
import { defineAdapter } from "../../src/adapter.ts";
import { appointmentBase, document } from "./document.ts";
import { settings } from "./settings.ts";
import { toDeal } from "./to-deal.ts";

/** The longest run of digits a number holds exactly. 1C's own ВерсияДанных is no number and does not sort. */
const VERSION = /^\d{1,15}$/;

export const alfaAuto = defineAdapter({
  id: "alfa-auto",
  crm: "1С Альфа-Авто",
  document,
  settings,
  guid: ({ guid }) => guid,
  dealKey: (document) => appointmentBase(document)?.guid ?? document.guid,
  stamp({ version, statusDate }, toInstant) {
    const digits = (version ?? "").replaceAll(" ", "");
    if (VERSION.test(digits)) return { kind: "version", value: Number(digits) };
    return statusDate === null ? null : { kind: "date", value: toInstant(statusDate) };
  },
  enteredAt: ({ date }, toInstant) => toInstant(date),
  toDeal,
  withoutPersonalData: (document) => ({ ...document, client: null, phones: [], emails: [], reason: null }),
});
