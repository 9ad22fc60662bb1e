/** Thousands of orders that the bridge has not seen, and then as many that have changed since. */
import { SITE } from "../torture/calltouch.ts";
import { judge, percentile, round } from "./goal.ts";
import { type Shop, startShop } from "./shop.ts";
import type { Size } from "./size.ts";
import { untilTrue } from "./until.ts";

const ORDERS: Record<Size, number> = { tiny: 120, usual: 2_000, full: 10_000 };
const CLIENTS = 100;
/** When the orders were made, and changed, one after another. */
const GAP_MS = 1_000;
/** Of one order in so many the state has changed too, and the bridge asks when. */
const STATE_CHANGES_EACH = 10;
/** MoySklad grants 45 units per three seconds, of which a solution's request takes one. */
const REQUESTS_PER_SECOND = 15;
const POLL_MS = 50;
const MS_MAX = 30 * 60_000;
const OLD_KOPECKS = 100_000;
const NEW = { kopecks: 250_000, revenue: "2500.00" };

interface Leg {
  requests: number;
  refused: number;
  readSeconds: number;
  deliveredSeconds: number;
}

export async function measureCatchUp({ size, note }: { size: Size; note: (text: string) => void }): Promise<object> {
  const orders = ORDERS[size];
  const shop = await startShop({ settings: { orders: "all" }, hasWebhooks: false });
  try {
    const { moysklad } = shop;
    moysklad.setClock(Date.now() - 2 * orders * GAP_MS);
    const ids = addOrders(shop, orders);
    const first = await readBy(shop, (revenue) => revenue !== null, orders);
    note(`${orders} unknown orders: ${first.requests} requests, ${round(first.deliveredSeconds, 1)} s`);
    moysklad.setClock(Date.now() - orders * GAP_MS);
    changeOrders(shop, ids);
    const changed = await readBy(shop, (revenue) => revenue === NEW.revenue, orders);
    note(`${orders} changed orders: ${changed.requests} requests, ${round(changed.deliveredSeconds, 1)} s`);
    const sent = moysklad.requests();
    return {
      orders,
      unknownRequests: first.requests,
      unknownReadSeconds: round(first.readSeconds, 1),
      unknownDeliveredSeconds: round(first.deliveredSeconds, 1),
      changedStates: Math.ceil(orders / STATE_CHANGES_EACH),
      changedRequests: changed.requests,
      changedReadSeconds: round(changed.readSeconds, 1),
      changedDeliveredSeconds: round(changed.deliveredSeconds, 1),
      changedShareOfLimit: round(changed.requests / changed.readSeconds / REQUESTS_PER_SECOND, 2),
      changedPerSecond: round(orders / changed.deliveredSeconds, 1),
      requestsRefused: judge(first.refused + changed.refused, "<=", 0),
      moyskladUnitsPerRequest: percentile(
        sent.map(({ units }) => units),
        50,
      ),
      note:
        "of a connection without webhooks, with MoySklad's limit of 45 units per 3 s and a solution's token; from the moment " +
        `the poll is due until all are read, and until the last deal is in Calltouch; one order in ${STATE_CHANGES_EACH} ` +
        "has changed its state, which costs a request of its own; MoySklad's answers take no time",
    };
  } finally {
    await shop.stop();
  }
}

function addOrders({ moysklad, states }: Shop, orders: number): string[] {
  const agentIds = Array.from({ length: CLIENTS }, (_, index) =>
    moysklad.addCounterparty({ name: `Клиент ${index}`, phone: String(79_000_000_000 + index) }),
  );
  return Array.from({ length: orders }, (_, index) => {
    moysklad.advance(GAP_MS);
    const agentId = agentIds[index % CLIENTS] ?? "";
    return moysklad.addOrder({ agentId, sum: OLD_KOPECKS, stateId: states.initial });
  });
}

function changeOrders({ moysklad, states }: Shop, ids: readonly string[]): void {
  for (const [index, id] of ids.entries()) {
    moysklad.advance(GAP_MS);
    const state = index % STATE_CHANGES_EACH === 0 ? { stateId: states.confirmed } : {};
    moysklad.changeOrder(id, { sum: NEW.kopecks, ...state });
  }
}

/** From the moment a poll is due, by MoySklad's clock put right again. */
async function readBy(
  { moysklad, calltouch, database }: Shop,
  isAsWanted: (revenue: string | null) => boolean,
  orders: number,
): Promise<Leg> {
  moysklad.setClock(Date.now());
  moysklad.clearRequests();
  const countArrived = () => calltouch.deals(SITE.siteId).filter(({ revenue }) => isAsWanted(revenue)).length;
  const startedAt = performance.now();
  await database.letPollsBeDue();
  const patience = { msMax: MS_MAX, pollMs: POLL_MS };
  const readAt = await untilTrue(() => database.hasPolled(Date.now()), { ...patience, what: "the end of the poll" });
  const deliveredAt = await untilTrue(() => countArrived() === orders, { ...patience, what: "the last deal" });
  const requests = moysklad.requests();
  return {
    requests: requests.length,
    refused: requests.filter(({ status }) => status === 429).length,
    readSeconds: (readAt - startedAt) / 1_000,
    deliveredSeconds: (deliveredAt - startedAt) / 1_000,
  };
}
