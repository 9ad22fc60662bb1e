import { describe, expect, it } from "vitest";
import { MINUTE, operations, visit, visits } from "../dispatcher/stage.ts";
import { createScene, type Scene, SITE } from "../scene.ts";
import { addCall, listings, runBoth, storedAttributions, tickAfter } from "./stage.ts";

/** A second account of the same site with a connection of its own; returns a function that posts to it. */
async function addBranch(scene: Scene) {
  const account = await scene.admin("POST", "/accounts", { name: "Филиал", ...SITE });
  const since = "2026-01-01T00:00:00+03:00";
  const fields = { adapter: "alfa-auto", name: "Филиал", accountId: account.body["id"], since };
  const { body } = await scene.admin("POST", "/connections", fields);
  return async (documents: readonly unknown[]) => {
    await scene.call("POST", "/v1/alfa-auto/documents", { documents }, { authorization: `Bearer ${body["key"]}` });
    await scene.idle();
  };
}

describe("the cost of attributions", () => {
  it("2 500 deals of one site, of whatever connection and account, are asked for in three requests", async () => {
    const scene = await createScene();
    addCall(scene);
    const branch = await addBranch(scene);
    for (let first = 0; first < 25; first += 1) {
      const documents = visits(2_500).slice(first * 100, first * 100 + 100);
      await (first % 2 ? scene.post(documents) : branch(documents));
    }
    scene.sandbox.control.clearRequests();
    await tickAfter(scene, 10 * MINUTE);
    expect(operations(scene)).toEqual(["list", "list", "list"]);
    const deals = await storedAttributions(scene);
    expect(deals.filter(({ attribution }) => attribution?.matched)).toHaveLength(2_500);
    expect(new Set(deals.map(({ connection_id, attribution_seq }) => `${connection_id}:${attribution_seq}`)).size).toBe(
      2_500,
    );
  }, 60_000);

  it("what falls due within a minute is asked for in one request", async () => {
    const scene = await createScene();
    for (let n = 1; n <= 10; n += 1) {
      await scene.post([visit(n)]);
      scene.clock.advance(5_000);
    }
    await runBoth(scene, 6 * MINUTE, 1_000);
    expect(listings(scene)).toBe(1);
  });

  it("deals of dates far apart are asked for in one window each", async () => {
    const scene = await createScene();
    const at = (date: string) => ({ date: `${date}T10:00:00` });
    await scene.post([visit(1, at("2026-09-01")), visit(2, at("2026-09-02")), visit(3, at("2026-10-15"))]);
    await tickAfter(scene, 6 * MINUTE);
    expect(listings(scene)).toBe(2);
    expect((await storedAttributions(scene)).every(({ attribution_step }) => attribution_step === 1)).toBe(true);
  });
});
