import { Hono } from "hono";
import { AppError } from "../error.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";

export function createHealthRoutes({ platform, database }: HttpDependencies) {
  const routes = new Hono<HttpEnv>();
  routes.get("/healthz", (c) => c.json({ status: "ok", message: "Мост работает" }));
  /** Ready to keep documents. A paused account is shown but does not make the bridge unready: documents are accepted all the same. */
  routes.get("/readyz", async (c) => {
    const now = platform.now();
    try {
      const accounts = await database.accounts.list();
      const paused = accounts
        .filter(({ pause, pausedUntil }) => pause !== null && pausedUntil > now)
        .map(({ id, pause, pausedUntil }) => ({
          account: id,
          reason: pause,
          until: new Date(pausedUntil).toISOString(),
        }));
      return c.json({
        status: "ok",
        message: paused.length > 0 ? "Документы принимаются, передача приостановлена" : "Документы принимаются",
        paused,
      });
    } catch (cause) {
      throw new AppError(503, "TRY_LATER", "База данных моста недоступна. Повторите позже", { cause });
    }
  });
  return routes;
}
