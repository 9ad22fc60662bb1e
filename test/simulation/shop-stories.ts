/** What clients and managers do, and sequences of it that meet with trouble at the worst moment. */
import fc from "fast-check";
import { AWAITS } from "./scenario.ts";
import { CLIENTS, STATES } from "./shop.ts";
import type { ShopAction } from "./shop-scenario.ts";
import { process } from "./stories.ts";

export const client = fc.nat({ max: CLIENTS.length - 1 });
export const order = fc.nat({ max: 5 });
export const sum = fc.integer({ min: 1, max: 9 }).map((thousands) => thousands * 100_000);
export const one = <const Kind extends string>(kind: Kind) => fc.constant(kind);

export const call: fc.Arbitrary<ShopAction> = fc.record({
  kind: one("call"),
  client,
  durationMs: fc.constantFrom(0, 0, 30_000, 400_000),
  isAnswered: fc.constantFrom(true, true, true, false),
});
export const request: fc.Arbitrary<ShopAction> = fc.record({ kind: one("request"), client });
export const move: fc.Arbitrary<ShopAction> = fc.record({
  kind: one("move"),
  order,
  state: fc.nat({ max: STATES.length - 1 }),
});
export const wait: fc.Arbitrary<ShopAction> = fc.record({
  kind: one("wait"),
  ms: fc.constantFrom(10, 400, 2_000, 20_000, 20_000, 330_000),
});
export const pay: fc.Arbitrary<Extract<ShopAction, { kind: "pay" }>> = fc.record({
  kind: one("pay"),
  order,
  sum,
  how: fc.constantFrom("paymentin" as const, "cashin" as const),
});

/** Something is done, its webhook arrives, and a process dies while it is read or written. */
export const crashStory: fc.Arbitrary<ShopAction[]> = fc
  .record({
    first: fc.oneof(call, request, pay, move, fc.record({ kind: one("delete"), order, isHard: fc.constant(true) })),
    process,
    at: fc.constantFrom(...AWAITS),
    skip: fc.nat({ max: 12 }),
  })
  .map(({ first, process: dying, at, skip }): ShopAction[] => [
    { kind: "stall", process: dying, at, skip, ms: 5_000 },
    first,
    { kind: "wait", ms: 2_000 },
    { kind: "crash", process: dying },
  ]);

const ANSWERED_CALL = { kind: "call", client: 0, durationMs: 0, isAnswered: true } as const;
const A_WHILE: ShopAction = { kind: "wait", ms: 20_000 };
const A_POLL: ShopAction = { kind: "wait", ms: 330_000 };

/**
 * Payments that no webhook tells of, and a database that fails while a poll comes upon them. Their orders are not among the
 * latest to have changed, which every poll reads again.
 */
export const lostHookStory: fc.Arbitrary<ShopAction[]> = pay.map(({ order: first, ...payment }): ShopAction[] => [
  ...[0, 1, 3].map((client): ShopAction => ({ ...ANSWERED_CALL, client })),
  A_POLL,
  { ...ANSWERED_CALL, client: 4 },
  A_POLL,
  { kind: "payments", touchOrders: false },
  { kind: "database-trouble", failure: 0.05 },
  ...[0, 1, 2].flatMap((next): ShopAction[] => [
    { kind: "moysklad-fault", fault: { kind: "webhookDrop" } },
    { ...payment, order: first + next },
    A_POLL,
  ]),
  { kind: "database-trouble", failure: 0 },
]);

/** An order is removed for good, of which only a webhook tells, and MoySklad does not answer when it is looked for. */
export const removalStory: fc.Arbitrary<ShopAction[]> = order.map((place): ShopAction[] => [
  ANSWERED_CALL,
  A_WHILE,
  { kind: "moysklad-fault", fault: { kind: "html502", method: "GET" } },
  { kind: "delete", order: place, isHard: true },
  A_WHILE,
]);

/** An order becomes worth something, is paid, shipped and partly paid back, or only some of it, in any order. */
export const moneyStory: fc.Arbitrary<ShopAction[]> = fc
  .tuple(order, sum, sum, fc.shuffledSubarray(["pay", "ship", "refund"] as const, { minLength: 1 }))
  .map(([place, worth, part, kinds]): ShopAction[] => [
    ANSWERED_CALL,
    A_WHILE,
    { kind: "sum", order: place, sum: worth },
    ...kinds.flatMap((kind): ShopAction[] => [
      kind === "pay" ? { kind, order: place, sum: worth, how: "paymentin" } : { kind, order: place, sum: part },
      A_WHILE,
    ]),
  ]);
