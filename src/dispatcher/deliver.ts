/** Sends claimed deals of one step and settles each of them. */
import { type ClaimedDeal, type Settlement, UNREADABLE } from "../database/claims.ts";
import { type Order, type Prepared, prepare } from "./prepare.ts";
import type { Stop, Turn } from "./turn.ts";
import { withoutPersonalWords } from "./unnamed.ts";

/** Null when every deal is settled; else why the turn ends. What was not sent is still claimed then. */
export async function deliver(turn: Turn, claimed: readonly ClaimedDeal[]): Promise<Stop | null> {
  const settlements: Settlement[] = [];
  const groups = new Map<string, Order[]>();
  for (const deal of claimed) {
    const crm = turn.crmOf(deal.adapter);
    const prepared = crm === undefined ? unreadable(deal, turn) : await prepareSafely(turn, deal);
    if (prepared.kind === "settle") {
      settlements.push(prepared.settlement);
      continue;
    }
    // A create names one CRM for all of its deals; updates and deletions name none.
    const name = prepared.order.step === "create" ? (crm ?? "") : "";
    groups.set(name, [...(groups.get(name) ?? []), prepared.order]);
  }
  await turn.database.claims.settle(turn.lease, settlements);
  for (const [crm, orders] of groups) {
    const stop = await send(turn, crm, orders);
    if (stop) return stop;
  }
  return null;
}

async function send(turn: Turn, crm: string, orders: readonly Order[]): Promise<Stop | null> {
  const asked = await turn.ask(
    orders[0]?.step ?? "create",
    orders.map((order) => order.sent),
    (client) => {
      const creates = orders.flatMap((order) => (order.step === "create" ? [order.item] : []));
      if (creates.length > 0) return client.create(crm, creates);
      const updates = orders.flatMap((order) => (order.step === "update" ? [order.item] : []));
      if (updates.length > 0) return client.update(updates);
      return client.delete(orders.flatMap((order) => (order.step === "delete" ? [order.item] : [])));
    },
    (answers) => answers,
  );
  if (asked.kind !== "asked") return asked;
  const { settlements, isSplit, pause } = asked.verdict;
  if (isSplit) {
    const middle = Math.ceil(orders.length / 2);
    return (await send(turn, crm, orders.slice(0, middle))) ?? (await send(turn, crm, orders.slice(middle)));
  }
  const told = settlements.map((settlement) =>
    withoutPersonalWords(
      settlement,
      orders.find(({ sent }) => sent.id === settlement.id),
    ),
  );
  await turn.database.claims.settle(turn.lease, told);
  return pause ? { kind: "paused", pause } : null;
}

/** One deal that cannot be read must not stop the other ninety-nine. */
async function prepareSafely(turn: Turn, deal: ClaimedDeal): Promise<Prepared> {
  try {
    const context = { vault: turn.vault, now: turn.platform.now(), timeZone: turn.account.timeZone };
    return await prepare(deal, context);
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown";
    turn.platform.log({ level: "error", event: "deal-unreadable", deal: deal.id, error: name });
    return unreadable(deal, turn);
  }
}

function unreadable({ id, revision }: ClaimedDeal, turn: Turn): Extract<Prepared, { kind: "settle" }> {
  return { kind: "settle", settlement: { id, revision, dueAt: turn.platform.now(), ...UNREADABLE } };
}
