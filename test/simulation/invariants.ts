/** What must hold at the end of every 1C scenario. */
import type { CalltouchSandbox, SandboxDeal } from "../../sandbox/calltouch/index.ts";
import type { DealRow } from "../../src/database/documents.ts";
import type { Deal } from "../../src/deal.ts";
import { AUTO_OFF } from "../../src/ingest/result.ts";
import { SITE } from "./base.ts";
import { type Expected, expectedDeals } from "./expected.ts";
import { checkMoment, type Violation, type Watch } from "./watch.ts";

const SECOND_MS = 1_000;
const REQUESTS_PER_SECOND_MAX = 5;
const DEALS_PER_REQUEST_MAX = 100;

export async function checkEnd(watch: Watch): Promise<Violation[]> {
  const { sandbox, scenario, connections, report, violations } = watch;
  await checkMoment(watch);
  checkRate(sandbox, report);
  if (await watch.isAtWork()) report("delivered", "deals are still due after the faults stopped");
  const all = expectedDeals(scenario, connections);
  for (const expected of all) await checkDeal(watch, expected);
  const numbers = new Set(all.flatMap(({ fold }) => (fold.kind === "skipped" ? [] : numberIn(fold))));
  const mayBe = new Set(all.filter(({ fold }) => fold.kind === "skipped").map(({ key }) => key));
  const unexpected = sandbox.control
    .deals(SITE.siteId)
    .filter(({ isDeleted, orderNumber }) => !isDeleted && !numbers.has(orderNumber) && !mayBe.has(orderNumber));
  for (const { orderNumber } of unexpected) report("extra", `${orderNumber} should not be in Calltouch`);
  return violations;
}

export function checkRate({ control }: CalltouchSandbox, report: Watch["report"]): void {
  const requests = control.requests();
  const arrivals = requests.map(({ at }) => at);
  for (const [index, at] of arrivals.entries()) {
    const last = arrivals[index + REQUESTS_PER_SECOND_MAX];
    if (last !== undefined && last - at < SECOND_MS) report("rate", `six requests within ${last - at} ms`);
  }
  if (requests.some(({ items }) => items > DEALS_PER_REQUEST_MAX)) report("batch", "more than 100 deals in a request");
}

async function checkDeal(watch: Watch, expected: Expected): Promise<void> {
  const { connection, key, fold } = expected;
  const [row] = (await watch.database.documents.read(connection.id, [], [key])).deals;
  if (!row) return watch.report("kept", `${key} is not known`);
  checkAccount(watch, expected, row);
  if (row.status === "held" || row.status === "dead") return checkKept(watch, expected, row);
  if (fold.kind === "deal") checkDelivered(watch, expected, fold.deal, row);
}

/** A deal is sent by an account that the rules of some moment chose, or not at all. */
function checkAccount({ policy, report, isSentByHand }: Watch, expected: Expected, row: DealRow): void {
  const { connection, facts, family, key } = expected;
  const accounts = policy.accountsEver(connection, facts, isSentByHand(family));
  if (row.delivered !== null && !accounts.has(row.accountId)) {
    report("rules", `${key} was sent by ${row.accountId}, which no exchange rule ever said`);
  }
}

function checkKept({ report, deletedByHand, policy }: Watch, expected: Expected, row: DealRow): void {
  const { connection, key, fold, facts } = expected;
  const { status, reasonCode, reason } = row;
  if (reasonCode === null || reason === null) report("reason", `${key} is ${status} without a reason`);
  if (fold.kind !== "deal" || deletedByHand.has(row.orderNumber ?? "") || row.closed) return;
  if (row.delivered === null && fold.unborn !== undefined && fold.unborn.code === reasonCode) return;
  const whyHeld = row.delivered === null ? policy.holdOf(connection, facts) : undefined;
  // A deal that was due, or may have been sent, stays with its account also when that one is switched off.
  const isOwnOff = reasonCode === AUTO_OFF.code && !policy.isOn(row.accountId);
  if (status === "held" && (whyHeld === reasonCode || isOwnOff)) return;
  report("delivered", `${key} is ${status}: ${reasonCode} ${reason}; expected ${whyHeld ?? "nothing to hold it"}`);
}

function checkDelivered(watch: Watch, { hasCalled }: Expected, deal: Deal, row: DealRow): void {
  const { sandbox, deletedByHand, report, scenario, policy } = watch;
  const { orderNumber } = deal;
  const found = sandbox.control.deal(SITE.siteId, orderNumber);
  const isHandDeleted = deletedByHand.has(orderNumber);
  if (isHandDeleted) return;
  if (!found || found.isDeleted) {
    report("delivered", `${orderNumber} is not in Calltouch`);
    return;
  }
  const [actual, wanted] = scenario.kind === "dalion" ? compareSale(found, deal) : compareVisit(found, deal);
  if (JSON.stringify(actual) !== JSON.stringify(wanted)) {
    report("state", `${orderNumber}: ${JSON.stringify(actual)} instead of ${JSON.stringify(wanted)}`);
  }
  const isLooked = watch.isLookedForLeads && hasCalled && !policy.wasEverOff() && !row.wanted?.includes("магазин");
  if (isLooked && found.link.kind !== "call") report("match", `${orderNumber} was not matched to its client's call`);
}

function compareVisit({ status, revenue, manager }: SandboxDeal, deal: Deal) {
  return [
    [status, revenue, manager],
    [deal.status, money(deal.revenueKopecks), deal.manager ?? null],
  ];
}

/** Within one status only money moves; a margin that was never told is as good as none. */
function compareSale({ status, revenue, margin }: SandboxDeal, deal: Deal) {
  return [
    [status, revenue, margin ?? "0.00"],
    [deal.status, money(deal.revenueKopecks), money(deal.marginKopecks) ?? "0.00"],
  ];
}

function numberIn(fold: Expected["fold"]): string[] {
  return fold.kind === "deal" ? [fold.deal.orderNumber] : [];
}

function money(kopecks: number | undefined): string | null {
  return kopecks === undefined ? null : (kopecks / 100).toFixed(2);
}
