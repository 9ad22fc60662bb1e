import { type Client, createClient } from "@libsql/client";
import { describe, expect, it } from "vitest";
import { createScene, createTestPlatform, startBridge } from "../scene.ts";
import {
  createDoomed,
  MINUTE,
  numberOf,
  operations,
  problemsOf,
  storedDeal,
  visit,
  visits,
  withoutDispatch,
} from "./stage.ts";

/** A process that takes what is due and never hears of it again. */
async function die(client: Client, { platform, waits }: ReturnType<typeof createDoomed>): Promise<void> {
  await Promise.race([(await startBridge(platform, client)).tick(), waits]);
}

describe("a process that died", () => {
  it.each([
    ["before Calltouch saw the request", false],
    ["after Calltouch carried it out", true],
  ])("%s: its deals are claimed again as unknown and created once", async (_, applied) => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    const doomed = createDoomed(scene.clock, (request) => applied && scene.sandbox.fetch(request));
    await withoutDispatch(scene.platform, () => scene.post(visits(4)));
    await die(client, doomed);
    expect(await storedDeal(client, 1)).toMatchObject({ status: "due", doubt: null });
    expect((await storedDeal(client, 1))?.lease).not.toBe(null);

    scene.clock.advance(14_000);
    await scene.bridge.tick();
    expect((await storedDeal(client, 1))?.doubt).toBe(null);
    scene.clock.advance(2_000);
    await scene.bridge.tick();
    expect(await storedDeal(client, 1)).toMatchObject({ status: "due", doubt: "unknown", lease: null });
    await scene.run(MINUTE);
    const seen = applied ? ["create", "list", "update"] : ["list", "create"];
    expect(operations(scene)).toEqual(seen);
    expect(await problemsOf(scene, 4)).toEqual([]);
  });

  it("during an update or a lookup loses nothing either", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    await scene.post(visits(2));
    scene.sandbox.control.fault({ kind: "resetAfterCommit", path: "create" });
    await scene.post([visit(3)]);
    await withoutDispatch(scene.platform, () => scene.post(visits(2, { amount: 8 })));
    scene.clock.advance(MINUTE);
    for (let death = 0; death < 3; death += 1) {
      await die(client, createDoomed(scene.clock));
      scene.clock.advance(16_000);
    }
    await scene.run(MINUTE);
    expect(await problemsOf(scene, 3)).toEqual([]);
    expect(scene.deal(numberOf(2))?.revenue).toBe("8.00");
  });

  it.each([
    ["an update", { amount: 5 }, { revenue: "12500.50", isDeleted: false }, "delivered"],
    ["a deletion", { deleted: true }, { isDeleted: true }, "dead"],
  ])(
    "after %s was carried out is not taken for one that did nothing when the ERP goes back",
    async (_, change, seen, status) => {
      const scene = await createScene({ connection: { settings: { deleted: "delete" } } });
      await scene.post([visit(1)]);
      await withoutDispatch(scene.platform, () => scene.post([visit(1, change)]));
      await die(scene.client, createDoomed(scene.clock, scene.sandbox.fetch));
      await withoutDispatch(scene.platform, () => scene.post([visit(1)]));
      scene.clock.advance(16_000);
      await scene.run(MINUTE);
      expect(scene.deal(numberOf(1))).toMatchObject(seen);
      expect(await storedDeal(scene.client, 1)).toMatchObject({ status });
    },
  );

  it("a holder that only slept too long settles nothing under its lost lease", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    const asked = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const slow = createTestPlatform(
      scene.clock,
      {
        fetch: async (request) => {
          const response = await scene.sandbox.fetch(request);
          asked.resolve();
          await held.promise;
          return response;
        },
      },
      [],
      new Set(),
    );
    await withoutDispatch(scene.platform, () => scene.post(visits(2)));
    const slowTick = (await startBridge(slow, client)).tick();
    await asked.promise;
    scene.clock.advance(16_000);
    await scene.bridge.tick();
    expect(await storedDeal(client, 1)).toMatchObject({ doubt: "unknown" });
    held.resolve();
    await slowTick;
    expect(await storedDeal(client, 1)).toMatchObject({ status: "due", doubt: "unknown", delivered: null });
    await scene.run(MINUTE);
    expect(await problemsOf(scene, 2)).toEqual([]);
  });
});
