/** Makes a connection ready: what its ERP needs is found or made, and what a person must do is said in Russian. */
import { Hono } from "hono";
import type { SetupReport } from "../adapter.ts";
import { toHex } from "../bytes.ts";
import type { Account } from "../database/accounts.ts";
import type { Connection } from "../database/connections.ts";
import { createReader } from "../dispatcher/reader.ts";
import { createApiContext } from "../erp-api/context.ts";
import { AppError } from "../error.ts";
import { toAuditEntry } from "./audit.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { found } from "./fields.ts";
import { createHookSecret, type HookOwner, type HookSource } from "./hook-secret.ts";

const RUN_MS = 30_000;
const REQUESTS_MAX = 60;
/** Another run of the same connection may be under way; it is over by then. */
const LEASE_WAIT_MS = 25_000;
const LEASE_LOOK_MS = 250;

const NEW_CALLTOUCH_HOOK =
  "Прежний адрес вебхука больше не действует. Укажите новый в кабинете Calltouch: Интеграции → API и Webhooks";
const NEW_ERP_HOOK =
  "Прежний адрес вебхука больше не действует. Запустите setup: он создаст вебхуки с новым адресом и удалит прежние";

export function createSetupRoutes(dependencies: HttpDependencies) {
  const { platform, database, vault, adapters, publicUrl, nudgeExchange, isSpent } = dependencies;
  const routes = new Hono<HttpEnv>();

  routes.post("/connections/:id/setup", async (c) => {
    const connection = found(await database.connections.get(c.req.param("id")));
    const { adapter, api } = apiOf(connection);
    if (connection.dryRun) throw onTrial();
    await database.exchanges.ensure(connection.id, platform.now());
    const hookUrl = await hookUrlOf("erp", adapter.id, connection);
    const account = found(await database.accounts.get(connection.accountId));
    const hooks = {
      calltouch: (await hookUrlOf("calltouch", "calltouch", account)) ?? null,
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
    const { memory, hooks: _, ...shown } = report;
    const retried = memory === undefined ? 0 : await goOn(connection.id);
    return c.json({
      ...shown,
      hooks,
      ...(retried > 0 ? { retried } : {}),
    });
  });

  routes.post("/accounts/:id/check", async (c) => {
    const account = found(await database.accounts.get(c.req.param("id")));
    const problems = await checkAccount(account);
    const hook = (await hookUrlOf("calltouch", "calltouch", account)) ?? null;
    return c.json({ ok: problems.length === 0, hooks: { calltouch: hook }, problems });
  });

  /** The address so far is worth nothing from now on: whoever has it may be anybody. The journals tell what is missed. */
  routes.post("/accounts/:id/hook", async (c) => {
    const account = found(await database.accounts.get(c.req.param("id")));
    const { next, entry } = toNextHook("account", account);
    await database.accounts.update(account.id, next, entry);
    const hook = (await hookUrlOf("calltouch", "calltouch", { ...account, ...next })) ?? null;
    return c.json({ id: account.id, message: NEW_CALLTOUCH_HOOK, hooks: { calltouch: hook } });
  });

  routes.post("/connections/:id/hook", async (c) => {
    const connection = found(await database.connections.get(c.req.param("id")));
    const { adapter } = apiOf(connection);
    const { next, entry } = toNextHook("connection", connection);
    await database.connections.update(connection.id, next, entry);
    const hook = (await hookUrlOf("erp", adapter.id, { ...connection, ...next })) ?? null;
    return c.json({ id: connection.id, message: NEW_ERP_HOOK, hooks: { [adapter.id]: hook } });
  });

  function toNextHook(subjectKind: "account" | "connection", { id: subjectId, hookVersion }: HookOwner) {
    const [before, next] = [{ hookVersion }, { hookVersion: hookVersion + 1 }];
    const at = platform.now();
    return { next, entry: toAuditEntry({ at, action: "update", subjectKind, subjectId, before, after: next }) };
  }

  /** @throws AppError NO_API */
  function apiOf(connection: Connection) {
    const adapter = adapters.get(connection.adapter);
    if (adapter?.api) return { adapter, api: adapter.api };
    throw new AppError(422, "NO_API", "У этой учётной системы нет API: настраивать на её стороне нечего");
  }

  /** What the ERP refused before may be taken now. Returns how many leads are tried again. */
  async function goOn(connectionId: string): Promise<number> {
    const retried = await database.leads.retryAll(connectionId);
    await database.exchanges.resume(connectionId, platform.now());
    nudgeExchange();
    return retried;
  }

  async function hookUrlOf(source: HookSource, path: string, owner: HookOwner): Promise<string | undefined> {
    if (publicUrl === undefined) return undefined;
    return `${publicUrl}/hooks/${path}/${await createHookSecret(vault, source, owner)}`;
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

  /** One request that changes nothing tells whether the token, the site and the cabinet's switch are right now. */
  async function checkAccount(account: Account): Promise<string[]> {
    const budget = { endsAt: platform.now() + RUN_MS, requestsLeft: 3 };
    const reader = createReader(dependencies, account, budget, { heedsPause: false });
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
