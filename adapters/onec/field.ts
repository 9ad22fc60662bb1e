/** How a reader of one raw value becomes a zod schema whose errors a 1C programmer can act on. */
import * as z from "zod";

/** The value read, or what is wrong with it: the rest of a Russian sentence and, where the ERP should tell it apart, a code. */
export type Reading<Value> = { value: Value } | { problem: string; code?: string };

type Reader<Value> = (raw: unknown) => Reading<Value>;

/** A schema over a reader. Its issues name the field and never repeat the value: the reader decides what may be shown. */
export function field<Value>(name: string, read: Reader<Value>) {
  return z
    .unknown()
    .optional()
    .transform((raw, context): Value => {
      const reading = read(raw);
      if ("value" in reading) return reading.value;
      context.addIssue({
        code: "custom",
        message: `Поле ${name}: ${reading.problem}`,
        ...(reading.code === undefined ? {} : { params: { code: reading.code } }),
      });
      return z.NEVER;
    });
}

/** The same, for a field that must have a value. */
export function required<Value>(name: string, read: Reader<Value | null>) {
  return field<Value>(name, (raw) => {
    const reading = read(raw);
    if (!("value" in reading)) return reading;
    return reading.value === null ? { problem: "не заполнено" } : { value: reading.value };
  });
}

/** A structure that 1C may leave empty. */
export function orNull<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((raw) => (isAbsent(raw) ? null : raw), schema.nullable());
}

/** 1C uses null, a missing key and an empty string as one. */
export function isAbsent(raw: unknown): boolean {
  return raw === null || raw === undefined || (typeof raw === "string" && raw.trim() === "");
}

export function isRecord(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

/** A value repeated in a message. Not for phones, e-mails and names. */
export function quote(raw: unknown): string {
  const shown = typeof raw === "object" ? "структура или массив" : String(raw).toWellFormed();
  return `«${shown.length > 40 ? `${shown.slice(0, 40).toWellFormed()}…` : shown}»`;
}
