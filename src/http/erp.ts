/** What an ERP calls. Only GET and POST, and an answer before Calltouch is asked anything. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import type { Adapter } from "../adapter.ts";
import type { Caller } from "../database/erp-keys.ts";
import { AppError } from "../error.ts";
import { createIngestQueue } from "../ingest/queue.ts";
import { DRY_RUN } from "../ingest/result.ts";
import { toWallClock } from "../zone.ts";
import { authenticate } from "./auth.ts";
import { BODY_BYTES_MAX, readJson } from "./body.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { toDealStatus } from "./deal-status.ts";
import { createFailures } from "./failures.ts";
import { ANSWER_BYTES_MAX, fitResults, sizeOf } from "./fit.ts";
import { pauseNotice } from "./notice.ts";
import { explainXdto } from "./xdto.ts";

/** As many as Calltouch takes in one request. */
export const DOCUMENTS_MAX = 100;
/** Requests being stored at once; more wait at the ERP, not here. */
const INGESTS_AT_ONCE = 64;

const INFOBASE_LENGTH_MAX = 200;
const GUID_LENGTH_MAX = 100;

const isDocuments = "Ожидается объект с массивом documents";
const isInfobase = `Поле client.infobase: ожидается строка не длиннее ${INFOBASE_LENGTH_MAX} символов`;
const isGuids = "Ожидается объект с массивом guids: строки с уникальными идентификаторами документов";

const infobase = z.string({ error: isInfobase }).trim().max(INFOBASE_LENGTH_MAX, { error: isInfobase });
const client = z.object({ infobase: orNothing(infobase) }, { error: "Поле client: ожидается структура" });
export const documentsBody = z.object(
  { client: orNothing(client), mode: z.unknown().optional(), documents: z.array(z.unknown(), { error: isDocuments }) },
  { error: isDocuments },
);
const guid = z.string({ error: isGuids }).trim().max(GUID_LENGTH_MAX, { error: isGuids }).toLowerCase();
export const guidsBody = z.object({ guids: z.array(guid, { error: isGuids }) }, { error: isGuids });

export function createErpRoutes(dependencies: HttpDependencies) {
  const { platform, database, vault, adapters, nudge } = dependencies;
  const { failures = createFailures() } = dependencies;
  const guard = { platform, database, failures };
  const ingest = createIngestQueue({ platform, database, vault });
  let ingests = 0;

  const routes = new Hono<HttpEnv>();

  routes.get("/ping", async (c) => {
    const { connection, account } = await authenticate(c.req.raw, guard);
    const now = platform.now();
    return c.json({
      status: "ok",
      message: "Подключение установлено",
      requestId: c.get("requestId"),
      connection: connection.name,
      adapter: connection.adapter,
      account: account.name,
      serverTime: toLocalText(now, connection.timeZone),
      apiVersion: 1,
      limits: { documentsMax: DOCUMENTS_MAX, bodyBytesMax: BODY_BYTES_MAX },
      ...pauseNotice(account, now, connection.timeZone),
    });
  });

  routes.post("/:adapter/documents", async (c) => {
    const { caller, adapter } = await callerOf(c);
    const { connection, account } = caller;
    const body = parseBody(documentsBody, await readJson(c.req.raw, platform));
    requireAtMost(body.documents, "документов");
    await checkInfobase(caller, body.client?.infobase);
    if (ingests >= INGESTS_AT_ONCE) {
      throw new AppError(429, "RATE", "Слишком много запросов сразу. Повторите через секунду", {
        retryAfterSeconds: 1,
      });
    }
    ingests += 1;
    try {
      const isManual = typeof body.mode === "string" && body.mode.trim() === "manual";
      const { documents } = body;
      const request = { adapter, connection, account, documents, isManual };
      const results = explainXdto(await ingest(request), documents);
      if (results.some(({ code }) => code === DRY_RUN.code)) await releaseEndedTrial(connection.id);
      // A skipped document may have left a deal that now has to be changed or deleted.
      if (results.some(({ result }) => result === "accepted" || result === "skipped")) nudge();
      const envelope = {
        status: results.some(({ result }) => result === "error") ? "partial" : "ok",
        message: summarise(results),
        requestId: c.get("requestId"),
        ...pauseNotice(account, platform.now(), connection.timeZone),
      };
      return c.json({ ...envelope, results: fitResults(results, sizeOf(envelope)) });
    } finally {
      ingests -= 1;
    }
  });

  routes.post("/:adapter/deals/status", async (c) => {
    const { caller } = await callerOf(c);
    const body = parseBody(guidsBody, await readJson(c.req.raw, platform));
    requireAtMost(body.guids, "документов");
    const rows = new Map(
      (await database.deals.findByGuids(caller.connection.id, body.guids)).map((row) => [row.guid, row]),
    );
    const deals: object[] = [];
    const envelope = { status: "ok", message: "Состояние сделок", requestId: c.get("requestId"), more: true };
    let size = sizeOf(envelope);
    for (const guid of body.guids) {
      const deal = toDealStatus(guid, rows.get(guid));
      size += sizeOf(deal) + 1;
      if (size > ANSWER_BYTES_MAX) break;
      deals.push(deal);
    }
    const more = deals.length < body.guids.length;
    return c.json({ ...envelope, more: more || undefined, deals });
  });

  /** The trial may have ended between the reading of the connection and the write. */
  async function releaseEndedTrial(connectionId: string): Promise<void> {
    const connection = await database.connections.get(connectionId);
    if (connection?.dryRun === false) await database.deals.releaseHeld(connectionId, DRY_RUN.code, platform.now());
  }

  /** Authentication comes first: who has no key does not learn which adapters there are. */
  async function callerOf(c: Context<HttpEnv>): Promise<{ caller: Caller; adapter: Adapter }> {
    const caller = await authenticate(c.req.raw, guard);
    const id = c.req.param("adapter") ?? "";
    const adapter = adapters.get(id);
    if (!adapter) throw new AppError(404, "ADAPTER_UNKNOWN", "Такого вида учётной системы нет. Проверьте адрес");
    if (caller.connection.adapter !== id) {
      throw new AppError(403, "ADAPTER", "Ключ выдан для другой учётной системы. Проверьте адрес и ключ");
    }
    return { caller, adapter };
  }

  /** A copied base would send its test documents as real ones; an administrator says which bases are meant. */
  async function checkInfobase({ connection }: Caller, infobase: string | null | undefined): Promise<void> {
    if (!infobase || connection.infobases.includes(infobase)) return;
    if (connection.infobases.length === 0) {
      if (await database.connections.rememberFirstInfobase(connection.id, infobase)) return;
      const fresh = await database.connections.get(connection.id);
      if (fresh?.infobases.includes(infobase)) return;
    }
    const message = "База отличается от той, что подключена. Если это не копия, подтвердите её у администратора моста";
    throw new AppError(409, "BASE_CHANGED", message);
  }

  return routes;
}

/** 1C uses null, a missing key and an empty string as one. */
function orNothing<Schema extends z.ZodType>(schema: Schema) {
  const emptyToNull = (raw: unknown) => (typeof raw === "string" && raw.trim() === "" ? null : raw);
  return z.preprocess(emptyToNull, schema.nullable()).optional();
}

function parseBody<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new AppError(400, "FORMAT", parsed.error.issues[0]?.message ?? "", { cause: parsed.error });
  return parsed.data;
}

function requireAtMost(list: readonly unknown[], what: string): void {
  if (list.length > DOCUMENTS_MAX) {
    throw new AppError(422, "TOO_MANY", `В одном запросе не больше ${DOCUMENTS_MAX} ${what}, передано ${list.length}`);
  }
}

const WORDS = {
  accepted: "принято",
  unchanged: "без изменений",
  skipped: "пропущено",
  stale: "устарело",
  error: "ошибок",
};

function summarise(results: readonly { result: keyof typeof WORDS }[]): string {
  const counts = new Map<keyof typeof WORDS, number>();
  for (const { result } of results) counts.set(result, (counts.get(result) ?? 0) + 1);
  const text = [...counts].map(([result, count]) => `${WORDS[result]} ${count}`).join(", ");
  return text === "" ? "Документов нет" : text.charAt(0).toUpperCase() + text.slice(1);
}

/** As 1C writes dates: local, without a zone. */
function toLocalText(at: number, timeZone: string): string {
  const { year, month, day, hour, minute, second } = toWallClock(at, timeZone);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
}
