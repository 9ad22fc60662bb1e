/** What a poll asks of MoySklad when nothing has changed. */
import { judge } from "./goal.ts";
import { type ShopOptions, startShop } from "./shop.ts";
import type { Size } from "./size.ts";
import { untilTrue } from "./until.ts";

/** An even number: some sources take turns. */
const POLLS: Record<Size, number> = { tiny: 2, usual: 4, full: 10 };
const ORDERS = 150;
const POLL = { what: "the end of a poll", msMax: 60_000, pollMs: 20 };
const REVENUES = ["sum", "paid", "shipped"] as const;

export async function measureIdlePoll({ size, note }: { size: Size; note: (text: string) => void }): Promise<object> {
  const most: Record<string, number> = {};
  for (const revenue of REVENUES) {
    const requests = await countRequests({ settings: { orders: "all", revenue } }, POLLS[size]);
    note(`revenue ${revenue}: ${requests.join(", ")} requests`);
    most[revenue] = Math.max(...requests);
  }
  return {
    pollsPerSetting: POLLS[size],
    requestsPerPoll: most,
    requestsPerPollMax: judge(Math.max(...Object.values(most)), "<=", 4),
    note: `by the setting "revenue"; ${ORDERS} orders with a payment and a shipment each have been read before`,
  };
}

/** Of each poll. */
async function countRequests(options: ShopOptions, polls: number): Promise<number[]> {
  const { moysklad, database, stop } = await startShop({ ...options, hasWebhooks: false });
  const pollOnce = async () => {
    await database.letPollsBeDue();
    await untilTrue(() => database.hasPolled(Date.now()), POLL);
  };
  try {
    const agentId = moysklad.addCounterparty({ name: "Иванов", phone: "79001112233" });
    for (let count = 0; count < ORDERS; count += 1) {
      const orderId = moysklad.addOrder({ agentId, sum: 100_000 });
      moysklad.addPayment({ kind: "paymentin", orderId, sum: 100_000 });
      moysklad.addDemand({ orderId, sum: 100_000 });
    }
    await pollOnce();
    const requests: number[] = [];
    for (let count = 0; count < polls; count += 1) {
      moysklad.clearRequests();
      await pollOnce();
      requests.push(moysklad.requests().length);
    }
    return requests;
  } finally {
    await stop();
  }
}
