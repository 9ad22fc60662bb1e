/** Settings every 1C adapter has, and how one is checked so that its error says what is expected. */
import * as z from "zod";
import { readPhones } from "./contacts.ts";

export function text(lengthMax: number) {
  const error = `Ожидается непустой текст не длиннее ${lengthMax} символов`;
  return z.string({ error }).trim().min(1, { error }).max(lengthMax, { error });
}

export function choice<const Values extends readonly string[]>(values: Values) {
  return z.enum(values, { error: `Ожидается одно из: ${values.join(", ")}` });
}

export const flag = z.boolean({ error: "Ожидается true или false" });

/** For a strict object of settings. */
export const settingsError: z.core.$ZodErrorMap = (issue) =>
  issue.code === "unrecognized_keys" ? `Неизвестная настройка: ${issue.keys.join(", ")}` : "Ожидается объект настроек";

const ownPhone = text(100).refine((typed) => {
  const reading = readPhones(typed);
  return "value" in reading && reading.value.some((phone) => phone.length >= 10);
}, "Ожидается номер телефона, не меньше 10 цифр");

/** How the lead of a deal is looked for, the source the deal gets when there is none, and its funnel. */
export const dealSettings = {
  fallbackSource: text(126).default("офлайн визит"),
  fallbackMedium: text(126).default("офлайн визит"),
  fallbackCampaign: text(126).default("офлайн визит"),
  ownPhones: z.array(ownPhone, { error: "Ожидается массив номеров" }).max(1_000).default([]),
  searchDepthMinutes: z
    .int({ error: "Ожидается целое число минут" })
    .min(1, { error: "Не меньше 1 минуты" })
    .max(262_800, { error: "Не больше 262800 минут" })
    .default(259_200),
  typeToMatch: choice(["nearest", "nearestUniq"]).default("nearest"),
  funnel: text(100).exactOptional(),
};

export const anonymousClients = z.array(text(200), { error: "Ожидается массив имён" }).max(1_000);
