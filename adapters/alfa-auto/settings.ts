/** What a car service may set for its connection. The defaults are the customer's assignment, word for word. */
import * as z from "zod";
import { readPhones } from "../onec/contacts.ts";

const text = (lengthMax: number) => {
  const error = `Ожидается непустой текст не длиннее ${lengthMax} символов`;
  return z.string({ error }).trim().min(1, { error }).max(lengthMax, { error });
};
const choice = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: `Ожидается одно из: ${values.join(", ")}` });
const ownPhone = text(100).refine((typed) => {
  const reading = readPhones(typed);
  return "value" in reading && reading.value.some((phone) => phone.length >= 10);
}, "Ожидается номер телефона, не меньше 10 цифр");

export const settings = z.strictObject(
  {
    serviceTag: text(100).default("Сервис"),
    fallbackSource: text(126).default("офлайн визит"),
    fallbackMedium: text(126).default("офлайн визит"),
    fallbackCampaign: text(126).default("офлайн визит"),
    refusedStatus: text(100).default("Отказ"),
    closedStatus: text(100).default("Закрыт"),
    /** State of a document → status in Calltouch, before the assignment's own table. */
    statuses: z.record(text(100), text(100), { error: "Ожидается соответствие: состояние — статус" }).default({}),
    /** A state that is in no table goes through as it is, or the document is silent about the status. */
    unknownStatus: choice(["pass", "ignore"]).default("pass"),
    /** What a deletion mark means: a refusal, the end of the deal, or nothing. */
    deleted: choice(["status", "delete", "ignore"]).default("status"),
    ownPhones: z.array(ownPhone, { error: "Ожидается массив номеров" }).max(1_000).default([]),
    anonymousClients: z.array(text(200), { error: "Ожидается массив имён" }).max(1_000).default(["Частное лицо"]),
    showContacts: z.boolean({ error: "Ожидается true или false" }).default(false),
    searchDepthMinutes: z
      .int({ error: "Ожидается целое число минут" })
      .min(1, { error: "Не меньше 1 минуты" })
      .max(262_800, { error: "Не больше 262800 минут" })
      .default(259_200),
    typeToMatch: choice(["nearest", "nearestUniq"]).default("nearest"),
    funnel: text(100).exactOptional(),
  },
  {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `Неизвестная настройка: ${issue.keys.join(", ")}`
        : "Ожидается объект настроек",
  },
);
export type AlfaAutoSettings = z.infer<typeof settings>;
