/** What a MoySklad shop may set for its connection. The defaults are what it had through the middleman. */
import * as z from "zod";

const text = (lengthMax: number) => {
  const error = `Ожидается непустой текст не длиннее ${lengthMax} символов`;
  return z.string({ error }).trim().min(1, { error }).max(lengthMax, { error });
};
const choice = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: `Ожидается одно из: ${values.join(", ")}` });
const flag = z.boolean({ error: "Ожидается true или false" });
const guid = z
  .guid({ error: "Ожидается идентификатор МоегоСклада: 36 знаков, как в ответе команды setup" })
  .transform((id) => id.toLowerCase());
const guids = z.array(guid, { error: "Ожидается массив идентификаторов" }).max(1_000);
const excludedPhone = text(100).refine(
  (typed) => typed.replace(/\D/g, "").length >= 10,
  "Ожидается номер телефона, не меньше 10 цифр",
);
const whole = (unit: string, least: number, most: number) =>
  z
    .int({ error: `Ожидается целое число ${unit}` })
    .min(least, { error: `Не меньше ${least}` })
    .max(most, { error: `Не больше ${most}` });

const unknownSetting = (what: string) => ({
  error: (issue: { code?: string; keys?: unknown }) =>
    issue.code === "unrecognized_keys" && Array.isArray(issue.keys)
      ? `Неизвестная настройка: ${issue.keys.join(", ")}`
      : `Ожидается объект ${what}`,
});

/** The four flows, each switched alone. */
const flows = z.strictObject(
  {
    /** A call becomes a counterparty, an order and a deal. */
    calls: flag.default(true),
    /** So does a site request. */
    requests: flag.default(true),
    /** A changed order changes its deal. */
    updates: flag.default(true),
    /** An order that has reached a final state closes its deal. */
    completion: flag.default(true),
  },
  unknownSetting("с полями calls, requests, updates, completion"),
);

export const settings = z.strictObject(
  {
    /** Absent until the operator has one: then nothing is asked of MoySklad. */
    token: text(500).exactOptional(),
    /** Where new orders go; needless when the shop has one organization. */
    organization: guid.exactOptional(),
    /** The state of new orders; MoySklad's first one when absent. */
    initialState: guid.exactOptional(),
    /** Kind of the counterparties made. */
    companyType: choice(["individual", "legal", "entrepreneur"]).default("individual"),
    /** Values for fields the merchant made obligatory: name of the field → value as MoySklad's API takes it. */
    defaults: z.record(text(255), z.json(), { error: "Ожидается соответствие: поле — значение" }).exactOptional(),
    attachToOpenOrder: flag.default(false),

    flows: flows.prefault({}),
    calls: choice(["all", "answered", "target", "unique"]).default("all"),
    minDurationSeconds: whole("секунд", 0, 86_400).exactOptional(),
    excludedPhones: z.array(excludedPhone, { error: "Ожидается массив номеров" }).max(1_000).default([]),

    orders: choice(["from-leads", "all"]).default("from-leads"),
    onlyOrganizations: guids.default([]),
    onlySalesChannels: guids.default([]),
    revenue: choice(["sum", "paid", "shipped"]).default("sum"),
    /** Id of a state → status in Calltouch; other states go by their names. */
    states: z.record(guid, text(100), { error: "Ожидается соответствие: id статуса — статус сделки" }).default({}),
    pendingStatus: text(100).default("PENDING"),
    completedStatus: text(100).default("COMPLETED"),
    /** The state's own name when absent. */
    failedStatus: text(100).exactOptional(),
    deletedStatus: text(100).default("Отменён"),

    fallbackSource: text(126).default("офлайн визит"),
    fallbackMedium: text(126).default("офлайн визит"),
    fallbackCampaign: text(126).default("офлайн визит"),
    searchDepthMinutes: whole("минут", 1, 262_800).default(259_200),
    typeToMatch: choice(["nearest", "nearestUniq"]).default("nearest"),
    funnel: text(100).exactOptional(),
    showContacts: flag.default(false),
  },
  unknownSetting("настроек"),
);
export type MoyskladSettings = z.infer<typeof settings>;
