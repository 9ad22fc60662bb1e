import { describe, expect, it } from "vitest";
import { dalion } from "../../adapters/dalion/index.ts";
import { toType } from "../../adapters/dalion/type.ts";
import { BASE, dealOf, giveBack, ORDER, order, sale, shipment, warningsOf } from "./dalion-documents.ts";
import { contextOf, fold, toInstant } from "./fixtures.ts";

const parse = (raw: unknown) => dalion.document.parse(raw);

function codesOf(raw: unknown): unknown[] {
  const issues = dalion.document.safeParse(raw).error?.issues ?? [];
  return issues.map((issue) => (issue.code === "custom" ? (issue.params?.["code"] ?? "FIELD") : "FIELD"));
}

describe("the deal a document belongs to", () => {
  const OTHER = "5a1e0099-c2ed-11ed-80d6-2c44fd8322a7";
  const base = { ...BASE, guid: OTHER };

  it.each(["ЗаказПокупателя", "Заказ покупателя", "ЗаказКлиента", "Заказ-наряд", "РемонтныйЗаказ"])(
    "is its own for a %s, whatever it was made from",
    (type) => {
      expect(dalion.dealKey(parse(order({ type, base })))).toBe(ORDER);
    },
  );

  it.each(["Реализация", "РеализацияТоваровУслуг", "ВозвратТоваровОтПокупателя", "Чек ККМ"])(
    "is its base's for a %s, and without a base its own",
    (type) => {
      expect(dalion.dealKey(parse(shipment(1, { type, base })))).toBe(OTHER);
      expect(dalion.dealKey(parse(shipment(1, { type, base: null })))).toBe(shipment(1).guid);
      expect(dalion.dealKey(parse(shipment(1, { type, base: { ...BASE, guid: "" } })))).toBe(shipment(1).guid);
    },
  );

  it("has the guid for its number, so that it follows from the guid alone", () => {
    expect(dealOf([order()]).orderNumber).toBe(ORDER);
    expect(dalion.orderNumberOf?.(ORDER)).toBe(ORDER);
  });

  it("is ordered by the version of a document, else by its last change", () => {
    const stampOf = (fields: object) => dalion.stamp(parse(order(fields)), toInstant);
    expect(stampOf({ version: "1\u00a0118" })).toEqual({ kind: "version", value: 1_118 });
    const changedAt = "2023-03-16T10:00:00";
    expect(stampOf({ version: "AAAAAQ=", changedAt })).toEqual({ kind: "date", value: toInstant(changedAt) });
    expect(stampOf({})).toBe(null);
  });
});

describe("a type", () => {
  it.each([
    ["заказ клиента", "ЗаказПокупателя"],
    ["Заказ-наряд", "ЗаказНаряд"],
    ["Реализация товаров и услуг", "Реализация"],
    ["ВозвратТоваровОтКлиента", "Возврат"],
    ["Чек", null],
    ["", null],
  ])("%j is %j", (name, type) => {
    expect(toType(name, {})).toBe(type);
  });

  it("named by the settings is what they say, also against the names known without them", () => {
    const types = { "Заказ наряд": "Реализация", Чек_ККМ: "Реализация" } as const;
    expect(toType("ЗаказНаряд", types)).toBe("Реализация");
    expect(toType("чек ККМ", types)).toBe("Реализация");
    expect(dealOf([order({ type: "ЗаказНаряд" })], { types }).status).toBe("Заказ отгружен");
  });
});

describe("the rest of a deal", () => {
  it("is shown in Calltouch with its contacts and the document's full name", () => {
    const deal = dealOf([order({ title: "Заказ покупателя ER00004127 от 15.03.2023 17:21:44" })]);
    expect(deal.orderName).toBe("Заказ покупателя ER00004127 от 15.03.2023 17:21:44");
    expect(deal.showContacts).toBe(true);
    expect(deal.contacts).toEqual({ name: "Савельев Денис", phones: ["79002003041"], emails: [] });
  });

  it.each([
    ["ЗаказПокупателя", "Заказ покупателя ER00004127 от 15.03.2023"],
    ["ЗаказНаряд", "Заказ-наряд ER00004127 от 15.03.2023"],
  ])("has the name 1C would show for a %s when it has sent none", (type, name) => {
    expect(dealOf([order({ type })]).orderName).toBe(name);
  });

  it("looks for leads to the end of the day of an order dated by hand", () => {
    const deal = dealOf([order({ date: "2023-03-15" })]);
    expect(deal.orderAt).toBe(toInstant("2023-03-15T00:00:00"));
    expect(deal.matching.at).toBe(toInstant("2023-03-15T23:59:59"));
  });

  it("leaves out the shop's own numbers and nobody's clients", () => {
    const phones = ["79002003041", "79002003042"];
    expect(dealOf([order({ phones })], { ownPhones: ["89002003042"] }).contacts.phones).toEqual(["79002003041"]);
    expect(warningsOf([order({ phones })], { ownPhones: ["89002003042"] })).toEqual(["PHONE_DROPPED"]);
    const anonymous = fold(dalion, [order({ client: "Розница" })], { anonymousClients: ["розница"] });
    expect(anonymous).toMatchObject({ kind: "skipped", reason: { code: "NO_CONTACTS" } });
  });

  it("has no more tags than a deal may have", () => {
    const items = Array.from({ length: 120 }, (_, index) => ({ kind: `Вид ${index}` }));
    expect(dealOf([order({ items })], {}, true).tags).toHaveLength(100);
  });
});

describe("personal data", () => {
  const strip = (raw: unknown) => dalion.withoutPersonalData(parse(raw));
  const foldParsed = (documents: ReturnType<typeof strip>[]) => dalion.toDeal(documents, contextOf(dalion, {}));

  it("once forgotten does not stop the money of a deal", () => {
    const result = foldParsed([strip(order()), parse(shipment(1))]);
    expect(result).toMatchObject({
      kind: "deal",
      deal: { revenueKopecks: 10_000, contacts: { phones: [], emails: [] } },
    });
    expect(JSON.stringify(strip(order()))).not.toMatch(/Савельев|79002003041/);
    expect(dalion.withoutPersonalData(strip(order()))).toEqual(strip(order()));
  });

  it("that was never there is not taken for forgotten", () => {
    expect(foldParsed([strip(order({ phones: "12345" }))])).toMatchObject({ kind: "skipped" });
  });
});

describe("the facts exchange rules go by", () => {
  const factsOf = (documents: readonly unknown[], settings: unknown = {}) =>
    dalion.facts(documents.map(parse), contextOf(dalion, { settings }));
  const place = { territory: "Ростов", warehouse: "Склад 1", organization: "ИП Ермаков" };

  it("are the order's until it is shipped, then the first shipment's where it says them", () => {
    const facts = {
      ...place,
      orderType: "По заказу покупателя",
      department: null,
      repairType: null,
      items: [{ kind: "Товар", groups: ["Запчасти", "Фильтры"] }],
    };
    expect(factsOf([order(place)])).toEqual(facts);
    const draft = shipment(1, { warehouse: "Склад 2", posted: false });
    expect(factsOf([order(place), draft])).toEqual(facts);
    const items = [{ kind: "Услуга", groups: [] }];
    const first = shipment(1, { warehouse: "Склад 2", items });
    const second = shipment(2, { warehouse: "Склад 3" });
    expect(factsOf([second, order(place), first])).toEqual({ ...facts, warehouse: "Склад 2", items });
  });

  it.each([
    ["ЗаказПокупателя", "По заказу покупателя"],
    ["ЗаказНаряд", "По заказ-наряду"],
  ])("know the order type of a %s, unless it is told", (type, orderType) => {
    expect(factsOf([order({ type })]).orderType).toBe(orderType);
    expect(factsOf([order({ type, orderType: "Срочный" })]).orderType).toBe("Срочный");
  });

  it("know a sale without an order, and say what they can of documents that make no deal yet", () => {
    expect(factsOf([sale()]).orderType).toBe("Реализация");
    expect(factsOf([giveBack(1, place)])).toMatchObject({ ...place, orderType: null });
  });

  it.each([
    [{ group: "Масла/Моторные" }, ["Масла", "Моторные"]],
    [{ group: " Масла \\ Моторные \\" }, ["Масла", "Моторные"]],
    [{ groups: ["Шины/диски", ""] }, ["Шины/диски"]],
    [{ groups: "Масла" }, ["Масла"]],
    [{}, []],
  ])("read the group of an item from %j", (fields, groups) => {
    expect(parse(order({ items: [fields] })).items).toEqual([{ kind: null, groups }]);
  });

  it("name each kind and group once", () => {
    const items = [{ kind: "Товар", group: "Масла" }, { kind: "Товар", groups: ["Масла"] }, { kind: "Услуга" }];
    expect(parse(order({ items })).items).toHaveLength(2);
  });
});

describe("a document that cannot be read", () => {
  it.each([
    ["no guid", { guid: "" }, ["FIELD"]],
    ["no type", { type: null }, ["FIELD"]],
    ["a number too long to be trusted", { number: "9".repeat(81) }, ["NUMBER_TOO_LONG"]],
    ["a sum in words", { amount: "12 руб" }, ["AMOUNT"]],
    ["a profit in words", { profit: "много" }, ["AMOUNT"]],
    ["a base that is only a name", { base: "Заказ ER00004127" }, ["FIELD"]],
    ["items that are no list", { items: { kind: "Товар" } }, ["FIELD"]],
    ["an item that is only a name", { items: ["Фильтр"] }, ["FIELD"]],
    ["a group that is a structure", { items: [{ groups: [{ name: "Масла" }] }] }, ["FIELD"]],
  ])("is refused by code: %s", (_reason, fields, codes) => {
    expect(codesOf(order(fields))).toEqual(codes);
  });
});

describe("settings", () => {
  it.each([
    ["an unknown name", { serviceTag: "x" }],
    ["a type that is none", { types: { Чек: "Чек" } }],
    ["a choice that is none", { shippedWhen: "half" }],
    ["an empty text", { shippedStatus: " " }],
    ["a flag in words", { showContacts: "да" }],
  ])("refuse %s, in Russian", (_what, settings) => {
    const issues = dalion.settings.safeParse(settings).error?.issues ?? [];
    expect(issues.length).toBeGreaterThan(0);
    for (const issue of issues) expect(issue.message).toMatch(/^[А-ЯЁ]/);
  });
});
