import { describe, expect, it } from "vitest";
import * as z from "zod";
import { alfaAuto } from "../../adapters/alfa-auto/index.ts";
import { adapters } from "../../adapters/index.ts";
import { createBridge } from "../../src/bridge.ts";
import { appointment } from "../adapters/alfa-auto-documents.ts";
import { ADMIN_TOKEN, CALLTOUCH_URL, call, createScene, ENCRYPTION_KEY, NOON, SITE } from "../scene.ts";
import {
  MINUTE,
  numberOf,
  operations,
  problemsOf,
  sentOrders,
  storedDeal,
  visit,
  visits,
  withoutDispatch,
  workOrder,
} from "./stage.ts";

const CREATE_ONLY = ["matching", "orderDate", "comment", "products", "currency", "orderContacts"];
const BEFORE_NOON = "2026-11-22T11:50:00";

describe("an update", () => {
  it("says only what has changed, and nothing that can be given only at creation", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await scene.post([
      visit(1, {
        amount: 9,
        reason: "Другая причина",
        phones: "8 900 765-43-21",
        emails: "new@example.com",
        client: "Иной Клиент",
        date: "2026-09-20T10:00:00",
      }),
    ]);
    expect(sentOrders(scene, "update")).toEqual([
      { orderNumber: numberOf(1), updateDate: "13-09-2026 12:00:00", revenue: "9.00" },
    ]);
    expect(scene.deal(numberOf(1))?.orderDate).toBe("12-09-2026 18:38:09");
  });

  it("of every field that can change holds no field that cannot", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, { settings: { funnel: "Сервис" } });
    const car = { make: "Lada", model: "Vesta", year: 2020 };
    await scene.post([
      visit(1, { amount: 9, manager: "Новый", status: "Отказ от заезда", car, statusDate: BEFORE_NOON }),
    ]);
    const [update] = sentOrders(scene, "update");
    expect(Object.keys(update ?? {}).filter((field) => CREATE_ONLY.includes(field))).toEqual([]);
    expect(update).toMatchObject({
      funnel: "Сервис",
      status: "Отказ",
      statusDate: "22-11-2026 11:50:00",
      revenue: "9.00",
      manager: "Новый",
      addTags: { overwrite: false, tags: [{ tag: "Lada Vesta" }, { tag: "2020" }] },
    });
    expect(scene.deal(numberOf(1))?.tags).toEqual(["Сервис", "Toyota Camry", "2015", "Lada Vesta", "2020"]);
  });

  it("after a lookup says everything that can change, and nothing that cannot", async () => {
    const scene = await createScene();
    scene.sandbox.control.fault({ kind: "resetAfterCommit", path: "create" });
    await scene.post([visit(1)]);
    await scene.run(MINUTE);
    const [update] = sentOrders(scene, "update");
    expect(Object.keys(update ?? {}).sort()).toEqual(
      ["addTags", "manager", "orderNumber", "revenue", "status", "statusDate", "updateDate"].sort(),
    );
    expect(await problemsOf(scene, 1)).toEqual([]);
  });

  it("is dated by the change, never before the last update and never in the future", async () => {
    const scene = await createScene({ knobs: { olderUpdate: "error" } });
    await scene.post([visit(1)]);
    const changes = ["2026-11-22T11:00:00", "2026-11-22T10:00:00", "2026-12-31T00:00:00", "2026-11-22T09:00:00"];
    for (const [index, changedAt] of changes.entries()) await scene.post([visit(1, { amount: index, changedAt })]);
    const dates = sentOrders(scene, "update").map(({ updateDate }) => z.string().parse(updateDate));
    expect(dates.slice(0, 2)).toEqual(["22-11-2026 11:00:00", "22-11-2026 11:00:00"]);
    expect(dates[2]?.startsWith("22-11-2026 12:00:0")).toBe(true);
    expect(dates[3]).toBe(dates[2]);
    expect(scene.deal(numberOf(1))?.revenue).toBe("3.00");
    expect(scene.clock.now() - NOON).toBeLessThan(MINUTE);
  });

  it("is not sent when nothing that can change has changed", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    const [result] = await scene.post([visit(1, { reason: "Иное", organization: "ООО" })]);
    expect(result?.result).toBe("accepted");
    await scene.post([visit(1, { reason: "Ещё" })], { mode: "manual" });
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual(["create"]);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "delivered", revision: 3 });
  });

  it("is not sent for a change that was taken back before its turn", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await withoutDispatch(scene.platform, async () => {
      await scene.post([visit(1, { amount: 5 })]);
      await scene.post([visit(1)]);
    });
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "due" });
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual(["create"]);
    expect(await problemsOf(scene, 1)).toEqual([]);
  });

  it("whose answer was lost is put right when the ERP goes back to what it said before", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    for (const kind of ["resetAfterCommit", "truncatedJson"] as const) {
      scene.sandbox.control.fault({ kind, path: "update" });
      await scene.post([visit(1, { amount: 5 })]);
      expect(scene.deal(numberOf(1))?.revenue).toBe("5.00");
      await scene.post([visit(1)]);
      await scene.run(MINUTE);
      expect(scene.deal(numberOf(1))?.revenue).toBe("12500.50");
      expect(await problemsOf(scene, 1)).toEqual([]);
    }
  });

  it("carries contacts only when they are to be shown in the deal itself, and not when there are none", async () => {
    const scene = await createScene({ connection: { settings: { showContacts: true } } });
    await scene.post([visit(1), visit(2)]);
    await scene.post([visit(1, { phones: "8 900 765-43-21" }), visit(2, { phones: "", emails: "", client: "" })]);
    const updates = sentOrders(scene, "update");
    expect(updates).toHaveLength(1);
    expect(updates[0]).toMatchObject({ orderContacts: { mainContacts: { phoneNumber: "79007654321" } } });
  });
});

describe("a deletion", () => {
  const settings = { deleted: "delete" };

  it("that is wanted is sent once, and afterwards the guid is closed", async () => {
    const scene = await createScene({ connection: { settings } });
    await scene.post([visit(1)]);
    await scene.post([visit(1, { deleted: true })]);
    expect(scene.deal(numberOf(1))?.isDeleted).toBe(true);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "delivered", closed: 1, reason_code: "DELETED" });
    const [restored] = await scene.post([visit(1, { amount: 3 })]);
    expect(restored).toMatchObject({ result: "skipped", code: "CLOSED" });
    await scene.run(10 * MINUTE, 10_000);
    expect(operations(scene)).toEqual(["create", "delete"]);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "dead", order_number: numberOf(1) });
  });

  it("of a deal that was never sent is no request, and its restoration is a create", async () => {
    const scene = await createScene({ connection: { settings } });
    await withoutDispatch(scene.platform, async () => {
      await scene.post([visit(1)]);
      await scene.post([visit(1, { deleted: true })]);
    });
    const [fresh] = await scene.post([visit(2, { deleted: true })]);
    expect(fresh).toMatchObject({ result: "skipped", code: "DELETED" });
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual([]);
    await scene.post([visit(1), visit(2)]);
    await scene.run(MINUTE);
    expect(await problemsOf(scene, 2)).toEqual([]);
  });

  it("that arrives while the create is under way follows it", async () => {
    const scene = await createScene({ connection: { settings } });
    const { fetch } = scene.platform;
    scene.platform.fetch = async (request) => {
      scene.platform.fetch = fetch;
      await withoutDispatch(scene.platform, () => scene.post([visit(1, { deleted: true })]));
      return fetch(request);
    };
    await withoutDispatch(scene.platform, () => scene.post([visit(1)]));
    await scene.bridge.tick();
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual(["create", "delete"]);
    expect(scene.deal(numberOf(1))?.isDeleted).toBe(true);
  });

  it("follows the create also when the deal fell silent in between", async () => {
    const scene = await createScene({ connection: { settings: { ...settings, unknownStatus: "ignore" } } });
    const { fetch } = scene.platform;
    scene.platform.fetch = async (request) => {
      scene.platform.fetch = fetch;
      await withoutDispatch(scene.platform, async () => {
        await scene.post([visit(1, { status: "Неизвестно" })]);
        await scene.post([visit(1, { deleted: true })]);
      });
      return fetch(request);
    };
    await withoutDispatch(scene.platform, () => scene.post([visit(1)]));
    await scene.bridge.tick();
    await scene.run(MINUTE);
    expect(scene.deal(numberOf(1))?.isDeleted).toBe(true);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "delivered", closed: 1 });
  });

  it.each(["resetAfterCommit", "resetBeforeCommit"] as const)(
    "whose answer was lost (%s) and whose document was restored is never taken for delivered while Calltouch has no such deal",
    async (kind) => {
      const scene = await createScene({ connection: { settings } });
      await scene.post([visit(1)]);
      scene.sandbox.control.fault({ kind, path: "delete" });
      await scene.post([visit(1, { deleted: true })]);
      await scene.post([visit(1)]);
      await scene.run(MINUTE);
      const isDeleted = kind === "resetAfterCommit";
      expect(scene.deal(numberOf(1))).toMatchObject({ isDeleted, creates: 1 });
      expect(await storedDeal(scene.client, 1)).toMatchObject(
        isDeleted
          ? { status: "dead", closed: 1, reason_code: "DELETED_IN_CALLTOUCH" }
          : { status: "delivered", closed: 0 },
      );
    },
  );

  it("by a person in Calltouch makes the deal dead, and no later revision resurrects it", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    scene.sandbox.control.deleteDealByHand(SITE.siteId, numberOf(1));
    await scene.post([visit(1, { amount: 1 })]);
    await scene.run(MINUTE);
    const row = await storedDeal(scene.client, 1);
    expect(row).toMatchObject({ status: "dead", reason_code: "DELETED_IN_CALLTOUCH", closed: 1, delivered: null });
    expect(row?.reason).toContain("Удалена в Calltouch");
    for (const amount of [2, 3]) {
      const [result] = await scene.post([visit(1, { amount })]);
      expect(result).toMatchObject({ result: "skipped", code: "CLOSED" });
    }
    await scene.run(10 * MINUTE, 10_000);
    expect(operations(scene)).toEqual(["create", "update", "list"]);
    expect(scene.deal(numberOf(1))).toMatchObject({ isDeleted: true, creates: 1 });
  });
});

describe("a create", () => {
  it("names one CRM, so deals of two ERPs travel in two requests while their updates share one", async () => {
    const scene = await createScene();
    const twin = { ...alfaAuto, id: "twin", crm: "Другая CRM" };
    const config = { adminToken: ADMIN_TOKEN, encryptionKey: ENCRYPTION_KEY, calltouchUrl: CALLTOUCH_URL };
    const { platform, client } = scene;
    const limits = { wallMs: 60_000, requests: 1_000 };
    const bridge = await createBridge({ platform, client, config, adapters: [...adapters, twin], limits });
    const admin = (path: string, body: unknown) =>
      call(bridge, "POST", `/admin${path}`, { authorization: `Bearer ${ADMIN_TOKEN}` }, body);
    const connection = await admin("/connections", {
      adapter: "twin",
      name: "Вторая база",
      accountId: scene.accountId,
      since: "2026-01-01T00:00:00+03:00",
    });
    const authorization = `Bearer ${z.string().parse(connection.body["key"])}`;
    const postTwin = (documents: unknown[]) =>
      call(bridge, "POST", "/v1/twin/documents", { authorization }, { documents });
    await withoutDispatch(platform, async () => {
      await scene.post(visits(3));
      await postTwin([visit(11), visit(12)]);
    });
    await bridge.tick();
    const crms = scene.sandbox.control.requests().map(({ body }) => z.object({ crm: z.string() }).parse(body).crm);
    expect(crms.sort()).toEqual(["1С Альфа-Авто", "Другая CRM"]);
    expect(scene.deal(numberOf(12))?.crm).toBe("Другая CRM");
    await withoutDispatch(platform, async () => {
      await scene.post(visits(3, { amount: 1 }));
      await postTwin([visit(11, { amount: 1 })]);
    });
    await bridge.tick();
    expect(operations(scene)).toEqual(["create", "create", "update"]);
    expect(await problemsOf(scene, 3)).toEqual([]);
  });

  it("is never dated in the future, and is still found by a lookup", async () => {
    const scene = await createScene();
    scene.sandbox.control.fault({ kind: "resetAfterCommit", path: "create" });
    await scene.post([visit(1, { date: "2026-12-31T10:00:00", statusDate: "2026-12-31T10:00:00", changedAt: null })]);
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual(["create", "list", "update"]);
    expect(await problemsOf(scene, 1)).toEqual([]);
  });

  it("and its work order are one deal under the appointment's number", async () => {
    const scene = await createScene();
    await scene.post([visit(1), workOrder(50, 1)]);
    expect(operations(scene)).toEqual(["create"]);
    expect(scene.deal(numberOf(1))).toMatchObject({ status: "В работе", comments: [appointment.reason] });
  });
});

describe("a deal that cannot be read", () => {
  it("is dead alone, and the others are delivered", async () => {
    const scene = await createScene();
    await withoutDispatch(scene.platform, () => scene.post(visits(3)));
    await scene.client.execute("UPDATE deals SET sealed = 'AAAA' WHERE id = 2");
    await scene.run(MINUTE);
    expect(await storedDeal(scene.client, 2)).toMatchObject({ status: "dead", reason_code: "UNREADABLE" });
    expect(scene.sandbox.control.deals()).toHaveLength(2);
    await scene.post([visit(2, { amount: 4 })]);
    await scene.run(MINUTE);
    expect(await problemsOf(scene, 3)).toEqual([]);
  });
});
