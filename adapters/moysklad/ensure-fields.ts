/** The nine order fields: found among the merchant's own, or made. */
import type { SetupReport } from "../../src/adapter.ts";
import { type MoyskladClient, RefusedError } from "./client.ts";
import type { Memory } from "./memory.ts";
import { FIELDS_PATH, type Field, readFields } from "./metadata.ts";
import { findField, isFitting, ORDER_FIELDS, type OrderField, toDescription } from "./order-fields.ts";
import { isTariffClosed } from "./refusal.ts";

type FieldReport = SetupReport["fields"][number];

export interface EnsuredFields {
  /** All fields of orders as they stand now. */
  fields: Field[];
  reports: FieldReport[];
  problems: string[];
}

export async function ensureFields(
  client: MoyskladClient,
  before: readonly Field[],
  memory: Memory,
  isAdmin: boolean,
): Promise<EnsuredFields> {
  const find = (field: OrderField, among: readonly Field[]) => findField(field, among, memory.attributes[field.code]);
  const missing = ORDER_FIELDS.filter((field) => !find(field, before));
  const why = isAdmin ? await create(client, missing) : NOT_ADMIN;
  // Read again even after a refusal: another setup may have made them at the same moment.
  const fields = missing.length > 0 && isAdmin ? await readFields(client) : [...before];
  const reports = ORDER_FIELDS.map((field): FieldReport => {
    const found = find(field, fields);
    if (!found || !isFitting(field, found)) return { name: field.name, state: "missing" };
    return { name: field.name, state: missing.includes(field) ? "created" : "found" };
  });
  return { fields, reports, problems: toProblems(fields, find, why) };
}

const NOT_ADMIN =
  "Поля заказа создаёт только администратор МоегоСклада: укажите его токен и повторите setup или попросите его создать поля";
const NO_TARIFF =
  "Тариф МоегоСклада не даёт создать поля заказа: владельцу — сменить тариф, а пока заказы останутся без полей";

/** Returns why those that are still absent afterwards were not made. */
async function create(client: MoyskladClient, missing: readonly OrderField[]): Promise<string> {
  const body = missing.map((field) => ({
    name: field.name,
    type: field.type,
    required: false,
    description: toDescription(field),
  }));
  try {
    // Of a list MoySklad may refuse single items and still answer that all is well.
    if (body.length > 0) await client.post(FIELDS_PATH, body);
  } catch (error) {
    if (isTariffClosed(error)) return NO_TARIFF;
    if (error instanceof RefusedError) return toWhy(` (ошибка ${error.codes[0] ?? error.status})`);
    throw error;
  }
  return toWhy("");
}

const toWhy = (cause: string) => `МойСклад не создал поля заказа${cause}: администратору — создать поля`;

function toProblems(
  fields: readonly Field[],
  find: (field: OrderField, among: readonly Field[]) => Field | undefined,
  why: string,
): string[] {
  const unfitting = ORDER_FIELDS.filter((field) => {
    const found = find(field, fields);
    return found !== undefined && !isFitting(field, found);
  });
  const absent = ORDER_FIELDS.filter((field) => !find(field, fields)).map(({ name }) => `«${name}»`);
  const problems = unfitting.map(
    ({ name }) => `Поле заказа «${name}» другого типа: администратору — переименовать его и повторить setup`,
  );
  return absent.length === 0 ? problems : [...problems, `${why} ${absent.join(", ")}`];
}
