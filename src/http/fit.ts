/**
 * Answers stay under 8 KB: some providers cut connections after about 16 KB, and 1C must always learn how its documents
 * fared. First repeated messages go, then guids; the index always stays.
 */
import type { DocumentResult } from "../ingest/result.ts";

export const ANSWER_BYTES_MAX = 8_000;
/** A warning for every phone of a document would fill the answer by itself. */
export const MESSAGE_LENGTH_MAX = 300;

export type FittedResult = Pick<DocumentResult, "index" | "result" | "code"> & Partial<DocumentResult>;
type Step = (results: readonly FittedResult[]) => readonly FittedResult[];

/** Taken in this order until the answer fits. A hundred results without anything else fit with codes of 20 letters. */
const STEPS: readonly Step[] = [
  withoutRepeatedMessages,
  (results) => results.map(({ guid: _, ...rest }) => rest),
  (results) => results.map(({ dealId: _, ...rest }) => rest),
  ...[120, 60, 30].map(
    (length): Step =>
      (results) =>
        results.map((result) => withMessageOf(result, length)),
  ),
  (results) => results.map(({ message: _, ...rest }) => rest),
];

export function fitResults(results: readonly DocumentResult[], envelopeBytes: number): readonly FittedResult[] {
  const budget = ANSWER_BYTES_MAX - envelopeBytes;
  let fitted: readonly FittedResult[] = results.map((result) => withMessageOf(result, MESSAGE_LENGTH_MAX));
  for (const step of STEPS) {
    if (sizeOf(fitted) <= budget) break;
    fitted = step(fitted);
  }
  return fitted;
}

export function sizeOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}

export function cut(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1).toWellFormed()}…`;
}

function withoutRepeatedMessages(results: readonly FittedResult[]): readonly FittedResult[] {
  const seen = new Set<string>();
  return results.map(({ message, ...rest }) => {
    if (message === undefined || seen.has(rest.code)) return rest;
    seen.add(rest.code);
    return { ...rest, message };
  });
}

function withMessageOf(result: FittedResult, lengthMax: number): FittedResult {
  return result.message === undefined ? result : { ...result, message: cut(result.message, lengthMax) };
}
