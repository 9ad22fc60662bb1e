/** What can be simulated: each kind with its scenarios and with the mistakes they must catch. */
import { dalionMutants } from "./dalion-mutants.ts";
import { alfaAutoMutants } from "./mutants.ts";
import type { Mutation } from "./process.ts";
import { play, type Run } from "./run.ts";
import { scenarioOf } from "./scenario.ts";
import { shopMutants } from "./shop-mutants.ts";
import { playShop } from "./shop-run.ts";
import { shopScenarioOf } from "./shop-scenario.ts";

export const KINDS = ["alfa-auto", "dalion", "moysklad"] as const;
export type Kind = (typeof KINDS)[number];

interface Simulation {
  /** JSON, for whoever looks at a seed. */
  scenario(seed: number): unknown;
  play(seed: number, mutation?: Mutation): Promise<Run>;
  mutants: Readonly<Record<string, Mutation>>;
}

export const simulations: Readonly<Record<Kind, Simulation>> = {
  "alfa-auto": {
    scenario: (seed) => scenarioOf("alfa-auto", seed),
    play: (seed, mutation) => play(scenarioOf("alfa-auto", seed), mutation),
    mutants: alfaAutoMutants,
  },
  dalion: {
    scenario: (seed) => scenarioOf("dalion", seed),
    play: (seed, mutation) => play(scenarioOf("dalion", seed), mutation),
    mutants: dalionMutants,
  },
  moysklad: {
    scenario: shopScenarioOf,
    play: (seed, mutation) => playShop(shopScenarioOf(seed), mutation),
    mutants: shopMutants,
  },
};
