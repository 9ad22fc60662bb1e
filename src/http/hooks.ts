/** Webhooks of Calltouch and of ERPs with an API: stored before the answer, read afterwards. */
import { type Context, Hono } from "hono";
import { isInRange } from "../address.ts";
import { readLeadHook } from "../calltouch/lead-hook.ts";
import { AppError } from "../error.ts";
import { receiveLeads } from "../leads/receive.ts";
import { failed } from "./auth.ts";
import { readJson, readText } from "./body.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { findHookOwner } from "./hook-secret.ts";

/** What a webhook may name at once. */
const KEYS_MAX = 1_000;

const UNKNOWN = "Такого адреса нет. Проверьте адрес вебхука";
const SLOW = "Слишком много попыток с неверным адресом вебхука. Проверьте адрес";

export function createHookRoutes(dependencies: HttpDependencies) {
  const { platform, database, vault, adapters, failures, nudgeExchange } = dependencies;
  const ranges = dependencies.calltouchHookAddresses;
  const routes = new Hono<HttpEnv>();

  routes.on(["GET", "POST"], "/calltouch/:secret", async (c) => {
    const account = await findHookOwner(vault, "calltouch", c.req.param("secret"), database.accounts.get);
    if (!account || !isLetIn(c.req.raw)) throw unknown(c.req.raw);
    const hook = readLeadHook(await readParameters(c), account.timeZone);
    // Calltouch is told that all is well whatever it sent: it would only send the same again.
    if (hook.kind !== "lead" || (hook.siteId !== undefined && hook.siteId !== account.siteId)) {
      const reason = hook.kind === "ignored" ? hook.reason : hook.kind === "test" ? "test" : "site";
      platform.log({ level: "info", event: "hook-ignored", account: account.id, reason });
      return c.json({ status: "ok" });
    }
    const stored = await receiveLeads({ platform, database, vault, adapters }, account.id, [hook.lead], "webhook");
    if (stored > 0) nudgeExchange();
    return c.json({ status: "ok" });
  });

  routes.post("/:adapter/:secret", async (c) => {
    const connection = await findHookOwner(vault, "erp", c.req.param("secret"), database.connections.get);
    const api = adapters.get(c.req.param("adapter"))?.api;
    if (!connection || !api || connection.adapter !== c.req.param("adapter")) throw unknown(c.req.raw);
    const exchange = await database.exchanges.get(connection.id);
    const reading = api.readHook(await readJson(c.req.raw, platform), exchange?.memory ?? undefined);
    if (reading.kind === "refused") {
      platform.log({ level: "warn", event: "hook-refused", connection: connection.id, reason: reading.reason });
      throw new AppError(403, "HOOK_REFUSED", "Вебхук не от подключённой учётной записи");
    }
    const keys = [...new Set(reading.keys)].slice(0, KEYS_MAX);
    if (keys.length > 0) {
      await database.exchanges.addEvents(connection.id, keys, platform.now());
      nudgeExchange();
    }
    return c.body(null, 204);
  });

  /** The same for a wrong secret, a deleted owner and an address that is not let in. A right secret is never slowed. */
  function unknown(request: Request): AppError {
    return failed(request, { platform, failures }, new AppError(404, "NOT_FOUND", UNKNOWN), SLOW);
  }

  function isLetIn(request: Request): boolean {
    if (ranges === undefined) return true;
    const address = platform.address?.(request) ?? "";
    return ranges.some((range) => isInRange(address, range));
  }

  /** Of the address and of the form, as Calltouch sends one or the other; JSON is read too. */
  async function readParameters(c: Context<HttpEnv>): Promise<Record<string, string>> {
    const query = Object.fromEntries(new URL(c.req.url).searchParams);
    if (c.req.method === "GET") return query;
    const text = await readText(c.req.raw, platform);
    return {
      ...query,
      ...(text.trimStart().startsWith("{") ? fromJson(text) : Object.fromEntries(new URLSearchParams(text))),
    };
  }

  return routes;
}

function fromJson(text: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, part]) =>
      typeof part === "string" || typeof part === "number" || typeof part === "boolean" ? [[name, String(part)]] : [],
    ),
  );
}
