/** What must hold in every run. */
import { alfaAuto } from "../../adapters/alfa-auto/index.ts";
import type { CalltouchSandbox } from "../../sandbox/calltouch/index.ts";
import type { Fold } from "../../src/adapter.ts";
import type { Database } from "../../src/database/database.ts";
import { localToInstant } from "../../src/zone.ts";
import { connectionOf, SITE } from "./run.ts";
import type { Scenario } from "./scenario.ts";

export interface Violation {
  invariant: string;
  details: string;
}

export type Watch = ReturnType<typeof createWatch>;

const SECOND_MS = 1_000;
const REQUESTS_PER_SECOND_MAX = 5;
const DEALS_PER_REQUEST_MAX = 100;

export function createWatch(sandbox: CalltouchSandbox, scenario: Scenario, database: Database) {
  const violations: Violation[] = [];
  const deletedByHand = new Set<string>();
  /** The money last seen in deals whose money only grows. */
  const revenues = new Map<string, number>();
  const growing = new Set(scenario.families.filter(isGrowing).map((family) => expectedNumber(family)));

  const report = (invariant: string, details: string) => void violations.push({ invariant, details });

  return {
    violations,
    report,
    sandbox,
    scenario,
    database,
    deletedByHand,
    /** Never an older state after a newer one: these deals' money grows with every state. */
    afterRequest(status: number): void {
      if (status === 429 && sandbox.control.points(SITE.siteId).hourLeft <= 0)
        report("points", "asked beyond the points");
      for (const orderNumber of growing) {
        const deal = sandbox.control.deal(SITE.siteId, orderNumber);
        const revenue = Number(deal?.revenue ?? 0);
        const before = revenues.get(orderNumber) ?? 0;
        if (revenue < before) report("order", `${orderNumber}: ${revenue} after ${before}`);
        revenues.set(orderNumber, revenue);
      }
    },
    deleteByHand(family: number): void {
      const orderNumber = expectedNumber(scenario.families[family] ?? []);
      if (sandbox.control.deleteDealByHand(SITE.siteId, orderNumber)) {
        deletedByHand.add(orderNumber);
        growing.delete(orderNumber);
      }
    },
    /** Nothing that is due waits for nobody. What a pause holds back waits for the timer. */
    async checkWakeUps(now: number): Promise<void> {
      const due = new Set(await database.accounts.due(now));
      const accounts = await database.accounts.list();
      if (accounts.some(({ id, pause }) => pause === null && due.has(id))) {
        report("wake-up", "a due deal was left with nobody to send it");
      }
    },
    async dueCount(): Promise<number> {
      const counts = await database.deals.countByStatus();
      return counts.filter(({ status }) => status === "due").reduce((sum, { count }) => sum + count, 0);
    },
  };
}

/** Holds at every moment; looked at between actions. */
export function checkMoment({ sandbox, report }: Watch): void {
  for (const { orderNumber, creates } of sandbox.control.deals(SITE.siteId)) {
    if (creates > 1) report("create-once", `${orderNumber} was created ${creates} times`);
  }
}

export async function checkEnd(watch: Watch): Promise<Violation[]> {
  const { sandbox, scenario, report, violations } = watch;
  checkMoment(watch);
  checkRate(watch);
  if ((await watch.dueCount()) > 0) report("delivered", "deals are still due after the faults stopped");
  for (const expected of expectedDeals(scenario)) await checkDeal(watch, expected);
  const unexpected = sandbox.control
    .deals(SITE.siteId)
    .filter((deal) => !deal.isDeleted && !isExpected(scenario, deal.orderNumber));
  for (const { orderNumber } of unexpected) report("extra", `${orderNumber} should not be in Calltouch`);
  return violations;
}

function checkRate({ sandbox, report }: Watch): void {
  const requests = sandbox.control.requests();
  const arrivals = requests.map(({ at }) => at);
  for (const [index, at] of arrivals.entries()) {
    const last = arrivals[index + REQUESTS_PER_SECOND_MAX];
    if (last !== undefined && last - at < SECOND_MS) report("rate", `six requests within ${last - at} ms`);
  }
  if (requests.some(({ items }) => items > DEALS_PER_REQUEST_MAX)) report("batch", "more than 100 deals in a request");
}

async function checkDeal({ sandbox, database, deletedByHand, report }: Watch, expectation: Expected): Promise<void> {
  const { connectionId, key, fold } = expectation;
  const [row] = (await database.documents.read(connectionId, [], [key])).deals;
  if (!row) return report("kept", `${key} is not known`);
  if (row.status === "held" || row.status === "dead") {
    const isExplained = row.reasonCode !== null && row.reason !== null;
    const mayBe = fold.kind !== "deal" || deletedByHand.has(row.orderNumber ?? "") || row.closed;
    if (!isExplained) report("reason", `${key} is ${row.status} without a reason`);
    if (!mayBe) report("delivered", `${key} is ${row.status}: ${row.reasonCode} ${row.reason}`);
    return;
  }
  if (fold.kind !== "deal") return;
  const { deal } = fold;
  const found = sandbox.control.deal(SITE.siteId, deal.orderNumber);
  const isHandDeleted = deletedByHand.has(deal.orderNumber);
  if (!found || (found.isDeleted && !isHandDeleted))
    return report("delivered", `${deal.orderNumber} is not in Calltouch`);
  if (isHandDeleted) return;
  const expected = [deal.status, money(deal.revenueKopecks), deal.manager ?? null];
  const actual = [found.status, found.revenue, found.manager];
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    report("state", `${deal.orderNumber}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  }
}

interface Expected {
  connectionId: string;
  key: string;
  fold: Fold;
}

/** What every deal must end as: the fold of the last states, computed here with the adapter as it is. */
function expectedDeals(scenario: Scenario): Expected[] {
  const context = {
    settings: alfaAuto.settings.parse({}),
    toInstant: (local: string) => localToInstant(local, "Europe/Moscow"),
  };
  return scenario.families.flatMap((family, index) => {
    const documents = family.map(({ states }) => alfaAuto.document.parse(states.at(-1)));
    const keys = [...new Set(documents.map((document) => alfaAuto.dealKey(document)))];
    return keys.map((key): Expected => {
      const members = documents.filter((document) => alfaAuto.dealKey(document) === key);
      return { connectionId: connectionOf(index), key, fold: alfaAuto.toDeal(members, context) };
    });
  });
}

function isExpected(scenario: Scenario, orderNumber: string): boolean {
  return expectedDeals(scenario).some(({ fold }) => fold.kind === "deal" && fold.deal.orderNumber === orderNumber);
}

function expectedNumber(family: Scenario["families"][number]): string {
  const state = family[0]?.states[0];
  return typeof state?.["number"] === "string" ? state["number"] : "";
}

/** Every state of every document of these brings more money than the one before. */
function isGrowing(family: Scenario["families"][number]): boolean {
  const states = family.flatMap((history) => history.states);
  const first = family[0]?.states[0];
  const isOne = first?.["type"] === "ЗаявкаНаРемонт" || family.length === 1;
  return isOne && states.every(({ status, deleted }) => status !== "Отказ от заезда" && deleted !== true);
}

function money(kopecks: number | undefined): string | null {
  return kopecks === undefined ? null : (kopecks / 100).toFixed(2);
}
