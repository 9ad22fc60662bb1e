/** Where deals came from, as Calltouch says now. Those that have found no lead are matched again; linked ones never. */
import { attribution } from "../attribution/attribution.ts";
import { type RefreshedDeal, refreshDeals } from "../attribution/refresh.ts";
import type { ActedDeal } from "../database/acted-deals.ts";
import {
  type ActionContext,
  type ActionOutcome,
  type ActionOutcomes,
  CLOSED_DEAL,
  isMoving,
  NOT_CREATED,
} from "./action.ts";
import { CHANGING, toPending, toUnread } from "./pending.ts";
import { REQUESTS_MAX } from "./read.ts";
import { watch } from "./watch.ts";

const KNOWN: Omit<ActionOutcome, "result"> = { code: "ATTRIBUTION", message: "Источник рекламы известен" };
const SOURCELESS: Omit<ActionOutcome, "result"> = {
  code: "NO_SOURCE",
  message: "Обращение найдено, но откуда оно, Calltouch не знает",
};
const UNMATCHED: Omit<ActionOutcome, "result"> = {
  code: "NOT_MATCHED",
  message: "Calltouch не нашёл обращения клиента",
};
const REMATCHING: ActionOutcome = {
  result: "pending",
  code: "REMATCHING",
  message: "Calltouch не нашёл обращения клиента и ищет ещё раз. Запросите источник через несколько минут",
};
const NOT_LISTED: ActionOutcome = {
  result: "pending",
  code: "NOT_LISTED",
  message: "Calltouch ещё не показывает сделку. Запросите источник позже",
};

export async function refreshAttribution(deals: readonly ActedDeal[], context: ActionContext): Promise<ActionOutcomes> {
  const { connection, endsAt, isSpent } = context;
  const outcomes: ActionOutcomes = new Map();
  const askable = deals.filter(({ isDelivered, closed }) => isDelivered && !closed);
  const others = deals.filter(({ isDelivered, closed }) => !isDelivered || closed);
  for (const { id, closed } of others) outcomes.set(id, closed ? CLOSED_DEAL : NOT_CREATED);
  for (const [id, outcome] of await toPending(context, others.filter(isMoving))) outcomes.set(id, outcome);
  const ids = askable.map(({ id }) => id);
  const budget = { endsAt, requestsLeft: REQUESTS_MAX, isSpent };
  const { deals: refreshed, stop } = await refreshDeals(context, connection, ids, budget);
  for (const deal of askable) {
    const learnt = refreshed.get(deal.id);
    const unread = stop ? toUnread(stop, connection.timeZone) : CHANGING;
    outcomes.set(deal.id, { ...(learnt ? toOutcome(learnt) : { ...unread, ...lastKnown(deal) }), ...idOf(deal) });
  }
  const rematched = [...refreshed].filter(([, { isRematched }]) => isRematched).map(([id]) => id);
  await watch(context, rematched);
  return outcomes;
}

function toOutcome({ attribution: known, isRematched }: RefreshedDeal): ActionOutcome {
  if (known === null) return NOT_LISTED;
  if (isRematched) return { ...REMATCHING, attribution: known };
  const matched = known.source === undefined ? SOURCELESS : KNOWN;
  return { result: "done", ...(known.matched ? matched : UNMATCHED), attribution: known };
}

function lastKnown({ attribution: stored }: ActedDeal): Pick<ActionOutcome, "attribution"> {
  return stored === null ? {} : { attribution: attribution.parse(JSON.parse(stored)) };
}

function idOf({ calltouchId }: ActedDeal): Pick<ActionOutcome, "dealId"> {
  return calltouchId === null ? {} : { dealId: calltouchId };
}
