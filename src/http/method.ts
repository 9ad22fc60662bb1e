import type { Hono } from "hono";
import { AppError } from "../error.ts";
import type { HttpEnv } from "./context.ts";

/** Whoever calls a known path by another method learns which one is meant. To be called when all routes are there. */
export function refuseOtherMethods(app: Hono<HttpEnv>): void {
  const methods = new Map<string, string[]>();
  for (const { method, path } of app.routes) {
    // A route stands there once for each of its handlers.
    if (method !== "ALL") methods.set(path, [...new Set([...(methods.get(path) ?? []), method])]);
  }
  for (const [path, allowed] of methods) {
    const list = allowed.join(", ");
    app.all(path, (c) => {
      c.header("allow", list);
      throw new AppError(405, "METHOD", `Этот адрес принимает только ${list}`);
    });
  }
}
