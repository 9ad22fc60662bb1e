/** The life of a Dalion deal: ordered, shipped, returned, cancelled, and its money at every moment. */
import { describe, expect, it } from "vitest";
import {
  BASE,
  dealOf,
  foldAll,
  giveBack,
  ORDER,
  order,
  sale,
  shipment,
  summary,
  warningsOf,
} from "./dalion-documents.ts";
import { toInstant } from "./fixtures.ts";

const ORDERED = "Оформлен заказ";
const SHIPPED = "Заказ отгружен";
const CANCELLED = "Отменён";
const unposted = { posted: false };
const deleted = { deleted: true };

function holdOf(documents: readonly unknown[], settings: unknown = {}) {
  const result = foldAll(documents, settings);
  return result.kind === "deal" ? [result.hold?.except, result.hold?.notice.code] : [];
}

describe("an order", () => {
  it.each<[string, unknown[], unknown[]]>([
    ["brings nothing before it is shipped", [order()], [ORDERED, 0, undefined]],
    ["that is not posted is an order all the same", [order(unposted)], [ORDERED, 0, undefined]],
    ["is shipped with its first shipment", [order(), shipment(1)], [SHIPPED, 100, 10]],
    ["brings what all its shipments bring", [order(), shipment(1), shipment(2)], [SHIPPED, 300, 30]],
    ["loses what is returned", [order(), shipment(3), giveBack(1)], [SHIPPED, 200, 20]],
    ["fully returned stays shipped", [order(), shipment(2), giveBack(2)], [SHIPPED, 0, 0]],
    ["is not shipped by a draft", [order(), shipment(1, unposted)], [ORDERED, 0, 0]],
    ["is not shipped by a deleted shipment", [order(), shipment(1, deleted)], [ORDERED, 0, 0]],
    ["loses a shipment that leaves", [order(), shipment(1, deleted), shipment(2)], [SHIPPED, 200, 20]],
    ["gets back a return that leaves", [order(), shipment(3), giveBack(1, unposted)], [SHIPPED, 300, 30]],
    [
      "is shipped by what does not say whether it is posted",
      [order(), shipment(1, { posted: null })],
      [SHIPPED, 100, 10],
    ],
    ["without any profit has no margin", [order(), shipment(1, { profit: "" })], [SHIPPED, 100, undefined]],
    ["with a loss has a margin below zero", [order(), shipment(1, { profit: -5.5 })], [SHIPPED, 100, -5.5]],
    ["marked for deletion is cancelled", [order(deleted)], [CANCELLED, 0, undefined]],
    ["cancelled takes its margin back", [order(deleted), shipment(1, unposted)], [CANCELLED, 0, 0]],
  ])("%s", (_title, documents, expected) => {
    expect(summary(documents)).toEqual(expected);
  });

  it.each<[string, object, unknown[], unknown[]]>([
    ["the order's sum before shipment", { revenueBeforeShipment: "amount" }, [order()], [ORDERED, 1_000, undefined]],
    ["only shipments after it", { revenueBeforeShipment: "amount" }, [order(), shipment(1)], [SHIPPED, 100, 10]],
    [
      "ordered until shipped in full",
      { shippedWhen: "full" },
      [order(), shipment(4), shipment(5)],
      [ORDERED, 0, undefined],
    ],
    ["shipped in full", { shippedWhen: "full" }, [order(), shipment(4), shipment(6)], [SHIPPED, 1_000, 100]],
    [
      "its own status when returned",
      { returnedStatus: "Возврат" },
      [order(), shipment(1), giveBack(1)],
      ["Возврат", 0, 0],
    ],
    [
      "shipped when returned in part",
      { returnedStatus: "Возврат" },
      [order(), shipment(2), giveBack(1)],
      [SHIPPED, 100, 10],
    ],
    ["gone with its deletion mark", { deleted: "delete" }, [order(deleted), shipment(1)], ["deletion"]],
    ["as it was, the mark ignored", { deleted: "ignore" }, [order(deleted), shipment(1)], [SHIPPED, 100, 10]],
    ["its own texts", { orderedStatus: "Новый", cancelledStatus: "Отказ" }, [order()], ["Новый", 0, undefined]],
  ])("may by a setting be %s", (_title, settings, documents, expected) => {
    expect(summary(documents, settings)).toEqual(expected);
  });

  it("without a sum is shipped in full by its first shipment, and says that the sum is missing", () => {
    const documents = [order({ amount: null }), shipment(1)];
    expect(summary(documents, { shippedWhen: "full" })).toEqual([SHIPPED, 100, 10]);
    expect(warningsOf(documents, { shippedWhen: "full" })).toEqual(["AMOUNT_MISSING"]);
    expect(warningsOf(documents)).toEqual([]);
  });
});

describe("the date of the status", () => {
  const at = (documents: unknown[], settings = {}) => dealOf(documents, settings).statusAt;

  it("is the order's, then the first shipment's, then the last return's", () => {
    expect(at([order()])).toBe(toInstant(BASE.date));
    expect(at([order(), shipment(2), shipment(1)])).toBe(toInstant("2023-03-16T12:00:00"));
    expect(at([order(), shipment(1), giveBack(1)], { returnedStatus: "Возврат" })).toBe(
      toInstant("2023-04-01T12:00:00"),
    );
  });

  it("is that of the shipment that made it full", () => {
    const documents = [order(), shipment(4), shipment(6), shipment(7)];
    expect(at(documents, { shippedWhen: "full" })).toBe(toInstant("2023-03-21T12:00:00"));
  });

  it("is when the last shipment left, as the documents tell", () => {
    const left = { ...unposted, changedAt: "2023-03-20T09:00:00" };
    expect(at([order(), shipment(1, left), shipment(2, unposted)])).toBe(toInstant("2023-03-20T09:00:00"));
  });

  it("is when the deletion mark was set", () => {
    expect(at([order({ ...deleted, changedAt: "2023-03-20T09:00:00" })])).toBe(toInstant("2023-03-20T09:00:00"));
  });

  it("is never before the deal's own, though the shipment is dated by hand", () => {
    expect(at([order(), shipment(1, { date: "2023-03-15" })])).toBe(toInstant(BASE.date));
  });
});

describe("what is told after the deal was made", () => {
  it("is nothing before shipment, only money after it, and nothing of a cancelled order", () => {
    expect(holdOf([order()])).toEqual([undefined, "UNSHIPPED_EDIT"]);
    expect(holdOf([order(), shipment(1)])).toEqual(["money", "SHIPPED_EDIT"]);
    expect(holdOf([order(), shipment(1), giveBack(1)], { returnedStatus: "Возврат" })).toEqual([
      "money",
      "SHIPPED_EDIT",
    ]);
    expect(holdOf([order(deleted)])).toEqual([undefined, "CANCELLED_EDIT"]);
  });

  it("has the manager and the kinds of the first shipment, or the order's where it has none", () => {
    const first = shipment(1, {
      manager: "Зимин",
      items: [{ kind: "Масла розлив" }, { kind: "Услуга" }, { kind: "Услуга" }],
    });
    const second = shipment(2, { manager: "Другой", items: [{ kind: "Шины" }] });
    expect(dealOf([order(), second, first], {}, true)).toMatchObject({
      manager: "Зимин",
      tags: ["Масла розлив", "Услуга"],
    });
    expect(dealOf([order(), shipment(1)], {}, true)).toMatchObject({ manager: "Котова Анна", tags: ["Товар"] });
    expect(dealOf([order()], {}, true).tags).toEqual(["Товар"]);
    expect(dealOf([order(), first]).tags).toEqual([]);
  });
});

describe("a sale without an order", () => {
  it("is a deal of its own, born shipped", () => {
    expect(summary([sale()])).toEqual([SHIPPED, 100, 10]);
    expect(dealOf([sale()])).toMatchObject({ orderNumber: sale().guid, orderName: "Реализация Р-1 от 16.03.2023" });
    expect(summary([sale(), giveBack(1, { amount: 40, profit: 4, base: sale() })])).toEqual([SHIPPED, 60, 6]);
  });

  it("leaves when it is unposted, and is cancelled when it is marked for deletion", () => {
    expect(summary([sale(unposted)])).toEqual([ORDERED, 0, 0]);
    expect(summary([sale(deleted)])).toEqual([CANCELLED, 0, 0]);
    expect(summary([sale(deleted)], { deleted: "ignore" })).toEqual([ORDERED, 0, 0]);
  });
});

describe("sums that cannot be right", () => {
  it.each<[string, unknown[], unknown[], string[]]>([
    [
      "a shipment without a sum",
      [order(), shipment(1, { amount: "" }), shipment(2)],
      [SHIPPED, 200, 30],
      ["AMOUNT_MISSING"],
    ],
    ["no shipment with a sum", [order(), shipment(1, { amount: "" })], [SHIPPED, undefined, 10], ["AMOUNT_MISSING"]],
    [
      "a return without a sum",
      [order(), shipment(2), giveBack(1, { amount: null })],
      [SHIPPED, 200, 10],
      ["AMOUNT_MISSING"],
    ],
    [
      "a shipment below zero",
      [order(), shipment(1, { amount: -5 }), shipment(2)],
      [SHIPPED, 200, 30],
      ["AMOUNT_NEGATIVE"],
    ],
    [
      "a return below zero",
      [order(), shipment(2), giveBack(1, { amount: -5 })],
      [SHIPPED, 200, 10],
      ["AMOUNT_NEGATIVE"],
    ],
    ["an order below zero", [order({ amount: -5 })], [ORDERED, 0, undefined], ["AMOUNT_NEGATIVE"]],
    ["returns above shipments", [order(), shipment(1), giveBack(2)], [SHIPPED, 0, -10], ["RETURNS_EXCEED"]],
    ["a return of what was never shipped", [order(), giveBack(1)], [ORDERED, 0, undefined], ["RETURNS_EXCEED"]],
    ["shipments of a cancelled order", [order(deleted), shipment(1)], [CANCELLED, 0, 0], ["SHIPMENTS_LEFT"]],
  ])("are told and lose nothing else: %s", (_title, documents, expected, codes) => {
    expect(summary(documents)).toEqual(expected);
    expect(warningsOf(documents)).toEqual(codes);
  });

  it("of documents that do not count are nobody's concern", () => {
    expect(warningsOf([order(), shipment(1), shipment(2, { ...unposted, amount: -5 })])).toEqual([]);
  });
});

describe("documents that make no deal yet", () => {
  it.each<[string, unknown[], string]>([
    ["a shipment before its order", [shipment(1)], "ORDER_MISSING"],
    ["a return whose base is a shipment of an order", [giveBack(1, { base: shipment(1) })], "ORDER_MISSING"],
    ["a return without a base", [giveBack(1, { base: null, phones: "89002003041" })], "BASE_MISSING"],
    ["an order of an unknown type", [order({ type: "СчетНаОплату" })], "TYPE_UNKNOWN"],
    ["an unknown document of an order that has not come", [shipment(1, { type: "Чек" }), shipment(2)], "TYPE_UNKNOWN"],
    ["neither phone nor e-mail", [order({ phones: "", emails: [] }), shipment(1)], "NO_CONTACTS"],
  ])("wait, and say what for: %s", (_title, documents, code) => {
    expect(summary(documents)).toEqual(["skipped", code]);
    const result = foldAll(documents);
    expect(result.kind === "skipped" && result.reason.message).toMatch(/^[А-ЯЁ].{20,}/);
  });

  it("are a deal as soon as one of them knows the client", () => {
    expect(summary([order({ phones: "" }), shipment(1, { emails: "savelev@example.com" })])).toEqual([
      SHIPPED,
      100,
      10,
    ]);
  });

  it("do not hold up the rest of a deal: an unknown one is named", () => {
    const documents = [order(), shipment(1), shipment(2, { type: "Чек" })];
    expect(summary(documents)).toEqual([SHIPPED, 100, 10]);
    expect(warningsOf(documents)).toEqual(["TYPE_UNKNOWN"]);
  });

  it("become one when the settings name their types", () => {
    const documents = [
      order({ type: "Sales_Order" }),
      shipment(1, { type: "Чек ККМ", base: { ...BASE, type: "Sales_Order" } }),
    ];
    const types = { Sales_Order: "ЗаказПокупателя", ЧекККМ: "Реализация" };
    expect(summary(documents, { types })).toEqual([SHIPPED, 100, 10]);
    expect(dealOf(documents, { types }).orderNumber).toBe(ORDER);
  });

  it("are named when they are orders the base takes for parts of another", () => {
    const types = { Договор: "ЗаказПокупателя" };
    const documents = [order(), shipment(1, { type: "Договор" })];
    const result = foldAll(documents, { types });
    expect(result.kind === "deal" && result.warnings.map(({ code }) => code)).toEqual(["ORDER_HAS_BASE"]);
  });
});
