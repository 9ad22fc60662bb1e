/** Each action on a deal in each state: what it answers, and what stands in Calltouch afterwards. */
import { describe, expect, it } from "vitest";
import { numberOf } from "../dispatcher/stage.ts";
import { createScene } from "../scene.ts";
import { OTHERWISE } from "./knobs.ts";
import { inCalltouch, outcomeOf, STATES } from "./stage.ts";

/** Outcome, then what stands under the deal's number and under its second number; "absent" when left out. */
type Expected = readonly [outcome: string, first?: string, second?: string];

const HELD = ["held NO_STATUS", "held AUTO_OFF", "held BEFORE_START", "held NO_RULE", "held RULE_SKIP", "held DRY_RUN"];
const forAll = (states: readonly string[], expected: Expected) =>
  Object.fromEntries(states.map((state) => [state, expected]));

const TABLE: Record<string, Record<string, Expected>> = {
  check: {
    unknown: ["unknown UNKNOWN"],
    "another connection's": ["unknown UNKNOWN"],
    ...forAll(HELD, ["absent ABSENT"]),
    due: ["absent ABSENT"],
    delivered: ["exists EXISTS", "there"],
    "delivered, changed": ["exists EXISTS", "there"],
    "in doubt, created": ["pending CALLTOUCH_SILENT", "there"],
    "in doubt, not created": ["pending CALLTOUCH_SILENT"],
    dead: ["absent ABSENT"],
    "closed by us": ["deleted DELETED_IN_CALLTOUCH", "deleted"],
    "closed before it was sent": ["absent ABSENT"],
    "deleted by hand": ["deleted DELETED_IN_CALLTOUCH", "deleted"],
    "closed by hand": ["deleted DELETED_IN_CALLTOUCH", "deleted"],
  },
  create: {
    unknown: ["error NOT_FOUND"],
    "another connection's": ["error NOT_FOUND"],
    "held NO_STATUS": ["skipped NO_STATUS"],
    "held AUTO_OFF": ["done CREATED", "there"],
    "held BEFORE_START": ["done CREATED", "there"],
    "held NO_RULE": ["skipped NO_RULE"],
    "held RULE_SKIP": ["skipped RULE_SKIP"],
    "held DRY_RUN": ["skipped DRY_RUN"],
    due: ["done CREATED", "there"],
    delivered: ["unchanged EXISTS", "there"],
    "delivered, changed": ["unchanged EXISTS", "there"],
    "in doubt, created": ["done CREATED", "there"],
    "in doubt, not created": ["done CREATED", "there"],
    dead: ["done CREATED", "there"],
    "closed by us": ["done CREATED", "deleted", "there"],
    "closed before it was sent": ["skipped NO_STATUS"],
    // As far as the bridge knows: a check tells better.
    "deleted by hand": ["unchanged EXISTS", "deleted"],
    "closed by hand": ["done CREATED", "deleted", "there"],
  },
  update: {
    unknown: ["error NOT_FOUND"],
    "another connection's": ["error NOT_FOUND"],
    ...forAll(HELD, ["skipped NOT_CREATED"]),
    due: ["done UPDATED", "there"],
    delivered: ["done UPDATED", "there"],
    "delivered, changed": ["done UPDATED", "there"],
    "in doubt, created": ["done UPDATED", "there"],
    "in doubt, not created": ["done UPDATED", "there"],
    dead: ["skipped NOT_CREATED"],
    "closed by us": ["skipped CLOSED", "deleted"],
    "closed before it was sent": ["skipped CLOSED"],
    "deleted by hand": ["error DELETED_IN_CALLTOUCH", "deleted"],
    "closed by hand": ["skipped CLOSED", "deleted"],
  },
  delete: {
    unknown: ["error NOT_FOUND"],
    "another connection's": ["error NOT_FOUND"],
    ...forAll(HELD, ["done DELETED"]),
    due: ["done DELETED"],
    delivered: ["done DELETED", "deleted"],
    "delivered, changed": ["done DELETED", "deleted"],
    "in doubt, created": ["done DELETED", "deleted"],
    "in doubt, not created": ["done DELETED"],
    dead: ["done DELETED"],
    "closed by us": ["unchanged DELETED", "deleted"],
    "closed before it was sent": ["unchanged DELETED"],
    "deleted by hand": ["done DELETED", "deleted"],
    "closed by hand": ["unchanged DELETED", "deleted"],
  },
  attribution: {
    unknown: ["error NOT_FOUND"],
    "another connection's": ["error NOT_FOUND"],
    ...forAll(HELD, ["skipped NOT_CREATED"]),
    due: ["pending PENDING"],
    delivered: ["pending REMATCHING", "there"],
    "delivered, changed": ["done NOT_MATCHED", "there"],
    "in doubt, created": ["pending CALLTOUCH_SILENT", "there"],
    "in doubt, not created": ["pending CALLTOUCH_SILENT"],
    dead: ["skipped NOT_CREATED"],
    "closed by us": ["skipped CLOSED", "deleted"],
    "closed before it was sent": ["skipped CLOSED"],
    "deleted by hand": ["pending NOT_LISTED", "deleted"],
    "closed by hand": ["skipped CLOSED", "deleted"],
  },
};
/** A Calltouch that no longer lists what was deleted: nothing tells a deletion from a delay. */
const TOLD_OTHERWISE: Record<string, Record<string, Expected>> = {
  check: {
    "closed by us": ["absent ABSENT", "deleted"],
    "deleted by hand": ["pending NOT_LISTED", "deleted"],
    "closed by hand": ["absent ABSENT", "deleted"],
  },
};

const cases = Object.entries(TABLE).flatMap(([action, states]) =>
  Object.entries(states).map(([state, expected]): [string, string, Expected] => [action, state, expected]),
);

describe("an action by hand", () => {
  it("is tried on every state", () => {
    for (const states of Object.values(TABLE)) expect(Object.keys(states).sort()).toEqual(Object.keys(STATES).sort());
  });

  it.each(cases)("%s of a deal that is %s answers and does as it should", async (action, state, expected) => {
    for (const knobs of [{}, OTHERWISE]) {
      const scene = await createScene({ knobs });
      await STATES[state]?.(scene);
      const told = knobs === OTHERWISE ? (TOLD_OTHERWISE[action]?.[state] ?? expected) : expected;
      const [outcome, first = "absent", second = "absent"] = told;
      expect(await outcomeOf(scene, action)).toBe(outcome);
      expect([inCalltouch(scene), inCalltouch(scene, `${numberOf(1)}/2`)]).toEqual([first, second]);
      // Whatever was in doubt is resolved later, and nothing is made twice.
      await scene.run(120_000, 5_000);
      const living = scene.sandbox.control.deals().filter(({ isDeleted, siteId }) => !isDeleted && siteId === "41234");
      expect(living.length).toBeLessThanOrEqual(1);
    }
  });
});
