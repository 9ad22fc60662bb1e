/** Asks Calltouch's listing where deals came from: all due deals of a site share one reading. */
import type { ListedDeal } from "../calltouch/listed-deal.ts";
import type { AskedDeal, Hold, LearntAttribution } from "../database/attributions.ts";
import { type DealWindow, readListing, toWindows } from "../dispatcher/listing.ts";
import { createReader, type Reader, type ReaderDependencies, type ReadStop } from "../dispatcher/reader.ts";
import type { TickBudget } from "../dispatcher/turn.ts";
import type { Attribution } from "./attribution.ts";
import { planNext } from "./schedule.ts";
import { toAttribution } from "./to-attribution.ts";

/** Longer than any run: what a run that died or stopped half-way has not learnt is asked for again after this. */
export const HOLD_MS = 300_000;
/** What falls due within a minute is asked for at once: a reading goes through all deals of the site's days anyway. */
const TOGETHER_MS = 60_000;

export interface RefreshedDeal {
  /** Null: Calltouch does not list the deal. */
  attribution: Attribution | null;
  /** Calltouch is to look for its lead once more: the dispatcher has something to send. */
  isRematched: boolean;
}

export interface Refreshed {
  /** By the deal's id. Deals that Calltouch does not have are left out, and so is what has not been read. */
  deals: Map<number, RefreshedDeal>;
  /** Why not all of it has been read; that is asked for again by itself. */
  stop?: ReadStop;
}

/** The due deals of every site, as far as the budget goes. One bad site does not stop the others. */
export async function refreshAttributions(dependencies: ReaderDependencies, budget: TickBudget): Promise<void> {
  const { platform, database } = dependencies;
  for (const account of await database.attributions.dueAccounts(platform.now())) {
    const reader = createReader(dependencies, account, budget);
    if (reader.isSpent()) return;
    try {
      const hold = holdFrom(platform.now());
      const dueBy = hold.now + TOGETHER_MS;
      const asked = await database.attributions.holdDue(account.siteId, { ...hold, now: dueBy });
      if (asked.length > 0) await askFor({ ...dependencies, reader, hold, isByHand: false }, asked);
    } catch (error) {
      const name = error instanceof Error ? error.name : "unknown";
      platform.log({ level: "error", event: "attribution-failed", account: account.id, error: name });
    }
  }
}

/** These deals of a connection now, because a person asks; those without a lead are matched again. */
export async function refreshDeals(
  dependencies: ReaderDependencies,
  connection: { id: string },
  dealIds: readonly number[],
  budget: TickBudget,
): Promise<Refreshed> {
  const { platform, database } = dependencies;
  const hold = holdFrom(platform.now());
  const asked = await database.attributions.hold(connection.id, dealIds, hold.heldUntil);
  const accounts = await database.accounts.list();
  const refreshed: Refreshed = { deals: new Map() };
  for (const siteId of new Set(asked.map((deal) => deal.siteId))) {
    const ofSite = accounts.filter((each) => each.siteId === siteId);
    const account = ofSite.find(({ pausedUntil }) => pausedUntil <= platform.now()) ?? ofSite[0];
    if (!account) continue;
    const context = { ...dependencies, reader: createReader(dependencies, account, budget), hold, isByHand: true };
    const { deals, stop } = await askFor(
      context,
      asked.filter((deal) => deal.siteId === siteId),
    );
    for (const [id, deal] of deals) refreshed.deals.set(id, deal);
    if (stop) refreshed.stop = stop;
  }
  return refreshed;
}

interface Refresh extends Pick<ReaderDependencies, "platform" | "database"> {
  reader: Reader;
  hold: Hold;
  isByHand: boolean;
}

const holdFrom = (now: number): Hold => ({ now, heldUntil: now + HOLD_MS });

async function askFor(context: Refresh, asked: readonly AskedDeal[]): Promise<Refreshed> {
  const { platform, database, reader, hold } = context;
  const refreshed: Refreshed = { deals: new Map() };
  for (const window of toWindows(asked)) {
    const stop = await readWindow(context, window, refreshed.deals);
    if (!stop) continue;
    refreshed.stop = stop;
    const rest = asked.filter(({ id }) => !refreshed.deals.has(id)).map(({ id }) => id);
    if (stop.kind === "later" && stop.until > hold.heldUntil)
      await database.attributions.postpone(rest, hold.heldUntil, stop.until);
    break;
  }
  const learnt = [...refreshed.deals.values()];
  platform.log({
    level: "info",
    event: "attributions-read",
    account: reader.account.id,
    deals: asked.length,
    read: learnt.length,
    matched: learnt.filter(({ attribution }) => attribution?.matched).length,
    rematched: learnt.filter(({ isRematched }) => isRematched).length,
  });
  return refreshed;
}

/** What is found is stored page by page; that a deal is not listed is known only at the end of the window. */
async function readWindow(
  context: Refresh,
  { from, to, deals }: DealWindow<AskedDeal>,
  learnt: Map<number, RefreshedDeal>,
): Promise<ReadStop | null> {
  const byNumber = new Map(deals.map((deal) => [deal.orderNumber, deal]));
  const byCalltouchId = new Map(deals.map((deal) => [deal.calltouchId, deal]));
  /** Calltouch may show its own number in place of ours. Of a number that stands twice the living deal counts. */
  const dealOf = ({ orderNumber, calltouchId = -1, isDeleted }: ListedDeal) =>
    isDeleted ? undefined : (byNumber.get(orderNumber) ?? byCalltouchId.get(calltouchId));

  const listing = await readListing(
    context.reader,
    { from, to },
    {
      keep: (record) => dealOf(record) !== undefined,
      onPage: (records) => {
        const found = new Map<AskedDeal, Attribution>();
        for (const record of records) {
          const deal = dealOf(record);
          if (deal && !learnt.has(deal.id)) found.set(deal, toAttribution(record, deal.customSources));
        }
        return learn(context, found, learnt);
      },
    },
  );
  if (listing.kind === "limit" || listing.kind === "later") return listing;
  // What cannot be read now cannot be read in five minutes either: asking for it, too, has an end.
  const isOver = listing.kind === "listed" || (listing.isWhole && !context.isByHand);
  if (!isOver) return null;
  const unlisted = deals.filter(({ id }) => !learnt.has(id));
  await learn(context, new Map(unlisted.map((deal) => [deal, null])), learnt);
  return null;
}

async function learn(
  { platform, database, hold, isByHand }: Refresh,
  found: ReadonlyMap<AskedDeal, Attribution | null>,
  learnt: Map<number, RefreshedDeal>,
): Promise<void> {
  const now = platform.now();
  const rows = [...found].map(([deal, attribution]): LearntAttribution => {
    const plan = planNext({ step: deal.step, attribution, hasContacts: deal.hasContacts, isByHand }, now);
    const changed = attribution !== null && !isSame(attribution, deal.attribution) ? { changed: attribution } : {};
    return { id: deal.id, ...plan, ...changed };
  });
  const rematched = new Set(await database.attributions.save(rows, { ...hold, now }, isByHand));
  for (const [deal, attribution] of found) {
    learnt.set(deal.id, { attribution, isRematched: rematched.has(deal.id) });
  }
}

/** Both have been through the schema, which puts the fields in one order. */
function isSame(left: Attribution, right: Attribution | null): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
