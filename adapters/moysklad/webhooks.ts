/** The webhooks of a connection: made, mended and cleared away so that running it again changes nothing. */
import * as z from "zod";
import { type MoyskladClient, RefusedError } from "./client.ts";
import { toProblems } from "./errors.ts";
import { isTariffClosed } from "./refusal.ts";
import type { MoyskladSettings } from "./settings.ts";

const PATH = "/entity/webhook";
const NOT_ADMIN = 30004;
const FREE_TARIFF = 30006;
const TOO_MANY = 30007;
const BAD_URL: readonly number[] = [30005, 30010];

export const WITHOUT_WEBHOOKS = "Пока вебхуков нет, изменения приходят раз в 5 минут";

const webhook = z.object({
  id: z.guid(),
  url: z.string(),
  action: z.string(),
  entityType: z.string(),
  enabled: z.boolean().nullish(),
  diffType: z.string().nullish(),
});
type Webhook = z.infer<typeof webhook>;

interface Wanted {
  entityType: string;
  action: "CREATE" | "UPDATE" | "DELETE";
  diffType?: "FIELDS";
}

export interface WebhooksReport {
  isReady: boolean;
  ids: string[];
  problems: string[];
}

/** `knownIds`: those made before, perhaps for an address that is no longer ours. */
export async function ensureWebhooks(
  client: MoyskladClient,
  url: string,
  knownIds: readonly string[],
  settings: MoyskladSettings,
): Promise<WebhooksReport> {
  try {
    const { rows } = z.object({ rows: z.array(webhook) }).parse(await client.get(PATH, { limit: "1000" }));
    const isHere = (each: Webhook) => each.url === url;
    const moved = rows.filter((each) => !isHere(each) && knownIds.includes(each.id));
    const own = [...rows.filter(isHere), ...moved];
    const missing: Wanted[] = [];
    const ids: string[] = [];
    for (const wanted of toWanted(settings)) {
      const found = own.find(({ entityType, action }) => entityType === wanted.entityType && action === wanted.action);
      if (found) ids.push(await mend(client, found, wanted, url));
      else missing.push(wanted);
    }
    ids.push(...(await create(client, url, missing)));
    for (const { id } of own) {
      if (!ids.includes(id)) await client.delete(`${PATH}/${id}`);
    }
    return { isReady: true, ids, problems: [] };
  } catch (error) {
    if (!(error instanceof RefusedError || isTariffClosed(error))) throw error;
    const problem = error instanceof RefusedError ? toProblem(error) : NO_TARIFF;
    return { isReady: false, ids: [...knownIds], problems: [`${problem}. ${WITHOUT_WEBHOOKS}`] };
  }
}

/** What else the revenue is computed from. */
const BESIDES: Record<MoyskladSettings["revenue"], readonly string[]> = {
  sum: ["salesreturn"],
  shipped: ["demand", "salesreturn"],
  paid: ["paymentout", "cashout"],
};

function toWanted({ orders, revenue }: MoyskladSettings): Wanted[] {
  const money = ["paymentin", "cashin", ...BESIDES[revenue]].flatMap((entityType): Wanted[] => [
    { entityType, action: "CREATE" },
    { entityType, action: "UPDATE" },
    { entityType, action: "DELETE" },
  ]);
  const byHand: Wanted[] = orders === "all" ? [{ entityType: "customerorder", action: "CREATE" }] : [];
  return [
    { entityType: "customerorder", action: "UPDATE", diffType: "FIELDS" },
    { entityType: "customerorder", action: "DELETE" },
    ...byHand,
    ...money,
  ];
}

/** All in one request: a dozen of them would use up what MoySklad allows for three seconds. */
async function create(client: MoyskladClient, url: string, missing: readonly Wanted[]): Promise<string[]> {
  if (missing.length === 0) return [];
  const body = missing.map((wanted) => ({ url, ...wanted }));
  const answer = await client.post(PATH, body);
  // Single items may be refused in an answer that says all is well.
  const problems = toProblems(answer);
  if (problems) throw new RefusedError(PATH, 200, problems);
  return z
    .array(webhook)
    .parse(answer)
    .map(({ id }) => id);
}

/** One made for a former address is moved: a solution may not have two of a kind. */
async function mend(client: MoyskladClient, found: Webhook, wanted: Wanted, url: string): Promise<string> {
  const change = {
    ...(found.url === url ? {} : { url }),
    ...(found.enabled === false ? { enabled: true } : {}),
    ...(wanted.diffType !== undefined && found.diffType !== wanted.diffType ? { diffType: wanted.diffType } : {}),
  };
  if (Object.keys(change).length > 0) await client.put(`${PATH}/${found.id}`, change);
  return found.id;
}

const NO_TARIFF = "На этом тарифе МоегоСклада вебхуков нет: владельцу — сменить тариф";

function toProblem(error: RefusedError): string {
  if (error.has(FREE_TARIFF)) return NO_TARIFF;
  if (error.has(NOT_ADMIN) || error.status === 403) {
    return "Вебхуки создаёт только администратор МоегоСклада: укажите его токен и повторите setup";
  }
  if (error.has(TOO_MANY)) return "В МоёмСкладе слишком много вебхуков: администратору — удалить лишние";
  if (error.has(...BAD_URL)) return "МойСклад не принял адрес вебхуков: проверьте PUBLIC_URL";
  return `МойСклад не создал вебхуки: ошибка ${error.codes[0] ?? error.status}`;
}
