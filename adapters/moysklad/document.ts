/** A customer order as MoySklad's API gives it with its references expanded. Field names are the ERP's. */
import * as z from "zod";
import { fromMoscow } from "./date.ts";

/** What is expanded in every order the bridge reads. MoySklad expands nothing in lists longer than 100. */
export const ORDER_EXPAND = "state,agent.contactpersons,owner,organization,salesChannel,store,demands.returns,payments";

/** The year 2100: what is later is no date of an order. */
const INSTANT_MAX = 4_102_444_800_000;
const SUM_MAX = 1e13;
const PEOPLE_MAX = 20;
/** `ct:call:700112233`: the lead an order was made for. */
const LEAD_CODE = /^ct:(call|request):([1-9]\d{0,14})$/;

const guid = z
  .guid({ error: "Поле id: ожидается идентификатор заказа, 36 знаков" })
  .transform((id) => id.toLowerCase());

/** One line of text; null when it is empty or no text. Who mistyped a name shall not lose a deal by it. */
const line = (lengthMax: number) =>
  z
    .unknown()
    .optional()
    .transform((raw): string | null => toLine(raw, lengthMax));

const moment = (name: string) =>
  z.string({ error: `Поле ${name}: ожидается дата вида 2026-11-22 12:30:15.120` }).refine(isMoment, {
    error: `Поле ${name}: дата не читается, ожидается вид 2026-11-22 12:30:15.120`,
  });
/** Kopecks of the order's currency. */
const sum = (name: string) => {
  const error = `Поле ${name}: ожидается сумма в копейках`;
  return z.number({ error }).min(-SUM_MAX, { error }).max(SUM_MAX, { error });
};
const instant = (name: string) => {
  const error = `Поле ${name}: ожидается время в миллисекундах`;
  return z.int({ error }).min(0, { error }).max(INSTANT_MAX, { error });
};

/** Filled in or not: MoySklad leaves empty fields out. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .preprocess((raw) => raw ?? null, schema.nullable())
    .optional()
    .transform((value) => value ?? null);

/** An expanded object, or only its address when it may not be seen. */
const reference = (name: string) =>
  optional(
    z.preprocess(
      withIdOfHref,
      z.object({ id: guid, name: line(255) }, { error: `Поле ${name}: ожидается ссылка на объект МоегоСклада` }),
    ),
  );

const state = z.preprocess(
  withIdOfHref,
  z.object({ id: guid, name: line(255), stateType: line(40) }, { error: "Поле state: ожидается статус заказа" }),
);

const person = z.object({ name: line(255), phone: line(255), email: line(255) }).catch({
  name: null,
  phone: null,
  email: null,
});
const agent = z
  .object({ ...person.unwrap().shape, contactpersons: z.preprocess(rowsOf, z.array(person).max(PEOPLE_MAX)) })
  .nullable()
  .catch(null);

export const document = z.object(
  {
    id: guid,
    name: line(255),
    moment: moment("moment"),
    created: optional(moment("created")),
    updated: moment("updated"),
    /** When it was put into the recycle bin. */
    deleted: optional(moment("deleted")),
    externalCode: line(255),
    description: z
      .unknown()
      .optional()
      .transform((raw) => toLines(raw, 4_000)),
    sum: optional(sum("sum")),
    payedSum: optional(sum("payedSum")),
    shippedSum: optional(sum("shippedSum")),
    /** Of the order's currency to the account's; absent when they are one. */
    rate: optional(z.object({ value: optional(z.number().positive().max(1e9)) }).catch({ value: null })),
    state: optional(state),
    agent: z.preprocess((raw) => raw ?? null, agent),
    owner: z.preprocess(
      (raw) => raw ?? null,
      z
        .object({ name: line(100) })
        .nullable()
        .catch(null),
    ),
    organization: reference("organization"),
    salesChannel: reference("salesChannel"),
    store: reference("store"),
    meta: z.preprocess((raw) => raw ?? null, z.object({ uuidHref: link() }).nullable().catch(null)),

    /** What the bridge adds when it reads an order. When the lead came; only in orders a lead was placed in. */
    leadAt: optional(instant("leadAt")),
    /** It has never left the state it was made in. */
    isInitialState: optional(z.boolean({ error: "Поле isInitialState: ожидается true или false" })),
    /** When it came into its present state. */
    stateAt: optional(instant("stateAt")),
    /** The state it was in before a final one. */
    openState: optional(
      z.object(
        { state: optional(state), at: instant("openState.at") },
        { error: "Поле openState: ожидается структура с полями state, at" },
      ),
    ),
    /** Kopecks of the order's currency: goods brought back, and money paid back. */
    returnedSum: optional(sum("returnedSum")),
    refundedSum: optional(sum("refundedSum")),
  },
  { error: "Заказ должен быть структурой с полями id, moment, updated" },
);
export type MoyskladDocument = z.infer<typeof document>;
export type OrderState = z.infer<typeof state>;

/** The lead the order was made for. */
export function leadOf({ externalCode }: Pick<MoyskladDocument, "externalCode">) {
  const [, kind, id] = LEAD_CODE.exec(externalCode ?? "") ?? [];
  if (kind !== "call" && kind !== "request") return undefined;
  return { kind, id: Number(id) } as const;
}

/** Made for a lead, or a lead was attached to it. */
export function isFromLead(document: Pick<MoyskladDocument, "externalCode" | "leadAt">): boolean {
  return document.leadAt !== null || leadOf(document) !== undefined;
}

export function isFinal(state: OrderState | null): boolean {
  return state?.stateType === "Successful" || state?.stateType === "Unsuccessful";
}

/** Epoch milliseconds of a date that passed the schema. */
export function toInstant(text: string): number {
  const at = fromMoscow(text);
  if (at === undefined) throw new Error("a date that passed the schema is read");
  return at;
}

function isMoment(text: string): boolean {
  const at = fromMoscow(text);
  return at !== undefined && at >= 0 && at <= INSTANT_MAX;
}

function isRecord(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

function withIdOfHref(raw: unknown): unknown {
  if (!isRecord(raw) || raw["id"] !== undefined || !isRecord(raw["meta"])) return raw;
  const [id] = /[0-9a-f-]{36}$/i.exec(String(raw["meta"]["href"] ?? "")) ?? [];
  return { ...raw, id };
}

/** A nested collection has its rows only when it is expanded. */
function rowsOf(raw: unknown): unknown[] {
  const rows: unknown = isRecord(raw) ? raw["rows"] : raw;
  return Array.isArray(rows) ? rows.slice(0, PEOPLE_MAX) : [];
}

function toLine(raw: unknown, lengthMax: number): string | null {
  return toText(raw, lengthMax, /[\s\p{Cc}]+/gu);
}

function toLines(raw: unknown, lengthMax: number): string | null {
  return toText(raw, lengthMax, /(?:(?!\n)[\s\p{Cc}])+/gu);
}

function toText(raw: unknown, lengthMax: number, spaces: RegExp): string | null {
  if (typeof raw !== "string" && typeof raw !== "number") return null;
  const clean = String(raw).toWellFormed().replace(spaces, " ").trim();
  return clean.length <= lengthMax ? clean || null : clean.slice(0, lengthMax).toWellFormed().trimEnd();
}

function link() {
  return z
    .unknown()
    .optional()
    .transform(
      (raw) =>
        z
          .url({ protocol: /^https?$/ })
          .max(2_000)
          .safeParse(raw).data ?? null,
    );
}
