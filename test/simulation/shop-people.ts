/** Clients who call and write, and managers who move orders in MoySklad. */
import type { CalltouchSandbox, LeadInput } from "../../sandbox/calltouch/index.ts";
import type { MoyskladSandbox, SandboxOrder } from "../../sandbox/moysklad/index.ts";
import { SITE } from "./base.ts";
import { launch } from "./pool.ts";
import { CLIENTS } from "./shop.ts";
import type { ShopAction } from "./shop-scenario.ts";
import type { World } from "./world.ts";

/** What only people do. */
export type PeopleAction = Extract<
  ShopAction,
  {
    kind:
      | "call"
      | "request"
      | "hand-order"
      | "move"
      | "sum"
      | "pay"
      | "refund"
      | "unpay"
      | "ship"
      | "delete"
      | "restore-order";
  }
>;

interface Options {
  world: World;
  calltouch: CalltouchSandbox;
  shop: MoyskladSandbox;
  stateIds: readonly string[];
}

export type People = ReturnType<typeof createPeople>;

const SESSION = { source: "yandex", medium: "cpc", utmSource: "direct", utmCampaign: "spring" };

export function createPeople({ world, calltouch, shop, stateIds }: Options) {
  const { control } = shop;
  /** Removed past the recycle bin: who they were made for. */
  const removed = new Map<string, string>();
  /** Orders whose state a manager has changed. */
  const moved = new Set<string>();
  /** Leads, by kind and id, and the clients who can be told by them. */
  const leads = new Map<string, number | undefined>();
  /** Orders that payments or shipments belong to, or once did. */
  const used = new Set<string>();
  const payments: string[] = [];
  const refunds = new Map<string, number>();

  const choose = (place: number): SandboxOrder | undefined => {
    const orders = control.orders();
    return orders[place % Math.max(1, orders.length)];
  };
  const chooseLive = (place: number): SandboxOrder | undefined => {
    const orders = control.orders().filter(({ isDeleted }) => !isDeleted);
    return orders[place % Math.max(1, orders.length)];
  };

  function addLead(client: number, input: Omit<LeadInput, "siteId" | "at" | "session">): number {
    // Calltouch tells the second a lead came at.
    const at = Math.floor(world.now() / 1_000) * 1_000;
    const id = calltouch.control.addLead({ siteId: SITE.siteId, at, session: SESSION, ...input });
    const isAnonymous = [input.phones, input.emails].every(
      (contacts) => contacts === undefined || contacts.length === 0,
    );
    leads.set(`${input.kind}:${id}`, isAnonymous ? undefined : client);
    return id;
  }

  function call({ client, durationMs, isAnswered }: Extract<PeopleAction, { kind: "call" }>): void {
    const { phone } = CLIENTS[client] ?? {};
    const id = addLead(client, {
      kind: "call",
      phones: phone === undefined ? [] : [phone],
      finishedAt: world.now() + durationMs,
      durationSeconds: Math.round(durationMs / 1_000),
      answered: isAnswered,
    });
    if (durationMs === 0) return;
    const hangUp = async () => {
      await world.sleep("call", durationMs);
      calltouch.control.emitHook(id, { phase: "calldisconnected" });
    };
    launch(hangUp());
  }

  function request({ client }: Extract<PeopleAction, { kind: "request" }>): void {
    const { phone, email } = CLIENTS[client] ?? {};
    addLead(client, {
      kind: "request",
      phones: phone === undefined ? [] : [phone],
      emails: email === undefined ? [] : [email],
      subject: "Обратный звонок",
    });
  }

  /** For a client MoySklad has already. */
  function orderByHand({ client, sum }: Extract<PeopleAction, { kind: "hand-order" }>): void {
    const digits = (CLIENTS[client]?.phone ?? "-").slice(-4);
    const agent = control.counterparties().find(({ phone }) => phone.replace(/\D/g, "").endsWith(digits));
    if (agent) control.addOrder({ agentId: agent.id, sum, ...(stateIds[0] ? { stateId: stateIds[0] } : {}) });
  }

  function changeMoney(action: Extract<PeopleAction, { kind: "sum" | "pay" | "refund" | "ship" }>): void {
    const order = chooseLive(action.order);
    if (!order) return;
    const { id: orderId } = order;
    const { sum } = action;
    if (action.kind !== "sum") used.add(orderId);
    if (action.kind === "sum") control.changeOrder(orderId, { sum });
    if (action.kind === "pay") payments.push(control.addPayment({ kind: action.how, orderId, sum }));
    if (action.kind === "refund") {
      control.addRefund({ kind: "paymentout", orderId, sum: sum / 10 });
      refunds.set(orderId, (refunds.get(orderId) ?? 0) + sum / 10);
    }
    if (action.kind === "ship") control.addDemand({ orderId, sum });
  }

  function move({ order: place, state }: Extract<PeopleAction, { kind: "move" }>): void {
    const order = chooseLive(place);
    const stateId = stateIds[state];
    if (!order || stateId === undefined || stateId === order.stateId) return;
    moved.add(order.id);
    control.changeOrder(order.id, { stateId });
  }

  function remove({ order: place, isHard }: Extract<PeopleAction, { kind: "delete" }>): void {
    const order = chooseLive(place);
    if (!order) return;
    // MoySklad does not remove what other documents refer to.
    const hard = isHard && !used.has(order.id);
    if (hard) removed.set(order.id, order.externalCode);
    control.deleteOrder(order.id, { hard });
  }

  return {
    removed,
    moved,
    leads,
    refundedSum: (orderId: string) => refunds.get(orderId) ?? 0,
    act(action: PeopleAction): void {
      switch (action.kind) {
        case "call":
          call(action);
          break;
        case "request":
          request(action);
          break;
        case "hand-order":
          orderByHand(action);
          break;
        case "sum":
        case "pay":
        case "refund":
        case "ship":
          changeMoney(action);
          break;
        case "unpay": {
          const payment = payments.pop();
          if (payment !== undefined) control.removePayment(payment);
          break;
        }
        case "move":
          move(action);
          break;
        case "delete":
          remove(action);
          break;
        case "restore-order": {
          const order = choose(action.order);
          if (order?.isDeleted) control.restoreOrder(order.id);
          break;
        }
        default:
          action satisfies never;
      }
    },
  };
}
