/** What the operator's requests are made of, checked and told apart by name. */
import * as z from "zod";
import ru from "zod/v4/locales/ru.js";
import { AppError } from "../error.ts";
import { isTimeZone } from "../zone.ts";
import { cut, MESSAGE_LENGTH_MAX } from "./fit.ts";

export const name = z.string().trim().min(1).max(100);
export const timeZone = z.string().refine(isTimeZone, "нет такого часового пояса");

/** ISO 8601 with a zone. */
export const instant = z.iso.datetime({ offset: true });
export const digits = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
/** A list is read page by page, by the id of the last row already seen. */
export const pageQuery = {
  after: digits.default(0),
  limit: digits.pipe(z.int().min(1).max(200)).default(50),
};

const PROBLEMS_MAX = 10;
const NEEDED: Record<string, string> = {
  string: "нужен текст",
  number: "нужно число",
  int: "нужно целое число",
  boolean: "нужно true или false",
  array: "нужен список",
  object: "нужна структура",
};
const { localeError } = ru();

/** Whoever reads it writes 1C or runs the bridge, and has not heard of `undefined`. */
const russian: z.core.$ZodErrorMap = (issue) => {
  const needed = issue.code === "invalid_type" ? NEEDED[issue.expected] : undefined;
  if (needed === undefined) return localeError(issue);
  return issue.input === undefined ? `не задано, ${needed}` : needed;
};

/** @throws AppError FIELD, naming the fields and never their values. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value, { error: russian });
  if (parsed.success) return parsed.data;
  throw problemsIn(parsed.error);
}

export function problemsIn(error: z.core.$ZodError): AppError {
  const problems = error.issues.map(({ path, message }) => `${path.join(".") || "запрос"}: ${message}`);
  const message = `Проверьте поля. ${problems.slice(0, PROBLEMS_MAX).join("; ")}`;
  return new AppError(422, "FIELD", cut(message, MESSAGE_LENGTH_MAX), { cause: error });
}

/** For `zValidator`, with `inRussian`. @throws AppError FIELD */
export function refuse(result: { success: boolean; error?: z.core.$ZodError }): void {
  if (!result.success && result.error) throw problemsIn(result.error);
}

export const inRussian = {
  validationFunction: (schema: z.ZodType, value: unknown) => schema.safeParse(value, { error: russian }),
};

/** A patch without the fields that were not given. */
export function definedOnly<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** @throws AppError NOT_FOUND */
export function found<T>(row: T | undefined): T {
  if (row === undefined) throw new AppError(404, "NOT_FOUND", "Такой записи нет");
  return row;
}

/**
 * Writes what has a name of its own. Two requests may ask for a free name at once, so the name is asked for again when
 * the write fails.
 * @throws AppError NAME_TAKEN
 */
export async function writeNamed(
  isTaken: (name: string) => Promise<boolean>,
  wanted: string | undefined,
  write: () => Promise<void>,
): Promise<void> {
  const isRefused = async () => wanted !== undefined && (await isTaken(wanted));
  if (await isRefused()) throw nameTaken();
  try {
    await write();
  } catch (cause) {
    throw (await isRefused()) ? nameTaken(cause) : cause;
  }
}

function nameTaken(cause?: unknown): AppError {
  return new AppError(409, "NAME_TAKEN", "Такое название уже есть", { cause });
}
