/** Asks Calltouch's listing which deals it really has, for all deals in doubt at once. */
import { type ListPage, LIST_PAGE_RECORDS_MAX as PAGE_RECORDS } from "../calltouch/listing.ts";
import type { ClaimedDeal } from "../database/claims.ts";
import type { Finding } from "./lookup-verdict.ts";
import type { Stop, Turn } from "./turn.ts";

const DAY_MS = 86_400_000;
const MARGIN_MS = DAY_MS;
/** The listing takes at most three months at a time. */
const WINDOW_MS_MAX = 80 * DAY_MS;

export interface Window {
  from: number;
  to: number;
  deals: ClaimedDeal[];
}

/** As few windows of order dates, a day wider on either side, as cover these deals: many doubts share one lookup. */
export function toWindows(deals: readonly ClaimedDeal[]): Window[] {
  const windows: Window[] = [];
  for (const deal of [...deals].sort((left, right) => left.orderAt - right.orderAt)) {
    const last = windows.at(-1);
    const to = deal.orderAt + MARGIN_MS;
    if (last && deal.orderAt - MARGIN_MS <= last.to && to - last.from <= WINDOW_MS_MAX) {
      last.to = to;
      last.deals.push(deal);
    } else {
      windows.push({ from: deal.orderAt - MARGIN_MS, to, deals: [deal] });
    }
  }
  return windows;
}

export type Lookup =
  | { kind: "listed"; findingOf: (orderNumber: string) => Finding }
  /** The listing changed while it was read, or part of it could not be read: nothing may be concluded from it. */
  | { kind: "inconclusive" }
  /** Not read: there are no points for reads until then. */
  | { kind: "kept"; until: number }
  | Stop;

/** Reads every page of the window, deals of all origins. Absence is concluded only from a listing read whole and unchanged. */
export async function lookUp(turn: Turn, window: Window): Promise<Lookup> {
  const listed = new Map<string, Finding>();
  const records = new Set<string>();
  let total: number | undefined;
  for (let page = 1, pageTotal = 1; page <= pageTotal; page += 1) {
    const query = { dateFrom: window.from, dateTo: window.to, withAllOrderOrigins: true };
    const asked = await turn.ask(
      "list",
      [],
      (client) => client.list({ ...query, page, limit: PAGE_RECORDS }),
      () => [],
    );
    // Deliveries may still have points when reads have none, so this is no pause of the account.
    if (asked.kind === "paused" && asked.pause.kind === "points") return { kind: "kept", until: asked.pause.until };
    if (asked.kind !== "asked") return asked;
    if (asked.verdict.pause) return { kind: "paused", pause: asked.verdict.pause };
    if (asked.reply.kind !== "answered") return { kind: "inconclusive" };
    const { value } = asked.reply;
    if (value.unreadable > 0 || isCutOff(value) || (total !== undefined && total !== value.recordsTotal))
      return { kind: "inconclusive" };
    for (const record of value.records) {
      records.add(`${record.calltouchId ?? ""}:${record.orderNumber}`);
      const finding = toFinding(record);
      // A number may stand twice, once deleted: the living one counts.
      if (finding.kind === "found" || !listed.has(record.orderNumber)) listed.set(record.orderNumber, finding);
    }
    total = value.recordsTotal;
    pageTotal = value.pageTotal ?? 1;
  }
  if (total !== undefined && records.size !== total) return { kind: "inconclusive" };
  return { kind: "listed", findingOf: (orderNumber) => listed.get(orderNumber) ?? { kind: "absent" } };
}

/** A full page that does not say how many more there are. */
function isCutOff({ records, pageTotal, recordsTotal }: ListPage): boolean {
  return pageTotal === undefined && recordsTotal === undefined && records.length >= PAGE_RECORDS;
}

function toFinding({ calltouchId, isDeleted }: { calltouchId?: number; isDeleted: boolean }): Finding {
  if (isDeleted) return { kind: "deleted" };
  return { kind: "found", ...(calltouchId === undefined ? {} : { calltouchId }) };
}
