import { describe, expect, it } from "vitest";
import { parsePeriod, toPeriodTexts } from "../../src/jobs/period.ts";

const MOSCOW = "Europe/Moscow";
const at = (from: string, to: string, timeZone = MOSCOW) => {
  const period = parsePeriod(from, to, timeZone);
  if ("problem" in period) throw new Error(period.problem);
  return period;
};

describe("a period", () => {
  it("of one day is that whole day on the connection's clock", () => {
    const day = { fromAt: Date.UTC(2026, 10, 1, 21), toAt: Date.UTC(2026, 10, 2, 21) };
    expect(at("2026-11-02", "2026-11-02")).toEqual(day);
    expect(at("2026-11-02T00:00:00", "2026-11-02T23:59:59")).toEqual(day);
    expect(toPeriodTexts(day, MOSCOW)).toEqual({ from: "2026-11-02T00:00:00", to: "2026-11-02T23:59:59" });
  });

  it("goes over a change of the clock without losing or doubling an hour", () => {
    const { fromAt, toAt } = at("2026-10-25", "2026-10-25", "Europe/Berlin");
    expect((toAt - fromAt) / 3_600_000).toBe(25);
  });

  it("may be a year and a day, and no longer", () => {
    expect(at("2026-01-01", "2027-01-01").toAt).toBe(Date.UTC(2027, 0, 1, 21));
    expect(parsePeriod("2026-01-01", "2027-01-02", MOSCOW)).toEqual({
      problem: "Период больше 366 дней. Уменьшите его",
    });
  });

  it.each([
    ["2026-02-29", "2026-03-01"],
    ["2026-13-01", "2026-12-31"],
    ["2026-01-01T25:00:00", "2026-01-02"],
    ["0001-01-01T00:00:00", "2026-01-02"],
    ["01.01.2026", "2026-01-02"],
    ["", "2026-01-02"],
    ["2026-01-03", "2026-01-02"],
  ])("from «%s» to «%s» is refused with a word on what to write", (from, to) => {
    expect(parsePeriod(from, to, MOSCOW)).toEqual({ problem: expect.stringMatching(/^[А-Я]/) });
  });
});
