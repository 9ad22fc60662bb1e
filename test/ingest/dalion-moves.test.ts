import { describe, expect, it } from "vitest";
import { giveBack, ORDER, order, sale, shipment } from "../adapters/dalion-documents.ts";
import { createDalionScene } from "./dalion-scene.ts";

const OTHER = "7d30f0a1-c2ed-11ed-80d6-2c44fd8322a7";
const other = () => order({ guid: OTHER, number: "ER00004128" });
const moved = { changedAt: "2023-04-05T10:00:00" };
const saleGuid = sale().guid;

describe("a shipment moved to another order", () => {
  it("takes its revenue and its margin along, and the order it leaves is changed now", async () => {
    const scene = await createDalionScene();
    await scene.post([order(), other(), shipment(1)]);
    scene.clock.advance(60_000);
    const movedAt = Math.floor(scene.clock.now() / 1_000) * 1_000;
    await scene.post([shipment(1, { ...moved, base: other() })]);
    expect(scene.dealOf(ORDER)).toMatchObject({ status: "Оформлен заказ", revenue: "0.00", margin: "0.00" });
    expect(scene.dealOf(ORDER)?.lastUpdateDateAt).toBe(movedAt);
    expect(scene.dealOf(OTHER)).toMatchObject({ status: "Заказ отгружен", revenue: "100.00", margin: "10.00" });
  });

  it("leaves no margin behind in an order that was shipped in full by a sum it no longer has", async () => {
    const scene = await createDalionScene({ connection: { settings: { shippedWhen: "full" } } });
    await scene.post([order({ amount: 100 }), shipment(1)]);
    await scene.post([order({ amount: 200 })]);
    expect(scene.dealOf(ORDER)).toMatchObject({ status: "Оформлен заказ", revenue: "0.00", margin: "0.00" });
  });
});

describe("a sale without an order that gets one", () => {
  it("is no deal any more although its return still names it, so nothing is counted twice", async () => {
    const scene = await createDalionScene();
    await scene.post([order(), sale(), giveBack(1, { amount: 40, profit: 4, base: sale() })]);
    expect(scene.dealOf(saleGuid)?.revenue).toBe("60.00");
    const [result] = await scene.post([shipment(1, moved)]);
    expect(result).toMatchObject({ result: "accepted", code: "DEAL_MOVED" });
    expect(result?.message).toContain("передайте заново");
    expect(scene.dealOf(saleGuid)?.isDeleted).toBe(true);
    expect(scene.dealOf(ORDER)?.revenue).toBe("100.00");
    await scene.post([giveBack(1, { amount: 40, profit: 4, ...moved })]);
    expect(scene.dealOf(ORDER)).toMatchObject({ revenue: "60.00", margin: "6.00" });
  });
});
