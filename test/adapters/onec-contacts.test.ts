import { describe, expect, it } from "vitest";
import { maskPhone, readContacts, readEmails, readPhones } from "../../adapters/onec/contacts.ts";
import { problemOf, read } from "./reading.ts";

describe("contacts of 1C", () => {
  it.each([
    ["+7 (900) 123-45-67", ["79001234567"]],
    ["8 900 123 45 67", ["79001234567"]],
    [9001234567, ["79001234567"]],
    ["900-123-45-67; 8(495)765-43-21", ["79001234567", "74957654321"]],
    ["89001234567, +79001234567\n8-900-765-43-21", ["79001234567", "79007654321"]],
    ["89001234567 доб. 123", ["79001234567"]],
    ["8 (900) 123-45-67, доб. 12", ["79001234567"]],
    ["8 (495) 765-43-21 ext 12", ["74957654321"]],
    ["84957654321#77", ["74957654321"]],
    ["моб. 89001234567 (Иван, до 18:00)", ["79001234567", "18"]],
    ["89001234567 89007654321", ["79001234567", "79007654321"]],
    [
      ["89001234567", null, "", "+375 29 123-45-67"],
      ["79001234567", "375291234567"],
    ],
    ["нет телефона (нет)", []],
    ["<Объект не найден> (148:89d1)", []],
    [null, []],
  ])("reads the phones %j", (raw, phones) => {
    expect(read(readPhones(raw))).toEqual(phones);
    expect(read(readPhones(phones))).toEqual(phones);
  });

  it.each([
    ["Ivan@Example.COM; petr@example.com", ["ivan@example.com", "petr@example.com"]],
    ["Иван <ivan@example.com>, mailto:ivan@example.com.", ["ivan@example.com"]],
    ["a@example.com b@example.com/c@example.com", ["a@example.com", "b@example.com", "c@example.com"]],
    ["нет", ["нет"]],
    ["", []],
  ])("reads the e-mails %j", (raw, emails) => {
    expect(read(readEmails(raw))).toEqual(emails);
    expect(read(readEmails(emails))).toEqual(emails);
  });

  it("refuses contacts that are no texts, without repeating them", () => {
    expect(problemOf(readPhones([{ phone: "89001234567" }]))?.problem).not.toContain("900");
    expect(problemOf(readEmails({ email: "a@example.com" }))?.problem).not.toContain("@");
  });

  it("drops what no lead can be found by, and says why", () => {
    const phones = [
      "79001234567",
      "79001234567",
      "12345",
      "1234567890123456",
      "79999999999",
      "77777777777",
      "74951112233",
    ];
    const emails = ["ivan@example.com", "почта@пример.рф", "нет", "a @b.ru", "a@b.1"];
    const chosen = readContacts({ phones, emails }, { ownPhones: ["8 (495) 111-22-33"] });
    expect(chosen.phones).toEqual(["79001234567"]);
    expect(chosen.emails).toEqual(["ivan@example.com", "почта@пример.рф"]);
    expect(chosen.dropped.map(({ what, reason }) => `${what} ${reason}`)).toEqual([
      "phone short",
      "phone long",
      "phone repeated",
      "phone repeated",
      "phone own",
      "email invalid",
      "email invalid",
      "email invalid",
    ]);
  });

  it("masks a phone so that nobody can be called by it", () => {
    expect(maskPhone("79157771122")).toBe("7915***1122");
    expect(maskPhone("12345")).toBe("***45");
  });
});
