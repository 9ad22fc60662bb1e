/** The deals that wait for a person, and the operator's word to try one again. */
import { zValidator } from "@hono/zod-validator";
import { Hono } from "hono";
import * as z from "zod";
import { AppError } from "../error.ts";
import { toAuditEntry } from "./audit.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { digits, pageQuery, refuse } from "./fields.ts";

const listQuery = z.strictObject({ status: z.enum(["held", "dead"]).default("dead"), ...pageQuery });
const idParam = z.strictObject({ id: digits });
const guidParam = z.strictObject({ guid: z.guid().toLowerCase() });

export function createDealRoutes({ platform, database, nudge }: HttpDependencies) {
  const routes = new Hono<HttpEnv>();

  routes.get("/", zValidator("query", listQuery, refuse), async (c) => {
    const { status, after, limit } = c.req.valid("query");
    const deals = await database.deals.listHeldOrDead(status, after, limit + 1);
    const shown = deals.slice(0, limit);
    const next = deals.length > limit ? { next: shown.at(-1)?.id } : {};
    return c.json({ deals: shown, ...next });
  });

  /** Where a document is: also which connection holds a guid that another one was refused. */
  routes.get("/by-guid/:guid", zValidator("param", guidParam, refuse), async (c) => {
    const holders = await database.deals.holdersOf(c.req.valid("param").guid);
    return c.json({ holders });
  });

  routes.post("/:id/retry", zValidator("param", idParam, refuse), async (c) => {
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
      throw new AppError(409, "NOT_RETRIABLE", "Такой сделки нет среди ожидающих, или она удалена в Calltouch");
    }
    nudge();
    return c.json({ id });
  });

  return routes;
}
