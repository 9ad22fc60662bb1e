/** MoySklad's JSON API 1.2 for one run: one request at a time, under its limits, repeating nothing that could have had an effect. */
import * as z from "zod";
import type { ApiContext, ApiResult, Notice } from "../../src/adapter.ts";
import { ApiStopError, RefusedError } from "./errors.ts";
import { exchange } from "./exchange.ts";
import { toQuery } from "./filter.ts";
import { createLimiter, type Limiter } from "./limiter.ts";
import { type Memory, parseMemory } from "./memory.ts";
import type { MoyskladSettings } from "./settings.ts";
import { toVerdict, type Verdict } from "./verdict.ts";

export { ApiStopError, RefusedError } from "./errors.ts";

export type Query = Readonly<Record<string, string>>;

/** Paths are from the base: `/entity/customerorder`. Every verb throws ApiStopError, and RefusedError for the caller to judge. */
export interface MoyskladClient {
  get(path: string, query?: Query): Promise<unknown>;
  post(path: string, body: unknown, query?: Query): Promise<unknown>;
  put(path: string, body: unknown, query?: Query): Promise<unknown>;
  delete(path: string): Promise<void>;
  /** The memory with what every later run must know: where MoySklad was asked, and how much of its limits is left. */
  remember(memory: unknown): Memory;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

const NAPS_MAX = 3;
const NAP_MS_MAX = 4_000;
/** MoySklad bans a user for 200 failing requests in a minute; this stays far below. */
const REFUSALS_IN_ROW_MAX = 20;
const REFUSALS_PAUSE_MS = 5 * 60_000;

const NO_TOKEN: Notice = { code: "NO_TOKEN", message: "Укажите токен МоегоСклада в настройке token" };
const BAD_TOKEN: Notice = { code: "TOKEN", message: "В токене МоегоСклада недопустимые символы: вставьте его заново" };
const LIMITED: Notice = { code: "LIMIT", message: "Исчерпан лимит запросов МоегоСклада: обмен продолжится сам" };
const OUTAGE: Notice = { code: "OUTAGE", message: "МойСклад не отвечает: обмен продолжится сам" };
const STRANGE: Notice = {
  code: "ANSWER",
  message: "МойСклад отвечает не так, как описано в его документации: проверьте MOYSKLAD_URL",
};
const STRANGE_PAUSE_MS = 60_000;
const MOVED: Notice = { code: "REDIRECT", message: "Адрес МоегоСклада перенаправляет запросы: проверьте MOYSKLAD_URL" };
const RIGHTS: Notice = {
  code: "RIGHTS",
  message: "Пользователю токена не хватает прав в МоёмСкладе: дайте ему доступ к заказам, контрагентам и платежам",
};
const REFUSALS: Notice = {
  code: "REFUSALS",
  message: "МойСклад отклоняет запросы один за другим: обмен приостановлен на 5 минут",
};

/** Runs what uses a client, and turns its end into the core's result. Refusals the work does not judge itself are thrown. */
export async function withClient<T extends { memory: unknown }>(
  context: ApiContext<MoyskladSettings>,
  work: (client: MoyskladClient) => Promise<T>,
): Promise<ApiResult<T>> {
  try {
    const client = createClient(context);
    const value = await work(client);
    return { kind: "done", value: { ...value, memory: client.remember(value.memory) } };
  } catch (error) {
    if (error instanceof ApiStopError) return error.result;
    if (error instanceof RefusedError && error.status === 403) return { kind: "halted", reason: RIGHTS };
    if (error instanceof z.ZodError) {
      context.log({
        level: "error",
        event: "moysklad_answer_unreadable",
        field: error.issues[0]?.path.join(".") ?? "",
      });
      return { kind: "later", afterMs: STRANGE_PAUSE_MS, reason: STRANGE };
    }
    throw error;
  }
}

/** @throws ApiStopError when there is no token to come with. */
export function createClient(context: ApiContext<MoyskladSettings>): MoyskladClient {
  const { baseUrl } = context;
  const memory = parseMemory(context.memory);
  const limiter = createLimiter(memory.pace);
  const ask = createAsk(context, limiter, toHeaders(context.settings.token, memory));
  let last: Promise<unknown> = Promise.resolve();

  /** Waits for its turn: MoySklad takes five at once, and other runs may be under way. */
  function send(method: Method, path: string, query: Query = {}, body?: unknown): Promise<unknown> {
    const turn = last.then(() => ask(method, path, query, body));
    last = turn.catch(() => undefined);
    return turn;
  }

  return {
    get: (path, query) => send("GET", path, query),
    post: (path, body, query) => send("POST", path, query, body),
    put: (path, body, query) => send("PUT", path, query, body),
    delete: async (path) => {
      await send("DELETE", path);
    },
    remember: (kept) => ({ ...parseMemory(kept), baseUrl, pace: limiter.pace(context.now()) }),
  };
}

/** One request until it is answered, or until there is a reason not to send it again. */
function createAsk(context: ApiContext<MoyskladSettings>, limiter: Limiter, headers: Record<string, string>) {
  const { baseUrl } = context;
  const patience: Patience = { naps: 0, refusalsInRow: 0 };

  return async (method: Method, path: string, query: Query, body: unknown): Promise<unknown> => {
    const init: RequestInit =
      body === undefined
        ? { method, headers }
        : { method, headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) };
    let url = `${baseUrl}${path}${toQuery(query)}`;
    for (let redirects = 0; ; ) {
      const verdict = await attempt(url, init, path, context, limiter);
      if (verdict.kind === "answered") {
        patience.refusalsInRow = 0;
        return verdict.body;
      }
      if (verdict.kind === "moved") {
        const target = method === "GET" && redirects === 0 ? toOwnUrl(verdict.location, url, baseUrl) : undefined;
        if (target === undefined) throw new ApiStopError({ kind: "halted", reason: MOVED });
        url = target;
        redirects += 1;
      } else await context.sleep(toNapMs(verdict, patience, context.random()));
    }
  };
}

async function attempt(
  url: string,
  init: RequestInit,
  path: string,
  context: ApiContext<MoyskladSettings>,
  limiter: Limiter,
): Promise<Verdict> {
  if (context.isSpent()) throw new ApiStopError({ kind: "spent" });
  const waitMs = limiter.waitMs(context.now());
  if (waitMs > 0) await context.sleep(waitMs);
  if (waitMs > 0 && context.isSpent()) throw new ApiStopError({ kind: "spent" });
  const startedAt = context.now();
  const answer = await exchange(url, init, context);
  if (answer) limiter.observe(answer.headers, context.now());
  context.log({
    level: "debug",
    event: "moysklad_request",
    method: init.method ?? "GET",
    path,
    status: answer?.status ?? 0,
    durationMs: context.now() - startedAt,
  });
  return toVerdict(answer, path);
}

interface Patience {
  naps: number;
  refusalsInRow: number;
}

/** How long to wait before the same request. @throws ApiStopError or RefusedError when it is not to be sent again now. */
function toNapMs(
  verdict: Exclude<Verdict, { kind: "answered" | "moved" }>,
  patience: Patience,
  random: number,
): number {
  switch (verdict.kind) {
    case "limited": {
      const afterMs = Math.round(verdict.afterMs * (1 + random * 0.2));
      patience.naps += 1;
      if (patience.naps <= NAPS_MAX && afterMs <= NAP_MS_MAX) return afterMs;
      throw new ApiStopError({ kind: "later", afterMs, reason: LIMITED });
    }
    case "outage":
      throw new ApiStopError({ kind: "later", afterMs: Math.round(verdict.afterMs * (1 + random)), reason: OUTAGE });
    case "halted":
      throw new ApiStopError({ kind: "halted", reason: verdict.reason });
    case "refused":
      patience.refusalsInRow += 1;
      if (patience.refusalsInRow < REFUSALS_IN_ROW_MAX) throw verdict.error;
      throw new ApiStopError({ kind: "later", afterMs: REFUSALS_PAUSE_MS, reason: REFUSALS });
    default:
      return verdict satisfies never;
  }
}

/** Every one of them is wanted: without gzip MoySklad answers 415, with any other Accept 400. */
function toHeaders(token: string | undefined, { hookOrigin }: Memory): Record<string, string> {
  if (token === undefined) throw new ApiStopError({ kind: "halted", reason: NO_TOKEN });
  if (!/^[\x21-\x7e]+$/.test(token)) throw new ApiStopError({ kind: "halted", reason: BAD_TOKEN });
  return {
    Authorization: `Bearer ${token}`,
    Accept: "application/json;charset=utf-8",
    "Accept-Encoding": "gzip",
    "User-Agent": "calltouch-moysklad-bridge/0.1",
    ...(hookOrigin === null ? {} : { "X-Lognex-WebHook-DisableByPrefix": hookOrigin }),
  };
}

/** Ids copied from the browser are redirected to those of the API; the token goes nowhere else. */
function toOwnUrl(location: string | null, from: string, baseUrl: string): string | undefined {
  if (location === null || !URL.canParse(location, from)) return undefined;
  const target = new URL(location, from).href;
  return target.startsWith(`${baseUrl}/`) ? target : undefined;
}
