/** One row of the journal of requests, read as a lead as far as it can be. */
import type { Lead } from "../lead.ts";
import {
  readEmail,
  readFields,
  readFlag,
  readId,
  readInstant,
  readList,
  readPhone,
  readTags,
  readText,
} from "./answer-value.ts";
import { present } from "./format.ts";
import { readJournalVisit } from "./journal-visit.ts";

/** Undefined when the row does not say which request it is, or when it was. */
export function parseRequest(value: unknown, timeZone: string): Lead | undefined {
  const row = readFields(value);
  const id = readId(row["requestId"]);
  const at = readInstant(row["date"], timeZone) ?? readInstant(row["dateStr"], timeZone);
  if (id === undefined || at === undefined) return undefined;
  const client = readFields(row["client"]);
  const session = readFields(row["session"]);
  return present({
    kind: "request" as const,
    id,
    at,
    isFinished: true,
    phone: firstOf(client["phones"], "phoneNumber", readPhone),
    email: firstOf(client["contacts"], "contactValue", readEmail),
    name: readText(client["fio"]),
    comment: firstOf(row["comments"], "comment", readText),
    subject: readText(row["subject"]),
    isTarget: readFlag(row["targetRequest"]),
    isUnique: readFlag(row["uniqueRequest"]),
    ...readJournalVisit(session),
    googleClientId: readText(session["guaClientId"]),
    tags: toTags(row["RequestTags"]),
  });
}

/** The first usable value among objects that hold it under a key, or plain values; a single one may come without its list. */
function firstOf<T>(value: unknown, key: string, read: (value: unknown) => T | undefined): T | undefined {
  const entries = Array.isArray(value) ? value : [value];
  return entries.map((entry) => read(readFields(entry)[key] ?? entry)).find((found) => found !== undefined);
}

function toTags(value: unknown): string[] {
  return readTags(readList(value).flatMap((entry) => [entry, ...readList(readFields(entry)["names"])]));
}
