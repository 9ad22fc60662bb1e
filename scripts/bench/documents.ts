/** Appointments as 1C sends them, each of a deal of its own. */
import { randomUUID } from "node:crypto";
import { appointment } from "../../test/adapters/alfa-auto-documents.ts";

const DAY_MS = 86_400_000;
const MOSCOW_OFFSET_MS = 3 * 3_600_000;

export interface Posting {
  /** Of the deals that the documents become. */
  orderNumbers: string[];
  body: string;
}

/** Each call gives documents that were never given before. */
export function createPostings(): (size: number) => Posting {
  const date = new Date(Date.now() + MOSCOW_OFFSET_MS - DAY_MS).toISOString().slice(0, 19);
  const dated = { ...appointment, date, changedAt: date, statusDate: date };
  let count = 0;
  return (size) => {
    const documents = Array.from({ length: size }, () => {
      count += 1;
      return { ...dated, guid: randomUUID(), number: `ПС${String(count).padStart(8, "0")}` };
    });
    return { orderNumbers: documents.map(({ number }) => number), body: JSON.stringify({ documents }) };
  };
}
