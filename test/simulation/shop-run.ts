/** Plays one scenario of a MoySklad shop and checks what must hold whatever happened in it. */
import { createClient } from "@libsql/client";
import type { LogEvent } from "../../src/platform.ts";
import { digestsUnderWay, watchDigests } from "./digests.ts";
import type { Mutation } from "./process.ts";
import { NOON, type Run } from "./run.ts";
import type { ShopScenario } from "./shop-scenario.ts";
import { createShopStage } from "./shop-stage.ts";
import { createWorld } from "./world.ts";

export async function playShop(scenario: ShopScenario, mutation: Mutation = {}): Promise<Run> {
  const unwatch = watchDigests();
  const world = createWorld(scenario.seed, NOON, digestsUnderWay);
  const client = createClient({ url: ":memory:" });
  const logs: LogEvent[] = [];
  try {
    const stage = await createShopStage({ scenario, mutation, world, client, logs });
    await stage.setUp();
    for (const action of scenario.actions) {
      await stage.act(action);
      await world.run(world.now(), Math.floor(world.random() * 60));
      await stage.checkMoment();
    }
    await stage.calmDown();
    return { violations: await stage.finish(), trace: world.trace, logs, steps: world.steps(), died: stage.died() };
  } finally {
    client.close();
    unwatch();
  }
}
