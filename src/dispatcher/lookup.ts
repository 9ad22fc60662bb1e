/** Asks Calltouch's listing which deals it really has, for all deals in doubt at once. */
import type { ListedDeal } from "../calltouch/listed-deal.ts";
import type { ListQuery } from "../calltouch/listing.ts";
import type { ClaimedDeal } from "../database/claims.ts";
import { type DealWindow, type PageReading, readPages } from "./listing.ts";
import type { Finding } from "./lookup-verdict.ts";
import type { Stop, Turn } from "./turn.ts";

export type Window = DealWindow<ClaimedDeal>;

/** Not read: there are no points for reads until then. */
interface Kept {
  kind: "kept";
  until: number;
}

export type Lookup =
  /** `unasked`: numbers of which nothing is known yet, because the run is over. */
  | { kind: "listed"; findingOf: (orderNumber: string) => Finding; unasked: ReadonlySet<string> }
  /** The listing changed while it was read, or part of it could not be read: nothing may be concluded from it. */
  | { kind: "inconclusive" }
  | Kept
  | Stop;

/** Of one lookup: when so many are refused, it is not because they stand there already. */
const BY_NUMBER_MAX = 5;

/** Reads the window, deals of all origins. */
export async function lookUp(turn: Turn, { from, to, deals }: Window): Promise<Lookup> {
  const numbers = new Set(deals.map(({ orderNumber }) => orderNumber));
  const keep = ({ orderNumber }: ListedDeal) => numbers.has(orderNumber);
  const readPage = (query: ListQuery) => read(turn, query);
  const listing = await readPages(readPage, { from, to }, { keep });
  if (listing.kind === "stopped") return listing.stop;
  if (listing.kind === "inconclusive") return listing;
  const findings = toFindings(listing.records);
  const missing = deals.filter((deal) => isMadeElsewhere(deal) && !findings.has(deal.orderNumber));
  const unasked = new Set(missing.slice(0, BY_NUMBER_MAX).map(({ orderNumber }) => orderNumber));
  for (const orderNumber of unasked) {
    const reading = await readPage({ orderNumber, withAllOrderOrigins: true });
    // What is known by now is settled first, or the next run would stop at the same place.
    if (reading.kind === "stopped" && reading.stop.kind === "limit") break;
    if (reading.kind === "stopped") return reading.stop;
    unasked.delete(orderNumber);
    const finding = reading.kind === "page" ? toFindings(reading.page.records).get(orderNumber) : undefined;
    if (finding) findings.set(orderNumber, finding);
  }
  const findingOf = (orderNumber: string): Finding => findings.get(orderNumber) ?? { kind: "absent" };
  return { kind: "listed", findingOf, unasked };
}

/**
 * The ERP's former exchange may have made it when its document had another date. A number that is the document's guid
 * is nobody else's; any other may be another sale's.
 */
function isMadeElsewhere({ doubt, delivered, orderNumber, key }: ClaimedDeal): boolean {
  return doubt === "refused" && delivered === null && orderNumber === key;
}

async function read(turn: Turn, query: ListQuery): Promise<PageReading<Kept | Stop>> {
  const asked = await turn.ask(
    "list",
    [],
    (client) => client.list(query),
    () => [],
  );
  // Deliveries may still have points when reads have none, so this is no pause of the account.
  if (asked.kind === "paused" && asked.pause.kind === "points")
    return { kind: "stopped", stop: { kind: "kept", until: asked.pause.until } };
  if (asked.kind !== "asked") return { kind: "stopped", stop: asked };
  const { pause } = asked.verdict;
  if (pause) return { kind: "stopped", stop: { kind: "paused", pause } };
  return asked.reply.kind === "answered" ? { kind: "page", page: asked.reply.value } : { kind: "unread" };
}

function toFindings(records: readonly ListedDeal[]): Map<string, Finding> {
  const findings = new Map<string, Finding>();
  for (const record of records) {
    const finding = toFinding(record);
    // A number may stand twice, once deleted: the living one counts.
    if (finding.kind === "found" || !findings.has(record.orderNumber)) findings.set(record.orderNumber, finding);
  }
  return findings;
}

function toFinding({ calltouchId, isDeleted }: { calltouchId?: number; isDeleted: boolean }): Finding {
  if (isDeleted) return { kind: "deleted" };
  return { kind: "found", ...(calltouchId === undefined ? {} : { calltouchId }) };
}
