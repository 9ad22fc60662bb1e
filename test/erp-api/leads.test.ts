/** A lead of Calltouch's becomes one counterparty, one order and one deal, in whatever way and however often it is told of. */
import { describe, expect, it } from "vitest";
import { startBridge } from "../scene.ts";
import { createMoyskladScene, type MoyskladScene, only, PHONE } from "./stage.ts";

const ONE = { counterparties: 1, orders: 1, deals: 1 };
const NONE = { counterparties: 0, orders: 0, deals: 0 };
const MINUTE = 60_000;

function expectDealOf(scene: MoyskladScene, kind: "call" | "request", id: number, at: number): void {
  const order = scene.order();
  expect(only(scene.deals())).toMatchObject({
    orderNumber: order.id,
    orderName: `Заказ покупателя ${order.name}`,
    crm: "МойСклад",
    status: "PENDING",
    revenue: "0.00",
    // Calltouch's dates have no milliseconds.
    orderAt: Math.floor(at / 1_000) * 1_000,
    link: { kind, id },
    creates: 1,
  });
}

describe("a call", () => {
  it("told of by webhook is an order in MoySklad and a deal matched to it within two seconds", async () => {
    const scene = await createMoyskladScene();
    const at = scene.clock.now() - 61_000;
    const id = scene.callIn({ at });
    const toldAt = scene.clock.now();
    await scene.settle();
    expect(scene.counts()).toEqual(ONE);
    expect(scene.order().createdAt - toldAt).toBeLessThan(2_000);
    expectDealOf(scene, "call", id, at);
    expect(only(scene.deals()).createdAt - toldAt).toBeLessThan(2_000);
    expect(scene.order()).toMatchObject({
      stateId: scene.states.Новый,
      organizationId: scene.organizationId,
      attributes: {
        Источник: "yandex",
        Канал: "cpc",
        utm_source: "yandex_direct",
        utm_medium: "cpc",
        utm_campaign: "Запчасти; Москва",
        utm_term: "купить фильтр",
        "Google Client ID": "1234567890.1700000000",
        Теги: "Запись на ТО|Отдел запчастей",
      },
    });
    expect(scene.order().description).toContain(`Заказ по звонку из Calltouch с номера +${PHONE}`);
    expect(only(scene.erp.counterparties())).toMatchObject({ phone: `+${PHONE}`, externalCode: `ct:call:${id}` });
  });

  it("that no webhook told of is found in the journal and becomes the very same", async () => {
    const scene = await createMoyskladScene({ hooks: { calltouch: false } });
    const at = scene.clock.now() - 61_000;
    const id = scene.callIn({ at });
    await scene.readLater();
    expect(scene.counts()).toEqual(ONE);
    expectDealOf(scene, "call", id, at);
    expect(scene.order().attributes).toMatchObject({ Источник: "yandex", Теги: "Запись на ТО|Отдел запчастей" });
  });

  it("told of twice by webhook and by every journal makes one of each", async () => {
    const scene = await createMoyskladScene({ knobs: { hookCopies: 2, hookOrder: "reversed" } });
    scene.callIn();
    await scene.settle();
    for (let times = 0; times < 3; times += 1) await scene.readLater();
    expect(scene.counts()).toEqual(ONE);
    expect(only(await scene.leads())).toMatchObject({ status: "placed", guid: scene.order().id });
  });

  it("that two processes read of at once makes one of each", async () => {
    const scene = await createMoyskladScene({ hooks: { calltouch: false } });
    const other = await startBridge(scene.platform, scene.client);
    for (let index = 0; index < 5; index += 1) scene.callIn({ phones: [`7999123456${index}`] });
    scene.clock.advance(5 * MINUTE);
    await Promise.all([scene.bridge.poll(), other.poll(), scene.bridge.poll(), other.poll()]);
    await scene.idle();
    await scene.live(10_000);
    expect(scene.counts()).toEqual({ counterparties: 5, orders: 5, deals: 5 });
  });

  it("waits for its end, and is not placed before", async () => {
    const scene = await createMoyskladScene();
    const id = scene.callIn({ at: scene.clock.now(), finishedAt: scene.clock.now() + 3 * MINUTE });
    await scene.settle();
    await scene.readLater(MINUTE);
    expect(scene.counts()).toEqual(NONE);
    expect(only(await scene.leads())).toMatchObject({ status: "waiting" });
    scene.clock.advance(3 * MINUTE);
    scene.sandbox.control.emitHook(id, { phase: "calldisconnected" });
    await scene.settle();
    expect(scene.counts()).toEqual(ONE);
  });

  it("whose end no webhook tells of is taken from the journal", async () => {
    const scene = await createMoyskladScene();
    scene.callIn({ at: scene.clock.now(), finishedAt: scene.clock.now() + 3 * MINUTE });
    await scene.settle();
    expect(only(await scene.leads())).toMatchObject({ status: "waiting" });
    await scene.readLater();
    expect(scene.counts()).toEqual(ONE);
  });

  it("from a hidden number is an order of the one client without a number", async () => {
    const scene = await createMoyskladScene();
    scene.callIn({ phones: [] });
    scene.callIn({ phones: [] });
    await scene.settle();
    await scene.read();
    expect(scene.counts()).toEqual({ counterparties: 1, orders: 2, deals: 2 });
    expect(scene.erp.orders()[0]?.description).toContain("со скрытого номера");
  });

  it.each([
    ["answered", { answered: false }, "CALL_NOT_WANTED"],
    ["target", { target: false }, "CALL_NOT_WANTED"],
    ["unique", { unique: false }, "CALL_NOT_WANTED"],
  ] as const)(
    "that is not what the setting calls: %s wants makes nothing, and one that is makes an order",
    async (calls, unlike, code) => {
      const scene = await createMoyskladScene({ settings: { calls } });
      scene.callIn(unlike);
      await scene.settle();
      await scene.readLater();
      expect(scene.counts()).toEqual(NONE);
      expect(only(await scene.leads())).toMatchObject({ status: "skipped", reason_code: code });
      scene.callIn();
      await scene.settle();
      expect(scene.counts()).toEqual(ONE);
    },
  );

  it("that is too short, or from an excluded phone, makes nothing", async () => {
    const scene = await createMoyskladScene({
      settings: { minDurationSeconds: 30, excludedPhones: ["8 (999) 000-00-01"] },
    });
    scene.callIn({ durationSeconds: 29 });
    scene.callIn({ phones: ["79990000001"] });
    await scene.settle();
    expect(scene.counts()).toEqual(NONE);
    expect((await scene.leads()).map(({ reason_code: code }) => code)).toEqual(["CALL_TOO_SHORT", "EXCLUDED_PHONE"]);
  });

  it("is of the client whose phone stands in one field with another, whatever the search compares", async () => {
    for (const phoneSearch of ["raw", "digits"] as const) {
      const scene = await createMoyskladScene({ erpKnobs: { phoneSearch } });
      const agentId = scene.erp.addCounterparty({ name: "Пётр", phone: "8 (495) 111-22-33, 8 (999) 123-45-67" });
      scene.callIn();
      await scene.settle();
      expect(scene.counts()).toEqual(ONE);
      expect(scene.order().agentId).toBe(agentId);
    }
  });

  it("of a phone several counterparties share is an order of the oldest that is not archived", async () => {
    const scene = await createMoyskladScene();
    const created = scene.clock.now() - 10 * MINUTE;
    scene.erp.addCounterparty({ name: "Архив", phone: `+${PHONE}`, archived: true, created });
    scene.erp.addCounterparty({ name: "Новый", phone: `+${PHONE}`, created: created + 2 * MINUTE });
    const oldest = scene.erp.addCounterparty({ name: "Старый", phone: "89991234567", created: created + MINUTE });
    scene.callIn();
    await scene.settle();
    expect(scene.counts()).toEqual({ counterparties: 3, orders: 1, deals: 1 });
    expect(scene.order().agentId).toBe(oldest);
  });
});

describe("a request from the site", () => {
  it.each([
    ["webhook", true],
    ["journal alone", false],
  ])("by %s is one order with what the client wrote, and a deal matched to it", async (_, calltouch) => {
    const scene = await createMoyskladScene({ hooks: { calltouch } });
    const at = scene.clock.now();
    const id = scene.requestIn();
    await scene.settle();
    await scene.readLater();
    await scene.readLater();
    expect(scene.counts()).toEqual(ONE);
    expectDealOf(scene, "request", id, at);
    expect(scene.order().description).toContain("Форма «Обратный звонок»");
    expect(only(scene.erp.counterparties())).toMatchObject({ name: "Иванова Мария", phone: `+${PHONE}` });
  });

  it("without a phone waits for the journal, which knows the e-mail, and is that client's", async () => {
    const scene = await createMoyskladScene();
    const agentId = scene.erp.addCounterparty({ name: "Мария", email: "Client@Example.ru" });
    scene.requestIn({ phones: [] });
    await scene.settle();
    expect(only(await scene.leads())).toMatchObject({ status: "waiting" });
    await scene.readLater();
    expect(scene.order()).toMatchObject({ agentId, description: expect.stringContaining("Нужен фильтр") });
  });

  it("is noted in the client's open order where the setting wants that, once", async () => {
    const scene = await createMoyskladScene({ settings: { attachToOpenOrder: true }, knobs: { hookCopies: 2 } });
    scene.callIn();
    await scene.settle();
    scene.requestIn();
    await scene.settle();
    await scene.readLater();
    expect(scene.counts()).toEqual(ONE);
    expect(scene.order().notes).toHaveLength(1);
  });
});

describe("a flow that is switched off", () => {
  it("leaves calls alone, and takes requests", async () => {
    const scene = await createMoyskladScene({ settings: { flows: { calls: false } } });
    scene.callIn();
    scene.requestIn();
    await scene.settle();
    await scene.read();
    expect(scene.counts()).toEqual(ONE);
    expect((await scene.leads()).map(({ status, reason_code: code }) => [status, code])).toEqual([
      ["skipped", "CALLS_OFF"],
      ["placed", null],
    ]);
  });

  it("leaves requests alone, and takes calls", async () => {
    const scene = await createMoyskladScene({ settings: { flows: { requests: false } } });
    scene.callIn();
    scene.requestIn();
    await scene.settle();
    expect(scene.counts()).toEqual(ONE);
    expect((await scene.leads()).map(({ status }) => status)).toEqual(["placed", "skipped"]);
  });
});
