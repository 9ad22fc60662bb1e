/** What Calltouch must know in the end of every order of MoySklad. Told from the orders themselves, without the adapter. */
import type { SandboxDeal } from "../../sandbox/calltouch/index.ts";
import type { SandboxOrder } from "../../sandbox/moysklad/index.ts";
import { SITE } from "./base.ts";
import { STATES } from "./shop.ts";
import type { ShopWatch } from "./shop-invariants.ts";

const LEAD_CODE = /^ct:(call|request):(\d+)$/;

export async function checkShopDeals(watch: ShopWatch): Promise<void> {
  const { shop, calltouch, people, report } = watch;
  const { rows } = await watch.client.execute("SELECT key, status, reason_code, reason FROM deals");
  const orders = shop.control.orders();
  for (const order of orders) checkOrder(watch, order, dealsOf(watch, order.id));
  for (const [id, code] of people.removed) checkRemoved(watch, id, code);
  for (const { key, status, reason_code: code, reason } of rows) {
    if (status === "due") report("delivered", `${key} is still due`);
    if (status === "dead") report("delivered", `${key} is dead: ${code} ${reason}`);
    if (status === "held" && (code === null || reason === null)) report("reason", `${key} is held without a reason`);
  }
  const known = new Set([...orders.map(({ id }) => id), ...people.removed.keys()]);
  for (const { orderNumber, isDeleted } of calltouch.control.deals(SITE.siteId)) {
    if (!isDeleted && !known.has(orderNumber)) report("extra", `${orderNumber} is no order`);
  }
}

function dealsOf({ calltouch }: ShopWatch, orderNumber: string): SandboxDeal[] {
  return calltouch.control.deals(SITE.siteId).filter((deal) => deal.orderNumber === orderNumber && !deal.isDeleted);
}

function checkOrder(watch: ShopWatch, order: SandboxOrder, deals: readonly SandboxDeal[]): void {
  const { report, settings } = watch;
  const [, kind, leadId] = LEAD_CODE.exec(order.externalCode) ?? [];
  const isWanted = kind !== undefined || settings.at(-1)?.["orders"] === "all";
  const [deal, ...more] = deals;
  if (more.length > 0) report("doubled", `${deals.length} deals of the order ${order.id}`);
  if (!deal) {
    // An order thrown away before the bridge has seen it is none.
    if (isWanted && !(order.isDeleted && kind === undefined)) report("delivered", `${order.id} is not in Calltouch`);
    return;
  }
  if (!isWanted) {
    report("extra", `${order.id} was made by hand and should not be in Calltouch`);
    return;
  }
  const revenue = (revenueOf(watch, order) / 100).toFixed(2);
  const isSame = statusesOf(watch, order, kind !== undefined).includes(deal.status) && deal.revenue === revenue;
  if (!isSame) {
    const wanted = JSON.stringify([statusesOf(watch, order, kind !== undefined), revenue]);
    report("state", `${order.id}: ${JSON.stringify([deal.status, deal.revenue])} instead of ${wanted}`);
  }
  const isLinked = deal.link.kind === kind && "id" in deal.link && String(deal.link.id) === leadId;
  if (kind !== undefined && !isLinked) report("match", `${order.id} is linked to ${JSON.stringify(deal.link)}`);
}

/** A state that was left and taken again between two looks of the bridge is still the first one. */
function statusesOf({ people }: ShopWatch, order: SandboxOrder, isFromLead: boolean): string[] {
  if (order.isDeleted) return ["Отменён"];
  const state = STATES.find(({ name }) => name === order.stateName);
  if (state?.stateType === "Successful") return ["COMPLETED"];
  if (!isFromLead || order.stateName !== STATES[0].name) return [order.stateName];
  return people.moved.has(order.id) ? ["PENDING", order.stateName] : ["PENDING"];
}

function revenueOf({ scenario, people }: ShopWatch, order: SandboxOrder): number {
  if (order.isDeleted) return 0;
  switch (scenario.settings.revenue) {
    case "sum":
      return lessRefunds(order.sum);
    case "shipped":
      return lessRefunds(order.shippedSum);
    case "paid":
      return Math.max(0, order.payedSum - people.refundedSum(order.id));
    default:
      return scenario.settings.revenue satisfies never;
  }

  /** Nobody here brings goods back; what is paid back of an overpayment was never counted. */
  function lessRefunds(gained: number): number {
    const overpaid = Math.max(0, order.payedSum - gained);
    return Math.max(0, gained - Math.max(0, people.refundedSum(order.id) - overpaid));
  }
}

/** Nobody but a webhook tells that an order was removed for good. */
function checkRemoved(watch: ShopWatch, id: string, code: string): void {
  const { shop, report } = watch;
  const [deal] = dealsOf(watch, id);
  const isTold = shop.control
    .deliveries()
    .some(
      ({ status, body }) => status === 204 && JSON.stringify(body).includes(`customerorder/${id}"},"action":"DELETE`),
    );
  if (deal && isTold && deal.status !== "Отменён") report("state", `${id} (${code}) was removed and is ${deal.status}`);
}
