/**
 * Answers stay under 8 KB: some providers cut connections after about 16 KB, and 1C must always learn how its documents
 * fared. First repeated messages go, then guids; the index always stays.
 */
import type { DocumentResult } from "../ingest/result.ts";

export const ANSWER_BYTES_MAX = 8_000;

export type FittedResult = Pick<DocumentResult, "index" | "result" | "code"> & Partial<DocumentResult>;

export function fitResults(results: readonly DocumentResult[], envelopeBytes: number): readonly FittedResult[] {
  const budget = ANSWER_BYTES_MAX - envelopeBytes;
  if (sizeOf(results) <= budget) return results;
  const seen = new Set<string>();
  const withoutRepeats = results.map(({ message, ...rest }): FittedResult => {
    if (seen.has(rest.code)) return rest;
    seen.add(rest.code);
    return { ...rest, message };
  });
  if (sizeOf(withoutRepeats) <= budget) return withoutRepeats;
  const withoutGuids = withoutRepeats.map(({ guid: _, ...rest }) => rest);
  if (sizeOf(withoutGuids) <= budget) return withoutGuids;
  return withoutGuids.map(({ dealId: _, message, ...rest }) => ({
    ...rest,
    ...(message === undefined ? {} : { message: message.slice(0, 60) }),
  }));
}

export function sizeOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}
