import { describe, expect, it } from "vitest";
import { readAmount, toKopecks } from "../../adapters/onec/amount.ts";
import { readDate, readYear, toMatchingInstant } from "../../adapters/onec/date.ts";
import { isBrokenReference, isSame, readFlag, readGuid, readLine, readLines } from "../../adapters/onec/text.ts";
import { toInstant } from "./fixtures.ts";
import { problemOf, read } from "./reading.ts";

const GUID = "7a2c55a3-c2ed-11ed-80d6-2c44fd8322a7";

describe("a date of 1C", () => {
  it.each([
    ["2026-09-12T18:38:09", "2026-09-12T18:38:09"],
    ["2026-09-12T18:38:09.123", "2026-09-12T18:38:09"],
    ["2026-09-12T18:38:09Z", "2026-09-12T18:38:09Z"],
    ["2026-09-12T18:38:09.5+03:00", "2026-09-12T18:38:09+03:00"],
    ["2026-09-12T18:38:09-0330", "2026-09-12T18:38:09-03:30"],
    ["2026-09-12 18:38", "2026-09-12T18:38:00"],
    ["15.03.2023 9:02:55", "2023-03-15T09:02:55"],
    [" 15.03.2023 19:02:55 ", "2023-03-15T19:02:55"],
    ["15.03.2023", "2023-03-15T00:00:00"],
    ["20230315090255", "2023-03-15T09:02:55"],
    ["/Date(1678860175000)/", "2023-03-15T06:02:55Z"],
    ["new Date(1678860175000)", "2023-03-15T06:02:55Z"],
    ["29.02.2024", "2024-02-29T00:00:00"],
  ])("reads %s", (raw, local) => {
    expect(read(readDate(raw))).toBe(local);
    expect(read(readDate(local))).toBe(local);
    expect(toInstant(local)).toBeGreaterThan(0);
  });

  it.each([
    null,
    undefined,
    "",
    "  ",
    "0001-01-01T00:00:00",
    "0001-01-01T00:00:00Z",
    "01.01.0001 0:00:00",
    "30.12.1899 0:00:00",
  ])("is empty when it is %j", (raw) => {
    expect(read(readDate(raw))).toBe(null);
  });

  it.each([
    "31.02.2026",
    "29.02.2025",
    "2026-13-01T00:00:00",
    "2026-09-12T24:00:00",
    "2026-09-12T18:60:00",
    "2026-09-12T18:38:09+15:00",
    "1926-09-12T18:38:09",
    "9999-12-31T23:59:59",
    "12.09.26",
    "/Date(99999999999999999)/",
    "вчера",
    20260912,
    {},
  ])("is refused with advice when it is %j", (raw) => {
    expect(problemOf(readDate(raw))?.problem).toMatch(/^дата «.*(Передайте|Проверьте)/);
  });

  it.each([
    [2015, 2015],
    ["2015", 2015],
    ["2\u00a0015", 2015],
    ["2015 г.", 2015],
    ["2015-01-01T00:00:00", 2015],
    ["01.01.1972 0:00:00", 1972],
    ["0001-01-01T00:00:00", null],
    [0, null],
    [15, null],
    ["не указан", null],
    [{}, null],
  ])("gives the year of %j", (raw, year) => {
    expect(read(readYear(raw))).toBe(year);
  });

  it("finds leads up to the end of the day when it was dated by hand", () => {
    const end = toInstant("2026-09-12T23:59:59");
    expect(toMatchingInstant("2026-09-12T00:00:00", toInstant)).toBe(end);
    expect(toMatchingInstant("2026-09-12T00:00:00+03:00", toInstant)).toBe(end);
    expect(toMatchingInstant("2026-09-11T21:00:00Z", toInstant)).toBe(end);
  });

  it("finds leads up to its own time otherwise", () => {
    for (const local of ["2026-09-12T00:00:01", "2026-09-12T18:38:09", "2026-09-12T00:00:00Z"]) {
      expect(toMatchingInstant(local, toInstant)).toBe(toInstant(local));
    }
  });
});

describe("an amount of 1C", () => {
  it.each([
    [12500.5, "12500.50", 1_250_050],
    ["12500.50", "12500.50", 1_250_050],
    ["1\u00a0234\u202f567\u2009890,1 ", "1234567890.10", 123_456_789_010],
    ["1 851", "1851.00", 185_100],
    [0.1 + 0.2, "0.30", 30],
    [1.005, "1.01", 101],
    ["0,994999", "0.99", 99],
    ["9,995", "10.00", 1_000],
    [-15.255, "-15.26", -1_526],
    ["\u22125", "-5.00", -500],
    ["-0,001", "0.00", 0],
    [1e-7, "0.00", 0],
    [-2e-9, "0.00", 0],
    ["+7.", "7.00", 700],
    [",5", "0.50", 50],
    ["007", "7.00", 700],
    [99_999_999_999.99, "99999999999.99", 9_999_999_999_999],
  ])("reads %j exactly", (raw, decimal, kopecks) => {
    expect(read(readAmount(raw))).toBe(decimal);
    expect(read(readAmount(decimal))).toBe(decimal);
    expect(toKopecks(decimal)).toBe(kopecks);
  });

  it.each([null, undefined, "", "\u00a0"])("is not given when it is %j", (raw) => {
    expect(read(readAmount(raw))).toBe(null);
  });

  it.each<unknown>([
    "12 руб",
    "1,234,567",
    "1.234,56",
    "12-5",
    "1e5",
    "-",
    ".",
    1e21,
    Number.NaN,
    1e12,
    "9".repeat(500),
    true,
    {},
    { nested: 1 },
  ])("is refused with the code AMOUNT when it is %j", (raw) => {
    const problem = problemOf(readAmount(raw));
    expect(problem?.code).toBe("AMOUNT");
    expect(problem?.problem.length).toBeLessThan(120);
  });
});

describe("a text of 1C", () => {
  it.each([
    ["  ПС00010196   ", "ПС00010196"],
    ["Иванов\u00a0 Иван\t\u0000Иванович", "Иванов Иван Иванович"],
    [42, "42"],
    ["<Объект не найден> (148:89d1…)", null],
    ["<Object not found> (12:00)", null],
    [" \u0007 ", null],
    [null, null],
  ])("on one line: %j", (raw, text) => {
    expect(read(readLine(100)(raw))).toBe(text);
  });

  it("keeps line breaks where they mean something", () => {
    expect(read(readLines(100)("Стук \r\n\t при\u0001 торможении\r\r\r\nСкрип\n"))).toBe(
      "Стук\nпри торможении\n\nСкрип",
    );
  });

  it("is cut without leaving half a character, and is then read as it is", () => {
    const cut = read(readLine(5)("ab c😀d"));
    expect(cut).toBe("ab c");
    expect(read(readLine(5)(cut))).toBe(cut);
    expect(read(readLine(5)("abcd efgh"))).toBe("abcd");
  });

  it.each([true, {}, Number.NaN])("is refused when it is %j", (raw) => {
    expect(problemOf(readLine(5)(raw))).not.toBe(null);
  });

  it("is compared without case, ё and extra spaces", () => {
    expect(isSame(" Подтверждённая\u00a0  ЗАЯВКА ", "подтвержденная заявка")).toBe(true);
    expect(isSame("Закрыт", "Закрыта")).toBe(false);
  });

  it("is a broken reference only when it begins as one", () => {
    expect(isBrokenReference("Замена (<Объект не найден>)")).toBe(false);
  });
});

describe("a reference and a flag of 1C", () => {
  it("reads a GUID in lower case and the empty one as none", () => {
    expect(read(readGuid(` ${GUID.toUpperCase()} `))).toBe(GUID);
    expect(read(readGuid("00000000-0000-0000-0000-000000000000"))).toBe(null);
    expect(read(readGuid(""))).toBe(null);
  });

  it.each(["123", `{${GUID}}`, `${GUID}0`, 5, {}])("refuses %j as a GUID", (raw) => {
    expect(problemOf(readGuid(raw))).not.toBe(null);
  });

  it.each([
    [true, true],
    ["true", true],
    ["Да", true],
    ["Истина", true],
    [1, true],
    [false, false],
    ["Ложь", false],
    ["нет", false],
    [0, false],
    ["", false],
    [undefined, false],
  ])("reads the flag %j", (raw, flag) => {
    expect(read(readFlag(raw))).toBe(flag);
  });

  it("refuses what is no flag", () => {
    expect(problemOf(readFlag("может быть"))).not.toBe(null);
    expect(problemOf(readFlag({}))).not.toBe(null);
  });
});
