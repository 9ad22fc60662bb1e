/** Looks on while a 1C scenario is played: what must hold at every moment, and what is remembered for the end. */
import type { Client } from "@libsql/client";
import type { CalltouchSandbox } from "../../sandbox/calltouch/index.ts";
import type { Connection } from "../../src/database/connections.ts";
import type { Database } from "../../src/database/database.ts";
import { SITE } from "./base.ts";
import { isGrowing, isWaiting, numberOf } from "./expected.ts";
import type { Policy } from "./policy.ts";
import type { Scenario } from "./scenario.ts";

export interface Violation {
  invariant: string;
  details: string;
}

export interface WatchOptions {
  sandbox: CalltouchSandbox;
  scenario: Scenario;
  database: Database;
  client: Client;
  connections: readonly Connection[];
  policy: Policy;
  /** Nothing that an ERP has sent is under way. */
  isQuiet: () => boolean;
}

export type Watch = ReturnType<typeof createWatch>;

export function createWatch(options: WatchOptions) {
  const { sandbox, scenario, database } = options;
  const violations: Violation[] = [];
  const deletedByHand = new Set<string>();
  const sentByHand = new Set<number>();
  /** The money last seen in deals whose money only grows. */
  const revenues = new Map<string, number>();
  const families = [...scenario.families.keys()];
  const growing = new Set(families.filter((family) => isGrowing(scenario, family)).map(numbered));

  function numbered(family: number): string {
    return numberOf(scenario, family);
  }
  const report = (invariant: string, details: string) => void violations.push({ invariant, details });

  return {
    ...options,
    violations,
    report,
    deletedByHand,
    /** Calltouch has had its time to look for leads. */
    isLookedForLeads: false,
    /** By deal, the account it was first delivered from. */
    pinned: new Map<string, string>(),
    /** By order number, the manager Calltouch has of an order that waits for its shipment. */
    held: new Map<string, string | null>(),
    isSentByHand: (family: number) => sentByHand.has(family),
    sentByHand: (family: number) => void sentByHand.add(family),
    waiting: () => families.filter((family) => isWaiting(scenario, family) && !sentByHand.has(family)).map(numbered),
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
      const orderNumber = numbered(family);
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
    /** Something is due or under review. */
    async isAtWork(): Promise<boolean> {
      const counts = await database.deals.countByStatus();
      const isDue = counts.some(({ status, count }) => status === "due" && count > 0);
      return isDue || (await database.reviews.connections()).length > 0;
    },
  };
}

/** Holds at every moment; looked at between actions. */
export async function checkMoment(watch: Watch): Promise<void> {
  const { sandbox, report, client, pinned, isQuiet } = watch;
  for (const { orderNumber, creates } of sandbox.control.deals(SITE.siteId)) {
    if (creates > 1) report("create-once", `${orderNumber} was created ${creates} times`);
  }
  if (watch.scenario.kind !== "dalion") return;
  const { rows } = await client.execute(
    "SELECT key, account_id, order_number, status, lease FROM deals WHERE delivered IS NOT NULL",
  );
  for (const row of rows) {
    const [key, account] = [String(row["key"]), String(row["account_id"])];
    const first = pinned.get(key) ?? account;
    pinned.set(key, first);
    if (account !== first) report("account", `${key} went from ${first} to ${account}`);
  }
  const resting = new Set(rows.filter(isAtRest).map((row) => String(row["order_number"])));
  for (const orderNumber of watch.waiting()) checkHeld(watch, orderNumber, isQuiet() && resting.has(orderNumber));
}

function isAtRest({ status, lease }: Record<string, unknown>): boolean {
  return status === "delivered" && lease === null;
}

/** Only what is edited after Calltouch has the order is held back: an earlier edit may have been on its way. */
function checkHeld({ sandbox, report, held }: Watch, orderNumber: string, isResting: boolean): void {
  const deal = sandbox.control.deal(SITE.siteId, orderNumber);
  if (!deal) return;
  const before = held.get(orderNumber);
  if (before !== undefined && before !== deal.manager) {
    report("hold", `${orderNumber}: ${deal.manager} instead of ${before} although it is not shipped`);
  }
  if (before === undefined && isResting) held.set(orderNumber, deal.manager);
}
