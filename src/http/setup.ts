/** Makes a connection ready: what its ERP needs is found or made, and what a person must do is said in Russian. */
import { Hono } from "hono";
import type { SetupReport } from "../adapter.ts";
import { toHex } from "../bytes.ts";
import type { Account } from "../database/accounts.ts";
import { createReader } from "../dispatcher/reader.ts";
import { createApiContext } from "../erp-api/context.ts";
import { AppError } from "../error.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { found } from "./fields.ts";
import { createHookSecret } from "./hook-secret.ts";

const RUN_MS = 30_000;
const REQUESTS_MAX = 60;
/** Another run of the same connection may be under way; it is over by then. */
const LEASE_WAIT_MS = 25_000;
const LEASE_LOOK_MS = 250;

const NO_PUBLIC_URL =
  "Не задан PUBLIC_URL: вебхуки не придут, изменения будут видны раз в 5 минут. Задайте адрес, по которому мост доступен снаружи";

export function createSetupRoutes(dependencies: HttpDependencies) {
  const { platform, database, vault, adapters, publicUrl, nudgeExchange, isSpent } = dependencies;
  const routes = new Hono<HttpEnv>();

  routes.post("/connections/:id/setup", async (c) => {
    const connection = found(await database.connections.get(c.req.param("id")));
    const adapter = adapters.get(connection.adapter);
    if (!adapter?.api)
      throw new AppError(422, "NO_API", "У этой учётной системы нет API: настраивать на её стороне нечего");
    const { api } = adapter;
    if (connection.dryRun) throw onTrial();
    await database.exchanges.ensure(connection.id, platform.now());
    const hookUrl = await hookUrlOf("erp", adapter.id, connection.id);
    const hooks = {
      calltouch: (await hookUrlOf("calltouch", "calltouch", connection.accountId)) ?? null,
      [adapter.id]: hookUrl ?? null,
    };
    const report = await underLease(connection.id, async (lease, memory) => {
      const budget = { endsAt: platform.now() + RUN_MS, requestsLeft: REQUESTS_MAX, isSpent };
      const context = await createApiContext(dependencies, adapter, connection, memory, budget);
      const result = await api.setup(context, hookUrl);
      if (result.kind !== "done") return toFailure(result.kind === "spent" ? TOO_LONG : result.reason.message);
      if (!(await database.exchanges.remember(connection.id, lease, result.value.memory))) throw busy();
      return result.value;
    });
    const { memory, hooks: _, problems, ...shown } = report;
    const retried = memory === undefined ? 0 : await goOn(connection.id);
    return c.json({
      ...shown,
      hooks,
      problems: publicUrl === undefined ? [...problems, NO_PUBLIC_URL] : problems,
      ...(retried > 0 ? { retried } : {}),
    });
  });

  routes.post("/accounts/:id/check", async (c) => {
    const account = found(await database.accounts.get(c.req.param("id")));
    const problems = await checkAccount(account);
    const hook = (await hookUrlOf("calltouch", "calltouch", account.id)) ?? null;
    return c.json({ ok: problems.length === 0, hooks: { calltouch: hook }, problems });
  });

  /** What the ERP refused before may be taken now. Returns how many leads are tried again. */
  async function goOn(connectionId: string): Promise<number> {
    const retried = await database.leads.retryAll(connectionId);
    await database.exchanges.resume(connectionId, platform.now());
    nudgeExchange();
    return retried;
  }

  async function hookUrlOf(source: "calltouch" | "erp", path: string, id: string): Promise<string | undefined> {
    if (publicUrl === undefined) return undefined;
    return `${publicUrl}/hooks/${path}/${await createHookSecret(vault, source, id)}`;
  }

  /** @throws AppError BUSY when another run does not end in time. */
  async function underLease<T>(connectionId: string, work: (lease: string, memory: unknown) => Promise<T>): Promise<T> {
    const lease = toHex(platform.randomBytes(16));
    const giveUpAt = platform.now() + LEASE_WAIT_MS;
    for (;;) {
      const now = platform.now();
      const exchange = await database.exchanges.acquire(connectionId, lease, now, now + 2 * RUN_MS);
      if (exchange) {
        try {
          return await work(lease, exchange.memory ?? undefined);
        } finally {
          await database.exchanges.release(connectionId, lease);
        }
      }
      if (platform.now() >= giveUpAt) throw busy();
      await platform.sleep(LEASE_LOOK_MS);
    }
  }

  /** One request that changes nothing tells whether the token, the site and the cabinet's switch are right. */
  async function checkAccount(account: Account): Promise<string[]> {
    const reader = createReader(
      dependencies,
      { ...account, pause: null },
      { endsAt: platform.now() + RUN_MS, requestsLeft: 3 },
    );
    const now = platform.now();
    const read = await reader.ask((client) => client.list({ dateFrom: now, dateTo: now, page: 1, limit: 1 }), "check");
    if (read.kind === "read") return [];
    if (read.kind === "limit") return ["Calltouch занят другими запросами моста. Повторите через минуту"];
    if (read.reason.code !== "CALLTOUCH_TOKEN") return [read.reason.message];
    return [
      "Calltouch не принимает токен или siteId. Проверьте в кабинете Calltouch: Интеграции → API и Webhooks → " +
        "токен и ID личного кабинета, и что включено «Передавать данные по API»",
    ];
  }

  return routes;
}

const busy = () => new AppError(409, "BUSY", "Обмен этого подключения занят. Повторите через минуту");
const onTrial = () =>
  new AppError(
    409,
    "DRY_RUN",
    "Подключение пробное: в учётной системе ничего не создаётся. Снимите dryRun и повторите setup",
  );
const TOO_LONG = "Настройка не закончилась за отведённое время. Запустите её ещё раз: она продолжит с того же места";

function toFailure(problem: string): SetupReport {
  return {
    ok: false,
    fields: [],
    states: [],
    organizations: [],
    problems: [problem],
    hooks: "absent",
    memory: undefined,
  };
}
