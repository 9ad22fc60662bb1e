import { createClient } from "@libsql/client";
import { describe, expect, it } from "vitest";
import { ORDER, order, shipment } from "../adapters/dalion-documents.ts";
import { createDalionScene, MINUTE, PHONE } from "./dalion-scene.ts";
import { interfere, startSecond } from "./stage.ts";

const at = Date.UTC(2023, 2, 15, 14);

describe("an exchange rule", () => {
  it("gives the deal its account, funnel and lead tag, so that two organisations do not take each other's leads", async () => {
    const scene = await createDalionScene();
    const other = await scene.addAccount("Второй кабинет", "55555");
    for (const tags of [["Ростов"], ["Новочеркасск"]]) {
      scene.sandbox.control.addLead({ siteId: "55555", kind: "call", at, phones: [PHONE], tags });
    }
    const [, second] = scene.sandbox.control.leads("55555");
    await scene.addRule({ organization: "Ермаков", leadTag: "Ростов", funnel: "Магазин" });
    await scene.addRule({ organization: "Петров", accountId: other, leadTag: "Новочеркасск", funnel: "Сервис" });
    await scene.post([order({ organization: "Петров" })]);
    expect(scene.dealOf(ORDER)).toBeUndefined();
    expect(scene.dealOf(ORDER, "55555")).toMatchObject({ funnel: "Сервис", link: { kind: "call", id: second?.id } });
  });

  it("keeps account and lead tag as they were at creation, whatever the documents say later", async () => {
    const scene = await createDalionScene();
    const other = await scene.addAccount("Второй кабинет", "55555");
    await scene.addRule({ organization: "Ермаков", funnel: "Магазин", leadTag: "Ростов" });
    await scene.addRule({ organization: "Петров", accountId: other, funnel: "Сервис" });
    await scene.post([order({ organization: "Ермаков" })]);
    await scene.post([order({ organization: "Петров" }), shipment(1, { organization: "Петров" })]);
    await scene.run(MINUTE);
    expect(scene.dealOf(ORDER)).toMatchObject({ status: "Заказ отгружен", revenue: "100.00", creates: 1 });
    expect(scene.sandbox.control.deals("55555")).toEqual([]);
  });

  it("that says not to send holds the document and says so", async () => {
    const scene = await createDalionScene();
    await scene.addRule({ skip: true, organization: "Ермаков" });
    await scene.addRule({});
    const [result] = await scene.post([order({ organization: "Ермаков" })]);
    expect(result).toMatchObject({ result: "skipped", code: "RULE_SKIP" });
    await scene.run(MINUTE);
    expect(scene.sandbox.control.deals()).toEqual([]);
  });

  it("is missing for a document: it is held, and a new rule takes it up", async () => {
    const scene = await createDalionScene();
    await scene.addRule({ organization: "Петров" });
    const [result] = await scene.post([order({ organization: "Ермаков" })]);
    expect(result).toMatchObject({ result: "skipped", code: "NO_RULE" });
    await scene.run(MINUTE);
    expect(scene.sandbox.control.deals()).toEqual([]);
    const other = await scene.addAccount("Второй кабинет", "55555");
    await scene.addRule({ organization: "ермаков", accountId: other, funnel: "Магазин" });
    await scene.run(2_000);
    expect(scene.dealOf(ORDER, "55555")).toMatchObject({ funnel: "Магазин", creates: 1 });
  });

  it("made while a document that needs it is being stored does not leave that document behind", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createDalionScene({ client });
    await scene.addRule({ organization: "Петров" });
    let isMade = false;
    const slowed = interfere(client, async () => {
      if (isMade) return;
      isMade = true;
      await scene.addRule({ organization: "Ермаков", funnel: "Магазин" });
      // Whatever is held by now has been reviewed before the document is written.
      await scene.bridge.tick();
    });
    const other = await startSecond(scene, { client: slowed, path: "/v1/dalion/documents" });
    const [result] = await other.post([order({ organization: "Ермаков" })]);
    expect(result?.result).toBe("accepted");
    await scene.idle();
    await scene.run(2_000);
    expect(scene.dealOf(ORDER)).toMatchObject({ funnel: "Магазин", creates: 1 });
  });

  it("changed while a review is at work begins the review again", async () => {
    const scene = await createDalionScene();
    const rule = await scene.addRule({ organization: "Никто" });
    const orders = Array.from({ length: 250 }, (_, index) =>
      order({ guid: `5a1e0000-c2ed-11ed-80d6-${String(index).padStart(12, "0")}`, organization: "Ермаков" }),
    );
    for (let first = 0; first < orders.length; first += 100) await scene.post(orders.slice(first, first + 100));
    await scene.admin("PATCH", `/connections/${scene.connectionId}/rules/${rule}`, { organization: "Ермаков" });
    await scene.run(5_000);
    expect(scene.sandbox.control.deals()).toHaveLength(250);
  });
});

describe("the automatic exchange", () => {
  it("switched off keeps documents, says so, and lets a manual send through", async () => {
    const scene = await createDalionScene({ account: { autoExchange: false } });
    const [result] = await scene.post([order()]);
    expect(result).toMatchObject({ result: "skipped", code: "AUTO_OFF" });
    await scene.run(MINUTE);
    expect(scene.sandbox.control.deals()).toEqual([]);
    const [manual] = await scene.post([order()], { mode: "manual" });
    expect(manual?.result).toBe("accepted");
    expect(scene.dealOf(ORDER)?.creates).toBe(1);
    expect((await scene.post([shipment(1)]))[0]).toMatchObject({ result: "skipped", code: "AUTO_OFF" });
    await scene.run(MINUTE);
    expect(scene.dealOf(ORDER)?.status).toBe("Оформлен заказ");
  });

  it("switched on again sends what was kept", async () => {
    const scene = await createDalionScene({ account: { autoExchange: false } });
    await scene.post([order(), shipment(2)]);
    await scene.admin("PATCH", `/accounts/${scene.accountId}`, { autoExchange: true });
    await scene.run(2_000);
    expect(scene.dealOf(ORDER)).toMatchObject({ status: "Заказ отгружен", revenue: "200.00" });
  });

  it("waits for other settings too: what they held is folded again", async () => {
    const scene = await createDalionScene();
    const [held] = await scene.post([order({ type: "Накладная на выдачу", base: null })]);
    expect(held?.result).toBe("skipped");
    const settings = { types: { "Накладная на выдачу": "Реализация" } };
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, { settings });
    await scene.run(2_000);
    expect(scene.sandbox.control.deals()).toHaveLength(1);
  });
});
