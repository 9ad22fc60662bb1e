import { describe, expect, it } from "vitest";
import { document } from "../../adapters/moysklad/document.ts";
import { moysklad } from "../../adapters/moysklad/index.ts";
import { dealOf, foldOrder, handOrder, LEAD_AT, MINUTE_MS, ORDER_ID, parseOrder, rawOrder, STATES } from "./orders.ts";

const MOVED_AT = LEAD_AT + 60 * MINUTE_MS;
const moved = { isInitialState: false, stateAt: MOVED_AT };

describe("the deal of an order made for a lead", () => {
  it("is matched to the very lead, at the lead's time, under the order's id", () => {
    const deal = dealOf(rawOrder());
    expect(deal.orderNumber).toBe(ORDER_ID);
    expect(deal.orderAt).toBe(LEAD_AT);
    expect(deal.matching).toMatchObject({ at: LEAD_AT, lead: { kind: "call", id: 700_112_233 } });
    expect(deal.orderName).toBe("Заказ покупателя 00042");
    expect(moysklad.orderNumberOf?.(ORDER_ID)).toBe(ORDER_ID);
  });

  it("waits as PENDING with no revenue until the order leaves its first state", () => {
    const states = { [STATES.new.id]: "Создан" };
    expect(dealOf(rawOrder(), { states })).toMatchObject({ status: "PENDING", statusAt: LEAD_AT, revenueKopecks: 0 });
    expect(dealOf(rawOrder({ ...moved, state: STATES.new }), { states })).toMatchObject({
      status: "Создан",
      statusAt: MOVED_AT,
    });
  });

  it("has the state's name, or the settings' text for the state's id whatever its name", () => {
    const raw = rawOrder({ ...moved, state: { ...STATES.confirmed, name: "Переименован" } });
    expect(dealOf(raw).status).toBe("Переименован");
    expect(dealOf(raw, { states: { [STATES.confirmed.id]: "В работе" } }).status).toBe("В работе");
  });

  it("is closed by a Successful state, with the date the state changed", () => {
    const raw = rawOrder({ ...moved, state: STATES.done, sum: 99_900, updated: "2026-11-21 10:00:00.000" });
    expect(dealOf(raw)).toMatchObject({ status: "COMPLETED", statusAt: MOVED_AT, revenueKopecks: 99_900 });
  });

  it("takes its refusal from the settings, else from the state", () => {
    const raw = rawOrder({ ...moved, state: STATES.refused });
    expect(dealOf(raw).status).toBe("Отменён покупателем");
    expect(dealOf(raw, { failedStatus: "FAILED" }).status).toBe("FAILED");
  });

  it("is open again when the order is", () => {
    expect(dealOf(rawOrder({ ...moved, state: STATES.confirmed })).status).toBe("Подтверждён");
  });

  it("is refused without revenue while the order is in the recycle bin, and as it was once restored", () => {
    const raw = rawOrder({ ...moved, state: STATES.confirmed, sum: 5_000 });
    const deleted = dealOf({ ...raw, deleted: "2026-11-21 10:00:00.000", updated: "2026-11-21 10:00:00.000" });
    expect(deleted).toMatchObject({
      status: "Отменён",
      statusAt: Date.UTC(2026, 10, 21, 7),
      revenueKopecks: 0,
    });
    expect(dealOf(raw)).toMatchObject({ status: "Подтверждён", revenueKopecks: 5_000 });
  });
});

describe("the flows that are switched off", () => {
  it("keep an open deal as it was made while updates are off, and still close it", () => {
    const off = { flows: { updates: false } };
    const open = dealOf(rawOrder({ ...moved, state: STATES.confirmed }), off);
    expect(open).toMatchObject({ status: "PENDING", hold: { notice: { code: "UPDATES_OFF" } } });
    const done = dealOf(rawOrder({ ...moved, state: STATES.done }), off);
    expect(done).toMatchObject({ status: "COMPLETED", hold: undefined });
  });

  it("keep a deal as open as it was while completion is off", () => {
    const off = { flows: { completion: false } };
    const openState = { state: STATES.confirmed, at: MOVED_AT - MINUTE_MS };
    expect(dealOf(rawOrder({ ...moved, state: STATES.done, openState }), off)).toMatchObject({
      status: "Подтверждён",
      statusAt: MOVED_AT - MINUTE_MS,
      hold: { notice: { code: "COMPLETION_OFF" } },
    });
    expect(dealOf(rawOrder({ ...moved, state: STATES.confirmed }), off).hold).toBe(undefined);
  });

  it("make no deal of a completed order nobody saw open while completion is off", () => {
    const fold = foldOrder(handOrder({ state: STATES.done }), { orders: "all", flows: { completion: false } });
    expect(fold).toMatchObject({ kind: "skipped", reason: { code: "COMPLETION_OFF" } });
  });

  it("let a deletion through unless both are off", () => {
    const deleted = rawOrder({ ...moved, deleted: "2026-11-21 10:00:00.000" });
    expect(dealOf(deleted, { flows: { updates: false } }).status).toBe("Отменён");
    expect(dealOf(deleted, { flows: { completion: false } }).status).toBe("Отменён");
    expect(dealOf(deleted, { flows: { updates: false, completion: false } })).toMatchObject({
      status: "PENDING",
      hold: { notice: { code: "UPDATES_OFF" } },
    });
  });
});

describe("an order entered by hand", () => {
  it("is kept and not sent unless the settings want all orders", () => {
    expect(foldOrder(handOrder())).toMatchObject({ kind: "skipped", reason: { code: "ORDER_NOT_FROM_LEAD" } });
    expect(foldOrder(handOrder(), { orders: "all" }).kind).toBe("deal");
  });

  it("is matched by contacts, at the second it was entered", () => {
    const deal = dealOf(handOrder({ created: "2026-11-20 12:29:41.000" }), { orders: "all" });
    expect(deal.matching.lead).toBe(undefined);
    expect(deal.matching.at).toBe(Date.UTC(2026, 10, 20, 9, 29, 41));
    expect(deal.contacts).toEqual({ name: "Ким Светлана", phones: ["79002223344"], emails: ["kim@example.com"] });
  });

  it("is matched up to the end of the day when it was dated by hand", () => {
    const deal = dealOf(handOrder({ moment: "2026-11-19 00:00:00.000" }), { orders: "all" });
    expect(deal.orderAt).toBe(Date.UTC(2026, 10, 18, 21));
    expect(deal.matching.at).toBe(Date.UTC(2026, 10, 19, 20, 59, 59));
  });

  it("becomes a deal when a lead was attached to it, at the lead's time", () => {
    const deal = dealOf(handOrder({ leadAt: LEAD_AT }));
    expect(deal).toMatchObject({ orderAt: LEAD_AT, matching: { at: LEAD_AT } });
    expect(deal.status).toBe("Новый");
  });

  it.each([
    { setting: "onlyOrganizations", field: "organization", code: "OTHER_ORGANIZATION" },
    { setting: "onlySalesChannels", field: "salesChannel", code: "OTHER_SALES_CHANNEL" },
  ])("goes by the filter $setting", ({ setting, field, code }) => {
    const settings = { orders: "all", [setting]: [STATES.new.id.toUpperCase()] };
    expect(foldOrder(handOrder(), settings)).toMatchObject({ kind: "skipped", reason: { code } });
    const href = `https://api.moysklad.ru/api/remap/1.2/entity/any/${STATES.new.id}`;
    expect(foldOrder(handOrder({ [field]: { meta: { href } } }), settings).kind).toBe("deal");
    expect(foldOrder(rawOrder(), settings).kind).toBe("deal");
  });
});

describe("the revenue of an order", () => {
  const sums = { sum: 100_000, payedSum: 60_000, shippedSum: 80_000, returnedSum: 30_000, refundedSum: 10_000 };

  it.each([
    { revenue: "sum", kopecks: 70_000 },
    { revenue: "paid", kopecks: 50_000 },
    { revenue: "shipped", kopecks: 50_000 },
  ])("is by the setting $revenue, less what was brought or paid back", ({ revenue, kopecks }) => {
    expect(dealOf(rawOrder({ ...moved, ...sums }), { revenue }).revenueKopecks).toBe(kopecks);
  });

  it.each([
    {
      about: "goods brought back and paid for are one loss",
      payedSum: 100_000,
      returnedSum: 30_000,
      refundedSum: 30_000,
      kopecks: 70_000,
    },
    {
      about: "money paid back for nothing brought back",
      payedSum: 100_000,
      returnedSum: null,
      refundedSum: 25_000,
      kopecks: 75_000,
    },
    {
      about: "money paid too much and paid back",
      payedSum: 120_000,
      returnedSum: null,
      refundedSum: 20_000,
      kopecks: 100_000,
    },
  ])("where payments do not count, is less $about", ({ about: _, kopecks, ...changed }) => {
    const raw = rawOrder({ ...moved, ...sums, shippedSum: 100_000, ...changed });
    for (const revenue of ["sum", "shipped"]) expect(dealOf(raw, { revenue }).revenueKopecks).toBe(kopecks);
  });

  it("is in the account's currency, whole kopecks", () => {
    const raw = rawOrder({ ...moved, sum: 10_000.5, rate: { value: 94.523 } });
    expect(dealOf(raw).revenueKopecks).toBe(945_277);
  });

  it("is never below zero, and says so", () => {
    const deal = dealOf(rawOrder({ ...moved, sum: 100, returnedSum: 200 }));
    expect(deal.revenueKopecks).toBe(0);
    expect(deal.warnings).toMatchObject([{ code: "AMOUNT_NEGATIVE" }]);
  });
});

describe("the adapter", () => {
  it("orders the states of one order by its last change", () => {
    expect(moysklad.stamp(parseOrder(), () => 0)).toEqual({
      kind: "date",
      value: Date.UTC(2026, 10, 20, 9, 31, 2, 417),
    });
  });

  it("leaves a document without personal data a document of the same deal", () => {
    const bare = moysklad.withoutPersonalData(parseOrder({ description: "Позвонить Светлане" }));
    expect(JSON.stringify(bare)).not.toMatch(/Светлан|222|kim@/);
    expect(document.parse(JSON.parse(JSON.stringify(bare)))).toEqual(bare);
    expect(dealOf({ ...bare }).status).toBe("PENDING");
  });

  it("tells the exchange rules the organization and the warehouse", () => {
    const order = parseOrder({
      organization: { id: STATES.new.id, name: "ООО «Лавка»" },
      store: { id: STATES.done.id, name: "Склад на Садовой" },
    });
    const settings = moysklad.settings.parse({});
    expect(moysklad.facts([order], { settings, toInstant: () => 0, itemKindTags: false })).toMatchObject({
      organization: "ООО «Лавка»",
      warehouse: "Склад на Садовой",
      items: [],
    });
  });
});
