import { describe, expect, it } from "vitest";
import type { Attribution } from "../../src/attribution/attribution.ts";
import { type Asked, CONFIRM_STEP, planNext } from "../../src/attribution/schedule.ts";
import { DAY, HOUR, MINUTE } from "../dispatcher/stage.ts";

const NOW = Date.UTC(2026, 10, 22, 9);
const unmatched: Attribution = { matched: false };
const sourceless: Attribution = { matched: true, lead: { kind: "call", id: 1 } };
const matched: Attribution = { ...sourceless, source: "yandex" };
const plan = (asked: Partial<Asked>) =>
  planNext({ step: 0, attribution: unmatched, hasContacts: true, isByHand: false, ...asked }, NOW);
const steps = Array.from({ length: CONFIRM_STEP + 2 }, (_, step) => step);

describe("the schedule of attributions", () => {
  it.each([true, false])("ends, whatever is found and whoever asks (contacts: %s)", (hasContacts) => {
    for (const attribution of [unmatched, sourceless, matched, null]) {
      let step = 0;
      let asked = 1;
      for (let next = plan({ attribution, hasContacts }); next.askAt !== null; asked += 1) {
        expect(next.step).toBeGreaterThan(step);
        expect(next.askAt).toBeGreaterThanOrEqual(NOW + 5 * MINUTE);
        expect(next.askAt).toBeLessThanOrEqual(NOW + 31 * DAY);
        step = next.step;
        next = plan({ step, attribution, hasContacts });
      }
      expect(asked).toBeLessThanOrEqual(CONFIRM_STEP);
    }
  });

  it("asks together, at four hours of the day, for what is days away", () => {
    const later = (ms: number) =>
      planNext({ step: 8, attribution: unmatched, hasContacts: true, isByHand: false }, NOW + ms).askAt;
    expect([later(0), later(3 * HOUR), later(3 * HOUR + 1)]).toEqual(
      [3, 3, 9].map((hours) => NOW + 4 * DAY + hours * HOUR),
    );
  });

  it("asks once more about a day after a source is known, whenever that was, and then no more", () => {
    for (const step of steps) {
      expect(plan({ step, attribution: matched })).toEqual({
        step: CONFIRM_STEP,
        askAt: step < CONFIRM_STEP ? NOW + DAY + 3 * HOUR : null,
        isRematch: false,
      });
    }
  });

  it("lets a lead be searched for three times, and only where there are contacts to search by and no lead is known", () => {
    const searches = (asked: Partial<Asked>) => steps.filter((step) => plan({ ...asked, step }).isRematch).length;
    expect(searches({})).toBe(3);
    for (const asked of [{ hasContacts: false }, { attribution: sourceless }, { attribution: matched }]) {
      expect(searches(asked)).toBe(0);
    }
    expect(searches({ attribution: null })).toBe(0);
  });

  it("searches as often as a person asks, and looks soon after without losing its place", () => {
    for (const step of steps) {
      expect(plan({ step, isByHand: true })).toEqual({ step, askAt: NOW + 5 * MINUTE, isRematch: true });
      expect(plan({ step, isByHand: true, attribution: matched }).isRematch).toBe(false);
    }
  });
});
