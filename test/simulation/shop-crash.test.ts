import { describe, expect, it } from "vitest";
import { playShop } from "./shop-run.ts";
import type { ShopScenario } from "./shop-scenario.ts";

const MINUTE = 60_000;

/** Somebody calls. */
function scenario(killAt: number): ShopScenario {
  return {
    seed: 11,
    killAt,
    actions: [
      { kind: "call", client: 3, durationMs: 0, isAnswered: true },
      { kind: "wait", ms: 5_000 },
    ],
    settings: { revenue: "sum", orders: "from-leads", calls: "all" },
    calltouch: {},
    moysklad: {},
    slowness: 0,
    calmMs: 10 * MINUTE,
  };
}

describe("a bridge that dies", () => {
  it(
    "at any of its awaits makes of a call one counterparty, one order and one deal",
    async () => {
      let killAt = 1;
      for (let isReached = true; isReached; killAt += 1) {
        const { violations, died } = await playShop(scenario(killAt));
        expect({ killAt, violations }).toEqual({ killAt, violations: [] });
        isReached = died;
      }
      expect(killAt).toBeGreaterThan(60);
    },
    5 * MINUTE,
  );
});
