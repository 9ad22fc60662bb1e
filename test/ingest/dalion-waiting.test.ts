import { createClient } from "@libsql/client";
import { describe, expect, it } from "vitest";
import { giveBack, ORDER, order, sale, shipment } from "../adapters/dalion-documents.ts";
import { withoutDispatch } from "../dispatcher/stage.ts";
import { createDalionScene, MINUTE } from "./dalion-scene.ts";
import { interfere, startSecond } from "./stage.ts";

const saleGuid = sale().guid;

describe("a sale without an order that is not posted", () => {
  const draft = { posted: false };

  it("is no deal before it is posted, and never «Оформлен заказ» first", async () => {
    const scene = await createDalionScene();
    expect((await scene.post([sale(draft)]))[0]).toMatchObject({ result: "skipped", code: "NOT_POSTED" });
    expect((await scene.post([sale({ ...draft, deleted: true })]))[0]?.code).toBe("NOT_POSTED");
    expect((await scene.post([sale(draft)], { mode: "manual" }))[0]?.code).toBe("NOT_POSTED");
    expect(scene.sandbox.control.deals()).toEqual([]);
    await scene.post([sale()]);
    expect(scene.dealOf(saleGuid)).toMatchObject({ status: "Заказ отгружен", revenue: "100.00", creates: 1 });
  });

  it("stays a deal that brings nothing once Calltouch has it", async () => {
    const scene = await createDalionScene();
    await scene.post([sale()]);
    await scene.post([sale(draft)]);
    expect(scene.dealOf(saleGuid)).toMatchObject({ status: "Оформлен заказ", revenue: "0.00", margin: "0.00" });
  });
});

describe("a sale that is posted no more while it is being sent", () => {
  it("brings nothing in the end", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createDalionScene({ client });
    await withoutDispatch(scene.platform, () => scene.call("POST", "/v1/dalion/documents", { documents: [sale()] }));
    const slowed = interfere(client, () => scene.bridge.tick());
    const second = await startSecond(scene, { client: slowed, path: "/v1/dalion/documents" });
    await second.post([sale({ posted: false })]);
    await scene.run(MINUTE);
    expect(scene.dealOf(saleGuid)).toMatchObject({ status: "Оформлен заказ", revenue: "0.00", creates: 1 });
  });
});

describe("a document sent again as it is", () => {
  it("is told once more what its deal waits for", async () => {
    const scene = await createDalionScene();
    await scene.post([order({ phones: "" })]);
    const [result] = await scene.post([order({ phones: "" })]);
    expect(result).toMatchObject({ result: "unchanged", code: "UNCHANGED" });
    expect(result?.message).toMatch(/^Без изменений. Нет ни телефона, ни e-mail клиента/);
    await scene.post([order()]);
    expect((await scene.post([order()]))[0]?.message).toBe("Без изменений");
  });
});

describe("a document that tells Calltouch nothing", () => {
  it.each<[string, object, string]>([
    ["a shipment without a sum", shipment(2, { amount: "", profit: "" }), "AMOUNT_MISSING"],
    ["a return below zero", giveBack(1, { amount: -5, profit: "" }), "AMOUNT_NEGATIVE"],
  ])("is answered with what is wrong with it: %s", async (_title, document, code) => {
    const scene = await createDalionScene();
    await scene.post([order(), shipment(1)]);
    const [result] = await scene.post([document]);
    expect(result).toMatchObject({ result: "skipped", code });
    expect(result?.message).toMatch(/передаются только изменения суммы и прибыли$/);
  });
});

describe("a document of an unknown type in a deal that Calltouch has", () => {
  const receipt = (fields: object = {}) => shipment(1, { type: "Чек", ...fields });
  const types = { Чек: "Реализация" };

  it("counts as soon as the settings name its type, without being sent again", async () => {
    const scene = await createDalionScene();
    await scene.post([order()]);
    expect((await scene.post([receipt()]))[0]).toMatchObject({ result: "skipped", code: "TYPE_UNKNOWN" });
    await scene.post([order({ title: "Иначе" })]);
    expect((await scene.admin("GET", "/deals?status=held")).body["deals"]).toMatchObject([{ code: "TYPE_UNKNOWN" }]);
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, { settings: { types } });
    await scene.run(2_000);
    expect(scene.dealOf(ORDER)).toMatchObject({ status: "Заказ отгружен", revenue: "100.00" });
    expect((await scene.admin("GET", "/deals?status=held")).body["deals"]).toEqual([]);
  });

  it("holds up nothing that can be told, and nothing at all once it is deleted", async () => {
    const scene = await createDalionScene();
    await scene.post([order()]);
    await scene.post([receipt()]);
    await scene.post([shipment(2)]);
    expect(scene.dealOf(ORDER)).toMatchObject({ status: "Заказ отгружен", revenue: "200.00" });
    await scene.post([receipt({ deleted: true, changedAt: "2023-04-05T10:00:00" })]);
    expect((await scene.admin("GET", "/deals?status=held")).body["deals"]).toEqual([]);
  });
});
