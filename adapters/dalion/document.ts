/** An order, a work order, a shipment or a return of Dalion as its exchange sends it. Field names are the ERP's. */
import * as z from "zod";
import { readAmount } from "../onec/amount.ts";
import { readEmails, readPhones } from "../onec/contacts.ts";
import { readDate } from "../onec/date.ts";
import { field, isAbsent, isRecord, orNull, type Reading, required } from "../onec/field.ts";
import { noteBroken, readFlag, readGuid, readLine, readNumber } from "../onec/text.ts";
import { isOrderName } from "./type.ts";

/** Texts that may come as a broken reference. */
const REFERENCES = [
  "title",
  "client",
  "phones",
  "emails",
  "manager",
  "organization",
  "territory",
  "warehouse",
  "orderType",
];

const base = z.object(
  {
    guid: field("base.guid", readGuid),
    type: field("base.type", readLine(100)),
    number: field("base.number", readNumber),
    date: field("base.date", readDate),
  },
  { error: "Поле base: ожидается структура с полями guid, type, number, date" },
);

/** Only what exchange rules and tags go by; sums of lines are not the document's. */
const item = z.preprocess(
  (raw) => (isRecord(raw) && isAbsent(raw["groups"]) ? { ...raw, groups: raw["group"] } : raw),
  z.object(
    {
      kind: field("items.kind", readLine(100)),
      groups: field("items.groups", readGroups),
    },
    { error: "Поле items: ожидается массив структур с полями kind, group" },
  ),
);
type Item = z.infer<typeof item>;

const items = z.preprocess(
  (raw) => (isAbsent(raw) ? [] : raw),
  z.array(item, { error: "Поле items: ожидается массив" }).transform(withoutRepeats),
);

const fields = z.object(
  {
    guid: required("guid", readGuid),
    /** As the base names it: the settings may give the name another meaning later. */
    type: required("type", readLine(100)),
    number: required("number", readNumber),
    date: required("date", readDate),
    changedAt: field("changedAt", readDate),
    /** Null: not said. */
    posted: field("posted", (raw): Reading<boolean | null> => (isAbsent(raw) ? { value: null } : readFlag(raw))),
    deleted: field("deleted", readFlag),
    version: field("version", readLine(100)),
    title: field("title", readLine(250)),
    client: field("client", readLine(200)),
    phones: field("phones", readPhones),
    emails: field("emails", readEmails),
    manager: field("manager", readLine(100)),
    organization: field("organization", readLine(200)),
    territory: field("territory", readLine(200)),
    warehouse: field("warehouse", readLine(200)),
    orderType: field("orderType", readLine(200)),
    amount: field("amount", readAmount),
    profit: field("profit", readAmount),
    items,
    base: orNull(base),
    broken: z.array(z.enum(REFERENCES)).exactOptional(),
    /** It had contacts before they were forgotten, so its deal is not without any. */
    contactsForgotten: field("contactsForgotten", readFlag),
  },
  { error: "Документ должен быть структурой с полями guid, type, number, date" },
);

/** Tolerant of how 1C writes values, and of fields it does not know. */
export const document = z.preprocess((raw) => noteBroken(raw, REFERENCES), fields);
export type DalionDocument = z.infer<typeof document>;

/** An order is its own deal, whatever it was made from; a shipment or a return is its base's, and without a base its own. */
export function dealKey({ guid, type, base }: DalionDocument): string {
  return isOrderName(type) ? guid : (base?.guid ?? guid);
}

/** A list of names, or a path in one text: «Масла / Моторные». */
function readGroups(raw: unknown): Reading<string[]> {
  const isList = Array.isArray(raw);
  const path = isList ? null : readLine(1_000)(raw);
  if (path && !("value" in path)) return path;
  const names: readonly unknown[] = isList ? raw : (path?.value ?? "").split(/[\\/]/);
  const groups: string[] = [];
  for (const name of names) {
    const reading = readLine(200)(name);
    if (!("value" in reading)) return reading;
    if (reading.value !== null) groups.push(reading.value);
  }
  return { value: groups };
}

/** A document of hundreds of lines has a few kinds and groups. */
function withoutRepeats(all: readonly Item[]): Item[] {
  return [...new Map(all.map((each) => [JSON.stringify([each.kind, each.groups]), each])).values()];
}
