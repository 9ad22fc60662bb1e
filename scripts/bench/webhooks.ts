/** How soon a webhook is acknowledged, and whether what it tells is stored by then. */
import { SITE } from "../torture/calltouch.ts";
import { sleep } from "../torture/processes.ts";
import { judge, percentile, round } from "./goal.ts";
import { type Acknowledgement, type Shop, startShop, TOKEN } from "./shop.ts";
import type { Size } from "./size.ts";
import { untilTrue } from "./until.ts";

const EVENTS: Record<Size, number> = { tiny: 2, usual: 100, full: 1_000 };
const GOAL_MS = 100;
const GAP_MS = 20;
const MOYSKLAD_LATENCY_MS = 100;
const PAUSE = { what: "the halt of the exchange", msMax: 10_000, pollMs: 20 };

export async function measureWebhooks({ size, note }: { size: Size; note: (text: string) => void }): Promise<object> {
  const shop = await startShop({ latencyMs: MOYSKLAD_LATENCY_MS });
  try {
    const events = EVENTS[size];
    const agentId = shop.moysklad.addCounterparty({ name: "Иванов" });
    const orderIds = Array.from({ length: events }, () => shop.moysklad.addOrder({ agentId }));
    await halt(shop, orderIds);
    const unstored = await sendToHalted(shop, orderIds);
    const halted = take(shop);
    note(`${halted.length} webhooks while MoySklad refuses the token: ${unstored} of them not stored`);
    await shop.setUp();
    await sendToBusy(shop, orderIds);
    const busy = take(shop);
    note(`${busy.length} webhooks while what has gathered is worked off`);
    return {
      calltouchWebhooks: halted.filter(({ from }) => from === "calltouch").length,
      moyskladWebhooks: halted.filter(({ from }) => from === "moysklad").length,
      ...toFigures("calltouch", halted),
      ...toFigures("moysklad", halted),
      unstored: judge(unstored, "<=", 0),
      refused: judge([...halted, ...busy].filter(({ status }) => status >= 300).length, "<=", 0),
      ...toFigures("calltouch", busy, "Busy"),
      ...toFigures("moysklad", busy, "Busy"),
      busyDueLeadsLeft: await shop.database.dueLeads(),
      note:
        "from the sandbox's request to the head of the answer, by nearest rank. First one after another while MoySklad " +
        "refuses the token, so that what is stored can be looked for after each answer; then, as many again, one of each " +
        `every ${GAP_MS} ms, while the bridge makes orders of the calls at ${MOYSKLAD_LATENCY_MS} ms a request`,
    };
  } finally {
    await shop.stop();
  }
}

/** What arrives from now on is kept and stays where it was stored. */
async function halt({ moysklad, database, acknowledgements }: Shop, [orderId = ""]: string[]): Promise<void> {
  moysklad.updateAccount(TOKEN, { tokenRevoked: true });
  moysklad.changeOrder(orderId, { description: "первое изменение" });
  await moysklad.hooksSent();
  await untilTrue(() => database.isPaused(Date.now()), PAUSE);
  acknowledgements.length = 0;
}

/** Returns how many were answered before they could be found in the database. */
async function sendToHalted(shop: Shop, orderIds: readonly string[]): Promise<number> {
  const { calltouch, moysklad, database } = shop;
  let unstored = 0;
  for (const [index, orderId] of orderIds.entries()) {
    const callId = addCall(shop, index);
    await calltouch.hooksSent();
    if (!(await database.hasDueLead(callId))) unstored += 1;
    moysklad.changeOrder(orderId, { description: `изменение ${index}` });
    await moysklad.hooksSent();
    if (!(await database.hasOrderEvent(orderId))) unstored += 1;
  }
  moysklad.updateAccount(TOKEN, { tokenRevoked: false });
  return unstored;
}

async function sendToBusy(shop: Shop, orderIds: readonly string[]): Promise<void> {
  for (const [index, orderId] of orderIds.entries()) {
    addCall(shop, orderIds.length + index);
    shop.moysklad.changeOrder(orderId, { description: `ещё изменение ${index}` });
    await sleep(GAP_MS);
  }
  await Promise.all([shop.calltouch.hooksSent(), shop.moysklad.hooksSent()]);
}

/** Over at once: Calltouch tells of its beginning and of its end. */
function addCall({ calltouch }: Shop, index: number): number {
  return calltouch.addLead({
    siteId: SITE.siteId,
    kind: "call",
    at: Date.now(),
    phones: [String(79_000_000_000 + index)],
    session: { source: "yandex", medium: "cpc" },
  });
}

function take({ acknowledgements }: Shop): Acknowledgement[] {
  return acknowledgements.splice(0);
}

function toFigures(from: Acknowledgement["from"], all: readonly Acknowledgement[], when = ""): object {
  const elapsedMs = all.filter((each) => each.from === from).map(({ ms }) => ms);
  return {
    [`${from}${when}P50Ms`]: round(percentile(elapsedMs, 50), 2),
    [`${from}${when}P99Ms`]: judge(percentile(elapsedMs, 99), "<", GOAL_MS, 2),
  };
}
