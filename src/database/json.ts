import * as z from "zod";

/**
 * JSON for SQLite to unpack into columns. Half of a character, which JSON can carry and UTF-8 cannot, would be stored
 * unchecked, and reading it back ends the whole process; a NUL ends the text early.
 */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!UNSTORABLE.test(json)) return json;
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? toStorable(part) : part));
}

/** JSON writes both as escapes. Where it is only text about such an escape, looking closer does no harm. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/;

/** What cannot be stored becomes U+FFFD. */
export function toStorable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}

/** A column of JSON that some version of this has written; null stays null. */
export const storedJson = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue("Not JSON");
        return z.NEVER;
      }
    })
    .pipe(schema)
    .nullable();

/** The same where what this version cannot read counts as never stored. */
export const readableJson = <T extends z.ZodType>(schema: T) => storedJson(schema).catch(null);
