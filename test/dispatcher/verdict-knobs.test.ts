import { describe, expect, it } from "vitest";
import type { KnobsPatch } from "../../sandbox/calltouch/index.ts";
import { createScene, SITE } from "../scene.ts";
import { HOUR, MINUTE, numberOf, operations, problemsOf, sentOrders, storedDeal, visit, visits } from "./stage.ts";

const KNOBS: [name: string, knobs: KnobsPatch, account?: Record<string, unknown>][] = [
  ["duplicateCreate error", { duplicateCreate: "error" }],
  ["duplicateCreate upsert", { duplicateCreate: "upsert" }],
  ["duplicateCreate allow", { duplicateCreate: "allow" }],
  ["listingLagMs 0", { listingLagMs: 0 }],
  ["listingLagMs 0 believed", { listingLagMs: 0 }, { listingLagMs: 0 }],
  ["listingLagMs 8000", { listingLagMs: 8_000 }],
  ["listingOrderNumber ours", { listingOrderNumber: "ours" }],
  ["listingOrderNumber calltouch", { listingOrderNumber: "calltouch" }],
  ["visitNullStyle null", { visitNullStyle: "null" }],
  ["visitNullStyle objectOfNulls", { visitNullStyle: "objectOfNulls" }],
  ["phonesStyle string", { phonesStyle: "string" }],
  ["phonesStyle array", { phonesStyle: "array" }],
  ["tagsStyle strings", { tagsStyle: "strings" }],
  ["tagsStyle groups", { tagsStyle: "groups" }],
  ["errorNullOnSuccess false", { errorNullOnSuccess: false }],
  ["echoOrderNumber false", { echoOrderNumber: false }],
  ["neither echo nor error", { echoOrderNumber: false, errorNullOnSuccess: false }],
  ["deleteUnknown error", { deleteUnknown: "error" }],
  ["deleteUnknown ok", { deleteUnknown: "ok" }],
  ["costs 1", { costs: { create: 1, update: 1, delete: 1, list: 1 } }, { requestPoints: 1 }],
  ["costs 5", { costs: { create: 5, update: 5, delete: 5, list: 5 } }, { requestPoints: 5 }],
  ["costs 10", { costs: { create: 10, update: 10, delete: 10, list: 10 } }, { requestPoints: 10 }],
  ["reuseDeletedNumber true", { reuseDeletedNumber: true }],
  ["reuseDeletedNumber false", { reuseDeletedNumber: false }],
  ["rejectUnknownKeys", { rejectUnknownKeys: true, rejectNumericOrderNumber: true }],
  ["olderUpdate error", { olderUpdate: "error" }],
  ["listDeleted false", { listDeleted: false }],
  ["pointsStatus 402", { pointsStatus: 402 }],
  ["pointsStatus 403", { pointsStatus: 403 }],
];

describe("whichever way Calltouch turns out to behave", () => {
  it.each(KNOBS)("with %s everything is delivered, once", async (_, knobs, account = {}) => {
    const scene = await createScene({ knobs, account, connection: { settings: { deleted: "delete" } } });
    scene.sandbox.control.addLead({
      siteId: SITE.siteId,
      kind: "call",
      at: Date.UTC(2026, 8, 12, 15),
      phones: ["79001234567"],
    });
    const { fault } = scene.sandbox.control;
    await scene.post(visits(4));
    fault({ kind: "timeoutAfterCommit", path: "create" });
    await scene.post([5, 6, 7].map((n) => visit(n)));
    await scene.run(MINUTE);
    fault({ kind: "resetBeforeCommit", path: "create" });
    await scene.post([8, 9].map((n) => visit(n)));
    await scene.run(MINUTE);
    fault({ kind: "html502", afterCommit: true, path: "update" });
    await scene.post(visits(9, { amount: 77 }));
    await scene.run(MINUTE);
    expect(await problemsOf(scene, 9)).toEqual([]);
    for (let n = 1; n <= 9; n += 1) expect(scene.deal(numberOf(n))?.revenue).toBe("77.00");

    fault({ kind: "truncatedJson", path: "delete" });
    await scene.post([visit(1, { deleted: true })]);
    await scene.run(MINUTE);
    expect(scene.deal(numberOf(1))).toMatchObject({ isDeleted: true, creates: 1 });
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "delivered", closed: 1, delivered: null });
    expect(operations(scene).filter((operation) => operation === "create")).toHaveLength(4);
    expect(sentOrders(scene, "create")).toHaveLength(11);
  });

  it.each([1, 5, 10])("at %d points a request the site's points are never overdrawn", async (cost) => {
    const costs = { create: cost, update: cost, delete: cost, list: cost };
    const scene = await createScene({ knobs: { costs }, account: { requestPoints: cost, hourlyPoints: 25 } });
    scene.sandbox.control.updateSite(SITE.siteId, { hourlyPoints: 25 });
    for (let n = 1; n <= 6; n += 1) await scene.post([visit(n)]);
    for (let hour = 0; hour < 4; hour += 1) await scene.run(HOUR, MINUTE);
    expect(await problemsOf(scene, 6)).toEqual([]);
    expect(scene.sandbox.control.requests().every(({ status }) => status === 200)).toBe(true);
  });
});
