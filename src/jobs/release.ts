/** Lets planned deals go, a portion at a time, and takes back what has not been sent when a job is cancelled. */
import type { Adapter } from "../adapter.ts";
import type { Connection } from "../database/connections.ts";
import type { ItemAction, PlannedDeal, PlannedGroup } from "../database/job-items.ts";
import type { Held } from "../database/job-window.ts";
import type { IngestDependencies } from "../ingest/ingest.ts";
import { refold } from "../ingest/refold.ts";
import type { Outcome } from "../ingest/result.ts";
import { PORTION_DEALS_MAX } from "./step.ts";

export interface JobPlace {
  adapter: Adapter;
  connection: Connection;
  /** Of the connection's own account. */
  account: { siteId: string };
}

export const NO_DOCUMENTS = "NO_DOCUMENTS";

/**
 * Folds the portion as if a person had sent it, so that nothing but a rule or a trial keeps it back. False when the job
 * was cancelled meanwhile: then the portion is taken back.
 */
export async function release(
  dependencies: IngestDependencies,
  place: JobPlace,
  held: Held,
  group: PlannedGroup,
): Promise<boolean> {
  const { platform, database } = dependencies;
  const portion = await database.jobItems.portion(held.id, group, PORTION_DEALS_MAX);
  const keys = portion.map(({ key }) => key);
  const outcomes = await refold(dependencies, { ...place, keys, isManual: true });
  const released = group.action === "to-create" ? "creating" : "updating";
  const items = portion.map(({ dealId, key }) => ({ dealId, action: toAction(outcomes.get(key), released) }));
  if (await database.jobItems.mark(held, items, platform.now())) return true;
  const job = await database.jobs.get(place.connection.id, held.id);
  if (job?.status === "cancelled") await refold(dependencies, { ...place, keys, isManual: false });
  return false;
}

function toAction(outcome: Outcome | undefined, released: ItemAction): ItemAction {
  switch (outcome?.result) {
    case undefined:
      return `failed:${NO_DOCUMENTS}`;
    case "error":
      return `failed:${outcome.code}`;
    // Held by something that a job does not overrule; the deal says by what.
    case "skipped":
      return "failed";
    default:
      return released;
  }
}

/**
 * Deals that have not been sent go back to how they stand without a person's word. Those that the exchange itself wants
 * sent stay due. May be done again.
 */
export async function takeBack(dependencies: IngestDependencies, place: JobPlace, jobId: string): Promise<void> {
  const { jobItems } = dependencies.database;
  let portion: PlannedDeal[];
  let after = 0;
  do {
    portion = await jobItems.unsent(jobId, after, PORTION_DEALS_MAX);
    const keys = portion.map(({ key }) => key);
    const outcomes =
      keys.length === 0 ? new Map<string, Outcome>() : await refold(dependencies, { ...place, keys, isManual: false });
    const back = portion.filter(({ key }) => outcomes.get(key)?.result === "skipped").map(({ dealId }) => dealId);
    await jobItems.drop(jobId, back);
    after = portion.at(-1)?.dealId ?? after;
  } while (portion.length === PORTION_DEALS_MAX);
}
