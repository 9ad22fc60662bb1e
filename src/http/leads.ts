/** The leads that could not be placed into an ERP, and the operator's word to try one again. */
import { zValidator } from "@hono/zod-validator";
import { Hono } from "hono";
import * as z from "zod";
import { AppError } from "../error.ts";
import { toAuditEntry } from "./audit.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { digits, inRussian, pageQuery, refuse } from "./fields.ts";

const listQuery = z.strictObject(pageQuery);
const idParam = z.strictObject({ id: digits });

export function createLeadRoutes({ platform, database, nudgeExchange }: HttpDependencies) {
  const routes = new Hono<HttpEnv>();

  routes.get("/", zValidator("query", listQuery, refuse, inRussian), async (c) => {
    const { after, limit } = c.req.valid("query");
    const rows = await database.leads.listDead(after, limit + 1);
    const leads = rows.slice(0, limit).map(({ at, ...row }) => ({ ...row, at: new Date(at).toISOString() }));
    return c.json({ leads, ...(rows.length > limit ? { next: leads.at(-1)?.id } : {}) });
  });

  routes.post("/:id/retry", zValidator("param", idParam, refuse, inRussian), async (c) => {
    const { id } = c.req.valid("param");
    const subject = { subjectKind: "lead", subjectId: String(id) } as const;
    const entry = toAuditEntry({ at: platform.now(), action: "retry", ...subject, after: { status: "due" } });
    if (!(await database.leads.retry(id, entry))) {
      throw new AppError(409, "NOT_RETRIABLE", "Такого обращения нет среди ожидающих, или его данные уже удалены");
    }
    nudgeExchange();
    return c.json({ id });
  });

  return routes;
}
