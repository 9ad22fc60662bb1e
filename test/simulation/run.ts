/** Plays one scenario and checks what must hold whatever happened in it. */
import { createClient } from "@libsql/client";
import type { LogEvent } from "../../src/platform.ts";
import type { Mutation } from "./process.ts";
import type { Scenario } from "./scenario.ts";
import { createStage } from "./stage.ts";
import type { Violation } from "./watch.ts";
import { createWorld } from "./world.ts";

/** 2026-11-22 12:00 in Moscow. */
export const NOON = Date.UTC(2026, 10, 22, 9);

export interface Run {
  violations: Violation[];
  trace: readonly string[];
  logs: readonly LogEvent[];
  steps: number;
  /** Whether there were enough awaits for `killAt`. */
  died: boolean;
}

export async function play(scenario: Scenario, mutation: Mutation = {}): Promise<Run> {
  const world = createWorld(scenario.seed, NOON + scenario.startMinute * 60_000);
  const client = createClient({ url: ":memory:" });
  const logs: LogEvent[] = [];
  try {
    const stage = await createStage({ scenario, mutation, world, client, logs });
    for (const action of scenario.actions) {
      await stage.act(action);
      // Some of what was started goes on before the next thing happens, some of it meanwhile.
      await world.run(world.now(), Math.floor(world.random() * 60));
      await stage.checkMoment();
    }
    await stage.calmDown();
    return { violations: await stage.finish(), trace: world.trace, logs, steps: world.steps(), died: stage.died() };
  } finally {
    client.close();
  }
}
