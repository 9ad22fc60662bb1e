/** The deals that wait for a person, and the operator's word to try one again. */
import { zValidator } from "@hono/zod-validator";
import { Hono } from "hono";
import * as z from "zod";
import { AppError } from "../error.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { problemsIn } from "./fields.ts";

const digits = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const listQuery = z.strictObject({
  status: z.enum(["held", "dead"]).default("dead"),
  /** The id of the last deal already seen. */
  after: digits.default(0),
  limit: digits.pipe(z.int().min(1).max(200)).default(50),
});
const idParam = z.strictObject({ id: digits });

export function createDealRoutes({ platform, database, nudge }: HttpDependencies) {
  const routes = new Hono<HttpEnv>();

  routes.get("/", zValidator("query", listQuery, refuse), async (c) => {
    const { status, after, limit } = c.req.valid("query");
    const deals = await database.deals.listHeldOrDead(status, after, limit + 1);
    const shown = deals.slice(0, limit);
    const next = deals.length > limit ? { next: shown.at(-1)?.id } : {};
    return c.json({ deals: shown, ...next });
  });

  routes.post("/:id/retry", zValidator("param", idParam, refuse), async (c) => {
    const { id } = c.req.valid("param");
    if (!(await database.deals.retry(id, platform.now()))) {
      throw new AppError(409, "NOT_RETRIABLE", "Такой сделки нет среди ожидающих, или она удалена в Calltouch");
    }
    nudge();
    return c.json({ id });
  });

  return routes;
}

function refuse(result: { success: boolean; error?: z.core.$ZodError }): void {
  if (!result.success && result.error) throw problemsIn(result.error);
}
