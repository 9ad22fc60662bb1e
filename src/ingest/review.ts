/** Takes held deals up again after a change of rules, settings or flags: each is folded anew and may fare better. */
import type { Adapter } from "../adapter.ts";
import type { TickBudget } from "../dispatcher/turn.ts";
import type { IngestDependencies } from "./ingest.ts";
import { refold } from "./refold.ts";

/** Before the first deal, as a review that has begun; one that has not stands at 0. */
const BEGUN = -1;
/** Deals in one portion: as many as one ingest folds. */
const PORTION = 100;

export interface ReviewDependencies extends IngestDependencies {
  adapters: ReadonlyMap<string, Adapter>;
}

/**
 * Goes on with every connection under review as far as the budget goes. The place it has reached is kept with the
 * connection, so a review survives the process, and two processes at once only do the same twice.
 */
export async function reviewHeldDeals(
  dependencies: ReviewDependencies,
  { endsAt, isSpent = () => false }: Pick<TickBudget, "endsAt" | "isSpent">,
): Promise<void> {
  const { platform, database, adapters } = dependencies;
  for (const { connection, account } of await database.reviews.connections()) {
    const adapter = adapters.get(connection.adapter);
    let after = connection.reviewAfter;
    // A change that comes now asks for 0 again, and is not taken for the place already reached.
    if (after === 0) after = (await database.reviews.advance(connection.id, after, BEGUN)) ? BEGUN : null;
    while (adapter && after !== null && platform.now() < endsAt && !isSpent()) {
      const held = await database.reviews.held(connection.id, after, PORTION);
      const keys = held.map(({ key }) => key);
      await refold(dependencies, { adapter, connection, account, keys, isManual: false });
      const reached = held.length < PORTION ? null : (held.at(-1)?.id ?? null);
      // Another change may have asked for a new review meanwhile: it begins from the start.
      after = (await database.reviews.advance(connection.id, after, reached)) ? reached : null;
    }
  }
}
