/// <reference types="bun-types" />
/** A shop on MoySklad: a call becomes an order and a deal, and the deal follows what the manager does with the order. */
import * as z from "zod";
import { PLAIN, type ShownDeal, toDealLine } from "./deal.ts";
import { CALL, createCall, FIELDS, SHOP, SITE } from "./moysklad-shop.ts";
import type { RunningMoysklad } from "./sandboxes.ts";
import { type Stage, toSeconds } from "./stage.ts";

const PROMISED_MS = 2_000;
/** How long the client and the shop talk. */
const CALL_MS = 300;
const SUM_KOPECKS = 1_499_000;
const SUM = "14990.00";
/** MoySklad grants so many requests in any three seconds, and connecting takes them all. */
const MOYSKLAD_WINDOW_MS = 3_000;

type Order = ReturnType<RunningMoysklad["control"]["orders"]>[number];

const setupReport = z.object({
  ok: z.boolean(),
  hooks: z.object({ calltouch: z.string(), moysklad: z.string() }),
  fields: z.array(z.object({ name: z.string(), state: z.string() })),
  states: z.array(z.object({ name: z.string() })),
  organizations: z.array(z.object({ name: z.string() })),
  problems: z.array(z.string()),
});

const matcher = z.object({ type: z.string(), callParams: z.object({ callId: z.number() }).optional() });
const createBody = z.object({
  orders: z.array(z.object({ orderNumber: z.string(), matching: z.array(matcher) })),
});

export async function playMoysklad(stage: Stage): Promise<void> {
  console.log("── A shop on MoySklad ──\n");
  const { control } = stage.moysklad;
  const states = createShop(control);
  await connect(stage);
  const { order, deal } = await takeCall(stage);

  console.log("3. The manager fills in the order and confirms it");
  control.changeOrder(order.id, { sum: SUM_KOPECKS, stateId: states.confirmed });
  await follow(stage, { ...deal, status: "Подтвержден", revenue: SUM });

  console.log("4. The client pays: the revenue is the order's sum, so the deal stays as it is");
  control.addPayment({ kind: "paymentin", orderId: order.id, sum: SUM_KOPECKS });
  await control.hooksSent();
  const told = control.deliveries().at(-1);
  console.log(`   webhook of the payment answered ${told?.status ?? "with nothing"}\n`);
  if (told?.status !== 204) stage.fail("the bridge did not take the webhook of the payment");

  console.log("5. The order is done: the deal closes");
  control.changeOrder(order.id, { stateId: states.done });
  await follow(stage, { ...deal, status: "COMPLETED", revenue: SUM });
  checkCloseDate(stage, order.id);
}

function createShop(control: RunningMoysklad["control"]) {
  control.addAccount({ token: SHOP.token });
  control.addOrganization({ name: SHOP.organization });
  control.addState({ name: "Новый", stateType: "Regular" });
  const confirmed = control.addState({ name: "Подтвержден", stateType: "Regular" });
  const done = control.addState({ name: "Выполнен", stateType: "Successful" });
  control.addState({ name: "Отменен", stateType: "Unsuccessful" });
  return { confirmed, done };
}

async function connect(stage: Stage): Promise<void> {
  console.log("1. The operator connects it: order fields and webhooks are made");
  const { connectionId } = await stage.connect({
    site: SITE,
    account: { name: "Кабинет интернет-магазина" },
    adapter: "moysklad",
    name: "МойСклад",
    settings: { token: SHOP.token },
  });
  const report = await stage.administer(`/connections/${connectionId}/setup`, {}, setupReport);
  const webhooks = stage.moysklad.control.webhooks().filter(({ url }) => url === report.hooks.moysklad);
  console.log(`   fields     ${report.fields.map(({ name, state }) => `${name} (${state})`).join(", ")}`);
  console.log(`   webhooks   ${webhooks.map(({ entityType, action }) => `${entityType} ${action}`).join(", ")}`);
  console.log(`   states     ${report.states.map(({ name }) => name).join(", ")}`);
  console.log(`   problems   ${report.problems.join("; ") || "none"}\n`);
  const made = report.fields.filter(({ state }) => state === "created").map(({ name }) => name);
  if (made.join() !== Object.keys(FIELDS).join()) stage.fail(`setup made the fields ${made.join(", ")}`);
  if (!report.ok || webhooks.length === 0) stage.fail("setup did not make everything");
  stage.calltouch.control.setHook(SITE.siteId, { url: report.hooks.calltouch, method: "POST" });
  await Bun.sleep(MOYSKLAD_WINDOW_MS);
}

async function takeCall(stage: Stage): Promise<{ order: Order; deal: ShownDeal }> {
  const { calltouch, moysklad } = stage;
  console.log(`2. A client calls: Calltouch sends callconnected, and calldisconnected when the call is over`);
  const startedAt = Date.now();
  calltouch.control.addLead(createCall(startedAt, startedAt + CALL_MS));
  await calltouch.control.hooksSent();
  await Bun.sleep(startedAt + CALL_MS - Date.now());
  if (moysklad.control.orders().length > 0) stage.fail("there is an order before the call is over");
  calltouch.control.emitHook(CALL.id, { phase: "calldisconnected" });
  const { found: order, ms } = await stage.untilFound("the order in MoySklad", () => moysklad.control.orders()[0]);
  const filled = Object.entries(FIELDS).map(([name, wanted]) => [name, wanted, order.attributes[name]] as const);
  console.log(`   → order in MoySklad after ${toPromise(ms)}: Заказ покупателя ${order.name}, ${order.stateName}`);
  for (const [name, , value] of filled) console.log(`     ${name.padEnd(17)} ${value ?? ""}`);
  const wrong = filled.filter(([, wanted, value]) => value !== wanted).map(([name]) => name);
  if (wrong.length > 0) stage.fail(`the order has other fields than expected: ${wrong.join(", ")}`);
  const deal = { orderNumber: order.id, status: "PENDING", revenue: "0.00", ...PLAIN, ...CALL.found };
  const arrivedMs = await stage.untilArrived([deal]);
  checkMatchedById(stage, order.id);
  console.log(
    `   → Calltouch after ${toSeconds(ms + arrivedMs)}: ${toDealLine(deal)}, matched to call ${CALL.id} by its id\n`,
  );
  return { order, deal };
}

/** The deal after what somebody has just done in MoySklad. */
async function follow(stage: Stage, deal: ShownDeal): Promise<void> {
  const ms = await stage.untilArrived([deal]);
  console.log(`   → Calltouch after ${toPromise(ms)}: ${toDealLine(deal)}\n`);
}

function toPromise(ms: number): string {
  return ms <= PROMISED_MS ? toSeconds(ms) : `${toSeconds(ms)} (more than the ${toSeconds(PROMISED_MS)} promised)`;
}

/** The client's phone would lead to this call too; of several calls it may lead to another. */
function checkMatchedById({ calltouch, fail }: Stage, orderNumber: string): void {
  const creates = calltouch.control.requests().filter(({ operation }) => operation === "create");
  const orders = creates.flatMap(({ body }) => createBody.parse(body).orders);
  const [first] = orders.find((order) => order.orderNumber === orderNumber)?.matching ?? [];
  if (first?.callParams?.callId !== CALL.id) fail(`Calltouch was first asked to match by ${JSON.stringify(first)}`);
}

/** Calltouch keeps whole seconds. */
function checkCloseDate({ calltouch, moysklad, fail }: Stage, orderId: string): void {
  const changedAt = moysklad.control.orders().find(({ id }) => id === orderId)?.updatedAt ?? 0;
  const statusAt = calltouch.control.deals().find(({ orderNumber }) => orderNumber === orderId)?.statusAt ?? null;
  if (statusAt !== Math.floor(changedAt / 1_000) * 1_000) {
    fail(`the deal was closed at ${statusAt}, the order at ${changedAt}`);
  }
}
