/** One action of a person on the deals of some documents; of two documents of one deal it is done once. */
import type { ActedDeal } from "../database/acted-deals.ts";
import {
  type Action,
  type ActionContext,
  type ActionDependencies,
  type ActionOutcome,
  type ActionOutcomes,
  NOT_FOUND,
} from "./action.ts";
import { refreshAttribution } from "./attribution.ts";
import { checkDeals } from "./check.ts";
import { checkUnseen } from "./check-unseen.ts";
import { create } from "./create.ts";
import { deletion } from "./delete.ts";
import { update } from "./update.ts";
import { ACTION_MS_MAX } from "./watch.ts";
import { perform } from "./write.ts";

export type ActionRequest = Pick<ActionContext, "adapter" | "connection" | "account">;

/** One outcome for each guid, in their order, within ACTION_MS_MAX. @throws when the database fails. */
export async function act(
  dependencies: ActionDependencies,
  request: ActionRequest,
  action: Action,
  guids: readonly string[],
): Promise<ActionOutcome[]> {
  const { platform, database } = dependencies;
  const startedAt = platform.now();
  const signal = platform.timeout(ACTION_MS_MAX);
  const context = { ...dependencies, ...request, endsAt: startedAt + ACTION_MS_MAX, signal };
  const found = await database.actedDeals.byGuids(request.connection.id, [...new Set(guids)]);
  const dealOf = new Map(found.map(({ guid, ...deal }) => [guid, deal]));
  const deals = [...new Map(found.map(({ guid: _, ...deal }) => [deal.id, deal])).values()];
  const acted = await actOn(action, deals, context);
  const unseen = new Set(guids.filter((guid) => !dealOf.has(guid)));
  // The ERP's former exchange may have made a deal of what the bridge holds.
  const numberless = request.adapter.orderNumberOf ? deals.filter(({ orderNumber }) => orderNumber === null) : [];
  const keys = [...unseen, ...numberless.map(({ key }) => key)];
  const others = action === "check" ? await checkUnseen(keys, context) : new Map<string, ActionOutcome>();
  const outcomes = guids.map((guid) => {
    const deal = dealOf.get(guid);
    if (!deal) return others.get(guid) ?? NOT_FOUND;
    return (deal.orderNumber === null ? others.get(deal.key) : undefined) ?? acted.get(deal.id) ?? NOT_FOUND;
  });
  platform.log({
    level: "info",
    event: "action",
    action,
    connection: request.connection.id,
    documents: guids.length,
    deals: deals.length,
    ...countResults(outcomes),
    ms: platform.now() - startedAt,
  });
  return outcomes;
}

function actOn(action: Action, deals: readonly ActedDeal[], context: ActionContext): Promise<ActionOutcomes> {
  switch (action) {
    case "check":
      return checkDeals(deals, context);
    case "create":
      return perform(create, deals, context);
    case "update":
      return perform(update, deals, context);
    case "delete":
      return perform(deletion, deals, context);
    case "attribution":
      return refreshAttribution(deals, context);
    default:
      return action satisfies never;
  }
}

function countResults(outcomes: readonly ActionOutcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { result } of outcomes) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}
