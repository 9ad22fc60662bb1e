import { describe, expect, it } from "vitest";
import {
  cut,
  cutDistinct,
  parseDateTime,
  parseMoney,
  toDateTime,
  toDay,
  toMoney,
  toMoneyFromZero,
} from "../../src/calltouch/format.ts";

const NOW = Date.UTC(2026, 0, 1);

describe("dates", () => {
  it("are written on the wall clock of the site", () => {
    const at = Date.UTC(2025, 4, 14, 21, 5, 7);
    expect(toDateTime(at, { timeZone: "Europe/Moscow", now: NOW })).toBe("15-05-2025 00:05:07");
    expect(toDateTime(at, { timeZone: "Asia/Vladivostok", now: NOW })).toBe("15-05-2025 07:05:07");
    expect(toDay(at, "Europe/Moscow")).toBe("15/05/2025");
  });

  it("are never in the future", () => {
    expect(toDateTime(NOW + 1, { timeZone: "UTC", now: NOW })).toBe("01-01-2026 00:00:00");
    expect(toDateTime(NOW - 1, { timeZone: "UTC", now: NOW })).toBe("31-12-2025 23:59:59");
  });

  it("move by calendar days over months and years", () => {
    expect(toDay(Date.UTC(2025, 11, 31, 12), "UTC", 1)).toBe("01/01/2026");
    expect(toDay(Date.UTC(2024, 1, 28, 12), "UTC", 1)).toBe("29/02/2024");
  });

  it.each([
    ["10/02/2018 10:00:00", Date.UTC(2018, 1, 10, 7)],
    ["10/02/2018 9:05:06", Date.UTC(2018, 1, 10, 6, 5, 6)],
    ["10/02/2018  9:05:06 ", Date.UTC(2018, 1, 10, 6, 5, 6)],
    ["10-02-2018 10:00", Date.UTC(2018, 1, 10, 7)],
    ["10/02/2018", Date.UTC(2018, 1, 9, 21)],
  ])("written as %s are read on the wall clock of the site", (text, at) => {
    expect(parseDateTime(text, "Europe/Moscow")).toBe(at);
  });

  it.each(["", "31/02/2018", "10/13/2018", "01/01/2018 24:00:00", "01/01/2018 10:60:00", "2018", "yesterday"])(
    "that are none, as %s, are not guessed",
    (text) => {
      expect(parseDateTime(text, "Europe/Moscow")).toBeUndefined();
    },
  );
});

describe("money", () => {
  it.each([
    [0, "0.00"],
    [-0, "0.00"],
    [5, "0.05"],
    [50, "0.50"],
    [100_050, "1000.50"],
    [1_999, "19.99"],
    [1e15, "10000000000000.00"],
    [-10_050, "-100.50"],
    [-5, "-0.05"],
  ])("of %d kopecks is written exactly", (kopecks, text) => {
    expect(toMoney(kopecks)).toBe(text);
  });

  it("below zero is written as zero where Calltouch may not take it", () => {
    expect(toMoneyFromZero(-1)).toBe("0.00");
    expect(toMoneyFromZero(199)).toBe("1.99");
  });

  it.each([
    [6000, 600_000],
    [19.99, 1_999],
    [0.07, 7],
    ["1000.50", 100_050],
    ["1 000,50", 100_050],
    ["-3", -300],
    [0, 0],
  ])("is read from %s", (value, kopecks) => {
    expect(parseMoney(value)).toBe(kopecks);
  });

  it.each([null, undefined, "", " ", "free", "1.2.3", Number.NaN, Number.POSITIVE_INFINITY, 1e300, {}, true])(
    "is not guessed from %s",
    (value) => {
      expect(parseMoney(value)).toBeUndefined();
    },
  );
});

describe("texts", () => {
  it("are cut to the limit and left alone below it", () => {
    expect(cut("абв", 3)).toBe("абв");
    expect(cut("абвг", 3)).toBe("абв");
  });

  it("fit whether the limit counts code points or UTF-16 units, and no character is split", () => {
    expect(cut("ab😀", 3)).toBe("ab");
    expect(cut("a😀b", 3)).toBe("a😀");
    const long = cut("😀".repeat(200), 255);
    expect(long).toBe("😀".repeat(127));
  });

  it("with half a character are made valid", () => {
    expect(cut("a\ud83d", 10)).toBe("a\ufffd");
  });

  it("that become equal by cutting are sent once", () => {
    expect(cutDistinct(["abc1", "abc2", "x"], 3)).toEqual(["abc", "x"]);
    expect(cutDistinct([], 3)).toBeUndefined();
  });
});
