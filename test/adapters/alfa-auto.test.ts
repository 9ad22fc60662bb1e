import { describe, expect, it } from "vitest";
import { alfaAuto } from "../../adapters/alfa-auto/index.ts";
import { APPOINTMENT, appointment, BASE, dealOf, ORDER, order, warningsOf } from "./alfa-auto-documents.ts";
import { fold, toInstant } from "./fixtures.ts";

function codesOf(raw: unknown): unknown[] {
  const issues = alfaAuto.document.safeParse(raw).error?.issues ?? [];
  return issues.map((issue) => (issue.code === "custom" ? (issue.params?.["code"] ?? "FIELD") : "FIELD"));
}

describe("the deal a document belongs to", () => {
  const keyOf = (raw: unknown) => alfaAuto.dealKey(alfaAuto.document.parse(raw));

  it.each(["ЗаявкаНаРемонт", "ЗаписьНаРемонт", "Заявка на ремонт"])("is its base's when the base is a %s", (type) => {
    expect(keyOf({ ...order, base: { ...BASE, type } })).toBe(APPOINTMENT);
  });

  it.each([
    ["there is none", undefined],
    ["it is empty", ""],
    ["it has no guid", { ...BASE, guid: "00000000-0000-0000-0000-000000000000" }],
    ["it is another work order", { ...BASE, type: "ЗаказНаряд" }],
    ["it is something else", { ...BASE, type: "СводныйРемонтныйЗаказ" }],
    ["it is the document itself", { ...BASE, guid: ORDER }],
  ])("is its own when of the base %s", (_reason, base) => {
    expect(keyOf({ ...order, base })).toBe(ORDER);
    expect(dealOf([{ ...order, base }]).orderNumber).toBe(order.number);
  });

  it("is its own for an appointment, whatever its base, so that work orders find it", () => {
    expect(keyOf({ ...appointment, guid: ORDER, base: BASE })).toBe(ORDER);
  });

  it("has the base's number and date, or the work order's where the base has none", () => {
    const deal = dealOf([{ ...order, base: { ...BASE, number: "", date: "0001-01-01T00:00:00" } }]);
    expect(deal.orderNumber).toBe("ЗН00020311");
    expect(deal.orderAt).toBe(toInstant(order.date));
  });

  it("orders the states of a document by its version, else by the date of its state", () => {
    const stampOf = (fields: object) => alfaAuto.stamp(alfaAuto.document.parse({ ...order, ...fields }), toInstant);
    expect(stampOf({ version: 118 })).toEqual({ kind: "version", value: 118 });
    expect(stampOf({ version: "1\u00a0118" })).toEqual({ kind: "version", value: 1_118 });
    const byDate = { kind: "date", value: toInstant(order.statusDate) };
    expect(stampOf({ version: "AAAAAQAAAB4=" })).toEqual(byDate);
    expect(stampOf({ version: "9".repeat(16) })).toEqual(byDate);
    expect(stampOf({ statusDate: "" })).toBe(null);
  });
});

describe("the rest of a deal", () => {
  it("looks for leads to the end of the day of a document dated by hand, and keeps its date", () => {
    const deal = dealOf([{ ...appointment, date: "2026-09-12" }]);
    expect(deal.orderAt).toBe(toInstant("2026-09-12T00:00:00"));
    expect(deal.matching.at).toBe(toInstant("2026-09-12T23:59:59"));
  });

  it.each([
    [{ make: "Toyota", model: "Toyota Camry" }, ["Сервис", "Toyota Camry"]],
    [{ make: "TOYOTA", model: "toyota camry" }, ["Сервис", "toyota camry"]],
    [{ make: "Kia", model: "Kiara" }, ["Сервис", "Kia Kiara"]],
    [{ make: "Лада" }, ["Сервис", "Лада"]],
    [{ model: "Веста" }, ["Сервис", "Веста"]],
    [{ make: "", model: null, year: "0001-01-01T00:00:00" }, ["Сервис"]],
    [{ year: "01.01.2019 0:00:00" }, ["Сервис", "2019"]],
    [null, ["Сервис"]],
  ])("tags the car %j without repeating its make", (car, tags) => {
    expect(dealOf([{ ...appointment, car }]).tags).toEqual(tags);
  });

  it("takes the car from a work order when the appointment does not know it", () => {
    const documents = [
      { ...appointment, car: null },
      { ...order, base: BASE, car: { make: "Kia", model: "Rio", year: 2019 } },
    ];
    expect(dealOf(documents).tags).toEqual(["Сервис", "Kia Rio", "2019"]);
  });

  it("merges the contacts of all documents, the appointment's first", () => {
    const { contacts } = dealOf([
      {
        ...order,
        base: BASE,
        client: "Белозёрова",
        phones: ["+79001234567", "8 900 765-43-21"],
        emails: "two@example.com",
      },
      appointment,
    ]);
    expect(contacts).toEqual({
      name: "Белозёров Игорь",
      phones: ["79001234567", "79007654321"],
      emails: ["belozerov@example.com", "two@example.com"],
    });
  });

  it("never sends the shop's own numbers", () => {
    const settings = { ownPhones: ["+7 (900) 123-45-67"] };
    expect(dealOf([appointment], settings).contacts.phones).toEqual([]);
    expect(warningsOf([appointment], settings)).toEqual(["PHONE_DROPPED"]);
  });

  it("never sends the contacts of an anonymous client, and does not stop those of the others", () => {
    const documents = [
      { ...appointment, client: "частное  лицо" },
      { ...order, base: BASE, phones: "79007654321" },
    ];
    expect(dealOf(documents).contacts).toEqual({ phones: ["79007654321"], emails: [] });
    expect(warningsOf(documents)).toEqual(["CLIENT_ANONYMOUS"]);
  });

  it("never shows a contact in a warning", () => {
    const raw = { ...appointment, phones: "99999999999, 12345", emails: "ivan.example.com" };
    const result = fold(alfaAuto, [raw]);
    const warnings = JSON.stringify(result.kind === "deal" && result.warnings);
    expect(warnings).toContain("9999***9999");
    expect(warnings).not.toContain("99999999999");
    expect(warnings).not.toContain("12345");
    expect(warnings).not.toContain("example");
  });

  it("says which reference was broken and leaves the field out", () => {
    const raw = { ...appointment, manager: "<Объект не найден> (148:89d1)" };
    expect(dealOf([raw]).manager).toBe(undefined);
    expect(warningsOf([raw])).toEqual(["BROKEN_REFERENCE"]);
  });

  it("says the same thing of several documents once", () => {
    const broken = "<Объект не найден> (148:89d1)";
    expect(
      warningsOf([
        { ...appointment, manager: broken },
        { ...order, base: BASE, manager: broken },
      ]),
    ).toEqual(["BROKEN_REFERENCE"]);
  });

  it("takes no more contacts than a deal may have", () => {
    const phones = Array.from({ length: 30 }, (_, index) => `790012345${10 + index}`);
    expect(dealOf([{ ...appointment, phones }]).contacts.phones).toEqual(phones.slice(0, 20));
  });

  it("puts the funnel and the settings' texts in", () => {
    const settings = {
      funnel: "Сервис",
      serviceTag: "СТО",
      fallbackSource: "сервис",
      searchDepthMinutes: 60,
      showContacts: true,
    };
    const deal = dealOf([{ ...appointment, car: null }], settings);
    expect(deal.funnel).toBe("Сервис");
    expect(deal.tags).toEqual(["СТО"]);
    expect(deal.matching.customSource.source).toBe("сервис");
    expect(deal.matching.searchDepthMinutes).toBe(60);
    expect(deal.showContacts).toBe(true);
  });
});

describe("a car typed in by hand", () => {
  it("names the model", () => {
    expect(dealOf([{ ...order, car: " Toyota Camry " }]).tags).toContain("Toyota Camry");
  });
  it("is left out when it is a broken reference", () => {
    const broken = { ...order, car: "<Объект не найден> (148:8e41)" };
    expect(dealOf([broken]).tags).toEqual(["Сервис"]);
    expect(warningsOf([broken])).toEqual(["BROKEN_REFERENCE"]);
  });
});

describe("a document that cannot be read", () => {
  it.each([
    ["no guid", { guid: "" }, ["FIELD"]],
    ["an empty guid", { guid: "00000000-0000-0000-0000-000000000000" }, ["FIELD"]],
    ["no number", { number: "  " }, ["FIELD"]],
    ["a number too long to be trusted", { number: "9".repeat(81) }, ["NUMBER_TOO_LONG"]],
    ["no date", { date: "0001-01-01T00:00:00" }, ["FIELD"]],
    ["a day that does not exist", { date: "31.02.2026" }, ["FIELD"]],
    ["a type that is not exchanged", { type: "РеализацияТоваров" }, ["TYPE"]],
    ["a sum in words", { amount: "12 руб" }, ["AMOUNT"]],
    ["a base that is only a name", { base: "Заявка на ремонт ПС00010196" }, ["FIELD"]],
    ["a car that is a list", { car: ["Toyota"] }, ["FIELD"]],
    ["several at once", { guid: 1, amount: "?" }, ["FIELD", "AMOUNT"]],
  ])("is refused by code: %s", (_reason, fields, codes) => {
    expect(codesOf({ ...order, ...fields })).toEqual(codes);
  });

  it("is answered with the field and what to do", () => {
    expect(alfaAuto.document.safeParse({ ...order, amount: "12 руб" }).error?.issues[0]?.message).toBe(
      "Поле amount: сумма «12 руб» не читается. Передайте число, например 12500.50",
    );
  });

  it("is not refused for a number of 80 characters or given as a number", () => {
    expect(dealOf([{ ...order, number: ` ${"9".repeat(80)} ` }]).orderNumber).toBe("9".repeat(80));
    expect(dealOf([{ ...order, number: 42 }]).orderNumber).toBe("42");
  });
});

describe("settings", () => {
  it.each([
    ["an unknown name", { sericeTag: "x" }],
    ["an empty text", { serviceTag: " " }],
    ["an empty state", { statuses: { " ": "x" } }],
    ["a choice that is none", { deleted: "drop" }],
    ["a depth past the limit", { searchDepthMinutes: 262_801 }],
    ["a number that is none", { ownPhones: ["123"] }],
    ["a list that is none", { anonymousClients: "Частное лицо" }],
  ])("refuse %s, in Russian", (_what, settings) => {
    const issues = alfaAuto.settings.safeParse(settings).error?.issues ?? [];
    expect(issues.length).toBeGreaterThan(0);
    for (const issue of issues) expect(issue.message).toMatch(/^[А-ЯЁ]/);
  });
});
