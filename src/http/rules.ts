/** Exchange rules: which account, lead tag and funnel the deals of a connection get, and which are not sent. */
import { Hono } from "hono";
import * as z from "zod";
import { toHex } from "../bytes.ts";
import { LENGTH_MAX } from "../calltouch/order.ts";
import { AppError } from "../error.ts";
import { compileRules, explainRules, findAlike, type Rule, toGroupPath } from "../rules.ts";
import { pick, toAuditEntry } from "./audit.ts";
import { readJson } from "./body.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { definedOnly, found, parse } from "./fields.ts";

/** Of one connection. */
export const RULES_MAX = 1_000;
const EXPLAINED_MAX = 200;

const text = z.string().trim().min(1).max(200);
/** Null: none. */
const condition = text.nullable().optional();

export const patch = z.strictObject({
  accountId: z.string().max(40).nullable().optional(),
  skip: z.boolean().optional(),
  territory: condition,
  warehouse: condition,
  organization: condition,
  itemKind: condition,
  itemGroup: text
    .refine((group) => toGroupPath(group) !== "", "нет названия группы")
    .nullable()
    .optional(),
  orderType: condition,
  department: condition,
  repairType: condition,
  leadTag: text.max(LENGTH_MAX.tag).nullable().optional(),
  funnel: text.max(LENGTH_MAX.label).nullable().optional(),
  priority: z.int().min(-1_000_000).max(1_000_000).optional(),
});
type RuleFields = Omit<Rule, "id" | "connectionId" | "createdAt">;

const fact = z.string().max(2_000).nullable().default(null);
const factGroups = z.array(z.string().max(2_000)).max(50).default([]);
const factItems = z.array(z.strictObject({ kind: fact, groups: factGroups })).max(1_000);
export const question = z.strictObject({
  facts: z.strictObject({
    territory: fact,
    warehouse: fact,
    organization: fact,
    orderType: fact,
    department: fact,
    repairType: fact,
    items: factItems.default([]),
  }),
});

const NOTHING: RuleFields = {
  accountId: null,
  skip: false,
  territory: null,
  warehouse: null,
  organization: null,
  itemKind: null,
  itemGroup: null,
  orderType: null,
  department: null,
  repairType: null,
  leadTag: null,
  funnel: null,
  priority: 0,
};

export function createRuleRoutes({ platform, database, nudge }: HttpDependencies) {
  const routes = new Hono<HttpEnv>();
  const connectionOf = async (id: string) => found(await database.connections.get(id));

  routes.get("/:id/rules", async (c) => {
    const { id } = await connectionOf(c.req.param("id"));
    return c.json({ rules: (await database.rules.list(id)).map(toRuleView) });
  });

  routes.post("/:id/rules", async (c) => {
    const { id: connectionId } = await connectionOf(c.req.param("id"));
    const fields = { ...NOTHING, ...definedOnly(parse(patch, await readJson(c.req.raw, platform))) };
    await check(fields);
    const others = await database.rules.list(connectionId);
    if (others.length >= RULES_MAX) {
      throw new AppError(422, "TOO_MANY_RULES", `У подключения уже ${RULES_MAX} настроек обмена. Удалите ненужные`);
    }
    const at = platform.now();
    const rule: Rule = { ...fields, id: toHex(platform.randomBytes(8)), connectionId, createdAt: at };
    const entry = toAuditEntry({ at, ...subject(connectionId), after: { rule: toRuleView(rule) } });
    await database.rules.insert(rule, entry);
    nudge();
    return c.json({ id: rule.id, ...noticeOf(others, rule) }, 201);
  });

  /** What these facts would lead to, and why the other rules would not be chosen. */
  routes.post("/:id/rules/explain", async (c) => {
    const { id } = await connectionOf(c.req.param("id"));
    const { facts } = parse(question, await readJson(c.req.raw, platform));
    const explained = explainRules(compileRules(await database.rules.list(id)), facts);
    const chosen = explained.find(({ isChosen }) => isChosen);
    // What fits comes first: of the rest it matters least which part is left out.
    const ordered = [...explained].sort((left, right) => Number(right.isFitting) - Number(left.isFitting));
    const shown = ordered.slice(0, EXPLAINED_MAX).map(({ rule, ...how }) => ({ ...toRuleView(rule), ...how }));
    return c.json({
      message: messageOf(explained.length, chosen?.rule),
      ...(chosen ? { chosen: toRuleView(chosen.rule) } : {}),
      rules: shown,
      ...(explained.length > shown.length ? { more: explained.length - shown.length } : {}),
    });
  });

  routes.get("/:id/rules/:ruleId", async (c) => {
    const { id } = await connectionOf(c.req.param("id"));
    return c.json(toRuleView(found(await database.rules.get(id, c.req.param("ruleId")))));
  });

  routes.patch("/:id/rules/:ruleId", async (c) => {
    const { id: connectionId } = await connectionOf(c.req.param("id"));
    const rule = found(await database.rules.get(connectionId, c.req.param("ruleId")));
    const changes = definedOnly(parse(patch, await readJson(c.req.raw, platform)));
    const named = Object.keys(changes);
    if (named.length === 0) return c.json({ id: rule.id });
    await check({ ...rule, ...changes });
    const [before, after] = [{ rule: pick(rule, ["id", ...named]) }, { rule: { id: rule.id, ...changes } }];
    const entry = toAuditEntry({ at: platform.now(), ...subject(connectionId), before, after });
    const changed = found(await database.rules.update(connectionId, rule.id, changes, entry));
    nudge();
    return c.json({ id: rule.id, ...noticeOf(await database.rules.list(connectionId), changed) });
  });

  routes.delete("/:id/rules/:ruleId", async (c) => {
    const { id: connectionId } = await connectionOf(c.req.param("id"));
    const rule = found(await database.rules.get(connectionId, c.req.param("ruleId")));
    const before = { rule: toRuleView(rule) };
    const entry = toAuditEntry({ at: platform.now(), ...subject(connectionId), before });
    await database.rules.delete(connectionId, rule.id, entry);
    nudge();
    return c.json({ id: rule.id });
  });

  /** @throws AppError */
  async function check({ skip, accountId, leadTag, funnel }: RuleFields): Promise<void> {
    if (skip && (accountId !== null || leadTag !== null || funnel !== null)) {
      throw new AppError(
        422,
        "RULE_SKIP",
        "С skip не указывают accountId, leadTag и funnel: такие сделки не передаются",
      );
    }
    if (accountId !== null && !(await database.accounts.get(accountId))) {
      throw new AppError(422, "ACCOUNT", "Нет такой учётной записи Calltouch");
    }
  }

  return routes;
}

/** A rule is a part of its connection. */
const subject = (subjectId: string) => ({ action: "update", subjectKind: "connection", subjectId }) as const;

/** Conditions and consequences it does not have are left out. */
function toRuleView({ connectionId: _, createdAt, ...rule }: Rule) {
  const given = Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== null));
  return { ...given, createdAt: new Date(createdAt).toISOString() };
}

/** Two rules between which only their age decides are most likely a mistake. */
function noticeOf(rules: readonly Rule[], rule: Rule): { notice?: string } {
  const others = rules.filter(({ id }) => id !== rule.id);
  const [winner, next] = findAlike([...others, rule], rule.id);
  if (winner === undefined || next === undefined) return {};
  const same = "с теми же условиями и приоритетом";
  if (winner.id !== rule.id) return { notice: `Действует не эта настройка, а более старая ${same}: ${winner.id}` };
  return { notice: `Есть более новая настройка ${same}: ${next.id}. Действует эта, как более старая` };
}

function messageOf(rules: number, chosen: Rule | undefined): string {
  if (rules === 0) return "Настроек обмена нет: сделка идёт в учётную запись подключения";
  if (chosen === undefined) return "Ни одна настройка обмена не подходит: документ останется ждать";
  return chosen.skip ? "Выбрана настройка обмена, по которой сделка не передаётся" : "Настройка обмена выбрана";
}
