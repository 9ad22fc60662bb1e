import { DRY_RUN } from "../ingest/result.ts";
import { type ActionOutcome, asItStands, CLOSED_DEAL, isMoving, NOT_CREATED } from "./action.ts";
import { foldByHand } from "./create.ts";
import { PENDING } from "./pending.ts";
import type { WriteAction } from "./write.ts";

const UPDATED: ActionOutcome = { result: "done", code: "UPDATED", message: "Сделка обновлена в Calltouch" };
const REMOVED: ActionOutcome = {
  result: "done",
  code: "DELETED",
  message: "Документ удалён, сделка удалена из Calltouch",
};

/** Says everything that can be said of a deal once more, also what the adapter holds back and what does not differ. */
export const update: WriteAction = {
  isToBeAwaited: ({ isDelivered, isInFlight, isInDoubt }) => !isDelivered || isInFlight || isInDoubt,
  judge: (deal, { connection }) => {
    if (deal.closed) return CLOSED_DEAL;
    if (!deal.isDelivered) return isMoving(deal) ? PENDING : NOT_CREATED;
    return connection.dryRun ? { result: "skipped", ...DRY_RUN } : undefined;
  },
  async write(deals, context) {
    const ids = deals.map(({ id }) => id);
    await context.database.actedDeals.forgetDelivered(context.connection.id, ids);
    return foldByHand(deals, context);
  },
  conclude: (deal) => {
    if (deal.status === "delivered") return deal.isDelivered ? UPDATED : REMOVED;
    return asItStands(deal.status === "dead" ? "error" : "skipped", deal);
  },
};
