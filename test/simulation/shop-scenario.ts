/** What happens in one simulated run of a MoySklad shop: clients call and write, managers work, and what goes wrong meanwhile. */
import fc from "fast-check";
import type { Fault as CalltouchFault, KnobsPatch as CalltouchKnobs } from "../../sandbox/calltouch/index.ts";
import type { Fault as MoyskladFault, KnobsPatch as MoyskladKnobs } from "../../sandbox/moysklad/index.ts";
import { calltouchFault } from "./calltouch-faults.ts";
import { moyskladFault } from "./moysklad-faults.ts";
import { AWAITS, type Await } from "./scenario.ts";
import {
  call,
  client,
  crashStory,
  lostHookStory,
  moneyStory,
  move,
  one,
  order,
  pay,
  removalStory,
  request,
  sum,
  wait,
} from "./shop-stories.ts";
import { process } from "./stories.ts";

export const SIDES = ["calltouch", "moysklad", "bridge"] as const;
export type Side = (typeof SIDES)[number];

/** Clients and states are numbered; an order is the n-th of those there are, counted round and round. */
export type ShopAction =
  | { kind: "call"; client: number; durationMs: number; isAnswered: boolean }
  | { kind: "request"; client: number }
  | { kind: "hand-order"; client: number; sum: number }
  | { kind: "move"; order: number; state: number }
  | { kind: "sum"; order: number; sum: number }
  | { kind: "pay"; order: number; sum: number; how: "paymentin" | "cashin" }
  | { kind: "refund"; order: number; sum: number }
  /** The latest payment goes to the recycle bin. */
  | { kind: "unpay" }
  | { kind: "ship"; order: number; sum: number }
  | { kind: "delete"; order: number; isHard: boolean }
  | { kind: "restore-order"; order: number }
  | { kind: "settings"; patch: Record<string, unknown> }
  | { kind: "hooks"; copies: number; order: "inOrder" | "reversed" }
  | { kind: "payments"; touchOrders: boolean }
  | { kind: "wait"; ms: number }
  | { kind: "calltouch-fault"; fault: CalltouchFault }
  | { kind: "moysklad-fault"; fault: MoyskladFault }
  | { kind: "crash"; process: number }
  | { kind: "stall"; process: number; at: Await; skip: number; ms: number }
  | { kind: "outage"; side: Side; ms: number }
  | { kind: "revoke" | "restore"; side: "calltouch" | "moysklad" }
  | { kind: "database-trouble"; failure: number };

export interface ShopScenario {
  seed: number;
  killAt?: number;
  actions: ShopAction[];
  settings: Record<string, unknown> & { revenue: "sum" | "paid" | "shipped"; orders: "from-leads" | "all" };
  calltouch: CalltouchKnobs;
  moysklad: MoyskladKnobs;
  slowness: number;
  /** How long the bridges have in the end, when nothing goes wrong any more. */
  calmMs: number;
}

const work: fc.Arbitrary<ShopAction>[] = [
  fc.record({ kind: one("hand-order"), client, sum }),
  fc.record({ kind: one("sum"), order, sum }),
  pay,
  fc.record({ kind: one("refund"), order, sum }),
  fc.constant({ kind: "unpay" }),
  fc.record({ kind: one("ship"), order, sum }),
  fc.record({ kind: one("delete"), order, isHard: fc.constantFrom(false, false, true) }),
  fc.record({ kind: one("restore-order"), order }),
  fc.record({
    kind: one("settings"),
    patch: fc.constantFrom<Record<string, unknown>>({ calls: "all" }, { calls: "answered" }, { orders: "all" }),
  }),
];

const copies = fc.constantFrom(0, 1, 1, 2);
const hookOrder = fc.constantFrom("inOrder" as const, "reversed" as const);

const trouble: fc.Arbitrary<ShopAction>[] = [
  fc.record({ kind: one("calltouch-fault"), fault: calltouchFault }),
  fc.record({ kind: one("moysklad-fault"), fault: moyskladFault }),
  fc.record({ kind: one("moysklad-fault"), fault: moyskladFault }),
  fc.record({ kind: one("hooks"), copies, order: hookOrder }),
  fc.record({ kind: one("crash"), process }),
  fc.record({
    kind: one("stall"),
    process,
    at: fc.constantFrom(...AWAITS),
    skip: fc.nat({ max: 12 }),
    ms: fc.constantFrom(3_000, 20_000, 40_000),
  }),
  fc.record({ kind: one("outage"), side: fc.constantFrom(...SIDES), ms: fc.constantFrom(60_000, 1_800_000) }),
  fc.record({ kind: fc.constantFrom("revoke", "restore"), side: fc.constantFrom("calltouch", "moysklad") }),
  fc.record({ kind: one("database-trouble"), failure: fc.constantFrom(0, 0.05) }),
];

const scenario: fc.Arbitrary<ShopScenario> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  actions: fc
    .array(
      fc.oneof(
        ...[call, call, request, move, move, wait, wait, ...work, ...trouble].map((each) =>
          each.map((action) => [action]),
        ),
        crashStory,
        lostHookStory,
        removalStory,
        moneyStory,
      ),
      { minLength: 4, maxLength: 20 },
    )
    .map((parts) => parts.flat()),
  settings: fc.record({
    revenue: fc.constantFrom("sum" as const, "paid" as const, "shipped" as const),
    orders: fc.constantFrom("from-leads" as const, "all" as const),
    calls: fc.constantFrom("all", "answered"),
  }),
  calltouch: fc.record({
    hookCopies: copies,
    hookOrder,
    journalLagMs: fc.constantFrom(0, 120_000),
    journalScalars: fc.constantFrom("plain", "texts"),
    requestsPaging: fc.constantFrom("honoured", "ignored"),
    listingLagMs: fc.constantFrom(0, 8_000),
    duplicateCreate: fc.constantFrom("error", "allow"),
  }),
  moysklad: fc.record({
    paymentTouchesOrder: fc.boolean(),
    shipmentTouchesOrder: fc.boolean(),
    phoneSearch: fc.constantFrom("raw", "digits"),
    syncIdRepeat: fc.constantFrom("ignore", "update"),
    restoreFires: fc.constantFrom("none", "UPDATE"),
    latencyMs: fc.constantFrom(0, 150),
  }),
  slowness: fc.constantFrom(0, 0.03),
  // Until pauses, leases of the dead, and a poll of every kind of document have come to their end.
  calmMs: fc.constant(3_600_000),
});

/** The scenario of a seed, always the same. */
export function shopScenarioOf(seed: number): ShopScenario {
  const [sample] = fc.sample(scenario, { seed, numRuns: 1 });
  if (!sample) throw new Error("fast-check gave no sample");
  return sample;
}
