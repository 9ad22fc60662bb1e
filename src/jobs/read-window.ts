/** One window of a job: the listing of every site it needs, and what that makes of our deals. */
import type { ListedDeal } from "../calltouch/listed-deal.ts";
import type { Account } from "../database/accounts.ts";
import type { ItemAction } from "../database/job-items.ts";
import type { Held, WindowStep } from "../database/job-window.ts";
import type { Job } from "../database/jobs.ts";
import type { PeriodDeal } from "../database/periods.ts";
import { readListing, WINDOW_MS_MAX } from "../dispatcher/listing.ts";
import { createReader, type ReaderDependencies, type ReadStop } from "../dispatcher/reader.ts";
import type { TickBudget } from "../dispatcher/turn.ts";
import { byNumber } from "../reconciliation/compare.ts";
import { isJobAction } from "./action.ts";
import { classify, isConcerned, type Task } from "./classify.ts";
import { storeAttributions } from "./job-attributions.ts";

/** Dates may differ by the zones of those who wrote them. */
const MARGIN_MS = 86_400_000;
/** With its margins as long as the listing takes, so that few deals cost few requests. */
const WINDOW_MS = WINDOW_MS_MAX - 2 * MARGIN_MS;
/** More deals than this make the window shorter. */
export const WINDOW_DEALS_MAX = 10_000;
export const NO_ACCOUNT = "NO_ACCOUNT";

export type WindowReading =
  | { kind: "advanced"; step: WindowStep }
  /** Cancelled meanwhile, or taken over. */
  | { kind: "lost" }
  | { kind: "inconclusive" }
  | ReadStop;

/** How much of the period is gone through at a time. */
export function windowOf({ counts }: Job): number {
  return counts["windowMs"] ?? WINDOW_MS;
}

/** Changes nothing when it is done twice, and nothing at all in a dry run. */
export async function readWindow(
  dependencies: ReaderDependencies,
  job: Job,
  lease: string,
  budget: TickBudget,
): Promise<WindowReading> {
  const { platform, database } = dependencies;
  const actions = job.actions.filter(isJobAction);
  const end = Math.min(job.positionAt + windowOf(job), job.toAt);
  const read = await database.periods.deals(job.connectionId, job.positionAt, end, WINDOW_DEALS_MAX);
  const to = shortened(read, job.positionAt, end);
  const deals = read.filter(({ orderAt }) => orderAt < to);
  const concerned = deals.filter((deal) => isConcerned(deal, actions));

  const tasks: [PeriodDeal, Task][] = [];
  const seen: { id: number; record: ListedDeal; isDelivered: boolean }[] = [];
  const counts = { ...job.counts };
  const accounts = concerned.length === 0 ? [] : await database.accounts.list();
  for (const siteId of new Set(concerned.map((deal) => deal.siteId))) {
    const ofSite = concerned.filter((deal) => deal.siteId === siteId);
    const account = accountOf(accounts, siteId, ofSite, platform.now());
    if (!account) {
      for (const deal of ofSite) tasks.push([deal, { kind: "failed", code: NO_ACCOUNT }]);
      continue;
    }
    const numbers = new Set(ofSite.map(({ orderNumber }) => orderNumber));
    const keep = ({ orderNumber }: ListedDeal) => numbers.has(orderNumber);
    const requestsBefore = budget.requestsLeft;
    const reader = createReader(dependencies, account, budget);
    const listing = await readListing(reader, { from: job.positionAt - MARGIN_MS, to: to + MARGIN_MS }, { keep });
    if (listing.kind !== "listed") return listing;
    const reads = requestsBefore - budget.requestsLeft;
    add(counts, "reads", reads);
    add(counts, "readPoints", reads * account.requestPoints);
    const records = byNumber(listing.records);
    for (const deal of ofSite) {
      const record = deal.orderNumber === null ? undefined : records.get(deal.orderNumber);
      const task = classify(deal, record, actions, platform.now());
      tasks.push([deal, task]);
      const { isDelivered } = deal;
      const isThere = isDelivered || task.kind === "there" || task.kind === "update";
      if (record && !record.isDeleted && isThere) seen.push({ id: deal.id, record, isDelivered });
    }
  }
  add(counts, "deals", deals.length);
  const isStoring = actions.includes("attribution") && !job.dryRun;
  if (isStoring) {
    const known = seen.filter(({ isDelivered }) => isDelivered);
    add(counts, "attributions", await storeAttributions(dependencies, job.connectionId, known));
    add(counts, "attributions", seen.length - known.length);
  }
  const step = toWindowStep(tasks, { positionAt: to, counts, dryRun: job.dryRun });
  const held: Held = { id: job.id, lease };
  if (!(await database.jobs.advance(held, step, platform.now()))) return { kind: "lost" };
  // Only now is it written down that Calltouch has these.
  const adopted = seen.filter(({ isDelivered }) => !isDelivered);
  if (isStoring) await storeAttributions(dependencies, job.connectionId, adopted);
  return { kind: "advanced", step };
}

function toWindowStep(
  tasks: readonly [PeriodDeal, Task][],
  { positionAt, counts, dryRun }: { positionAt: number; counts: Record<string, number>; dryRun: boolean },
): WindowStep {
  const items: { dealId: number; action: ItemAction }[] = [];
  const adopted: WindowStep["adopted"][number][] = [];
  const differing: WindowStep["differing"][number][] = [];
  for (const [{ id, revision }, task] of tasks) {
    switch (task.kind) {
      case "nothing":
        break;
      case "create":
        items.push({ dealId: id, action: "to-create" });
        break;
      case "there":
        items.push({ dealId: id, action: "there" });
        adopted.push({ id, revision, calltouchId: task.calltouchId, isSettled: true });
        break;
      case "update":
        items.push({ dealId: id, action: "to-update" });
        if (task.isAdopted) adopted.push({ id, revision, calltouchId: task.calltouchId, isSettled: false });
        else differing.push({ id, revision, fields: task.fields });
        break;
      case "failed":
        items.push({ dealId: id, action: `failed:${task.code}` });
        break;
      default:
        task satisfies never;
    }
  }
  return dryRun
    ? { positionAt, counts, items, adopted: [], differing: [] }
    : { positionAt, counts, items, adopted, differing };
}

/** Where the deals that were read end, when there are more. */
function shortened(read: readonly PeriodDeal[], from: number, end: number): number {
  const lastAt = read.at(-1)?.orderAt ?? end;
  return read.length < WINDOW_DEALS_MAX || lastAt <= from ? end : lastAt;
}

/** One that the deals go through, if it is there and not paused; any of the site can read its listing. */
function accountOf(
  accounts: readonly Account[],
  siteId: string,
  deals: readonly PeriodDeal[],
  now: number,
): Account | undefined {
  const ofSite = accounts.filter((account) => account.siteId === siteId);
  const own = ofSite.filter(({ id }) => deals.some(({ accountId }) => accountId === id));
  const isFree = ({ pausedUntil }: Account) => pausedUntil <= now;
  return own.find(isFree) ?? ofSite.find(isFree) ?? own[0] ?? ofSite[0];
}

function add(counts: Record<string, number>, name: string, count: number): void {
  counts[name] = (counts[name] ?? 0) + count;
}
