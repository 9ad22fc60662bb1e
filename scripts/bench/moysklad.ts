/** A call is over, and there is an order in MoySklad; a manager changes the order, and the deal in Calltouch follows. */
import { SITE } from "../torture/calltouch.ts";
import { sleep } from "../torture/processes.ts";
import { judge, percentile, round } from "./goal.ts";
import { type Shop, startShop } from "./shop.ts";
import type { Size } from "./size.ts";
import { untilFound } from "./until.ts";

const MS_MAX = 30_000;
const POLL_MS = 5;
const GOAL_MS = 2_000;
/** How long the client and the shop talk: it is only the end of a call that counts. */
const TALK_MS = 30;
const SUM_KOPECKS = 1_499_000;
const REVENUE = "14990.00";
/**
 * MoySklad's limit is not what is measured: 45 units in any three seconds, of which a call and the change of its order take
 * eight with a solution's token and twenty-four with a user's.
 */
const PAUSE_MS = {
  solution: { least: 400, most: 800 },
  user: { least: 2_600, most: 3_000 },
};

/** Connecting takes up most of the limit. */
const AFTER_SETUP_MS = 3_000;

export interface MoyskladOptions {
  size: Size;
  note: (text: string) => void;
  tokenOf: "user" | "solution";
  latencyMs: number;
  calls: Record<Size, number>;
}

interface Sample {
  orderMs: number;
  dealMs: number;
  changeMs: number;
  callRequests: number;
  changeRequests: number;
}

export async function measureMoysklad({ size, note, tokenOf, latencyMs, calls }: MoyskladOptions): Promise<object> {
  const shop = await startShop({ tokenOf, latencyMs });
  try {
    await sleep(AFTER_SETUP_MS);
    const samples: Sample[] = [];
    for (let index = 1; index <= calls[size]; index += 1) {
      const { least, most } = PAUSE_MS[tokenOf];
      await sleep(least + ((most - least) * index) / calls[size]);
      samples.push(await measureCall(shop, index));
    }
    const of = (name: keyof Sample) => samples.map((sample) => sample[name]);
    note(`${samples.length} calls, the slowest order after ${round(Math.max(...of("orderMs")))} ms`);
    const requests = shop.moysklad.requests();
    return {
      calls: samples.length,
      moyskladLatencyMs: latencyMs,
      moyskladUnitsPerRequest: Math.max(...requests.map(({ units }) => units)),
      callToOrderP50Ms: judge(percentile(of("orderMs"), 50), "<", GOAL_MS),
      callToOrderP99Ms: judge(percentile(of("orderMs"), 99), "<", GOAL_MS),
      callToDealP50Ms: round(percentile(of("dealMs"), 50)),
      callToDealP99Ms: round(percentile(of("dealMs"), 99)),
      changeToDealP50Ms: judge(percentile(of("changeMs"), 50), "<", GOAL_MS),
      changeToDealP99Ms: judge(percentile(of("changeMs"), 99), "<", GOAL_MS),
      changeToDealBefore: "up to 300000 ms: the middleman looked every 5 minutes (seed 001)",
      requestsPerCall: percentile(of("callRequests"), 50),
      requestsPerChange: percentile(of("changeRequests"), 50),
      requestsRefused: judge(requests.filter(({ status }) => status === 429).length, "<=", 0),
      note:
        "from the webhook's sending, one call after another within MoySklad's limit, each of a new client; every answer of the MoySklad sandbox " +
        `takes ${latencyMs} ms after it has done what was asked, of the Calltouch sandbox none; looked for every ${POLL_MS} ms; by nearest rank`,
    };
  } finally {
    await shop.stop();
  }
}

async function measureCall({ calltouch, moysklad, states }: Shop, index: number): Promise<Sample> {
  const startedAt = Date.now();
  const callId = calltouch.addLead({
    siteId: SITE.siteId,
    kind: "call",
    at: startedAt,
    finishedAt: startedAt + TALK_MS,
    phones: [String(79_000_000_000 + index)],
    session: { source: "yandex", medium: "cpc", utmSource: "yandex", utmCampaign: "shiny" },
  });
  await calltouch.hooksSent();
  await sleep(Math.max(0, startedAt + TALK_MS - Date.now()));

  const requestsBefore = moysklad.requests().length;
  const endedAt = performance.now();
  calltouch.emitHook(callId, { phase: "calldisconnected" });
  const order = await find("the order", () => moysklad.orders()[index - 1]);
  const callRequests = moysklad.requests().length - requestsBefore;
  const deal = await find("its deal", () => calltouch.deal(SITE.siteId, order.found.id));

  const requestsBetween = moysklad.requests().length;
  const changedAt = performance.now();
  moysklad.changeOrder(order.found.id, { sum: SUM_KOPECKS, stateId: states.confirmed });
  const changed = await find("the changed deal", () => {
    const { status, revenue } = calltouch.deal(SITE.siteId, order.found.id) ?? {};
    return status === "Подтвержден" && revenue === REVENUE ? true : undefined;
  });
  return {
    orderMs: order.at - endedAt,
    dealMs: deal.at - endedAt,
    changeMs: changed.at - changedAt,
    callRequests,
    changeRequests: moysklad.requests().length - requestsBetween,
  };
}

function find<T>(what: string, look: () => T | undefined) {
  return untilFound(look, { what, msMax: MS_MAX, pollMs: POLL_MS });
}
