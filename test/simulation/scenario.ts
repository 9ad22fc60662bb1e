/** What happens in one simulated run of a 1C base: the documents of a few deals, how they are sent, and what goes wrong meanwhile. */
import fc from "fast-check";
import type { Fault } from "../../sandbox/calltouch/index.ts";
import { alfaAutoFamily } from "./alfa-auto-family.ts";
import { calltouchFault } from "./calltouch-faults.ts";
import { dalionFamily } from "./dalion-family.ts";
import { dawdleStory, postsOf, process, ruleChange, ruleStory, stallStory, switching } from "./stories.ts";

export interface DocumentHistory {
  guid: string;
  /** The states of one document, oldest first, as the ERP would send them. */
  states: Record<string, unknown>[];
}

/** Where a process can stand still: before and after a database call, before and after a request. */
export const AWAITS = ["database", "stored", "fetch", "fetched"] as const;
export type Await = (typeof AWAITS)[number];

/** What an operator asks of an exchange rule; conditions that are left out are none. */
export interface RuleFields {
  organization: string | null;
  itemKind: string | null;
  account: number | null;
  skip: boolean;
  leadTag: string | null;
  funnel: string | null;
}

export type Action =
  | { kind: "post"; documents: { history: number; state: number }[]; process: number; isManual?: boolean }
  | { kind: "tick"; process: number }
  | { kind: "poll"; process: number }
  | { kind: "wait"; ms: number }
  | { kind: "fault"; fault: Fault }
  | { kind: "crash"; process: number }
  | { kind: "stall"; process: number; at: Await; skip: number; ms: number }
  | { kind: "outage"; ms: number }
  | { kind: "revoke" }
  | { kind: "restore" }
  | { kind: "delete-by-hand"; family: number }
  | { kind: "database-trouble"; isOn: boolean }
  | { kind: "add-rule"; connection: number; rule: RuleFields }
  /** The rule at this place of the list, if there is one. */
  | { kind: "change-rule"; connection: number; place: number; rule: RuleFields }
  | { kind: "delete-rule"; connection: number; place: number }
  | { kind: "exchange"; account: number; isOn: boolean };

/** The ERPs whose bases post documents. */
export type Kind = "alfa-auto" | "dalion";

export interface Scenario {
  kind: Kind;
  seed: number;
  /** Counted over all processes: the process that comes to this await dies there. */
  killAt?: number;
  /** Without faults: then nudges alone must be enough. */
  isCalm: boolean;
  /** The documents of each deal; families take turns between the two accounts of one site. */
  families: DocumentHistory[][];
  actions: Action[];
  hourlyPoints: number;
  dailyPoints: number;
  startMinute: number;
  /** Probability that an await takes its time. */
  slowness: number;
  listingLagMs: number;
  listingOrderNumber: "ours" | "calltouch";
  duplicateCreate: "error" | "allow" | "upsert";
}

const FAMILIES = { "alfa-auto": alfaAutoFamily, dalion: dalionFamily };

const alone = (action: fc.Arbitrary<Action>): fc.Arbitrary<Action[]> => action.map((one) => [one]);

function troubleOf(familyCount: number): fc.Arbitrary<Action>[] {
  return [
    fc.record({ kind: fc.constant("tick" as const), process }),
    fc.record({ kind: fc.constant("tick" as const), process }),
    fc.record({ kind: fc.constant("fault" as const), fault: calltouchFault }),
    fc.record({ kind: fc.constant("fault" as const), fault: calltouchFault }),
    fc.record({ kind: fc.constant("crash" as const), process }),
    fc.record({
      kind: fc.constant("stall" as const),
      process,
      at: fc.constantFrom(...AWAITS),
      skip: fc.nat({ max: 8 }),
      ms: fc.constantFrom(8_000, 20_000, 40_000),
    }),
    fc.record({ kind: fc.constant("outage" as const), ms: fc.constantFrom(3_600_000, 259_200_000) }),
    fc.constantFrom<Action>({ kind: "revoke" }, { kind: "restore" }),
    fc.record({ kind: fc.constant("delete-by-hand" as const), family: fc.nat({ max: familyCount - 1 }) }),
    fc.record({ kind: fc.constant("database-trouble" as const), isOn: fc.boolean() }),
  ];
}

/** What operators and users of Dalion do beside sending documents; the bridge reads back where its deals came from. */
function operationsOf(families: readonly DocumentHistory[][]): fc.Arbitrary<Action[]>[] {
  return [
    alone(fc.record({ kind: fc.constant("poll" as const), process })),
    alone(fc.record({ kind: fc.constant("tick" as const), process })),
    alone(ruleChange),
    alone(switching),
    alone(postsOf(families, true)),
    ruleStory(families),
  ];
}

function toScenario(kind: Kind, isCalm: boolean, families: DocumentHistory[][]): fc.Arbitrary<Scenario> {
  const wait = fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(10, 150, 400, 2_000, 20_000) });
  const parts = fc.oneof(
    ...[postsOf(families), postsOf(families), wait].map(alone),
    dawdleStory(families),
    ...(isCalm ? [] : [...troubleOf(families.length).map(alone), stallStory(families)]),
    ...(kind === "dalion" ? operationsOf(families) : []),
  );
  return fc.record({
    kind: fc.constant(kind),
    seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    isCalm: fc.constant(isCalm),
    families: fc.constant(families),
    actions: fc.array(parts, { minLength: 3, maxLength: 18 }).map((each) => each.flat()),
    hourlyPoints: fc.constantFrom(3, 6, 9_000),
    dailyPoints: fc.constantFrom(8, 216_000, 216_000),
    startMinute: fc.constantFrom(0, 58, 59),
    slowness: fc.constantFrom(0, 0.03, 0.15),
    listingLagMs: fc.constantFrom(0, 8_000),
    listingOrderNumber: fc.constantFrom("ours" as const, "calltouch" as const),
    duplicateCreate: fc.constantFrom("error" as const, "allow" as const, "allow" as const, "upsert" as const),
  });
}

/** The scenario of a seed, always the same. */
export function scenarioOf(kind: Kind, seed: number): Scenario {
  const scenario = fc
    .tuple(fc.boolean(), fc.integer({ min: 1, max: 3 }))
    .chain(([isCalm, count]) =>
      fc
        .tuple(...Array.from({ length: count }, (_, index) => FAMILIES[kind](index)))
        .chain((families) => toScenario(kind, isCalm, families)),
    );
  const [sample] = fc.sample(scenario, { seed, numRuns: 1 });
  if (!sample) throw new Error("fast-check gave no sample");
  return sample;
}
