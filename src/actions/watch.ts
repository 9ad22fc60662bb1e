/** Waits for deals that are on their way, running the dispatcher meanwhile. */
import type { ActedDeal } from "../database/acted-deals.ts";
import { REQUEST_TIMEOUT_MS } from "../dispatcher/turn.ts";
import { untilAborted } from "../until-aborted.ts";
import { type ActionContext, isMoving } from "./action.ts";

/** Nobody waits longer. */
export const ACTION_MS_MAX = 15_000;
export const LOOK_EVERY_MS = 250;
/** How long one run of the dispatcher starts requests: not everything else that is due has to be waited for. */
const TICK_MS = 1_000 + REQUEST_TIMEOUT_MS;

/** These deals as they stand when nothing more will come of them in time. */
export async function watch(context: ActionContext, ids: readonly number[]): Promise<Map<number, ActedDeal>> {
  const { platform, database, connection, endsAt, signal, isSpent } = context;
  for (let isFirst = true; ; isFirst = false) {
    const deals = ids.length === 0 ? [] : await database.actedDeals.byIds(connection.id, ids);
    const soon = await findSoon(context, deals);
    const isOver = soon.length === 0 || platform.now() >= endsAt || signal.aborted || isSpent?.() === true;
    if (isOver) return new Map(deals.map((deal) => [deal.id, deal]));
    if (!isFirst) await platform.sleep(LOOK_EVERY_MS);
    if (soon.some(({ dueAt }) => dueAt <= platform.now())) await runTick(context);
  }
}

/** Those that may still be finished in time. */
async function findSoon({ database, endsAt }: ActionContext, deals: readonly ActedDeal[]): Promise<ActedDeal[]> {
  const moving = deals.filter((deal) => isMoving(deal) && deal.dueAt < endsAt);
  const soon: ActedDeal[] = [];
  for (const accountId of new Set(moving.map((deal) => deal.accountId))) {
    const account = await database.accounts.get(accountId);
    if (account && account.pausedUntil < endsAt) soon.push(...moving.filter((deal) => deal.accountId === accountId));
  }
  return soon;
}

/** A request that hangs is not waited for; the dispatcher ends it and goes on without us. */
async function runTick({ platform, tick, signal }: ActionContext): Promise<void> {
  const running = tick(TICK_MS);
  platform.background(running.catch(() => {}));
  try {
    await untilAborted(running, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
