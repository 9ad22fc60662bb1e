/** What managers do with orders in MoySklad is seen in Calltouch: by webhook at once, and by the poll without any. */
import { describe, expect, it } from "vitest";
import { createMoyskladScene, type MoyskladSceneOptions, only, PHONE } from "./stage.ts";

const SECOND = 1_000;
const toSecond = (at: number) => Math.floor(at / SECOND) * SECOND;

/** A lead's order, and its deal as it was made. */
async function createSold(options: MoyskladSceneOptions = {}) {
  const scene = await createMoyskladScene({ ...options, hooks: { calltouch: true, ...options.hooks } });
  scene.callIn();
  await scene.settle();
  scene.clock.advance(60 * SECOND);
  return { ...scene, deal: () => only(scene.sandbox.control.deals("41234")), id: scene.order().id };
}

/** The same with webhooks and without, where the poll alone tells. */
const BOTH_WAYS = [
  ["by webhook", true],
  ["by the poll alone", false],
] as const;

const TOUCHING = [
  ["touch the order", true],
  ["do not touch the order", false],
] as const;

async function pass(scene: Awaited<ReturnType<typeof createSold>>, isHooked: boolean): Promise<void> {
  await scene.settle();
  if (!isHooked) await scene.readLater();
}

describe.each(BOTH_WAYS)("an order, %s,", (_, isHooked) => {
  const sold = (options: MoyskladSceneOptions = {}) => createSold({ ...options, hooks: { moysklad: isHooked } });

  it("shows its state, sum and manager in the deal, with the date of the state's change", async () => {
    const scene = await sold();
    const ownerId = scene.erp.addEmployee({ name: "Петрова" });
    scene.erp.changeOrder(scene.id, { stateId: scene.states.Подтвержден, sum: 150_000, ownerId });
    const changedAt = scene.clock.now();
    await pass(scene, isHooked);
    expect(scene.deal()).toMatchObject({
      status: "Подтвержден",
      statusAt: toSecond(changedAt),
      revenue: "1500.00",
      manager: "Петрова",
      creates: 1,
    });
    if (isHooked) expect(scene.clock.now() - changedAt).toBeLessThan(2 * SECOND);
  });

  it("that is done closes the deal at the date of the state's change, and reopens it when it is reopened", async () => {
    const scene = await sold();
    scene.move("Выполнен", scene.id);
    const doneAt = scene.clock.now();
    scene.clock.advance(30 * SECOND);
    scene.erp.changeOrder(scene.id, { sum: 99_900 });
    await pass(scene, isHooked);
    expect(scene.deal()).toMatchObject({ status: "COMPLETED", statusAt: toSecond(doneAt), revenue: "999.00" });
    scene.clock.advance(60 * SECOND);
    scene.move("Подтвержден", scene.id);
    const reopenedAt = scene.clock.now();
    await pass(scene, isHooked);
    expect(scene.deal()).toMatchObject({ status: "Подтвержден", statusAt: toSecond(reopenedAt) });
  });

  it("that failed has the status of its own state", async () => {
    const scene = await sold();
    scene.move("Отменен", scene.id);
    await pass(scene, isHooked);
    expect(scene.deal()).toMatchObject({ status: "Отменен", creates: 1 });
  });

  it("that is deleted is refused, and has its state again when it is restored", async () => {
    const scene = await sold();
    scene.move("Подтвержден", scene.id);
    await pass(scene, isHooked);
    scene.clock.advance(60 * SECOND);
    scene.erp.deleteOrder(scene.id);
    await pass(scene, isHooked);
    expect(scene.deal()).toMatchObject({ status: "Отменён", revenue: "0.00", isDeleted: false });
    scene.clock.advance(60 * SECOND);
    scene.erp.restoreOrder(scene.id);
    // No webhook is known to tell of it.
    await scene.settle();
    await scene.readLater();
    expect(scene.deal()).toMatchObject({ status: "Подтвержден", creates: 1 });
  });

  it.each(TOUCHING)(
    "shows payments and refunds where they are what counts, which %s",
    async (_, paymentTouchesOrder) => {
      const scene = await sold({ settings: { revenue: "paid" }, erpKnobs: { paymentTouchesOrder } });
      scene.erp.changeOrder(scene.id, { sum: 300_000 });
      await pass(scene, isHooked);
      expect(scene.deal().revenue).toBe("0.00");
      scene.clock.advance(60 * SECOND);
      const paymentId = scene.erp.addPayment({ kind: "paymentin", orderId: scene.id, sum: 100_000 });
      scene.erp.addPayment({ kind: "cashin", orderId: scene.id, sum: 50_000, via: "demand" });
      await pass(scene, isHooked);
      expect(scene.deal().revenue).toBe("1500.00");
      scene.clock.advance(60 * SECOND);
      scene.erp.removePayment(paymentId);
      await pass(scene, isHooked);
      expect(scene.deal().revenue).toBe("500.00");
      scene.clock.advance(60 * SECOND);
      scene.erp.addRefund({ kind: "paymentout", orderId: scene.id, sum: 20_000 });
      // Of the two kinds of refunds the poll asks for one each time.
      await pass(scene, isHooked);
      await pass(scene, isHooked);
      expect(scene.deal().revenue).toBe("300.00");
    },
  );

  it.each(TOUCHING)(
    "shows shipments and returns where they are what counts, which %s",
    async (_, shipmentTouchesOrder) => {
      const scene = await sold({ settings: { revenue: "shipped" }, erpKnobs: { shipmentTouchesOrder } });
      const demandId = scene.erp.addDemand({ orderId: scene.id, sum: 200_000 });
      await pass(scene, isHooked);
      expect(scene.deal().revenue).toBe("2000.00");
      scene.clock.advance(60 * SECOND);
      scene.erp.addSalesReturn({ demandId, sum: 70_000 });
      await pass(scene, isHooked);
      expect(scene.deal().revenue).toBe("1300.00");
    },
  );

  it("goes by the texts of the settings for its states, by their ids, whatever the states are called", async () => {
    const scene = await sold();
    await scene.configure({ states: { [scene.states.Подтвержден]: "В работе" } });
    await scene.settle();
    scene.erp.changeState(scene.states.Подтвержден, { name: "Согласован" });
    scene.move("Подтвержден", scene.id);
    await pass(scene, isHooked);
    expect(scene.deal().status).toBe("В работе");
  });
});

describe("a flow that is switched off", () => {
  it("leaves the deal as it was made, and closes it all the same", async () => {
    const scene = await createSold({ settings: { flows: { updates: false } } });
    scene.erp.changeOrder(scene.id, { stateId: scene.states.Подтвержден, sum: 10_000 });
    await scene.settle();
    expect(scene.deal()).toMatchObject({ status: "PENDING", revenue: "0.00" });
    scene.move("Выполнен", scene.id);
    await scene.settle();
    expect(scene.deal()).toMatchObject({ status: "COMPLETED", revenue: "100.00" });
  });

  it("leaves the deal open when its order is done, and follows it until then", async () => {
    const scene = await createSold({ settings: { flows: { completion: false } } });
    scene.move("Подтвержден", scene.id);
    await scene.settle();
    expect(scene.deal().status).toBe("Подтвержден");
    scene.move("Выполнен", scene.id);
    await scene.settle();
    expect(scene.deal().status).toBe("Подтвержден");
  });
});

describe("an order made by hand", () => {
  it("becomes no deal unless the setting wants all orders", async () => {
    const scene = await createMoyskladScene();
    const agentId = scene.erp.addCounterparty({ name: "Пётр", phone: `+${PHONE}` });
    scene.erp.addOrder({ agentId, sum: 5_000 });
    await scene.settle();
    await scene.readLater();
    expect(scene.deals()).toEqual([]);
  });

  it.each(BOTH_WAYS)(
    "becomes a deal matched by contacts %s, and has the source written into its empty fields",
    async (_, moysklad) => {
      const scene = await createMoyskladScene({
        settings: { orders: "all", flows: { calls: false } },
        hooks: { moysklad },
      });
      const call = scene.callIn({ at: scene.clock.now() - 600_000 });
      await scene.settle();
      const agentId = scene.erp.addCounterparty({ name: "Пётр", phone: "8 (999) 123-45-67" });
      const id = scene.erp.addOrder({ agentId, sum: 500_000 });
      scene.erp.changeOrder(id, { attributes: { Канал: "сарафан" } });
      await scene.settle();
      if (!moysklad) await scene.readLater();
      expect(only(scene.deals())).toMatchObject({
        orderNumber: id,
        revenue: "5000.00",
        link: { kind: "call", id: call },
      });
      await scene.live(20 * 60_000, 60_000);
      expect(scene.order().attributes).toMatchObject({
        Источник: "yandex",
        Канал: "сарафан",
        utm_campaign: "Запчасти; Москва",
        utm_term: "купить фильтр",
        "Google Client ID": expect.any(String),
        Теги: expect.stringContaining("|"),
      });
      expect(only(scene.deals()).creates).toBe(1);
    },
  );
});
