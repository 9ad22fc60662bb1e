/** Actions that change what Calltouch has: what speaks against it, what is written, and what has come of it. */
import type { ActedDeal } from "../database/acted-deals.ts";
import { type ActionContext, type ActionOutcome, type ActionOutcomes, isMoving } from "./action.ts";
import { PENDING, toPending } from "./pending.ts";
import { watch } from "./watch.ts";

export interface WriteAction {
  /** Nothing can be said or done before what is under way has ended. */
  isToBeAwaited: (deal: ActedDeal) => boolean;
  /** What is known without doing anything; undefined: it is to be done. */
  judge: (deal: ActedDeal, context: ActionContext) => ActionOutcome | undefined;
  /** Does it for all of these; what it cannot do is returned. */
  write: (deals: readonly ActedDeal[], context: ActionContext) => Promise<ActionOutcomes>;
  /** Of a deal that has come to rest. */
  conclude: (deal: ActedDeal) => ActionOutcome;
}

export async function perform(
  action: WriteAction,
  deals: readonly ActedDeal[],
  context: ActionContext,
): Promise<ActionOutcomes> {
  const isAwaited = (deal: ActedDeal) => isMoving(deal) && action.isToBeAwaited(deal);
  const awaited = await watch(
    context,
    deals.filter(isAwaited).map(({ id }) => id),
  );
  const outcomes: ActionOutcomes = new Map();
  const wanted: ActedDeal[] = [];
  const unfinished: ActedDeal[] = [];
  for (const known of deals) {
    const deal = awaited.get(known.id) ?? known;
    const outcome = isAwaited(deal) ? PENDING : action.judge(deal, context);
    if (outcome === PENDING) unfinished.push(deal);
    else if (outcome) outcomes.set(deal.id, withId(outcome, deal));
    else wanted.push(deal);
  }

  const objections: ActionOutcomes = wanted.length === 0 ? new Map() : await action.write(wanted, context);
  for (const [id, outcome] of objections) outcomes.set(id, outcome);
  const written = wanted.filter(({ id }) => !objections.has(id));
  const watched = await watch(
    context,
    written.map(({ id }) => id),
  );
  for (const deal of watched.values()) {
    if (isMoving(deal)) unfinished.push(deal);
    else outcomes.set(deal.id, withId(action.conclude(deal), deal));
  }
  for (const [id, outcome] of await toPending(context, unfinished)) outcomes.set(id, outcome);
  return outcomes;
}

function withId(outcome: ActionOutcome, { calltouchId }: ActedDeal): ActionOutcome {
  return calltouchId === null ? outcome : { ...outcome, dealId: calltouchId };
}
