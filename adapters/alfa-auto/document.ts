/** A repair appointment or a work order of Alfa-Auto as its exchange sends it. Field names are the ERP's. */
import * as z from "zod";
import { readAmount } from "../onec/amount.ts";
import { readEmails, readPhones } from "../onec/contacts.ts";
import { readDate, readYear } from "../onec/date.ts";
import { field, isAbsent, isRecord, orNull, quote, type Reading, required } from "../onec/field.ts";
import { noteBroken, readFlag, readGuid, readLine, readLines, readNumber } from "../onec/text.ts";

const APPOINTMENT = "ЗаявкаНаРемонт";
const WORK_ORDER = "ЗаказНаряд";
type DocumentType = typeof APPOINTMENT | typeof WORK_ORDER;

/** Metadata names and what 1C shows people in their place. */
const TYPES = new Map<string, DocumentType>([
  ["заявканаремонт", APPOINTMENT],
  ["записьнаремонт", APPOINTMENT],
  ["заказнаряд", WORK_ORDER],
]);

/** Texts that may come as a broken reference. */
const REFERENCES = [
  "status",
  "manager",
  "campaign",
  "client",
  "car.make",
  "car.model",
  "organization",
  "department",
  "repairType",
  "phones",
  "emails",
];

const structure = "ожидается структура";

const car = z.object(
  {
    make: field("car.make", readLine(100)),
    model: field("car.model", readLine(100)),
    year: field("car.year", readYear),
  },
  { error: `Поле car: ${structure} с полями make, model, year` },
);

const base = z.object(
  {
    guid: field("base.guid", readGuid),
    type: field("base.type", readBaseType),
    number: field("base.number", readNumber),
    date: field("base.date", readDate),
  },
  { error: `Поле base: ${structure} с полями guid, type, number, date` },
);

const fields = z.object(
  {
    guid: required("guid", readGuid),
    type: required("type", readType),
    number: required("number", readNumber),
    date: required("date", readDate),
    changedAt: field("changedAt", readDate),
    status: field("status", readLine(100)),
    statusDate: field("statusDate", readDate),
    posted: field("posted", readFlag),
    deleted: field("deleted", readFlag),
    amount: field("amount", readAmount),
    manager: field("manager", readLine(100)),
    reason: field("reason", readLines(2_000)),
    campaign: field("campaign", readLine(100)),
    client: field("client", readLine(200)),
    phones: field("phones", readPhones),
    emails: field("emails", readEmails),
    car: orNull(car),
    organization: field("organization", readLine(200)),
    department: field("department", readLine(200)),
    repairType: field("repairType", readLine(200)),
    base: orNull(base),
    version: field("version", readLine(100)),
    broken: z.array(z.enum(REFERENCES)).exactOptional(),
  },
  { error: "Документ должен быть структурой с полями guid, type, number, date" },
);

/** Tolerant of how 1C writes values, and of fields it does not know. */
export const document = z.preprocess((raw) => noteBroken(withCarNamed(raw), REFERENCES), fields);
export type AlfaAutoDocument = z.infer<typeof document>;

export function isAppointment(document: AlfaAutoDocument): boolean {
  return document.type === APPOINTMENT;
}

/** The appointment a work order was made from. Other bases, and the base of an appointment, do not make one deal of two documents. */
export function appointmentBase(document: AlfaAutoDocument) {
  const { base, guid, type } = document;
  if (type !== WORK_ORDER || base?.type !== APPOINTMENT || base.guid === null || base.guid === guid) return null;
  return { guid: base.guid, number: base.number, date: base.date };
}

/** In some bases the car is typed in by hand; the text names it as a model would. */
function withCarNamed(raw: unknown): unknown {
  return isRecord(raw) && typeof raw["car"] === "string" ? { ...raw, car: { model: raw["car"] } } : raw;
}

function readType(raw: unknown): Reading<DocumentType | null> {
  if (isAbsent(raw)) return { value: null };
  const type = typeof raw === "string" ? toKnownType(raw) : undefined;
  if (type) return { value: type };
  return {
    problem: `вид документа ${quote(raw)} не передаётся. Ожидается ${APPOINTMENT} или ${WORK_ORDER}`,
    code: "TYPE",
  };
}

/** A base may be of any type, so this one is not limited to ours. */
function readBaseType(raw: unknown): Reading<string | null> {
  const reading = readLine(100)(raw);
  if (!("value" in reading) || reading.value === null) return reading;
  return { value: toKnownType(reading.value) ?? reading.value };
}

function toKnownType(text: string): DocumentType | undefined {
  return TYPES.get(text.toLowerCase().replace(/[^а-яё]/g, ""));
}
