/** Sequences of actions that bring two processes to the same place at the same time. */
import fc from "fast-check";
import { ITEM_KINDS, ORGANIZATIONS } from "./dalion-family.ts";
import type { Action, DocumentHistory, RuleFields } from "./scenario.ts";

type PostAction = Extract<Action, { kind: "post" }>;

export const process = fc.integer({ min: 0, max: 1 });

export function postsOf(families: readonly DocumentHistory[][], isManual = false): fc.Arbitrary<PostAction> {
  const histories = families.flat();
  const document = fc
    .record({ history: fc.nat({ max: histories.length - 1 }), state: fc.nat({ max: 9 }) })
    .map(({ history, state }) => ({ history, state: state % (histories[history]?.states.length ?? 1) }));
  return fc.record({
    kind: fc.constant("post" as const),
    process,
    documents: fc.array(document, { minLength: 1, maxLength: 4 }),
    ...(isManual ? { isManual: fc.constant(true) } : {}),
  });
}

/** A document's states in order; one process freezes while it sends the first and is back before the last. */
export function stallStory(families: readonly DocumentHistory[][]): fc.Arbitrary<Action[]> {
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
export function dawdleStory(families: readonly DocumentHistory[][]): fc.Arbitrary<Action[]> {
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

const half = fc.integer({ min: 0, max: 1 });

const rule: fc.Arbitrary<RuleFields> = fc.record({
  organization: fc.constantFrom(null, ...ORGANIZATIONS),
  itemKind: fc.constantFrom(null, null, ...ITEM_KINDS),
  account: fc.constantFrom(null, 0, 1),
  skip: fc.constantFrom(false, false, false, true),
  leadTag: fc.constantFrom(null, null, "магазин"),
  funnel: fc.constantFrom(null, "Розница"),
});
const addRule = fc.record({ kind: fc.constant("add-rule" as const), connection: half, rule });
const changeRule = fc.record({ kind: fc.constant("change-rule" as const), connection: half, place: half, rule });
const deleteRule = fc.record({ kind: fc.constant("delete-rule" as const), connection: half, place: half });
export const ruleChange: fc.Arbitrary<Action> = fc.oneof(addRule, changeRule, deleteRule);
export const switching: fc.Arbitrary<Action> = fc.record({
  kind: fc.constant("exchange" as const),
  account: half,
  isOn: fc.boolean(),
});

const KEEPS_BACK: RuleFields = {
  organization: null,
  itemKind: null,
  account: null,
  skip: true,
  leadTag: null,
  funnel: null,
};

/** A rule that keeps everything back goes while one process, slowly, takes up what it has held, or folds by it. */
export function ruleStory(families: readonly DocumentHistory[][]): fc.Arbitrary<Action[]> {
  return fc
    .record({
      connection: half,
      documents: postsOf(families),
      slow: process,
      // Before the review writes what it has folded, or before it writes down that it is over.
      skip: fc.integer({ min: 4, max: 5 }),
      isReview: fc.boolean(),
    })
    .map(({ connection, documents, slow, skip, isReview }): Action[] => {
      // An ingest stands still between its reading and its writing.
      const stall: Action = { kind: "stall", process: slow, at: "database", skip: isReview ? skip : 1, ms: 8_000 };
      const wait: Action = { kind: "wait", ms: 2_000 };
      return [
        { kind: "add-rule", connection, rule: KEEPS_BACK },
        ...(isReview ? [documents, wait, stall] : [stall, { ...documents, process: slow }]),
        { kind: "tick", process: isReview ? slow : 1 - slow },
        { kind: "wait", ms: 400 },
        { kind: "delete-rule", connection, place: 0 },
        ...(isReview ? [] : [{ kind: "tick" as const, process: 1 - slow }]),
        { kind: "wait", ms: 20_000 },
      ];
    });
}
