import { describe, expect, it } from "vitest";
import type { Bridge } from "../../src/bridge.ts";
import { createMortal } from "./mortal.ts";
import { createMoyskladScene, type MoyskladScene, only } from "./stage.ts";

const MINUTE = 60_000;

/** What a process does in a minute of its life: reads, places, delivers. */
async function work(bridge: Bridge): Promise<void> {
  await bridge.poll();
  await bridge.tick();
}

/** Lets a process die at each of its awaits in turn, and another one go on. Returns how many awaits there were. */
async function dieEverywhere(prepare: () => Promise<MoyskladScene>, check: (scene: MoyskladScene) => unknown) {
  for (let killAt = 1; ; killAt += 1) {
    const scene = await prepare();
    scene.clock.advance(5 * MINUTE);
    const mortal = await createMortal(scene, killAt);
    const isDead = await mortal.live(work);
    // As long as what the dead one held may be held.
    await scene.live(6 * MINUTE, 10_000);
    expect({ killAt, ...scene.counts(), result: check(scene) }).toEqual({
      killAt,
      counterparties: 1,
      orders: 1,
      deals: 1,
      result: "as it should be",
    });
    if (!isDead) return killAt;
  }
}

describe("a process that dies at any of its requests and writes", () => {
  it(
    "while it places a lead leaves one counterparty, one order and one deal",
    async () => {
      const awaits = await dieEverywhere(
        async () => {
          const scene = await createMoyskladScene({ hooks: { calltouch: false } });
          scene.callIn();
          return scene;
        },
        (scene) => {
          const { creates, status, link } = only(scene.deals());
          return creates === 1 && status === "PENDING" && link.kind === "call" ? "as it should be" : "wrong";
        },
      );
      expect(awaits).toBeGreaterThan(60);
    },
    2 * MINUTE,
  );

  it(
    "while it follows an order leaves the deal as the order is",
    async () => {
      const awaits = await dieEverywhere(
        async () => {
          const scene = await createMoyskladScene({ hooks: { moysklad: false } });
          scene.callIn();
          await scene.settle();
          scene.clock.advance(MINUTE);
          scene.erp.changeOrder(scene.order().id, { stateId: scene.states.Выполнен, sum: 10_000 });
          return scene;
        },
        (scene) => {
          const { creates, status, revenue } = only(scene.deals());
          return creates === 1 && status === "COMPLETED" && revenue === "100.00" ? "as it should be" : "wrong";
        },
      );
      expect(awaits).toBeGreaterThan(40);
    },
    2 * MINUTE,
  );
});
