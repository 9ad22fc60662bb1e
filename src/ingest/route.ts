/** Which account, lead tags and funnel a deal goes with. What it was first sent with stays its own. Pure. */
import type { Facts, Notice } from "../adapter.ts";
import type { DealRow } from "../database/documents.ts";
import type { Deal } from "../deal.ts";
import { deliveredDeal, type WantedDeal } from "../difference.ts";
import { type CompiledRules, chooseRule, type Rule } from "../rules.ts";
import { NO_RULE, RULE_SKIP } from "./result.ts";

export interface RouteAccount {
  id: string;
  siteId: string;
  autoExchange: boolean;
  itemKindTags: boolean;
}

export interface Routing {
  rules: CompiledRules;
  /** All that rules and stored deals of the request name, and the connection's own. */
  accounts: ReadonlyMap<string, RouteAccount>;
  own: RouteAccount;
}

export interface Route {
  account: RouteAccount;
  ruleId: string | null;
  leadTags: readonly string[];
  funnel?: string;
  /** No rule fits the deal, or one says that it is not sent. */
  hold?: Notice;
}

/** Calltouch has the deal, or may have it, or had it: what it was sent with cannot be changed any more. */
function isPinned({ delivered, doubt, lease, closed }: DealRow): boolean {
  return delivered !== null || doubt !== null || lease !== null || closed;
}

/** `known` is what the row wants, when it can be read. Facts are null when the deal has no documents left. */
export function toRoute(
  routing: Routing,
  facts: Facts | null,
  row: DealRow | undefined,
  known: WantedDeal | undefined,
): Route {
  const { rules, accounts, own } = routing;
  const rule = facts === null ? undefined : chooseRule(rules, facts);
  if (row && isPinned(row)) {
    // An account that has such deals is not deleted.
    const account = accounts.get(row.accountId) ?? { ...own, id: row.accountId, siteId: row.siteId };
    // A deal that is to be deleted wants nothing, but may be restored before Calltouch hears of it.
    const told = known ?? (row.delivered === null ? undefined : deliveredDeal.parse(JSON.parse(row.delivered)));
    const funnel = rule && !rule.skip ? rule.funnel : told?.funnel;
    return { account, ruleId: row.ruleId, leadTags: told?.matching?.leadTags ?? [], ...(funnel ? { funnel } : {}) };
  }
  if (!rule) {
    const isFree = rules.inOrder.length === 0 || facts === null;
    return { account: own, ruleId: null, leadTags: [], ...(isFree ? {} : { hold: NO_RULE }) };
  }
  const account = (rule.accountId === null ? undefined : accounts.get(rule.accountId)) ?? own;
  return { account, ...toTerms(rule), ...(rule.skip ? { hold: RULE_SKIP } : {}) };
}

function toTerms({ id, leadTag, funnel }: Rule): Pick<Route, "ruleId" | "leadTags" | "funnel"> {
  return { ruleId: id, leadTags: leadTag === null ? [] : [leadTag], ...(funnel === null ? {} : { funnel }) };
}

/** The deal as the route has it: its lead tags beside the adapter's, its funnel before the adapter's. */
export function withRoute(deal: Deal, { leadTags, funnel }: Route): Deal {
  const tags = [...new Set([...deal.matching.leadTags, ...leadTags])];
  return { ...deal, matching: { ...deal.matching, leadTags: tags }, ...(funnel === undefined ? {} : { funnel }) };
}
