import { describe, expect, it } from "vitest";
import type { Deal } from "../../src/deal.ts";
import { differenceOf, splitDeal, type WantedDeal, wantedDeal } from "../../src/difference.ts";

const whole: Deal = {
  orderNumber: "1",
  orderAt: 1_000,
  matching: {
    at: 1_000,
    typeToMatch: "nearest",
    searchDepthMinutes: 10,
    leadTags: ["МЧ"],
    customSource: { source: "s", medium: "m" },
  },
  status: "Новая",
  statusAt: 1_000,
  changedAt: 1_000,
  revenueKopecks: 100,
  marginKopecks: 50,
  manager: "Пётр",
  funnel: "Сервис",
  orderName: "Заказ",
  orderLink: "https://example.com/1",
  tags: ["а", "б"],
  customFields: [{ field: "f", value: "1" }],
  products: [],
  showContacts: false,
  contacts: { name: "Игорь", phones: ["79001234567"], emails: ["a@example.com"] },
  comment: "стук",
};
const { wanted, personal } = splitDeal(whole);
const change = (fields: Partial<WantedDeal>) => differenceOf(wanted, { ...wanted, ...fields });

describe("the difference of what Calltouch has and what is wanted", () => {
  it("is nothing when they are the same", () => {
    expect(differenceOf(wanted, wanted)).toBe(null);
  });

  it.each([
    ["status", { status: "Закрыт" }, { status: { text: "Закрыт", at: 1_000 } }],
    ["date of the status", { statusAt: 2_000 }, { status: { text: "Новая", at: 2_000 } }],
    ["revenue", { revenueKopecks: 0 }, { revenueKopecks: 0 }],
    ["margin", { marginKopecks: -5 }, { marginKopecks: -5 }],
    ["manager", { manager: "Иван" }, { manager: "Иван" }],
    ["funnel", { funnel: "Другая" }, { funnel: "Другая" }],
    ["name", { orderName: "Другой" }, { orderName: "Другой" }],
    ["link", { orderLink: "https://example.com/2" }, { orderLink: "https://example.com/2" }],
    ["added tags", { tags: ["б", "в", "а"] }, { addedTags: ["в"] }],
    [
      "custom fields",
      {
        customFields: [
          { field: "f", value: "2" },
          { field: "g", value: "3" },
        ],
      },
      {
        customFields: [
          { field: "f", value: "2" },
          { field: "g", value: "3" },
        ],
      },
    ],
    ["shown contacts", { contactsDigest: "d" }, { contacts: true }],
  ])("is only the %s when only that has changed", (_, fields, difference) => {
    expect(change(fields)).toEqual(difference);
  });

  it.each([
    ["removed tags", { tags: ["а"] }],
    ["reordered tags", { tags: ["б", "а"] }],
    ["removed custom fields", { customFields: [] }],
    ["emptied custom fields", { customFields: [{ field: "f", value: "" }] }],
    ["another order date", { orderAt: 5_000 }],
    ["another date of change", { changedAt: 5_000 }],
    ["another matching", { matching: { ...wanted.matching, at: 5, leadTags: [] } }],
    ["products", { products: [{ name: "n", priceKopecks: 1, quantity: 1 }] }],
    ["another currency", { currency: "usd" }],
    ["another number in the document", { orderNumber: "2" }],
  ])("is nothing for %s: an update cannot say it", (_, fields) => {
    expect(change(fields)).toBe(null);
  });

  it("is nothing for fields that were emptied", () => {
    const { revenueKopecks: _, manager: __, funnel: ___, orderName: ____, ...emptied } = wanted;
    expect(differenceOf(wanted, emptied)).toBe(null);
  });

  it("is everything an update can say when nothing is known of what Calltouch has", () => {
    expect(differenceOf({}, wanted)).toEqual({
      status: { text: "Новая", at: 1_000 },
      revenueKopecks: 100,
      marginKopecks: 50,
      manager: "Пётр",
      funnel: "Сервис",
      orderName: "Заказ",
      orderLink: "https://example.com/1",
      addedTags: ["а", "б"],
      customFields: [{ field: "f", value: "1" }],
    });
  });
});

describe("the open part of a deal", () => {
  it("holds nothing that identifies a person", () => {
    const text = JSON.stringify(wanted);
    for (const secret of ["79001234567", "a@example.com", "Игорь", "стук"]) expect(text).not.toContain(secret);
    expect(wantedDeal.safeParse(wanted).success).toBe(true);
  });

  it("and the sealed part together are the deal", () => {
    expect({ ...wanted, ...personal }).toEqual(whole);
  });
});
