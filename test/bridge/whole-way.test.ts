import { describe, expect, it } from "vitest";
import { appointment, BASE, order } from "../adapters/alfa-auto-documents.ts";
import { createScene } from "../scene.ts";

describe("the whole way", () => {
  it("an appointment becomes a deal matched to its call", async () => {
    const scene = await createScene();
    const lead = scene.sandbox.control.addLead({
      siteId: "41234",
      kind: "call",
      at: Date.UTC(2026, 8, 12, 15),
      phones: ["79001234567"],
    });
    const [result] = await scene.post([appointment]);
    expect(result).toMatchObject({ result: "accepted", code: "ACCEPTED" });
    expect(scene.deal(appointment.number)).toMatchObject({
      status: "Предварительная заявка",
      revenue: "12500.50",
      crm: "1С Альфа-Авто",
      creates: 1,
      link: { kind: "call", id: lead },
    });
  });

  it("a work order updates the deal of its appointment", async () => {
    const scene = await createScene();
    await scene.post([appointment]);
    await scene.post([{ ...order, base: BASE }]);
    expect(scene.deal(appointment.number)).toMatchObject({ status: "В работе", revenue: "41000.00", creates: 1 });
    expect(scene.deal(order.number)).toBeUndefined();
    expect(scene.sandbox.control.requests().map(({ operation }) => operation)).toEqual(["create", "update"]);
  });
});
