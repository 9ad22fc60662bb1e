import { describe, expect, it } from "vitest";
import { createScene, SITE } from "../scene.ts";
import { MINUTE, numberOf, operations, problemsOf, statuses, storedDeal, visit, visits } from "./stage.ts";

describe("an accepted deal", () => {
  it("is delivered, and its Calltouch id is kept and told", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    const row = await storedDeal(scene.client, 1);
    expect(row).toMatchObject({ status: "delivered", doubt: null, lease: null, step: "update" });
    expect(row?.calltouch_id).toBe(scene.deal(numberOf(1))?.calltouchOrderId ?? 0);
    const [again] = await scene.post([visit(1, { amount: 1 })]);
    expect(again?.dealId).toBe(row?.calltouch_id ?? 0);
  });
});

describe("a refused create", () => {
  it("is looked up once and updated instead when the deal exists", async () => {
    const scene = await createScene();
    scene.sandbox.control.addDealByHand({
      siteId: SITE.siteId,
      orderNumber: numberOf(1),
      orderAt: Date.UTC(2026, 8, 12, 16),
    });
    await scene.post([visit(1)]);
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual(["create", "list", "update"]);
    expect(scene.deal(numberOf(1))).toMatchObject({ status: "Предварительная заявка", origin: "UI" });
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "delivered", doubt: null });
  });

  it("is dead with Calltouch's reason when there is no such deal, never sent again, and revived by a later revision", async () => {
    const scene = await createScene();
    scene.sandbox.control.fault({ kind: "itemError", orderNumber: numberOf(1) });
    await scene.post(visits(3));
    await scene.run(10 * MINUTE, 5_000);
    expect(operations(scene)).toEqual(["create", "list"]);
    const row = await storedDeal(scene.client, 1);
    expect(row).toMatchObject({ status: "dead", reason_code: "CALLTOUCH_REFUSED", delivered: null });
    expect(row?.reason).toContain("internal error");
    expect(await statuses(scene.client)).toEqual({ dead: 1, delivered: 2 });
    await scene.post([visit(1, { amount: 7 })]);
    expect(scene.deal(numberOf(1))).toMatchObject({ revenue: "7.00", creates: 1 });
    expect(await problemsOf(scene, 3)).toEqual([]);
  });

  it("is dead when its number was deleted in Calltouch", async () => {
    const scene = await createScene();
    const at = Date.UTC(2026, 8, 12, 16);
    scene.sandbox.control.addDealByHand({ siteId: SITE.siteId, orderNumber: numberOf(1), orderAt: at });
    scene.sandbox.control.deleteDealByHand(SITE.siteId, numberOf(1));
    await scene.post([visit(1)]);
    await scene.run(MINUTE);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "dead", reason_code: "DELETED_IN_CALLTOUCH" });
  });
});

describe("a refused update", () => {
  it("is looked up once, dead with the reason, and revived by a later revision", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    scene.sandbox.control.fault({ kind: "itemError", orderNumber: numberOf(1), path: "update" });
    await scene.post([visit(1, { amount: 1 })]);
    await scene.run(10 * MINUTE, 5_000);
    expect(operations(scene)).toEqual(["create", "update", "list"]);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "dead", reason_code: "CALLTOUCH_REFUSED" });
    await scene.post([visit(1, { amount: 2 })]);
    expect(scene.deal(numberOf(1))?.revenue).toBe("2.00");
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "delivered", reason_code: null });
  });
});
