/** One row of the journal of calls, `calls-diary/calls`, read as a lead as far as it can be. */
import type { Lead } from "../lead.ts";
import {
  readCount,
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

/** Undefined when the row does not say which call it is, or when it was. */
export function parseCall(value: unknown, timeZone: string): Lead | undefined {
  const row = readFields(value);
  const id = readId(row["callId"]);
  const at = readInstant(row["timestamp"], timeZone) ?? readInstant(row["date"], timeZone);
  if (id === undefined || at === undefined) return undefined;
  const isFinished = isOver(row["callphase"]) ?? true;
  const outcome = {
    durationSeconds: readCount(row["duration"]),
    isAnswered: readFlag(row["successful"]),
    isTarget: readFlag(row["targetCall"]),
  };
  return present({
    kind: "call" as const,
    id,
    at,
    isFinished,
    phone: readPhone(row["callerNumber"]),
    ...(isFinished ? outcome : {}),
    isUnique: readFlag(row["uniqueCall"]),
    ...readJournalVisit(row),
    // Calls have it under `clientId`, requests under `guaClientId`.
    googleClientId: readText(row["guaClientId"]) ?? readText(row["clientId"]),
    tags: toAutomaticTags(row["callTags"]),
  });
}

/** Undefined when nothing is said of it. */
export function isOver(phase: unknown): boolean | undefined {
  const text = readText(phase)?.toLowerCase();
  return text === undefined ? undefined : !text.startsWith("callconnect");
}

/** By tone, then by number. Tags that come without their type are all taken: they may be automatic ones. */
function toAutomaticTags(value: unknown): string[] {
  const entries = readList(value);
  const groups = entries.map(readFields);
  const namesOf = (type: string) =>
    groups
      .filter((group) => readText(group["type"])?.toUpperCase().replaceAll("_", "-") === type)
      .flatMap((group) => readList(group["names"]));
  return readTags([...namesOf("AUTO-CT"), ...namesOf("AUTO-PN"), ...entries]);
}
