import { describe, expect, it } from "vitest";
import { numberOf, operations, visit } from "../dispatcher/stage.ts";
import { createHeldScene, finish, makeElsewhere, start } from "./stage.ts";

describe("a job that refreshes attributions", () => {
  it("stores them from the listing it reads anyway", async () => {
    const scene = await createHeldScene({ account: { autoExchange: true } });
    await scene.post([visit(1)]);
    await scene.run(3_000);
    scene.sandbox.control.clearRequests();
    const { job } = await finish(scene, await start(scene, { actions: ["update", "attribution"] }));
    expect(job.progress.attributions).toBe(1);
    expect(operations(scene)).toEqual(["list"]);
    const { rows } = await scene.client.execute("SELECT attribution, attribution_seq FROM deals");
    expect(rows).toMatchObject([{ attribution: expect.any(String), attribution_seq: 1 }]);
  });

  it("costs nothing later: what is not known is asked for when it was to be", async () => {
    const scene = await createHeldScene({ account: { autoExchange: true } });
    await scene.post([visit(1), visit(2)]);
    await scene.run(3_000);
    await scene.client.execute("UPDATE deals SET attribution_at = NULL, attribution_step = 12 WHERE id = 1");
    const planned = "SELECT id, attribution_at, attribution_step FROM deals ORDER BY id";
    const before = await scene.client.execute(planned);
    await finish(scene, await start(scene, { actions: ["attribution"] }));
    expect((await scene.client.execute(planned)).rows).toEqual(before.rows);
  });

  it("stores them also of what another exchange has made", async () => {
    const scene = await createHeldScene();
    await scene.post([visit(1), visit(2)]);
    await makeElsewhere(scene, numberOf(1));
    const { job } = await finish(scene, await start(scene, { actions: ["create", "attribution"] }));
    expect(job.progress).toMatchObject({ alreadyThere: 1, created: 1, attributions: 1 });
    const { rows } = await scene.client.execute("SELECT attribution->>'source' AS source FROM deals ORDER BY id");
    expect(rows).toMatchObject([{ source: "other" }, { source: null }]);
  });
});
