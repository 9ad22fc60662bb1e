import { describe, expect, it } from "vitest";
import { play } from "./run.ts";
import type { Action, Scenario } from "./scenario.ts";

const MINUTE = 60_000;
const GUID = "00000001-0000-11f1-80d6-2c44fd8322a7";
const APPOINTMENT = {
  guid: "00000000-0000-11f1-80d6-2c44fd8322a7",
  type: "ЗаявкаНаРемонт",
  number: "ПС000000",
  date: "2026-11-10T09:00:00",
};

const order = (version: number, fields: Record<string, unknown>) => ({
  guid: GUID,
  type: "ЗаказНаряд",
  number: "ЗН000001",
  date: "2026-11-13T08:00:00",
  status: "В работе",
  statusDate: `2026-11-1${version}T11:00:00`,
  manager: "Мастер",
  version: String(version),
  ...fields,
});

/** A work order of its own, a change of it, and its move into the appointment's deal: every step of a deal's life. */
const states = [
  order(1, { amount: 1_000 }),
  order(2, { amount: 1_100 }),
  order(3, { amount: 1_200, base: APPOINTMENT, status: "Закрыт" }),
];
const actions = states.flatMap((_, state): Action[] => [
  { kind: "post", process: 0, documents: [{ history: 0, state }] },
  { kind: "wait", ms: 2_000 },
  { kind: "tick", process: 1 },
  { kind: "wait", ms: 20_000 },
]);

function scenario(killAt: number, listingLagMs: number): Scenario {
  return {
    kind: "alfa-auto",
    seed: 7,
    killAt,
    isCalm: false,
    families: [[{ guid: GUID, states }]],
    actions,
    hourlyPoints: 9_000,
    dailyPoints: 216_000,
    startMinute: 0,
    slowness: 0,
    listingLagMs,
    listingOrderNumber: "ours",
    duplicateCreate: "allow",
  };
}

describe("a bridge that dies", () => {
  it.each([0, 8_000])(
    "at any of its awaits loses nothing and doubles nothing (the listing lags %i ms)",
    async (listingLagMs) => {
      let killAt = 1;
      for (let isReached = true; isReached; killAt += 1) {
        const { violations, died } = await play(scenario(killAt, listingLagMs));
        expect({ killAt, violations }).toEqual({ killAt, violations: [] });
        isReached = died;
      }
      expect(killAt).toBeGreaterThan(60);
    },
    5 * MINUTE,
  );
});
