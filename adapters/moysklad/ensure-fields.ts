/** The nine order fields: found among the merchant's own, or made. */
import type { SetupReport } from "../../src/adapter.ts";
import { type MoyskladClient, RefusedError } from "./client.ts";
import type { Memory } from "./memory.ts";
import { FIELDS_PATH, type Field, readFields } from "./metadata.ts";
import { findField, isFitting, ORDER_FIELDS, type OrderField, toDescription } from "./order-fields.ts";

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
  const refusal = missing.length > 0 && isAdmin ? await create(client, missing) : undefined;
  // Read again even after a refusal: another setup may have made them at the same moment.
  const fields = missing.length > 0 && isAdmin ? await readFields(client) : [...before];
  const reports = ORDER_FIELDS.map((field): FieldReport => {
    const found = find(field, fields);
    if (!found || !isFitting(field, found)) return { name: field.name, state: "missing" };
    return { name: field.name, state: missing.includes(field) ? "created" : "found" };
  });
  return { fields, reports, problems: toProblems(fields, find, isAdmin ? toCause(refusal) : undefined) };
}

async function create(client: MoyskladClient, missing: readonly OrderField[]): Promise<RefusedError | undefined> {
  const body = missing.map((field) => ({
    name: field.name,
    type: field.type,
    required: false,
    description: toDescription(field),
  }));
  try {
    await client.post(FIELDS_PATH, body);
    return undefined;
  } catch (error) {
    if (error instanceof RefusedError) return error;
    throw error;
  }
}

function toProblems(
  fields: readonly Field[],
  find: (field: OrderField, among: readonly Field[]) => Field | undefined,
  cause: string | undefined,
): string[] {
  const unfitting = ORDER_FIELDS.filter((field) => {
    const found = find(field, fields);
    return found !== undefined && !isFitting(field, found);
  });
  const absent = ORDER_FIELDS.filter((field) => !find(field, fields)).map(({ name }) => `«${name}»`);
  const problems = unfitting.map(
    ({ name }) => `Поле заказа «${name}» другого типа: администратору — переименовать его и повторить setup`,
  );
  if (absent.length === 0) return problems;
  const why =
    cause === undefined
      ? "Поля заказа создаёт только администратор МоегоСклада: укажите его токен и повторите setup или попросите его создать"
      : `МойСклад не создал поля заказа${cause}: администратору — создать`;
  return [...problems, `${why} поля ${absent.join(", ")}`];
}

/** Of a list MoySklad may refuse single items and still answer that all is well. */
function toCause(refusal: RefusedError | undefined): string {
  return refusal === undefined ? "" : ` (ошибка ${refusal.codes[0] ?? refusal.status})`;
}
