/** Deals for the operator: those that wait for a person, one with what is known of it, and the word to try one again. */
import { zValidator } from "@hono/zod-validator";
import { Hono } from "hono";
import * as z from "zod";
import { attribution } from "../attribution/attribution.ts";
import type { Database } from "../database/database.ts";
import { AppError } from "../error.ts";
import { explainDeal } from "../ingest/explain.ts";
import { toSourceView } from "./attributions.ts";
import { toAuditEntry } from "./audit.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { toExplanationView } from "./explain.ts";
import { definedOnly, digits, found, inRussian, pageQuery, refuse } from "./fields.ts";

const listQuery = z.strictObject({ status: z.enum(["held", "dead"]).default("dead"), ...pageQuery });
const DOCUMENTS_SHOWN_MAX = 100;

const idParam = z.strictObject({ id: digits });
const guidParam = z.strictObject({ guid: z.guid().toLowerCase() });

export function createDealRoutes({ platform, database, vault, adapters, calltouchUrl, nudge }: HttpDependencies) {
  const routes = new Hono<HttpEnv>();

  routes.get("/", zValidator("query", listQuery, refuse, inRussian), async (c) => {
    const { status, after, limit } = c.req.valid("query");
    const deals = await database.deals.listHeldOrDead(status, after, limit + 1);
    const shown = deals.slice(0, limit);
    const next = deals.length > limit ? { next: shown.at(-1)?.id } : {};
    return c.json({ deals: shown, ...next });
  });

  /** Where a document is: also which connection holds a guid that another one was refused. */
  routes.get("/by-guid/:guid", zValidator("param", guidParam, refuse, inRussian), async (c) => {
    const holders = await database.deals.holdersOf(c.req.valid("param").guid);
    return c.json({ holders });
  });

  routes.get("/:id", zValidator("param", idParam, refuse, inRussian), async (c) => {
    const deal = found(await database.deals.get(c.req.valid("param").id));
    const documents = await database.deals.documentsOf(deal.connectionId, deal.guid, DOCUMENTS_SHOWN_MAX + 1);
    return c.json({
      ...toDealView(deal),
      documents: documents.slice(0, DOCUMENTS_SHOWN_MAX).map(toDocumentView),
      ...(documents.length > DOCUMENTS_SHOWN_MAX ? { more: true } : {}),
    });
  });

  /** Why it stands as it stands, and the request that is sent for it next. */
  routes.get("/:id/explain", zValidator("param", idParam, refuse, inRussian), async (c) => {
    const deal = found(await database.deals.get(c.req.valid("param").id));
    const connection = found(await database.connections.get(deal.connectionId));
    const account = found(await database.accounts.get(connection.accountId));
    const adapter = found(adapters.get(connection.adapter));
    const dependencies = { platform, database, vault, calltouchUrl };
    const request = { adapter, connection, account, isManual: false };
    const explained = await explainDeal(dependencies, request, deal.guid);
    if (!explained) {
      throw new AppError(409, "NOT_EXPLAINABLE", "Из документов сделки она не складывается. Отправьте их ещё раз");
    }
    const { id, status, code, message } = toDealView(deal);
    return c.json({ ...definedOnly({ id, status, code, message }), ...toExplanationView(explained) });
  });

  routes.post("/:id/retry", zValidator("param", idParam, refuse, inRussian), async (c) => {
    const { id } = c.req.valid("param");
    const at = platform.now();
    const before = await database.deals.statusOf(id);
    const subject = { subjectKind: "deal", subjectId: String(id) } as const;
    const entry = toAuditEntry({
      at,
      action: "retry",
      ...subject,
      ...(before && { before }),
      after: { status: "due" },
    });
    if (!(await database.deals.retry(id, at, entry))) {
      const message = "Такой сделки нет среди ожидающих, она удалена в Calltouch или подключение в пробном режиме";
      throw new AppError(409, "NOT_RETRIABLE", message);
    }
    nudge();
    return c.json({ id });
  });

  return routes;
}

type DealRow = NonNullable<Awaited<ReturnType<Database["deals"]["get"]>>>;
type DocumentRow = Awaited<ReturnType<Database["deals"]["documentsOf"]>>[number];

function toDealView({ orderAt, attribution: source, closed, ...deal }: DealRow) {
  return {
    ...deal,
    ...(closed ? { closed } : {}),
    ...(orderAt === null ? {} : { orderAt: new Date(orderAt).toISOString() }),
    ...(source === null ? {} : { attribution: toSourceView(attribution.parse(JSON.parse(source))) }),
  };
}

function toDocumentView({ enteredAt, receivedAt, ...document }: DocumentRow) {
  const instants = {
    enteredAt: new Date(enteredAt).toISOString(),
    receivedAt: new Date(receivedAt).toISOString(),
  };
  return { ...document, ...instants };
}
