/** The short form of `bun run torture`: every scenario, several at once, since each mostly waits for a dead bridge's lease. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanUp } from "../../scripts/torture/processes.ts";
import { type Outcome, runScenario } from "../../scripts/torture/run.ts";
import { scenarios } from "../../scripts/torture/scenarios.ts";

const SECONDS = 4;
const MS_MAX = 240_000;
const AT_ONCE = 5;

describe("under kill -9, outages and bad lines", () => {
  const outcomes = new Map<string, Promise<Outcome>>();

  beforeAll(() => {
    const running = new Set<Promise<unknown>>();
    let started = Promise.resolve();
    for (const [seed, scenario] of scenarios.entries()) {
      const outcome = started.then(() => runScenario(scenario, { seconds: SECONDS, seed, isLong: false }));
      outcomes.set(scenario.name, outcome);
      const ended = outcome.catch(() => {}).finally(() => running.delete(ended));
      started = started.then(async () => {
        running.add(ended);
        if (running.size >= AT_ONCE) await Promise.race(running);
      });
    }
  });

  afterAll(cleanUp);

  it.each(scenarios.map(({ name, about }) => [name, about] as const))(
    "every document is accounted for and every deal is created once: %s, %s",
    async (name) => {
      const outcome = await outcomes.get(name);
      expect(outcome?.documents).toBeGreaterThan(0);
      expect({ seed: outcome?.seed, problems: outcome?.problems }).toEqual({ seed: outcome?.seed, problems: [] });
    },
    MS_MAX,
  );
});
