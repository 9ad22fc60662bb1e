/** Stores the advertising sources that a job has come across in the listing it reads anyway. */
import { planNext } from "../attribution/schedule.ts";
import { toAttribution } from "../attribution/to-attribution.ts";
import type { ListedDeal } from "../calltouch/listed-deal.ts";
import type { LearntAttribution } from "../database/attributions.ts";
import type { Database } from "../database/database.ts";
import type { Platform } from "../platform.ts";

/** Longer than what is learnt takes to be stored. */
const HOLD_MS = 60_000;

interface Dependencies {
  platform: Pick<Platform, "now">;
  database: Pick<Database, "attributions">;
}

/**
 * Returns of how many deals. Nothing is matched again: that would send every deal of the period without a lead once
 * more. When those are asked about next stays as it was planned, or nearly.
 */
export async function storeAttributions(
  { platform, database }: Dependencies,
  connectionId: string,
  found: readonly { id: number; record: ListedDeal }[],
): Promise<number> {
  if (found.length === 0) return 0;
  const records = new Map(found.map(({ id, record }) => [id, record]));
  const now = platform.now();
  const hold = { now, heldUntil: now + HOLD_MS };
  const asked = await database.attributions.hold(connectionId, [...records.keys()], hold.heldUntil);
  const learnt = asked.flatMap((deal): LearntAttribution[] => {
    const record = records.get(deal.id);
    if (!record) return [];
    const { step, hasContacts } = deal;
    const attribution = toAttribution(record, deal.customSources);
    const plan = planNext({ step, attribution, hasContacts, isByHand: true }, now);
    const isSame = JSON.stringify(attribution) === JSON.stringify(deal.attribution);
    return [{ id: deal.id, ...plan, isRematch: false, ...(isSame ? {} : { changed: attribution }) }];
  });
  await database.attributions.save(learnt, hold);
  return learnt.length;
}
