/** What a car service may set for its connection. The defaults are the customer's assignment, word for word. */
import * as z from "zod";
import { anonymousClients, choice, dealSettings, flag, settingsError, text } from "../onec/setting.ts";

export const settings = z.strictObject(
  {
    ...dealSettings,
    serviceTag: text(100).default("Сервис"),
    refusedStatus: text(100).default("Отказ"),
    closedStatus: text(100).default("Закрыт"),
    /** State of a document → status in Calltouch, before the assignment's own table. */
    statuses: z.record(text(100), text(100), { error: "Ожидается соответствие: состояние — статус" }).default({}),
    /** A state that is in no table goes through as it is, or the document is silent about the status. */
    unknownStatus: choice(["pass", "ignore"]).default("pass"),
    /** What a deletion mark means: a refusal, the end of the deal, or nothing. */
    deleted: choice(["status", "delete", "ignore"]).default("status"),
    anonymousClients: anonymousClients.default(["Частное лицо"]),
    showContacts: flag.default(false),
  },
  { error: settingsError },
);
export type AlfaAutoSettings = z.infer<typeof settings>;
