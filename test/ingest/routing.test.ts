import { createClient } from "@libsql/client";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { ORDER, order, shipment } from "../adapters/dalion-documents.ts";
import { sentOrders, withoutDispatch } from "../dispatcher/stage.ts";
import { expectError } from "../http/contract.ts";
import type { Scene } from "../scene.ts";
import { createDalionScene, MINUTE, PHONE } from "./dalion-scene.ts";
import { interfere, startSecond } from "./stage.ts";

const explain = ({ call }: Scene, documents: readonly unknown[]) =>
  call("POST", "/v1/dalion/documents?explain=1", { documents });

/** Takes documents in and sends nothing yet. */
const queue = ({ platform, call }: Scene, documents: readonly unknown[]) =>
  withoutDispatch(platform, () => call("POST", "/v1/dalion/documents", { documents }));

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

  it("keeps the lead tag of a deal that is deleted and restored before Calltouch was told", async () => {
    const scene = await createDalionScene({ connection: { settings: { deleted: "delete" } } });
    const rule = await scene.addRule({ leadTag: "Ростов" });
    await scene.post([order()]);
    await scene.admin("PATCH", `/connections/${scene.connectionId}/rules/${rule}`, { leadTag: "Юг" });
    await queue(scene, [order({ deleted: true, changedAt: "2023-03-16T10:00:00" })]);
    const { body } = await explain(scene, [order({ changedAt: "2023-03-16T11:00:00" })]);
    expect(body["results"]).toMatchObject([{ leadTags: ["Ростов"] }]);
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

  it("is heeded at once by another process that has just taken a document by the rules before", async () => {
    const scene = await createDalionScene();
    const second = await startSecond(scene, { path: "/v1/dalion/documents" });
    const guidOf = (end: number) => ORDER.replace(/.$/, String(end));
    await scene.addRule({ funnel: "Магазин" });
    await second.post([order({ guid: guidOf(1) })]);
    const rule = await scene.addRule({ funnel: "Сервис", organization: "Ермаков" });
    const changed = { organization: "Ермаков" };
    await second.post([order({ guid: guidOf(2), ...changed })]);
    await scene.admin("DELETE", `/connections/${scene.connectionId}/rules/${rule}`);
    await second.post([order({ guid: guidOf(3), ...changed })]);
    await scene.run(MINUTE);
    const funnels = [1, 2, 3].map((end) => scene.dealOf(guidOf(end))?.funnel);
    expect(funnels).toEqual(["Магазин", "Сервис", "Магазин"]);
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

describe("a deal that Calltouch has never been sent", () => {
  const DELETES = { connection: { settings: { deleted: "delete" } } };

  it("goes by the rules of the moment it is sent at, also after it was deleted and restored", async () => {
    const scene = await createDalionScene(DELETES);
    const other = await scene.addAccount("Второй кабинет", "55555");
    await scene.addRule({ organization: "Петров", accountId: other, leadTag: "Новочеркасск" });
    await scene.addRule({ organization: "Ермаков", leadTag: "Ростов" });
    await scene.post([order({ organization: "Петров", deleted: true })]);
    const restored = order({ organization: "Ермаков", changedAt: "2023-03-16T10:00:00" });
    const [told] = z.array(z.looseObject({})).parse((await explain(scene, [restored])).body["results"]);
    expect(told).toMatchObject({ account: "Наш кабинет", leadTags: ["Ростов"] });
    await scene.post([restored]);
    expect(scene.dealOf(ORDER)?.creates).toBe(1);
    expect(scene.sandbox.control.deals("55555")).toEqual([]);
  });

  it("keeps its lead tag when it is deleted and restored while it waits", async () => {
    const scene = await createDalionScene(DELETES);
    await scene.addRule({ leadTag: "Ростов", funnel: "Магазин" });
    await queue(scene, [order()]);
    await queue(scene, [order({ deleted: true, changedAt: "2023-03-16T10:00:00" })]);
    await queue(scene, [order({ changedAt: "2023-03-16T11:00:00" })]);
    await scene.run(MINUTE);
    expect(sentOrders(scene, "create")).toMatchObject([
      { funnel: "Магазин", matching: [{ callContactParams: { tags: ["Ростов"] } }, {}, {}] },
    ]);
  });

  it.each([true, false])(
    "leaves an account that cannot send, its exchange on: %j, when a rule names another",
    async (isOn) => {
      const scene = await createDalionScene();
      const { body } = await scene.admin("POST", "/accounts", { name: "Без доступа", siteId: "999", token: "wrong" });
      const rule = await scene.addRule({ accountId: body["id"], leadTag: "Ростов" });
      await scene.post([order()]);
      await scene.admin("PATCH", `/connections/${scene.connectionId}/rules/${rule}`, {
        accountId: null,
        leadTag: "Юг",
      });
      await scene.run(MINUTE);
      await scene.admin("PATCH", `/accounts/${body["id"]}`, { autoExchange: isOn });
      await scene.post([order({ changedAt: "2023-03-16T10:00:00" })]);
      expect(scene.dealOf(ORDER)?.creates).toBe(1);
      expect(sentOrders(scene, "create").at(-1)).toMatchObject({
        matching: [{ callContactParams: { tags: ["Юг"] } }, {}, {}],
      });
      expect((await scene.admin("DELETE", `/accounts/${body["id"]}`)).status).toBe(200);
    },
  );

  it("stays with the account it is being sent to, when it is taken while a document that moves it is being stored", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createDalionScene({ client });
    const other = await scene.addAccount("Второй кабинет", "55555");
    await scene.addRule({ organization: "Ермаков", leadTag: "Ростов" });
    await scene.addRule({ organization: "Петров", accountId: other, leadTag: "Юг" });
    await queue(scene, [order({ organization: "Ермаков" })]);
    const slowed = interfere(client, () => scene.bridge.tick());
    const second = await startSecond(scene, { client: slowed, path: "/v1/dalion/documents" });
    await second.post([order({ organization: "Петров", changedAt: "2023-03-16T10:00:00" })]);
    await scene.run(MINUTE);
    expect(scene.dealOf(ORDER)?.creates).toBe(1);
    expect(scene.sandbox.control.deals("55555")).toEqual([]);
    const { rows } = await client.execute("SELECT wanted->'$.matching.leadTags' AS tags FROM deals");
    expect(rows.map(({ tags }) => tags)).toEqual(['["Ростов"]']);
  });
});

describe("an account that a rule no longer names", () => {
  it.each([
    ["wait to be sent", queue],
    ["Calltouch has", async (scene: Scene, documents: readonly unknown[]) => scene.post(documents)],
  ])("is not deleted while there are deals of it that %s, and they go on", async (_, send) => {
    const scene = await createDalionScene();
    const other = await scene.addAccount("Второй кабинет", "55555");
    const rule = await scene.addRule({ accountId: other });
    await send(scene, [order()]);
    await scene.admin("DELETE", `/connections/${scene.connectionId}/rules/${rule}`);
    expectError(await scene.admin("DELETE", `/accounts/${other}`), 409, "IN_USE");
    await scene.run(MINUTE);
    await scene.post([shipment(1)]);
    await scene.run(MINUTE);
    expect(scene.dealOf(ORDER, "55555")).toMatchObject({ status: "Заказ отгружен", creates: 1 });
  });

  it("is deleted when its deals were only kept, and they are kept on", async () => {
    const scene = await createDalionScene();
    const other = await scene.addAccount("Второй кабинет", "55555");
    await scene.admin("PATCH", `/accounts/${other}`, { autoExchange: false });
    const rule = await scene.addRule({ accountId: other });
    expect((await scene.post([order()]))[0]?.code).toBe("AUTO_OFF");
    await scene.admin("DELETE", `/connections/${scene.connectionId}/rules/${rule}`);
    expect((await scene.admin("DELETE", `/accounts/${other}`)).status).toBe(200);
    await scene.run(MINUTE);
    expect(scene.dealOf(ORDER)?.creates).toBe(1);
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

  it.each([
    ["the end of a trial", { dryRun: true }, { dryRun: false }],
    ["an earlier first launch", { since: "2026-01-01T00:00:00Z" }, { since: "2020-01-01T00:00:00Z" }],
  ])("that is off keeps what %s would let through", async (_, held, changes) => {
    const scene = await createDalionScene({ connection: held });
    await scene.post([order()]);
    await scene.admin("PATCH", `/accounts/${scene.accountId}`, { autoExchange: false });
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, changes);
    await scene.run(MINUTE);
    expect(scene.sandbox.control.deals()).toEqual([]);
    expect((await scene.admin("GET", "/deals?status=held")).body["deals"]).toMatchObject([{ code: "AUTO_OFF" }]);
  });

  it("of a trial that begins while a document is being stored is off for that document as well", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createDalionScene({ client });
    let begun: Promise<unknown> | undefined;
    const slowed = interfere(client, () => {
      begun ??= scene.admin("PATCH", `/connections/${scene.connectionId}`, { dryRun: true });
      return begun;
    });
    const other = await startSecond(scene, { client: slowed, path: "/v1/dalion/documents" });
    expect((await other.post([order()]))[0]?.code).toBe("DRY_RUN");
    await scene.run(MINUTE);
    expect(scene.sandbox.control.deals()).toEqual([]);
  });
});
