/** What the ERP knows against what Calltouch has: every document accounted for, every deal there once and as it should be. */
import type { CalltouchDeal, CalltouchRequest } from "./calltouch.ts";
import type { DealStatus } from "./drain.ts";
import { type Expected, expectedOf, type Ledger, type LedgerDeal } from "./ledger.ts";

const DEALS_PER_REQUEST_MAX = 100;

export interface Verdict {
  unacknowledged: number;
  /** Acknowledged, and neither in Calltouch nor set aside with a reason. */
  lost: number;
  /** In Calltouch, and not with the last acknowledged state. */
  wrong: number;
  /** Created more than once, or deals nobody sent. */
  doubled: number;
  setAside: number;
  problems: string[];
}

export interface Evidence {
  ledger: Ledger;
  statuses: ReadonlyMap<string, DealStatus>;
  deals: readonly CalltouchDeal[];
  requests: readonly CalltouchRequest[];
}

export function check({ ledger, statuses, deals, requests }: Evidence): Verdict {
  const verdict: Verdict = { unacknowledged: 0, lost: 0, wrong: 0, doubled: 0, setAside: 0, problems: [] };
  const { problems } = verdict;
  const byNumber = new Map<string, CalltouchDeal[]>();
  for (const deal of deals) byNumber.set(deal.orderNumber, [...(byNumber.get(deal.orderNumber) ?? []), deal]);

  for (const { guid, acknowledged, states } of ledger.documents) {
    if (acknowledged?.state === states.at(-1)) continue;
    verdict.unacknowledged += 1;
    problems.push(`document ${guid} was never acknowledged`);
  }
  const late = [...statuses.values()].filter(({ status }) => status === "due").length;
  if (late > 0) problems.push(`${late} documents were still due when the time was up`);
  for (const deal of ledger.deals) {
    const expected = expectedOf(deal);
    const records = byNumber.get(deal.number) ?? [];
    if (records.length > 1 || records.some(({ creates }) => creates !== 1)) {
      verdict.doubled += 1;
      problems.push(`deal ${deal.number} was created more than once: ${JSON.stringify(records)}`);
    }
    if (!expected) continue;
    const aside = toAside(deal, statuses);
    if (aside) {
      verdict.setAside += 1;
      // Nothing in the load asks for it.
      problems.push(`deal ${deal.number} is ${aside.status}: ${aside.code ?? "no code"} ${aside.message}`);
      continue;
    }
    compare(expected, records, verdict, statuses.get(deal.documents[0]?.guid ?? ""));
  }
  const sent = new Set(ledger.deals.map(({ number }) => number));
  for (const number of byNumber.keys()) {
    if (sent.has(number)) continue;
    verdict.doubled += 1;
    problems.push(`deal ${number} is in Calltouch, and nobody sent it`);
  }
  for (const { operation, items } of requests) {
    if (items > DEALS_PER_REQUEST_MAX) problems.push(`${items} deals in one ${operation}`);
  }
  return verdict;
}

function compare(expected: Expected, records: readonly CalltouchDeal[], verdict: Verdict, status?: DealStatus): void {
  const { orderNumber } = expected;
  const living = records.filter(({ isDeleted }) => !isDeleted);
  const told = `the bridge says ${status?.status ?? "nothing"} ${status?.code ?? ""}`;
  if (expected.isDeleted) {
    if (living.length === 0) return;
    verdict.wrong += 1;
    verdict.problems.push(`deal ${orderNumber} should be deleted; ${told}`);
    return;
  }
  const [record] = living;
  if (!record) {
    verdict.lost += 1;
    verdict.problems.push(`deal ${orderNumber} is not in Calltouch; ${told}`);
    return;
  }
  const revenueKopecks = Math.round(Number(record.revenue) * 100);
  if (record.status === expected.status && revenueKopecks === expected.revenueKopecks) return;
  verdict.wrong += 1;
  const wanted = `${expected.status}, ${expected.revenueKopecks}`;
  verdict.problems.push(`deal ${orderNumber} is ${record.status}, ${revenueKopecks}, not ${wanted}; ${told}`);
}

function toAside(deal: LedgerDeal, statuses: ReadonlyMap<string, DealStatus>): DealStatus | undefined {
  return deal.documents
    .flatMap(({ guid }) => statuses.get(guid) ?? [])
    .find(({ status }) => status === "held" || status === "dead");
}
