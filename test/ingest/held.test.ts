import { describe, expect, it } from "vitest";
import {
  HOUR,
  MINUTE,
  numberOf,
  operations,
  problemsOf,
  sentOrders,
  storedDeal,
  visit,
  workOrder,
} from "../dispatcher/stage.ts";
import { createScene, type Scene } from "../scene.ts";

describe("what is not sent yet", () => {
  const early = (n: number) => visit(n, { date: "2025-12-31T23:59:59" });

  it("a document from before the first launch is kept, and goes when sent by hand", async () => {
    const scene = await createScene();
    expect((await scene.post([early(1)]))[0]).toMatchObject({ result: "skipped", code: "BEFORE_START" });
    await scene.run(HOUR, MINUTE);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "held", reason_code: "BEFORE_START" });
    expect(operations(scene)).toEqual([]);
    expect((await scene.post([early(1)], { mode: "manual" }))[0]?.result).toBe("accepted");
    expect(await problemsOf(scene, 1)).toEqual([]);
    expect((await scene.post([{ ...early(1), amount: 5 }]))[0]?.result).toBe("accepted");
    expect(scene.deal(numberOf(1))?.revenue).toBe("5.00");
  });

  it("goes with the first later document of its deal", async () => {
    const scene = await createScene();
    await scene.post([early(1)]);
    await scene.post([workOrder(50, 1)]);
    expect(scene.deal(numberOf(1))).toMatchObject({ status: "В работе", orderDate: "31-12-2025 23:59:59" });
  });

  it("in a trial everything is explained and nothing sent, and its end sends what is due and no more", async () => {
    const scene = await createScene({ connection: { dryRun: true } });
    const results = await scene.post([visit(1), early(2), visit(3, { status: "" })]);
    expect(results.map(({ result, code }) => `${result} ${code}`)).toEqual([
      "skipped DRY_RUN",
      "skipped BEFORE_START",
      "skipped NO_STATUS",
    ]);
    expect((await scene.post([visit(1, { amount: 4 })], { mode: "manual" }))[0]?.code).toBe("DRY_RUN");
    await scene.run(HOUR, MINUTE);
    expect(operations(scene)).toEqual([]);
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, { dryRun: false });
    await scene.run(MINUTE);
    expect(scene.sandbox.control.deals().map(({ orderNumber, revenue }) => [orderNumber, revenue])).toEqual([
      [numberOf(1), "4.00"],
    ]);
    expect(await storedDeal(scene.client, 2)).toMatchObject({ status: "held", reason_code: "BEFORE_START" });
  });

  it("a silent document is kept, and goes when it speaks", async () => {
    const scene = await createScene();
    expect((await scene.post([visit(1, { status: "" })]))[0]).toMatchObject({ result: "skipped", code: "NO_STATUS" });
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "held", order_number: null });
    await scene.post([visit(1)]);
    expect(await problemsOf(scene, 1)).toEqual([]);
  });

  it("a deal Calltouch has is not taken back because it fell silent", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    expect((await scene.post([visit(1, { status: "" })]))[0]).toMatchObject({ result: "skipped", code: "NO_STATUS" });
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual(["create"]);
    expect(await problemsOf(scene, 1)).toEqual([]);
  });
});

describe("the end of a trial", () => {
  const setTrial = (scene: Scene, dryRun: boolean) =>
    scene.admin("PATCH", `/connections/${scene.connectionId}`, { dryRun });

  it("goes on with a change that waited, also when the documents say nothing any more", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await setTrial(scene, true);
    await scene.post([visit(1, { amount: 5, changedAt: "2026-10-01T10:00:00" })]);
    await scene.post([visit(1, { status: "", changedAt: "2026-10-02T10:00:00" })]);
    await setTrial(scene, false);
    await scene.run(MINUTE);
    expect(scene.deal(numberOf(1))).toMatchObject({ revenue: "5.00" });
    expect((await scene.admin("GET", "/deals?status=held")).body["deals"]).toEqual([]);
  });

  it("goes on with the search for a lead that waited", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await scene.client.execute("UPDATE deals SET rematch = 1, status = 'due'");
    await setTrial(scene, true);
    await setTrial(scene, false);
    await scene.run(MINUTE);
    expect(sentOrders(scene, "update")).toMatchObject([{ reMatching: [{}, {}, {}] }]);
  });
});
