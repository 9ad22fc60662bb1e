import { describe, expect, it } from "vitest";
import { normalizePhone, readPhones, toSpellings } from "../../adapters/moysklad/phone.ts";

const PHONE = "79991234567";

describe("a phone as it was typed", () => {
  it.each([
    "+7 (999) 123-45-67",
    "8 (999) 123-45-67",
    "89991234567",
    "9991234567",
    "+7-999-123-45-67 доб. 5",
    "+7 999 123 45 67 (доб. 12)",
    "8 999 123 45 67 (5)",
    "+7\u00a0999\u00a0123\u201145\u201167",
    "8.999.123.45.67",
    "моб.: 8(999)1234567, раб.: 8 (495) 765-43-21",
    "8 (495) 765-43-21; 8 (999) 123-45-67",
    "84957654321 89991234567",
    "8 495 765 43 21 8 999 123 45 67",
    "+7 495 765-43-21 / +7 999 123-45-67",
    "звонить до 18:00 +79991234567",
  ])("%s is read as the number it is", (typed) => {
    expect(readPhones(typed)).toContain(PHONE);
  });

  it.each(["", "нет", "доб. 123", "123-45-67", "+1 999 123-45-67", "8 999 123-45-68", "19991234567"])(
    "%j is not that number",
    (typed) => {
      expect(readPhones(typed)).not.toContain(PHONE);
    },
  );

  it("keeps the country of a foreign number", () => {
    expect(readPhones("+375 (29) 123-45-67")).toEqual(["375291234567"]);
    expect(readPhones("86 138 1234 5678")).toContain("8613812345678");
  });

  it("is looked for only in spellings that are the number itself", () => {
    for (const phone of [PHONE, "74852123456", "375291234567"]) {
      const spellings = toSpellings(phone);
      expect(new Set(spellings).size).toBe(spellings.length);
      for (const spelling of spellings) expect(readPhones(spelling), spelling).toContain(phone);
    }
  });

  it("is looked for in one request that MoySklad takes: 8 KB with the headers", () => {
    const filter = toSpellings("74852123456").map((spelling) => `phone=${spelling}`);
    expect(encodeURIComponent(filter.join(";")).length).toBeLessThan(6_000);
  });

  it.each([
    ["8 (999) 123-45-67", PHONE],
    ["9991234567", PHONE],
    ["+375291234567", "375291234567"],
  ])("%s is compared as %s", (typed, digits) => {
    expect(normalizePhone(typed)).toBe(digits);
  });
});
