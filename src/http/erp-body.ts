/** The bodies of an ERP's requests, and what is wrong with them. */
import * as z from "zod";
import { AppError } from "../error.ts";

/** As many as Calltouch takes in one request. */
export const DOCUMENTS_MAX = 100;

const INFOBASE_LENGTH_MAX = 200;
const GUID_LENGTH_MAX = 100;

const isDocuments = "Ожидается объект с массивом documents";
const isInfobase = `Поле client.infobase: ожидается строка не длиннее ${INFOBASE_LENGTH_MAX} символов`;
const isGuids = "Ожидается объект с массивом guids: строки с уникальными идентификаторами документов";

const infobase = z.string({ error: isInfobase }).trim().max(INFOBASE_LENGTH_MAX, { error: isInfobase });
export const client = orNothing(
  z.object({ infobase: orNothing(infobase) }, { error: "Поле client: ожидается структура" }),
);
export const documentsBody = z.object(
  { client, mode: z.unknown().optional(), documents: z.array(z.unknown(), { error: isDocuments }) },
  { error: isDocuments },
);
const guid = z.string({ error: isGuids }).trim().max(GUID_LENGTH_MAX, { error: isGuids }).toLowerCase();
export const guidsBody = z.object({ guids: z.array(guid, { error: isGuids }) }, { error: isGuids });

/** 1C uses null, a missing key and an empty string as one. */
function orNothing<Schema extends z.ZodType>(schema: Schema) {
  const emptyToNull = (raw: unknown) => (typeof raw === "string" && raw.trim() === "" ? null : raw);
  return z.preprocess(emptyToNull, schema.nullable()).optional();
}

/** @throws AppError FORMAT */
export function parseBody<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new AppError(400, "FORMAT", parsed.error.issues[0]?.message ?? "", { cause: parsed.error });
  return parsed.data;
}

/** @throws AppError TOO_MANY */
export function requireAtMost(list: readonly unknown[], max: number = DOCUMENTS_MAX): void {
  if (list.length > max) {
    throw new AppError(422, "TOO_MANY", `В одном запросе не больше ${max} документов, передано ${list.length}`);
  }
}
