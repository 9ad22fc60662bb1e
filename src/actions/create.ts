import type { ActedDeal } from "../database/acted-deals.ts";
import { refold } from "../ingest/refold.ts";
import { type ActionContext, type ActionOutcome, type ActionOutcomes, asItStands, objectionIn } from "./action.ts";
import type { WriteAction } from "./write.ts";

const EXISTS: ActionOutcome = { result: "unchanged", code: "EXISTS", message: "Сделка уже есть в Calltouch" };
const CREATED: ActionOutcome = { result: "done", code: "CREATED", message: "Сделка создана в Calltouch" };

/**
 * Sends a deal that Calltouch does not have, whatever but a rule or a trial keeps it back. One that was deleted begins
 * anew under another number.
 */
export const create: WriteAction = {
  isToBeAwaited: ({ closed }) => closed,
  judge: ({ isDelivered, isWanted, closed }) => (isDelivered && isWanted && !closed ? EXISTS : undefined),
  write: (deals, context) => foldByHand(deals, context, { marksManual: true, isReopening: true }),
  conclude: (deal) => {
    if (deal.status === "delivered") return deal.isDelivered ? CREATED : asItStands("skipped", deal);
    return asItStands(deal.status === "dead" ? "error" : "skipped", deal);
  },
};

/** As if a person had sent the deals' documents. Returns what speaks against it. */
export async function foldByHand(
  deals: readonly ActedDeal[],
  context: ActionContext,
  how: { marksManual?: boolean; isReopening?: boolean } = {},
): Promise<ActionOutcomes> {
  const { adapter, connection, account } = context;
  const keys = deals.map(({ key }) => key);
  const folded = await refold(context, { adapter, connection, account, keys, isManual: true, ...how });
  const outcomes: ActionOutcomes = new Map();
  for (const { id, key } of deals) {
    const objection = objectionIn(folded.get(key));
    if (objection) outcomes.set(id, objection);
  }
  return outcomes;
}
