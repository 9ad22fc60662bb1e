/** Connects a merchant: checks the access, makes the order fields and the webhooks, and says what a person must do. */
import * as z from "zod";
import type { ApiContext, ApiResult, SetupReport } from "../../src/adapter.ts";
import { type MoyskladClient, RefusedError, withClient } from "./client.ts";
import { ensureFields } from "./ensure-fields.ts";
import { type Memory, parseMemory } from "./memory.ts";
import { type Metadata, readMetadata, remember } from "./metadata.ts";
import type { MoyskladSettings } from "./settings.ts";
import { ensureWebhooks, WITHOUT_WEBHOOKS } from "./webhooks.ts";

type SettingsContext = ApiContext<MoyskladSettings>;

const SOLUTION_TOKEN = 55006;

const employee = z.object({
  accountId: z.guid(),
  permissions: z
    .object({ admin: z.object({ VIEW: z.string().nullish() }).nullish() })
    .nullish()
    .catch(null),
});

export async function setup(context: SettingsContext, hookUrl: string | undefined): Promise<ApiResult<SetupReport>> {
  try {
    return await connect(context, hookUrl);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const [code = error.status] = error.codes;
    const message = `МойСклад отклонил запрос: ошибка ${code}. Проверьте MOYSKLAD_URL и права пользователя токена`;
    return { kind: "halted", reason: { code: "REFUSED", message } };
  }
}

function connect(context: SettingsContext, hookUrl: string | undefined): Promise<ApiResult<SetupReport>> {
  return withClient(context, async (client) => {
    const { settings } = context;
    const access = await readAccess(client);
    const kept: Memory = { ...parseMemory(context.memory), accountId: access.accountId };
    const read = await readMetadata(client);
    const { fields, reports, problems: fieldProblems } = await ensureFields(client, read.fields, kept, access.isAdmin);
    const metadata = { ...read, fields };
    const hooks = await connectHooks(client, hookUrl, kept, settings);
    const memory = remember({ ...kept, ...hooks.memory }, metadata, settings, context.now());
    const problems = [...fieldProblems, ...findProblems(metadata, settings), ...hooks.problems];
    return {
      ok: problems.length === 0,
      fields: reports,
      states: metadata.states.map(({ id, name, stateType }) => ({ id, name, type: stateType })),
      organizations: metadata.organizations.map(({ id, name }) => ({ id, name })),
      problems,
      hooks: hooks.isReady ? "ready" : "absent",
      memory,
    };
  });
}

/** A solution's token belongs to no employee; what it may do shows when it does it. */
async function readAccess(client: MoyskladClient): Promise<{ accountId: string; isAdmin: boolean }> {
  try {
    const { accountId, permissions } = employee.parse(await client.get("/context/employee"));
    return { accountId, isAdmin: permissions?.admin?.VIEW === "ALL" };
  } catch (error) {
    if (!(error instanceof RefusedError && error.has(SOLUTION_TOKEN))) throw error;
  }
  return { accountId: employee.parse(await client.get("/context/application")).accountId, isAdmin: true };
}

async function connectHooks(
  client: MoyskladClient,
  hookUrl: string | undefined,
  kept: Memory,
  settings: MoyskladSettings,
): Promise<{ isReady: boolean; problems: string[]; memory: Pick<Memory, "hookOrigin" | "webhookIds"> }> {
  if (hookUrl === undefined) {
    const problem = `Вебхуки не созданы: задайте PUBLIC_URL — адрес моста в интернете — и повторите setup. ${WITHOUT_WEBHOOKS}`;
    return {
      isReady: false,
      problems: [problem],
      memory: { hookOrigin: kept.hookOrigin, webhookIds: kept.webhookIds },
    };
  }
  const { isReady, ids, problems } = await ensureWebhooks(client, hookUrl, kept.webhookIds, settings);
  return { isReady, problems, memory: { hookOrigin: new URL(hookUrl).origin, webhookIds: ids } };
}

/** What the settings and the merchant's own fields would break later. */
function findProblems({ fields, states, organizations }: Metadata, settings: MoyskladSettings): string[] {
  const problems: string[] = [];
  const { organization, initialState, defaults = {} } = settings;
  if (organization !== undefined && !organizations.some(({ id }) => id === organization)) {
    problems.push("Юрлицо из настройки organization удалено или в архиве: укажите другое");
  }
  if (organization === undefined && organizations.length !== 1) {
    problems.push(
      organizations.length === 0
        ? "В МоёмСкладе нет ни одного юрлица: администратору — завести его"
        : "В МоёмСкладе несколько юрлиц: укажите нужное в настройке organization",
    );
  }
  const isState = (id: string) => states.some((state) => state.id === id);
  if (initialState !== undefined && !isState(initialState)) {
    problems.push("Статус из настройки initialState удалён: новые заказы получают первый статус, укажите другой");
  }
  for (const id of Object.keys(settings.states)) {
    if (!isState(id)) problems.push(`Статуса ${id} из настройки states больше нет: уберите его или замените`);
  }
  const nameless = Object.keys(defaults).filter((name) => !fields.some((field) => field.name === name));
  for (const name of nameless) {
    problems.push(`Поля заказа «${name}» из настройки defaults нет в МоёмСкладе: уберите его или исправьте название`);
  }
  for (const { name, required } of fields) {
    if (required !== true || Object.hasOwn(defaults, name)) continue;
    problems.push(
      `Поле заказа «${name}» обязательное: снимите обязательность в МоёмСкладе или задайте значение в настройке defaults`,
    );
  }
  return problems;
}
