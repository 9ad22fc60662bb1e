/** What happens in one simulated run: the documents of a few deals, how they are sent, and what goes wrong meanwhile. */
import fc from "fast-check";
import type { Fault } from "../../sandbox/calltouch/index.ts";

export interface DocumentHistory {
  guid: string;
  /** The states of one document, oldest first, as the ERP would send them. */
  states: Record<string, unknown>[];
}

/** Where a process can stand still: before and after a database call, before and after a request. */
export const AWAITS = ["database", "stored", "fetch", "fetched"] as const;
export type Await = (typeof AWAITS)[number];

export type Action =
  | { kind: "post"; documents: { history: number; state: number }[]; process: number }
  | { kind: "tick"; process: number }
  | { kind: "wait"; ms: number }
  | { kind: "fault"; fault: Fault }
  | { kind: "crash"; process: number }
  | { kind: "stall"; process: number; at: Await; skip: number; ms: number }
  | { kind: "outage"; ms: number }
  | { kind: "revoke" }
  | { kind: "restore" }
  | { kind: "delete-by-hand"; family: number }
  | { kind: "database-trouble"; isOn: boolean };

export interface Scenario {
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

const GUID = (family: number, index: number) =>
  `${String(family).padStart(4, "0")}${String(index).padStart(4, "0")}-0000-11f1-80d6-2c44fd8322a7`;

const day = (ofMonth: number) => `2026-11-${String(ofMonth).padStart(2, "0")}`;

const orderStatus = fc.constantFrom("В работе", "Согласование", "Выполнен", "Закрыт", "Отказ от заезда");

const orderStates = fc
  .array(fc.tuple(orderStatus, fc.boolean()), { minLength: 1, maxLength: 4 })
  .map((states) => states.map(([status, isDeleted], version) => ({ status, isDeleted, version })));

/** A deletion mark set and removed: the last state is the first one again. */
const thereAndBack = fc.tuple(orderStatus, orderStatus).map(([status, other]) => [
  { status, isDeleted: false, version: 0 },
  { status: other, isDeleted: true, version: 1 },
  { status, isDeleted: false, version: 0 },
]);

/** An appointment, work orders of it, or both; the base of a work order may be filled in only later. */
function familyOf(index: number): fc.Arbitrary<DocumentHistory[]> {
  return fc
    .record({
      shape: fc.constantFrom("appointment", "order", "both", "both", "late-base"),
      orders: fc.integer({ min: 1, max: 2 }),
      states: fc.oneof(orderStates, thereAndBack),
      appointmentStates: fc.integer({ min: 1, max: 2 }),
    })
    .map(({ shape, orders, states, appointmentStates }) => {
      const number = `ПС${String(index).padStart(6, "0")}`;
      const appointment = { guid: GUID(index, 0), type: "ЗаявкаНаРемонт", number, date: `${day(10 + index)}T09:00:00` };
      const histories: DocumentHistory[] = [];
      if (shape !== "order") {
        const list = ["Предварительная заявка", "Подтвержденная заявка"].slice(0, appointmentStates);
        histories.push({
          guid: appointment.guid,
          states: list.map((status, version) => ({
            ...appointment,
            status,
            statusDate: `${day(12 + version)}T10:00:00`,
            amount: 100 + version,
            manager: "Соколов",
            phones: `7900000000${index}`,
            version: String(version + 1),
          })),
        });
      }
      if (shape === "appointment") return histories;
      for (let order = 1; order <= orders; order += 1) {
        const guid = GUID(index, order);
        histories.push({
          guid,
          states: states.map(({ status, isDeleted, version }, place) => ({
            guid,
            type: "ЗаказНаряд",
            number: `ЗН${String(index * 10 + order).padStart(6, "0")}`,
            date: `${day(13)}T0${order}:00:00`,
            status,
            statusDate: `${day(14 + version)}T1${order}:00:00`,
            amount: 1_000 * order + version,
            manager: `Мастер ${order}`,
            deleted: isDeleted,
            version: String(place + 1),
            ...(shape === "order" || (shape === "late-base" && place === 0) ? {} : { base: appointment }),
          })),
        });
      }
      return histories;
    });
}

const process = fc.integer({ min: 0, max: 1 });
const path = fc.constantFrom("create", "update", "delete", "list");
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constant("timeoutAfterCommit" as const), path }),
  fc.record({ kind: fc.constant("timeoutBeforeCommit" as const), path }),
  fc.record({ kind: fc.constant("html502" as const), path }),
  fc.record({ kind: fc.constant("html502" as const), afterCommit: fc.constant(true as const), path }),
  fc.record({ kind: fc.constant("status" as const), status: fc.constantFrom(429, 500, 503), path }),
  fc.record({
    kind: fc.constant("status" as const),
    status: fc.constant(500),
    afterCommit: fc.constant(true as const),
    path,
  }),
  fc.record({ kind: fc.constant("truncatedJson" as const), path }),
  fc.record({ kind: fc.constant("unreadable200" as const), path }),
  fc.record({ kind: fc.constant("resetBeforeCommit" as const), path }),
  fc.record({ kind: fc.constant("resetAfterCommit" as const), path }),
  fc.record({ kind: fc.constant("dropItem" as const) }),
  fc.record({ kind: fc.constant("reorderItems" as const) }),
  fc.record({ kind: fc.constant("omitOrderNumbers" as const) }),
  // Commits late, even when the caller has gone; never later than a lookup may conclude from.
  fc.record({
    kind: fc.constant("slow" as const),
    ms: fc.constantFrom(500, 9_000, 12_000),
    beforeCommit: fc.constant(true as const),
    path,
  }),
  fc.record({ kind: fc.constant("slow" as const), ms: fc.constantFrom(500, 12_000), path }),
);

function postsOf(families: readonly DocumentHistory[][]): fc.Arbitrary<Action> {
  const histories = families.flat();
  const document = fc
    .record({ history: fc.nat({ max: histories.length - 1 }), state: fc.nat({ max: 9 }) })
    .map(({ history, state }) => ({ history, state: state % (histories[history]?.states.length ?? 1) }));
  return fc.record({
    kind: fc.constant("post" as const),
    process,
    documents: fc.array(document, { minLength: 1, maxLength: 4 }),
  });
}

const alone = (action: fc.Arbitrary<Action>): fc.Arbitrary<Action[]> => action.map((one) => [one]);

/** A document's states in order; one process freezes while it sends the first and is back before the last. */
function stallStory(families: readonly DocumentHistory[][]): fc.Arbitrary<Action[]> {
  const histories = families.flat();
  return fc
    .record({
      history: fc.nat({ max: histories.length - 1 }),
      frozen: process,
      // Somewhere between the claim and the settlement.
      skip: fc.integer({ min: 5, max: 8 }),
    })
    .map(({ history, frozen, skip }) => {
      const other = 1 - frozen;
      return (histories[history]?.states ?? []).flatMap((_, state): Action[] => [
        ...(state === 0
          ? [{ kind: "stall" as const, process: frozen, at: "database" as const, skip, ms: 40_000 }]
          : []),
        { kind: "post", process: state === 0 ? frozen : other, documents: [{ history, state }] },
        { kind: "wait", ms: 20_000 },
        { kind: "tick", process: other },
        { kind: "wait", ms: 5_000 },
      ]);
    });
}

/** One process dawdles about the end of its turn while the other takes in a document of the same account. */
function dawdleStory(families: readonly DocumentHistory[][]): fc.Arbitrary<Action[]> {
  const count = families.flat().length;
  return fc
    .record({
      first: fc.nat({ max: count - 1 }),
      second: fc.nat({ max: count - 1 }),
      slow: process,
      // Somewhere between the settlement and the release.
      skip: fc.integer({ min: 8, max: 11 }),
    })
    .map(({ first, second, slow, skip }): Action[] => [
      { kind: "stall", process: slow, at: "database", skip, ms: 2_000 },
      { kind: "post", process: slow, documents: [{ history: first, state: 0 }] },
      { kind: "wait", ms: 400 },
      { kind: "post", process: 1 - slow, documents: [{ history: second, state: 0 }] },
      { kind: "wait", ms: 5_000 },
    ]);
}

export const scenario: fc.Arbitrary<Scenario> = fc
  .tuple(fc.boolean(), fc.integer({ min: 1, max: 3 }))
  .chain(([isCalm, count]) =>
    fc.tuple(...Array.from({ length: count }, (_, index) => familyOf(index))).chain((families) => {
      const wait = fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(10, 150, 400, 2_000, 20_000) });
      const calm: fc.Arbitrary<Action>[] = [postsOf(families), postsOf(families), wait];
      const trouble: fc.Arbitrary<Action>[] = [
        fc.record({ kind: fc.constant("tick" as const), process }),
        fc.record({ kind: fc.constant("tick" as const), process }),
        fc.record({ kind: fc.constant("fault" as const), fault }),
        fc.record({ kind: fc.constant("fault" as const), fault }),
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
        fc.record({ kind: fc.constant("delete-by-hand" as const), family: fc.nat({ max: count - 1 }) }),
        fc.record({ kind: fc.constant("database-trouble" as const), isOn: fc.boolean() }),
      ];
      return fc.record({
        seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        isCalm: fc.constant(isCalm),
        families: fc.constant(families),
        actions: fc
          .array(
            fc.oneof(
              ...calm.map(alone),
              dawdleStory(families),
              ...(isCalm ? [] : [...trouble.map(alone), stallStory(families)]),
            ),
            {
              minLength: 3,
              maxLength: 18,
            },
          )
          .map((parts) => parts.flat()),
        hourlyPoints: fc.constantFrom(3, 6, 9_000),
        dailyPoints: fc.constantFrom(8, 216_000, 216_000),
        startMinute: fc.constantFrom(0, 58, 59),
        slowness: fc.constantFrom(0, 0.03, 0.15),
        listingLagMs: fc.constantFrom(0, 8_000),
        listingOrderNumber: fc.constantFrom("ours" as const, "calltouch" as const),
        duplicateCreate: fc.constantFrom("error" as const, "allow" as const, "allow" as const, "upsert" as const),
      });
    }),
  );

/** The scenario of a seed, always the same. */
export function scenarioOf(seed: number): Scenario {
  const [sample] = fc.sample(scenario, { seed, numRuns: 1 });
  if (!sample) throw new Error("fast-check gave no sample");
  return sample;
}
