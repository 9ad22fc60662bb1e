/** What must hold for a MoySklad shop: at every moment, and when all has calmed down. */
import type { Client } from "@libsql/client";
import type { CalltouchSandbox } from "../../sandbox/calltouch/index.ts";
import type { MoyskladSandbox } from "../../sandbox/moysklad/index.ts";
import { SITE } from "./base.ts";
import { checkRate } from "./invariants.ts";
import { CLIENTS } from "./shop.ts";
import { checkShopDeals } from "./shop-deals.ts";
import type { People } from "./shop-people.ts";
import type { ShopScenario } from "./shop-scenario.ts";
import type { Violation } from "./watch.ts";

export interface ShopWatchOptions {
  scenario: ShopScenario;
  calltouch: CalltouchSandbox;
  shop: MoyskladSandbox;
  client: Client;
  people: People;
}

export type ShopWatch = ReturnType<typeof createShopWatch>;

export function createShopWatch(options: ShopWatchOptions) {
  const violations: Violation[] = [];
  const report = (invariant: string, details: string) => void violations.push({ invariant, details });
  /** All that were ever in force, the last one now. */
  const settings: Record<string, unknown>[] = [options.scenario.settings];
  return { ...options, violations, report, settings };
}

export function checkShopMoment({ calltouch, shop, report }: ShopWatch): void {
  for (const { orderNumber, creates } of calltouch.control.deals(SITE.siteId)) {
    if (creates > 1) report("create-once", `${orderNumber} was created ${creates} times`);
  }
  checkSingle(shop.control.orders(), "order", report);
  checkSingle(shop.control.counterparties(), "counterparty", report);
}

/** One order, and one counterparty, at most for each lead. */
function checkSingle(made: readonly { externalCode: string }[], what: string, report: ShopWatch["report"]): void {
  const codes = made.map(({ externalCode }) => externalCode).filter((code) => code.startsWith("ct:"));
  for (const code of new Set(codes)) {
    const count = codes.filter((other) => other === code).length;
    if (count > 1) report("doubled", `${count} of one ${what} for ${code}`);
  }
}

export async function checkShopEnd(watch: ShopWatch): Promise<void> {
  const { calltouch, report } = watch;
  checkShopMoment(watch);
  checkRate(calltouch, report);
  checkLimits(watch);
  const placed = await checkLeads(watch);
  checkClients(watch, placed);
  await checkShopDeals(watch);
}

/**
 * One run at a time never asks MoySklad too much. A change of settings begins a new run beside one that has not noticed
 * yet; then, and when it was injected, a refusal is waited for.
 */
function checkLimits({ scenario, shop, report }: ShopWatch): void {
  const isExcused = scenario.actions.some(
    (action) =>
      action.kind === "settings" || (action.kind === "moysklad-fault" && action.fault.kind === "tooManyRequests"),
  );
  const limited = shop.control.requests().filter(({ status }) => status === 429).length;
  if (!isExcused && limited > 0) report("limit", `MoySklad refused ${limited} requests`);
}

/** Every lead is placed, skipped or dead, with a reason. Returns the clients whose leads were placed. */
async function checkLeads({ client, people, shop, report, settings }: ShopWatch): Promise<Set<number>> {
  const { rows } = await client.execute("SELECT * FROM leads");
  const orders = new Set(shop.control.orders().map(({ id }) => id));
  const clients = new Set<number>();
  for (const [name, whose] of people.leads) {
    const row = rows.find(({ kind, lead_id }) => `${kind}:${lead_id}` === name);
    if (!row) {
      report("lead", `${name} is not known`);
      continue;
    }
    const { status, guid, reason_code: code } = row;
    if (status === "placed" && whose !== undefined) clients.add(whose);
    const isSkippable = name.startsWith("call:") && settings.some(({ calls }) => calls === "answered");
    if (status === "skipped" && code === "CALL_NOT_WANTED" && isSkippable) continue;
    if (status !== "placed") report("lead", `${name} is ${status}: ${code}`);
    else if (!orders.has(String(guid)) && !people.removed.has(String(guid))) report("lead", `${name} has no order`);
  }
  return clients;
}

function checkClients({ shop, report }: ShopWatch, placed: ReadonlySet<number>): void {
  for (const index of placed) {
    const { phone, email } = CLIENTS[index] ?? {};
    const own = shop.control.counterparties().filter((counterparty) => {
      const digits = counterparty.phone.replace(/\D/g, "");
      const isSamePhone = phone !== undefined && digits.endsWith(phone.slice(1));
      return isSamePhone || (email !== undefined && counterparty.email.toLowerCase() === email);
    });
    if (own.length !== 1) report("client", `${own.length} counterparties of client ${index}`);
  }
}
