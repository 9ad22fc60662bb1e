import { describe, expect, it } from "vitest";
import { createOrder, dealChange, updateOrder } from "../../src/calltouch/order.ts";
import { toCreateOrder, toDeleteBody, toUpdateOrder } from "../../src/calltouch/wire.ts";
import type { Deal } from "../../src/deal.ts";
import { DEAL_AT, dealWith, MOSCOW, recommendedRequest } from "./fixture.ts";

const matchingOf = (fields: Partial<Deal["matching"]>, rest: Partial<Deal> = {}) =>
  toCreateOrder(dealWith({ ...rest, matching: { ...dealWith().matching, ...fields } }), MOSCOW).matching;
const typesOf = (matchers: readonly { type: string }[]) => matchers.map(({ type }) => type);

describe("create", () => {
  it("is the request Calltouch recommends, byte for byte", () => {
    const body = { crm: "название CRM", orders: [toCreateOrder(dealWith(), MOSCOW)] };
    expect(JSON.stringify(body)).toBe(JSON.stringify(recommendedRequest));
  });

  it("carries every field of a full deal, in the documented shapes", () => {
    const full = dealWith({
      funnel: "Сервис",
      currency: "rub",
      marginKopecks: -10_050,
      manager: "Петров Пётр",
      orderLink: "https://erp.example/1",
      orderName: "Заказ-наряд 1",
      comment: "Стук",
      customFields: [
        { field: "km", value: "10" },
        { field: "none", value: "" },
      ],
      products: [{ name: "Масло", priceKopecks: 176_000, quantity: 2, category: "Масла", brand: "X" }],
      showContacts: true,
      contacts: { name: "Иван", phones: ["79157771122", "79009991122"], emails: ["a@b.ru"] },
    });
    const { matching, ...order } = createOrder.parse(toCreateOrder(full, MOSCOW));
    expect(order).toEqual({
      orderNumber: "УникальныйIDсделки2",
      funnel: "Сервис",
      status: "Запись",
      statusDate: "19-07-2021 16:42:32",
      orderDate: "19-07-2021 16:42:32",
      currency: "rub",
      revenue: "1000.00",
      margin: "-100.50",
      manager: "Петров Пётр",
      orderLink: "https://erp.example/1",
      orderName: "Заказ-наряд 1",
      comment: { text: "Стук" },
      addTags: [{ tag: "Тег1" }, { tag: "Тег2" }, { tag: "Тег3" }],
      customFields: [{ field: "km", value: "10" }],
      products: [{ name: "Масло", price: "1760.00", brand: "X", category: "Масла", quantity: 2 }],
      orderContacts: {
        mainContacts: { fio: "Иван", phoneNumber: "79157771122", email: "a@b.ru" },
        otherContacts: { phoneNumber: ["79009991122"] },
      },
    });
    expect(matching).toHaveLength(3);
  });

  it("shows no contacts in the deal unless told to", () => {
    expect(toCreateOrder(dealWith({ showContacts: false }), MOSCOW).orderContacts).toBeUndefined();
    const without = dealWith({ showContacts: true, contacts: { phones: [], emails: [] } });
    expect("orderContacts" in toCreateOrder(without, MOSCOW)).toBe(false);
  });

  it("holds no date after now", () => {
    const now = DEAL_AT - 60_000;
    const order = toCreateOrder(dealWith(), { ...MOSCOW, now });
    const dates = JSON.stringify(order).match(/\d{2}-\d{2}-\d{4} \d{2}:\d{2}:\d{2}/g);
    expect(dates).toEqual(Array(4).fill("19-07-2021 16:41:32"));
  });

  it("sends a negative revenue as zero, and a revenue of zero as zero", () => {
    expect(toCreateOrder(dealWith({ revenueKopecks: -1 }), MOSCOW).revenue).toBe("0.00");
    expect(toCreateOrder(dealWith({ revenueKopecks: 0 }), MOSCOW).revenue).toBe("0.00");
  });

  it("cuts what is too long, but never the order number", () => {
    const long = "я".repeat(1_000);
    const order = toCreateOrder(
      dealWith({
        orderNumber: "9".repeat(100),
        status: long,
        funnel: long,
        manager: long,
        orderName: long,
        comment: long,
        tags: [`${long}1`, `${long}2`],
        matching: { ...dealWith().matching, customSource: { source: long, medium: long, campaign: long } },
      }),
      MOSCOW,
    );
    expect(createOrder.safeParse(order).success).toBe(true);
    expect(order.orderNumber).toHaveLength(100);
    expect(order.comment?.text).toHaveLength(255);
    expect(order.addTags).toEqual([{ tag: "я".repeat(100) }]);
    expect(JSON.stringify(order.matching.at(-1))).toContain(`"campaign":"${"я".repeat(126)}"`);
  });
});

describe("matching", () => {
  it("tries a known lead first, then contacts, and the custom source last", () => {
    const call = matchingOf({ lead: { kind: "call", id: 7 } });
    expect(typesOf(call)).toEqual(["call", "callContact", "requestContact", "customSources"]);
    expect(call[0]).toEqual({ type: "call", callParams: { callId: 7 } });
    expect(matchingOf({ lead: { kind: "request", id: 8 } })[0]).toEqual({
      type: "request",
      requestParams: { requestId: 8 },
    });
  });

  it("asks for the lead tags, all of them, in every matcher of leads", () => {
    const matchers = matchingOf({ leadTags: ["МЧ", "МЧ", "Юг"], lead: { kind: "call", id: 7 } });
    const tagged = { tags: ["МЧ", "Юг"], tagsLogic: "and" };
    expect(matchers[0]).toMatchObject({ callParams: tagged });
    expect(matchers[1]).toMatchObject({ callContactParams: tagged });
    expect(matchers[2]).toMatchObject({ requestContactParams: tagged });
    expect(JSON.stringify(matchers[3])).not.toContain("tags");
  });

  it("leaves out a contact matcher that has no contacts to search by", () => {
    const onlyEmail = matchingOf({}, { contacts: { phones: [], emails: ["a@b.ru"] } });
    expect(typesOf(onlyEmail)).toEqual(["requestContact", "customSources"]);
    expect(JSON.stringify(onlyEmail)).not.toContain("phones");
    const onlyPhone = matchingOf({}, { contacts: { phones: ["79157771122"], emails: [] } });
    expect(typesOf(onlyPhone)).toEqual(["callContact", "requestContact", "customSources"]);
    expect(JSON.stringify(onlyPhone)).not.toContain("emails");
    expect(typesOf(matchingOf({}, { contacts: { phones: [], emails: [] } }))).toEqual(["customSources"]);
  });

  it("by unique leads falls back to all leads before it falls back to the custom source", () => {
    const matchers = matchingOf({ typeToMatch: "nearestUniq" });
    expect(JSON.stringify(matchers).match(/nearest\w*/g)).toEqual(["nearestUniq", "nearestUniq", "nearest", "nearest"]);
    expect(typesOf(matchers).at(-1)).toBe("customSources");
  });

  it("sends only the parts of the custom source that are known", () => {
    const bare = matchingOf({ customSource: { source: "s", medium: "m" } });
    expect(bare.at(-1)).toEqual({ type: "customSources", customSourceParams: { source: "s", medium: "m" } });
    const whole = { source: "s", medium: "m", campaign: "c", content: "k", term: "t" };
    expect(matchingOf({ customSource: whole }).at(-1)).toEqual({ type: "customSources", customSourceParams: whole });
  });
});

describe("update", () => {
  it("holds only what changed, its status with its date, and always the date of the change", () => {
    const bare = dealChange.parse({ orderNumber: "1", updateAt: DEAL_AT });
    expect(toUpdateOrder(bare, MOSCOW)).toEqual({ orderNumber: "1", updateDate: "19-07-2021 16:42:32" });

    const whole = dealChange.parse({
      orderNumber: "1",
      updateAt: DEAL_AT,
      status: { text: "Закрыт", at: DEAL_AT - 1_000 },
      revenueKopecks: -5,
      marginKopecks: 5,
      manager: "М",
      funnel: "Ф",
      orderName: "Н",
      orderLink: "https://erp.example/1",
      addedTags: ["а", "а"],
      customFields: [{ field: "km", value: "1" }],
      contacts: { name: "Иван", phones: [], emails: [] },
    });
    expect(updateOrder.parse(toUpdateOrder(whole, MOSCOW))).toEqual({
      orderNumber: "1",
      funnel: "Ф",
      status: "Закрыт",
      statusDate: "19-07-2021 16:42:31",
      updateDate: "19-07-2021 16:42:32",
      revenue: "0.00",
      margin: "0.05",
      manager: "М",
      orderLink: "https://erp.example/1",
      orderName: "Н",
      addTags: { overwrite: false, tags: [{ tag: "а" }] },
      customFields: [{ field: "km", value: "1" }],
      orderContacts: { mainContacts: { fio: "Иван" } },
    });
  });

  it("holds no date after now and nothing empty", () => {
    const change = dealChange.parse({
      orderNumber: "1",
      updateAt: DEAL_AT,
      status: { text: "Закрыт", at: DEAL_AT },
      addedTags: [],
      customFields: [],
      contacts: { phones: [], emails: [] },
    });
    expect(toUpdateOrder(change, { ...MOSCOW, now: DEAL_AT - 2_000 })).toEqual({
      orderNumber: "1",
      status: "Закрыт",
      statusDate: "19-07-2021 16:42:30",
      updateDate: "19-07-2021 16:42:30",
    });
  });
});

describe("delete", () => {
  it("names the deals by our own numbers", () => {
    expect(toDeleteBody(["1", "00-2"])).toEqual({ orderNumbers: ["1", "00-2"] });
  });
});
