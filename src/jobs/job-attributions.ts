/** Stores the advertising sources that a job has come across in the listing it reads anyway. */
import { HOLD_MS } from "../attribution/refresh.ts";
import { planSeen } from "../attribution/schedule.ts";
import { toAttribution } from "../attribution/to-attribution.ts";
import type { ListedDeal } from "../calltouch/listed-deal.ts";
import type { LearntAttribution } from "../database/attributions.ts";
import type { Database } from "../database/database.ts";
import type { Platform } from "../platform.ts";

interface Dependencies {
  platform: Pick<Platform, "now">;
  database: Pick<Database, "attributions">;
}

/**
 * Returns of how many deals. Nothing is matched again: that would send every deal of the period without a lead once
 * more. When those are asked about next stays as it was planned.
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
    const attribution = toAttribution(record, deal.customSources);
    const isSame = JSON.stringify(attribution) === JSON.stringify(deal.attribution);
    return [{ id: deal.id, ...planSeen({ ...deal, attribution }, now), ...(isSame ? {} : { changed: attribution }) }];
  });
  await database.attributions.save(learnt, hold);
  return learnt.length;
}
