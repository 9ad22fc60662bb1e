/**
 * Looks for the client of a lead. MoySklad keeps phones as they were typed and compares them letter by letter, so it is
 * asked in several ways, and only a row whose phone or e-mail is the same number or address is taken.
 */
import * as z from "zod";
import type { MoyskladClient } from "./client.ts";
import { type Condition, toFilter } from "./filter.ts";
import { readPhones, toSpellings } from "./phone.ts";

const PAGE_ROWS = 100;
/** Of the widest search, which finds everyone with the same three digits. */
const PAGES_MAX = 3;
const NATIONAL_DIGITS = 10;
/** Their default in lists is not documented. */
const ARCHIVED_TOO: readonly Condition[] = [
  ["archived", "=", "true"],
  ["archived", "=", "false"],
];

const text = z.string().nullish().catch(null);
const person = z.object({ phone: text, email: text });
type Person = z.infer<typeof person>;
const row = person.extend({
  id: z.guid(),
  archived: z.boolean().nullish().catch(null),
  created: text,
  contactpersons: z
    .object({ rows: z.array(person).nullish() })
    .nullish()
    .catch(null),
});
type Row = z.infer<typeof row>;
const page = z.object({ rows: z.array(row), meta: z.object({ size: z.int().nullish() }).nullish() });

export interface FoundCounterparty {
  id: string;
  phone: string;
  email: string;
  /** By its own phone or e-mail, not by those of one of its people. */
  isOwn: boolean;
  isArchived: boolean;
  /** How many fitted as well as this one. */
  others: number;
}

/** `phone` is normalised, `email` in lower case. Of several: not archived, then by the phone, then the oldest. */
export async function findCounterparty(
  client: MoyskladClient,
  { phone, email }: { phone?: string; email?: string },
): Promise<FoundCounterparty | undefined> {
  const byPhone = phone === undefined ? undefined : await findByPhone(client, phone);
  if (byPhone?.isArchived === false || email === undefined) return byPhone;
  const byEmail = await findByEmail(client, email);
  return byEmail?.isArchived === false ? byEmail : (byPhone ?? byEmail);
}

async function findByPhone(client: MoyskladClient, phone: string): Promise<FoundCounterparty | undefined> {
  const isSame = ({ phone: typed }: Person) => readPhones(typed ?? "").includes(phone);
  const spelled = toSpellings(phone).map((spelling): Condition => ["phone", "=", spelling]);
  return firstFound(isSame, [
    () => readRows(client, { filter: toFilter([...spelled, ...ARCHIVED_TOO]) }),
    () => search(client, phone.slice(-NATIONAL_DIGITS)),
    // The three digits after the code of the operator stand together however the rest is divided.
    () => search(client, phone.slice(-7, -4), PAGES_MAX),
  ]);
}

async function findByEmail(client: MoyskladClient, email: string): Promise<FoundCounterparty | undefined> {
  const isSame = ({ email: typed }: Person) =>
    (typed ?? "")
      .toLowerCase()
      .split(/[\s,;]+/)
      .includes(email);
  return firstFound(isSame, [
    () => readRows(client, { filter: toFilter([["email", "=", email], ...ARCHIVED_TOO]) }),
    () => search(client, email),
  ]);
}

/** Asks on while there is nobody, or only someone archived. */
async function firstFound(
  isSame: (person: Person) => boolean,
  ways: readonly (() => Promise<Row[]>)[],
): Promise<FoundCounterparty | undefined> {
  const found = new Map<string, { row: Row; isOwn: boolean }>();
  for (const ask of ways) {
    for (const row of await ask()) {
      const isOwn = isSame(row);
      if (isOwn || row.contactpersons?.rows?.some(isSame)) found.set(row.id, { row, isOwn });
    }
    if ([...found.values()].some(({ row }) => row.archived !== true)) break;
  }
  const [best] = [...found.values()].sort((left, right) => compareRows(left.row, right.row));
  if (!best) return undefined;
  const { id, phone, email, archived } = best.row;
  const { isOwn } = best;
  return { id, phone: phone ?? "", email: email ?? "", isOwn, isArchived: archived === true, others: found.size - 1 };
}

function compareRows(left: Row, right: Row): number {
  return (
    Number(left.archived ?? false) - Number(right.archived ?? false) ||
    compareTexts(left.created ?? "", right.created ?? "") ||
    compareTexts(left.id, right.id)
  );
}

function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

async function search(client: MoyskladClient, what: string, pagesMax = 1): Promise<Row[]> {
  const rows: Row[] = [];
  for (let index = 0; index < pagesMax; index += 1) {
    const query = { search: what, filter: toFilter(ARCHIVED_TOO), offset: String(index * PAGE_ROWS) };
    const portion = await readRows(client, query);
    rows.push(...portion);
    if (portion.length < PAGE_ROWS) break;
  }
  return rows;
}

async function readRows(client: MoyskladClient, query: Readonly<Record<string, string>>): Promise<Row[]> {
  const answer = await client.get("/entity/counterparty", {
    ...query,
    expand: "contactpersons",
    limit: String(PAGE_ROWS),
  });
  return page.parse(answer).rows;
}
