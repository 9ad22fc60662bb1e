/** What an ERP calls. Only GET and POST, and an answer before Calltouch is asked anything. */
import { type Context, Hono } from "hono";
import type { Adapter } from "../adapter.ts";
import type { Caller } from "../database/erp-keys.ts";
import { AppError } from "../error.ts";
import { type ExplainRequest, explainDocuments } from "../ingest/explain.ts";
import { createIngestQueue } from "../ingest/queue.ts";
import { toLocalText } from "../jobs/period.ts";
import { actionsBody, createActions } from "./actions.ts";
import { attributionsBody, readAttributions } from "./attributions.ts";
import { authenticate } from "./auth.ts";
import { BODY_BYTES_MAX, readJson } from "./body.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { toDealStatus } from "./deal-status.ts";
import { DOCUMENTS_MAX, documentsBody, guidsBody, parseBody, requireAtMost } from "./erp-body.ts";
import { EXPLAINED_MAX, fitExplanations } from "./explain.ts";
import { ANSWER_BYTES_MAX, fitResults, sizeOf } from "./fit.ts";
import { checkInfobase } from "./infobase.ts";
import { createJobRoutes } from "./jobs.ts";
import { pauseNotice } from "./notice.ts";
import { withShowMessage } from "./show-message.ts";
import { summarise } from "./summary.ts";
import { explainXdto } from "./xdto.ts";

export { DOCUMENTS_MAX, documentsBody, guidsBody } from "./erp-body.ts";

/** Requests being stored at once; more wait at the ERP, not here. */
const INGESTS_AT_ONCE = 64;

export function createErpRoutes(dependencies: HttpDependencies) {
  const { platform, database, vault, adapters, failures, nudge, calltouchUrl } = dependencies;
  const guard = { platform, database, failures };
  const ingest = createIngestQueue({ platform, database, vault });
  const runAction = createActions(dependencies);
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
    const { documents } = body;
    const isExplaining = isAsked(c.req.query("explain"));
    requireAtMost(documents, isExplaining ? EXPLAINED_MAX : DOCUMENTS_MAX);
    await checkInfobase(database, caller, body.client?.infobase, !isExplaining);
    const isManual = typeof body.mode === "string" && body.mode.trim() === "manual";
    const request = { adapter, connection, account, isManual };
    return withinLimit(async () => {
      if (isExplaining) return c.json(await explain(request, documents, c.get("requestId")));
      const results = explainXdto(await ingest({ ...request, documents }), documents);
      // A skipped document may have left a deal that now has to be changed or deleted.
      if (results.some(({ result }) => result === "accepted" || result === "skipped")) nudge();
      const envelope = {
        status: results.some(({ result }) => result === "error") ? "partial" : "ok",
        message: summarise(results),
        requestId: c.get("requestId"),
        ...pauseNotice(account, platform.now(), connection.timeZone),
      };
      return c.json({ ...envelope, results: fitResults(withShowMessage(account, results), sizeOf(envelope)) });
    });
  });

  routes.post("/:adapter/deals/status", async (c) => {
    const { caller } = await callerOf(c);
    const body = parseBody(guidsBody, await readJson(c.req.raw, platform));
    requireAtMost(body.guids);
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

  routes.post("/:adapter/deals/actions", async (c) => {
    const { caller, adapter } = await callerOf(c);
    const body = parseBody(actionsBody, await readJson(c.req.raw, platform));
    requireAtMost(body.guids);
    await checkInfobase(database, caller, body.client?.infobase);
    return c.json(await runAction(caller, adapter, body, c.get("requestId")));
  });

  routes.post("/:adapter/attributions", async (c) => {
    const { caller } = await callerOf(c);
    const body = parseBody(attributionsBody, await readJson(c.req.raw, platform));
    return c.json(await readAttributions(dependencies, caller.connection.id, body, c.get("requestId")));
  });

  routes.route("/", createJobRoutes(dependencies, callerOf));

  /** What would become of the documents; nothing of them is kept. */
  async function explain(request: ExplainRequest, documents: readonly unknown[], requestId: string) {
    const explained = await explainDocuments({ platform, database, vault, calltouchUrl }, request, documents);
    const results = explainXdto(
      explained.map(({ result }) => result),
      documents,
    );
    const envelope = { status: "ok", message: `Ничего не передано. ${summarise(results)}`, requestId };
    const shown = explained.map((each, index) => ({ ...each, result: results[index] ?? each.result }));
    return { ...envelope, ...fitExplanations(shown, sizeOf({ ...envelope, results: [] })) };
  }

  /** @throws AppError RATE */
  async function withinLimit<T>(work: () => Promise<T>): Promise<T> {
    if (ingests >= INGESTS_AT_ONCE) {
      throw new AppError(429, "RATE", "Слишком много запросов сразу. Повторите через секунду", {
        retryAfterSeconds: 1,
      });
    }
    ingests += 1;
    try {
      return await work();
    } finally {
      ingests -= 1;
    }
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

  return routes;
}

/** Whoever names it wants nothing sent, unless that is denied outright; 1C writes booleans in Russian, too. */
function isAsked(text: string | undefined): boolean {
  return text !== undefined && !["0", "false", "нет"].includes(text.trim().toLowerCase());
}
