/**
 * Answers stay under 8 KB: some providers cut connections after about 16 KB, and 1C must always learn how its documents
 * fared. First repeated messages go, then guids, then all but one message of a code; the index always stays. Without its
 * message a result is not shown to anybody.
 */

export const ANSWER_BYTES_MAX = 8_000;
/** A warning for every phone of a document would fill the answer by itself. */
export const MESSAGE_LENGTH_MAX = 300;
/** `,"more":true` */
const MORE_BYTES = 12;

/** What became of one document, or of the deal that was asked for by it. */
export interface FittedResult {
  index: number;
  guid?: string;
  result: string;
  code: string;
  message?: string;
  retry?: true;
  dealId?: number;
  showMessage?: true;
}
type Step = (results: readonly FittedResult[]) => readonly FittedResult[];

/** Taken in this order until the answer fits. A hundred results without anything else fit with codes of 20 letters. */
const STEPS: readonly Step[] = [
  (results) => withoutRepeatedMessages(results, ({ code, message }) => `${code} ${message}`),
  (results) => results.map(({ guid: _, ...rest }) => rest),
  // The index tells whose result it is, but nothing else tells what is wrong with it.
  withoutRepeatedMessages,
  (results) => results.map(({ dealId: _, ...rest }) => rest),
  ...[120, 60, 30].map(
    (length): Step =>
      (results) =>
        results.map((result) => withMessageOf(result, length)),
  ),
  (results) => results.map(({ showMessage: _, ...rest }) => rest),
  (results) => results.map(({ message: _, ...rest }) => rest),
];

export function fitResults(results: readonly FittedResult[], envelopeBytes: number): readonly FittedResult[] {
  const budget = ANSWER_BYTES_MAX - envelopeBytes;
  let fitted: readonly FittedResult[] = results.map((result) => withMessageOf(result, MESSAGE_LENGTH_MAX));
  for (const step of STEPS) {
    if (sizeOf(fitted) <= budget) break;
    fitted = step(fitted);
  }
  return fitted;
}

/** For results that tell more than how somebody fared: those that do not fit are left out, to be asked for again. */
export function cutResults<Result extends FittedResult>(
  results: readonly Result[],
  envelopeBytes: number,
): { results: readonly FittedResult[]; more?: true } {
  const budget = ANSWER_BYTES_MAX - envelopeBytes - MORE_BYTES;
  if (sizeOf(results) <= budget) return { results };
  const plain = withoutRepeatedMessages(results);
  let size = 2;
  const count = plain.findIndex((result) => {
    size += sizeOf(result) + 1;
    return size > budget;
  });
  return count === -1 ? { results: plain } : { results: plain.slice(0, count), more: true };
}

export function sizeOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}

export function cut(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1).toWellFormed()}…`;
}

function withoutRepeatedMessages(
  results: readonly FittedResult[],
  kindOf = ({ code }: FittedResult) => code,
): readonly FittedResult[] {
  const seen = new Set<string>();
  return results.map((result) => {
    const { message, showMessage: _, ...rest } = result;
    const kind = kindOf(result);
    if (message === undefined || seen.has(kind)) return rest;
    seen.add(kind);
    return result;
  });
}

function withMessageOf(result: FittedResult, lengthMax: number): FittedResult {
  return result.message === undefined ? result : { ...result, message: cut(result.message, lengthMax) };
}
