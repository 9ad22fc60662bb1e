/** The HTTP edge: one error shape, one log line per request, and the routes. */
import { type Context, Hono } from "hono";
import { toHex } from "../bytes.ts";
import { AppError } from "../error.ts";
import { createAdminRoutes } from "./admin.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { createErpRoutes } from "./erp.ts";
import { createHealthRoutes } from "./health.ts";
import { createHookRoutes } from "./hooks.ts";
import { refuseOtherMethods } from "./method.ts";

const NOT_FOUND = "Такого адреса нет. Проверьте адрес моста в настройках обмена";

/** On every answer. There are no pages here: nothing may be run, framed, guessed, kept or told to another site. */
export const HEADERS = [
  ["cache-control", "no-store"],
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'"],
  ["referrer-policy", "no-referrer"],
  ["x-content-type-options", "nosniff"],
] as const;

export function createApp(dependencies: HttpDependencies) {
  const { platform } = dependencies;
  // 1C does not follow redirects, so a trailing slash is simply accepted.
  const app = new Hono<HttpEnv>({ strict: false });

  app.use(async (c, next) => {
    const startedAt = platform.now();
    const requestId = toHex(platform.randomBytes(8));
    c.set("requestId", requestId);
    await next();
    for (const [name, value] of HEADERS) c.header(name, value);
    // Without a stated charset some proxies and clients read Cyrillic in the system's code page.
    if (c.res.headers.get("content-type") === "application/json") {
      c.header("content-type", "application/json; charset=utf-8");
    }
    platform.log({
      level: c.res.status >= 500 ? "error" : "info",
      event: "request",
      requestId,
      method: c.req.method,
      route: c.req.routePath,
      status: c.res.status,
      ms: platform.now() - startedAt,
    });
  });

  app.route("/v1", createErpRoutes(dependencies));
  app.route("/admin", createAdminRoutes(dependencies));
  app.route("/hooks", createHookRoutes(dependencies));
  app.route("/", createHealthRoutes(dependencies));
  refuseOtherMethods(app);

  const answerError = (error: Error, c: Context<HttpEnv>) => {
    const known = error instanceof AppError ? error : internalError(error);
    if (known.status >= 500) {
      // The name tells what broke; the message may hold what was in the request.
      platform.log({ level: "error", event: "request-failed", requestId: c.get("requestId"), error: error.name });
    }
    const { code, message, status, retryAfterSeconds } = known;
    const body = { status: "error", code, message, requestId: c.get("requestId") };
    if (retryAfterSeconds === undefined) return c.json(body, status);
    c.header("retry-after", String(retryAfterSeconds));
    return c.json({ ...body, retryAfter: retryAfterSeconds }, status);
  };
  app.onError(answerError);
  // Answered, not thrown: an error thrown here would pass by the middleware above.
  app.notFound((c) => answerError(new AppError(404, "NOT_FOUND", NOT_FOUND), c));
  return app;
}

function internalError(cause: unknown): AppError {
  return new AppError(500, "INTERNAL", "Внутренняя ошибка моста. Повторите позже", { cause });
}
