/** Сверка: the deals of a period as the bridge knows them against those that Calltouch lists. Pure. */
import type { ListedDeal } from "../calltouch/listed-deal.ts";
import type { PeriodDeal, SkippedReason } from "../database/periods.ts";
import { byNumber, type Difference, differencesOf, toWireTerms } from "./compare.ts";

/** Of each list; the total says how many there are. */
export const LISTED_MAX = 1_000;

export interface Side {
  count: number;
  revenueKopecks: number;
}

export interface SummaryRow {
  status: string;
  /** Empty: none. */
  funnel: string;
  bridge: Side;
  calltouch: Side;
}

export interface MissingDeal {
  orderNumber: string;
  guid: string;
  status: string;
  funnel: string;
  revenueKopecks: number;
  /** Why it is not there, as far as the bridge knows. */
  code: string;
  message: string;
}

export interface ExtraDeal {
  orderNumber: string;
  status: string;
  funnel: string;
  revenueKopecks: number;
  dealId?: number;
}

export interface DifferentDeal extends Difference {
  orderNumber: string;
  guid: string;
}

interface Bounded<T> {
  total: number;
  items: T[];
}

export interface Report {
  summary: SummaryRow[];
  missing: Bounded<MissingDeal>;
  extra: Bounded<ExtraDeal>;
  different: Bounded<DifferentDeal>;
  skipped: SkippedReason[];
}

export interface Compared {
  deals: readonly PeriodDeal[];
  /** By site: what it lists under the numbers of these deals, and the deals of the same CRM that nobody on the bridge has. */
  sites: ReadonlyMap<string, { listed: readonly ListedDeal[]; extra: readonly ListedDeal[] }>;
  /** Deals that were never folded into one. */
  skipped: readonly SkippedReason[];
}

const LOST = {
  code: "NOT_IN_CALLTOUCH",
  message: "Передана, но в списке Calltouch за этот период её нет: она удалена там, или дата у неё там другая",
};
const WAITING = { code: "WAITING", message: "Ожидает передачи в Calltouch" };
const DELETED = { code: "DELETED_IN_CALLTOUCH", message: "Удалена в Calltouch" };

export function reconcile({ deals, sites, skipped }: Compared): Report {
  const summary = new Map<string, SummaryRow>();
  const missing: MissingDeal[] = [];
  const different: DifferentDeal[] = [];
  const reasons = new Map<string, SkippedReason>();
  for (const reason of skipped) countSkipped(reasons, reason);
  const ids = new Map(
    [...sites.values()].flatMap(({ listed }) => listed.map((record) => [record.calltouchId, record])),
  );
  const numbers = new Map([...sites].map(([siteId, { listed }]) => [siteId, byNumber(listed)]));
  const compared = new Set<ListedDeal | undefined>();

  for (const deal of deals) {
    const { key: guid, orderNumber, wanted } = deal;
    if (wanted === null || orderNumber === null) continue;
    // A number may stand there twice: the deal's own record is the one of its id.
    const own = deal.calltouchId === null ? undefined : ids.get(deal.calltouchId);
    const record = own && !own.isDeleted ? own : numbers.get(deal.siteId)?.get(orderNumber);
    compared.add(record);
    const { status, funnel = "", revenueKopecks = 0 } = toWireTerms(wanted);
    const isThere = record !== undefined && !record.isDeleted;
    if (!isThere && deal.status === "held" && !deal.isDelivered && !deal.closed) {
      countSkipped(reasons, { code: deal.reasonCode ?? "", message: deal.reason ?? "", count: 1 });
      continue;
    }
    add(summary, status, funnel, "bridge", revenueKopecks);
    if (isThere) {
      add(summary, record.status ?? "", record.funnel ?? "", "calltouch", record.revenueKopecks ?? 0);
      for (const difference of differencesOf(wanted, record)) different.push({ orderNumber, guid, ...difference });
    } else {
      missing.push({ orderNumber, guid, status, funnel, revenueKopecks, ...whyMissing(deal, record) });
    }
  }
  const extra = [...sites.values()]
    .flatMap((site) => [...site.listed, ...site.extra])
    .filter((record) => !record.isDeleted && !compared.has(record))
    .map(toExtra);
  for (const { status, funnel, revenueKopecks } of extra) add(summary, status, funnel, "calltouch", revenueKopecks);

  return {
    summary: [...summary.values()].sort((left, right) => toOrder(left).localeCompare(toOrder(right), "ru")),
    missing: bounded(missing),
    extra: bounded(extra),
    different: bounded(different),
    skipped: [...reasons.values()].sort((left, right) => right.count - left.count),
  };
}

const toOrder = ({ funnel, status }: SummaryRow) => `${funnel}\n${status}`;

function add(
  summary: Map<string, SummaryRow>,
  status: string,
  funnel: string,
  side: "bridge" | "calltouch",
  revenueKopecks: number,
): void {
  const key = `${funnel}\n${status}`;
  const none = () => ({ count: 0, revenueKopecks: 0 });
  const row = summary.get(key) ?? { status, funnel, bridge: none(), calltouch: none() };
  row[side].count += 1;
  row[side].revenueKopecks += revenueKopecks;
  summary.set(key, row);
}

/** A message may name the document, so reasons are told apart by code: the first message, the commonest, stands for all. */
function countSkipped(reasons: Map<string, SkippedReason>, { code, message, count }: SkippedReason): void {
  const known = reasons.get(code) ?? { code, message, count: 0 };
  reasons.set(code, { ...known, count: known.count + count });
}

function whyMissing(deal: PeriodDeal, record: ListedDeal | undefined): { code: string; message: string } {
  if (deal.reasonCode !== null) return { code: deal.reasonCode, message: deal.reason ?? "" };
  if (record?.isDeleted) return DELETED;
  return deal.isDelivered ? LOST : WAITING;
}

function toExtra({ orderNumber, calltouchId, status = "", funnel = "", revenueKopecks = 0 }: ListedDeal): ExtraDeal {
  return { orderNumber, status, funnel, revenueKopecks, ...(calltouchId === undefined ? {} : { dealId: calltouchId }) };
}

function bounded<T>(items: readonly T[]): Bounded<T> {
  return { total: items.length, items: items.slice(0, LISTED_MAX) };
}
