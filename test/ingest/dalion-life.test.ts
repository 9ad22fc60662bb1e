import { describe, expect, it } from "vitest";
import { giveBack, ORDER, order, shipment } from "../adapters/dalion-documents.ts";
import { createDalionScene, MINUTE, PHONE } from "./dalion-scene.ts";

const shown = { status: true, revenue: true, margin: true, manager: true, tags: true, funnel: true };
function summaryOf(deal: object | undefined) {
  return deal && Object.fromEntries(Object.entries(deal).filter(([name]) => name in shown));
}

describe("the life of an order in Calltouch", () => {
  it("goes from ordered to shipped, its money follows returns, and what is taken back leaves", async () => {
    const scene = await createDalionScene({ account: { itemKindTags: true } });
    await scene.post([order()]);
    expect(scene.dealOf(ORDER)).toMatchObject({ status: "Оформлен заказ", revenue: "0.00", margin: null });
    await scene.post([shipment(3, { items: [{ name: "Масло", kind: "Масла розлив" }] })]);
    await scene.run(2_000);
    const shipped = { status: "Заказ отгружен", revenue: "300.00", margin: "30.00" };
    expect(scene.dealOf(ORDER)).toMatchObject(shipped);
    expect(scene.dealOf(ORDER)?.tags).toContain("Масла розлив");
    await scene.post([giveBack(1)]);
    expect(scene.dealOf(ORDER)).toMatchObject({ ...shipped, revenue: "200.00", margin: "20.00" });
    await scene.post([shipment(3, { posted: false, changedAt: "2023-04-05T10:00:00" })]);
    expect(scene.dealOf(ORDER)).toMatchObject({ status: "Оформлен заказ", revenue: "0.00" });
    expect(scene.writes()).toEqual(["create", "update", "update", "update"]);
  });

  it("is not touched by later edits of an unshipped order, and 1C is told so", async () => {
    const scene = await createDalionScene();
    await scene.post([order()]);
    const before = summaryOf(scene.dealOf(ORDER));
    const [result] = await scene.post([order({ amount: 5_000, manager: "Другой", title: "Иначе" })]);
    expect(result).toMatchObject({ result: "skipped", code: "UNSHIPPED_EDIT" });
    await scene.run(MINUTE);
    expect(summaryOf(scene.dealOf(ORDER))).toEqual(before);
    expect(scene.writes()).toEqual(["create"]);
  });

  it("is created as last sent when it was edited before Calltouch had it", async () => {
    const scene = await createDalionScene();
    scene.sandbox.control.updateSite("41234", { tokenRevoked: true });
    await scene.post([order()]);
    await scene.post([order({ manager: "Другой" })]);
    scene.sandbox.control.updateSite("41234", { tokenRevoked: false });
    await scene.run(10 * MINUTE, 10_000);
    expect(scene.dealOf(ORDER)).toMatchObject({ manager: "Другой", creates: 1 });
  });

  it("only its money moves after the shipment", async () => {
    const scene = await createDalionScene();
    await scene.post([order()]);
    await scene.post([shipment(1)]);
    const before = scene.dealOf(ORDER);
    await scene.post([order({ manager: "Другой", title: "Иначе" }), shipment(2, { manager: "Третий" })]);
    expect(scene.dealOf(ORDER)).toMatchObject({
      manager: before?.manager,
      orderName: before?.orderName,
      revenue: "300.00",
    });
  });

  it("a shipment before its order is kept, says so, and counts once the order has come", async () => {
    const scene = await createDalionScene();
    const [early] = await scene.post([shipment(1)]);
    expect(early).toMatchObject({ result: "skipped", code: "ORDER_MISSING" });
    await scene.post([order()]);
    expect(scene.dealOf(ORDER)).toMatchObject({ status: "Заказ отгружен", revenue: "100.00", creates: 1 });
  });

  it("an order without a phone or an e-mail is held by name, and goes out once it has one", async () => {
    const scene = await createDalionScene();
    const [held] = await scene.post([order({ phones: "" })]);
    expect(held).toMatchObject({ result: "skipped", code: "NO_CONTACTS" });
    expect(scene.sandbox.control.deals()).toEqual([]);
    await scene.post([order()]);
    expect(scene.dealOf(ORDER)?.creates).toBe(1);
  });
});

describe("another contact", () => {
  const at = Date.UTC(2023, 2, 15, 14);

  it("has the lead looked for again when none was found, though nothing else of the order is told", async () => {
    const scene = await createDalionScene();
    const lead = scene.sandbox.control.addLead({ siteId: "41234", kind: "call", at, phones: [PHONE] });
    await scene.post([order({ phones: "8 900 555-66-77" })]);
    expect(scene.dealOf(ORDER)?.link.kind).toBe("custom");
    await scene.live(6 * MINUTE, 30_000);
    await scene.post([order({ phones: PHONE })]);
    await scene.run(2_000);
    expect(scene.dealOf(ORDER)).toMatchObject({ link: { kind: "call", id: lead }, status: "Оформлен заказ" });
  });

  it("leaves a deal that is linked to a lead with its lead", async () => {
    const scene = await createDalionScene();
    const lead = scene.sandbox.control.addLead({ siteId: "41234", kind: "call", at, phones: [PHONE] });
    scene.sandbox.control.addLead({ siteId: "41234", kind: "call", at, phones: ["79005556677"] });
    await scene.post([order({ phones: PHONE })]);
    await scene.live(6 * MINUTE, 30_000);
    await scene.post([order({ phones: ["8 900 555-66-77"] })]);
    await scene.live(MINUTE);
    expect(scene.dealOf(ORDER)?.link).toMatchObject({ kind: "call", id: lead });
    expect(scene.writes()).toEqual(["create"]);
  });

  it("a search for a lead that Calltouch refuses costs the deal nothing", async () => {
    const scene = await createDalionScene();
    await scene.post([order({ phones: "8 900 555-66-77" })]);
    await scene.live(6 * MINUTE, 30_000);
    scene.sandbox.control.fault({ kind: "itemError", orderNumber: ORDER, path: "update" });
    await scene.post([order({ phones: PHONE })]);
    await scene.run(MINUTE);
    await scene.post([shipment(1)]);
    await scene.run(MINUTE);
    expect(scene.dealOf(ORDER)).toMatchObject({ status: "Заказ отгружен", revenue: "100.00" });
    expect((await scene.admin("GET", "/deals?status=dead")).body["deals"]).toEqual([]);
  });
});
