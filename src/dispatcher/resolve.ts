/** Settles deals in doubt by what Calltouch's listing says. */
import type { ClaimedDeal } from "../database/claims.ts";
import { toWindows } from "./listing.ts";
import { lookUp, type Window } from "./lookup.ts";
import { toLookupSettlement } from "./lookup-verdict.ts";
import type { Stop, Turn } from "./turn.ts";

/** A listing that says nothing conclusive is not read again at once, however short the listing lag. */
const LOOK_AGAIN_MS_MIN = 10_000;

/** Null when every window was read; else why the turn ends. What was not settled is still claimed then. */
export async function resolve(turn: Turn, claimed: readonly ClaimedDeal[]): Promise<Stop | null> {
  const { database, platform, account, lease } = turn;
  for (const window of toWindows(claimed)) {
    const lookup = await lookUp(turn, window);
    switch (lookup.kind) {
      case "listed": {
        const now = platform.now();
        const settlements = window.deals
          .filter(({ orderNumber }) => !lookup.unasked.has(orderNumber))
          .map((deal) => toLookupSettlement(deal, lookup.findingOf(deal.orderNumber), now));
        await database.claims.settle(lease, settlements);
        if (lookup.unasked.size > 0) return { kind: "limit" };
        break;
      }
      case "inconclusive":
        await postpone(window, platform.now() + Math.max(account.listingLagMs, LOOK_AGAIN_MS_MIN));
        break;
      case "kept":
        await postpone(window, lookup.until);
        break;
      default:
        return lookup;
    }
  }
  return null;

  function postpone({ deals }: Window, dueAt: number): Promise<void> {
    return database.claims.postpone(
      lease,
      deals.map(({ id }) => id),
      dueAt,
    );
  }
}
