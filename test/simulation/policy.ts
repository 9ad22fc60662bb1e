/** Exchange rules and account flags as operators change them, and what they let through at any time of the run. */
import type { Facts } from "../../src/adapter.ts";
import type { Connection } from "../../src/database/connections.ts";
import type { Database } from "../../src/database/database.ts";
import { AUTO_OFF, NO_RULE, RULE_SKIP } from "../../src/ingest/result.ts";
import { chooseRule, compileRules, type Rule } from "../../src/rules.ts";
import type { Action, RuleFields } from "./scenario.ts";

/** How things stood between two changes. */
interface Version {
  rules: ReadonlyMap<string, readonly Rule[]>;
  /** Accounts whose automatic exchange is on. */
  on: ReadonlySet<string>;
}

export type PolicyAction = Extract<Action, { kind: "add-rule" | "change-rule" | "delete-rule" | "exchange" }>;
export type Policy = ReturnType<typeof createPolicy>;

export function createPolicy(
  database: Database,
  connections: readonly Connection[],
  accountIds: readonly string[],
  now: () => number,
) {
  const versions: Version[] = [{ rules: new Map(), on: new Set(accountIds) }];
  let made = 0;

  async function note(): Promise<void> {
    const lists = connections.map(async ({ id }) => [id, await database.rules.list(id)] as const);
    const accounts = await database.accounts.list();
    versions.push({
      rules: new Map(await Promise.all(lists)),
      on: new Set(accounts.filter(({ autoExchange }) => autoExchange).map(({ id }) => id)),
    });
  }

  function toRuleFields({ account, ...fields }: RuleFields) {
    return { ...fields, accountId: account === null ? null : (accountIds[account] ?? null) };
  }

  /** The account a deal goes to, or why it is kept. */
  function judge({ rules, on }: Version, { id, accountId }: Connection, facts: Facts, isManual: boolean) {
    const own = rules.get(id) ?? [];
    const rule = chooseRule(compileRules(own), facts);
    if (own.length > 0 && !rule) return { hold: NO_RULE.code };
    if (rule?.skip) return { hold: RULE_SKIP.code };
    const account = rule?.accountId ?? accountId;
    return on.has(account) || isManual ? { account } : { hold: AUTO_OFF.code };
  }

  return {
    async apply(action: PolicyAction): Promise<void> {
      if (action.kind === "exchange") {
        await database.accounts.update(accountIds[action.account] ?? "", { autoExchange: action.isOn });
        return note();
      }
      const connection = connections[action.connection];
      if (!connection) return;
      const rules = await database.rules.list(connection.id);
      if (action.kind === "add-rule") {
        made += 1;
        const rest = { territory: null, warehouse: null, itemGroup: null, orderType: null, department: null };
        await database.rules.insert({
          ...{ ...toRuleFields(action.rule), ...rest, repairType: null, priority: 0 },
          ...{ id: `rule-${made}`, connectionId: connection.id, createdAt: now() },
        });
      } else {
        const { id } = rules[action.place] ?? {};
        if (id === undefined) return;
        if (action.kind === "delete-rule") await database.rules.delete(connection.id, id);
        else await database.rules.update(connection.id, id, toRuleFields(action.rule));
      }
      await note();
    },
    /** Nothing is kept back any more. */
    async lift(): Promise<void> {
      for (const id of accountIds) await database.accounts.update(id, { autoExchange: true });
      for (const { id } of connections) {
        for (const rule of await database.rules.list(id)) await database.rules.delete(id, rule.id);
      }
      await note();
    },
    wasEverOff: () => versions.some(({ on }) => on.size < accountIds.length),
    /** As things stand now: why a deal that Calltouch does not have is kept; undefined: it is not. */
    holdOf(connection: Connection, facts: Facts): string | undefined {
      const last = versions.at(-1);
      return last && judge(last, connection, facts, false).hold;
    },
    isOn: (accountId: string) => versions.at(-1)?.on.has(accountId) ?? false,
    /** Every account the deal may have been sent to. */
    accountsEver(connection: Connection, facts: Facts, isManual: boolean): Set<string> {
      const judged = versions.map((version) => judge(version, connection, facts, isManual));
      return new Set(judged.flatMap(({ account }) => account ?? []));
    },
  };
}
