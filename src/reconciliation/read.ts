/** Reads both sides of the reconciliation: the deals of the bridge, and the listing of every site they belong to. */
import type { ListedDeal } from "../calltouch/listed-deal.ts";
import type { Account } from "../database/accounts.ts";
import type { Connection } from "../database/connections.ts";
import type { PeriodDeal } from "../database/periods.ts";
import { readListing, WINDOW_MS_MAX } from "../dispatcher/listing.ts";
import { createReader, type ReaderDependencies, type ReadStop } from "../dispatcher/reader.ts";
import type { Period } from "../jobs/period.ts";
import type { Compared } from "./reconcile.ts";

const DAY_MS = 86_400_000;
/** Dates may differ by the zones of those who wrote them. */
const MARGIN_MS = DAY_MS;
/** More than this is not held in memory at once. */
export const DEALS_MAX = 20_000;
/** Pages of the listing for one report. */
export const PAGES_MAX = 20;
const WALL_MS = 30_000;

export type Reading =
  | { kind: "read"; compared: Compared }
  /** The period is too long for one report. */
  | { kind: "too-much" }
  | { kind: "inconclusive" }
  | ReadStop;

export async function readPeriod(
  dependencies: ReaderDependencies,
  { connection, account, crm }: { connection: Connection; account: Account; crm: string },
  { fromAt, toAt }: Period,
): Promise<Reading> {
  const { platform, database } = dependencies;
  const deals = await database.periods.deals(connection.id, fromAt, toAt, DEALS_MAX + 1);
  if (deals.length > DEALS_MAX) return { kind: "too-much" };
  const accounts = await database.accounts.list();
  const budget = { endsAt: platform.now() + WALL_MS, requestsLeft: PAGES_MAX };
  const sites = new Map<string, { listed: ListedDeal[]; extra: ListedDeal[] }>();
  const ruled = new Set((await database.rules.list(connection.id)).map(({ accountId }) => accountId));
  const places = [account, ...accounts.filter(({ id }) => ruled.has(id)), ...deals];
  // Also where no deal of the period belongs: there may be extra ones.
  for (const siteId of new Set(places.map((place) => place.siteId))) {
    const reading = accounts.find((each) => each.siteId === siteId && each.pausedUntil <= platform.now());
    const any = reading ?? accounts.find((each) => each.siteId === siteId);
    // Accounts that deals have been sent to are not deleted.
    if (!any) continue;
    const reader = createReader(dependencies, any, budget);
    const numbers = new Set(deals.filter((deal) => deal.siteId === siteId).map(({ orderNumber }) => orderNumber));
    const keep = ({ orderNumber, service }: ListedDeal) => numbers.has(orderNumber) || service === crm;
    const records: ListedDeal[] = [];
    for (let from = fromAt - MARGIN_MS; from < toAt + MARGIN_MS; from += WINDOW_MS_MAX) {
      const to = Math.min(from + WINDOW_MS_MAX, toAt + MARGIN_MS);
      const listing = await readListing(reader, { from, to }, { keep });
      if (listing.kind === "limit" && budget.requestsLeft <= 0) return { kind: "too-much" };
      if (listing.kind !== "listed") return listing;
      records.push(...listing.records);
    }
    sites.set(siteId, await toSite(siteId, records, numbers));
  }
  const skipped = await database.periods.skipped(connection.id, fromAt, toAt);
  return { kind: "read", compared: { deals, sites, skipped } };

  /** What any deal of the bridge is known by is not extra: it may be another connection's, or of another date. */
  async function toSite(
    siteId: string,
    records: readonly ListedDeal[],
    numbers: ReadonlySet<PeriodDeal["orderNumber"]>,
  ) {
    // The days of neighbouring windows overlap.
    const distinct = [
      ...new Map(records.map((record) => [`${record.calltouchId ?? ""}:${record.orderNumber}`, record])).values(),
    ];
    const listed = distinct.filter(({ orderNumber }) => numbers.has(orderNumber));
    const unknown = distinct.filter((record) => !numbers.has(record.orderNumber) && isInPeriod(record));
    const taken = await database.documents.takenNumbers(
      siteId,
      unknown.map(({ orderNumber }) => orderNumber),
    );
    return { listed, extra: unknown.filter(({ orderNumber }) => !taken.has(orderNumber)) };
  }

  function isInPeriod({ orderAt }: ListedDeal): boolean {
    return orderAt === undefined || (orderAt >= fromAt && orderAt < toAt);
  }
}
