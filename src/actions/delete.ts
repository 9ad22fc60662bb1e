import { toHex } from "../bytes.ts";
import { DRY_RUN } from "../ingest/result.ts";
import { type ActionOutcome, asItStands, isMoving, mayExist } from "./action.ts";
import type { WriteAction } from "./write.ts";

const GONE = { code: "DELETED", message: "Сделки в Calltouch нет, сама она больше не создаётся" };
const DELETED: ActionOutcome = { result: "done", ...GONE };
const ALREADY: ActionOutcome = { result: "unchanged", ...GONE };

/** Takes a deal out of Calltouch, or keeps it from ever getting there. Only a creation by hand brings it back. */
export const deletion: WriteAction = {
  isToBeAwaited: () => false,
  judge: (deal, { connection }) => {
    if (deal.closed && !mayExist(deal) && !isMoving(deal)) return ALREADY;
    return connection.dryRun && mayExist(deal) ? { result: "skipped", ...DRY_RUN } : undefined;
  },
  async write(deals, { platform, database, connection }) {
    const writer = toHex(platform.randomBytes(16));
    const ids = deals.map(({ id }) => id);
    await database.actedDeals.close(connection.id, ids, { writer, notice: GONE });
    return new Map();
  },
  conclude: (deal) => (deal.status === "delivered" && !deal.isDelivered ? DELETED : asItStands("error", deal)),
};
