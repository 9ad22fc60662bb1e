import { describe, expect, it } from "vitest";
import { dayStart, fromWallClock, hourStart, isTimeZone, localToInstant, toWallClock } from "../../src/zone.ts";

const iso = (at: number) => new Date(at).toISOString().slice(0, 19);
const read = (local: string, zone: string) => iso(localToInstant(local, zone));
const HOUR = 3_600_000;

describe("local time", () => {
  it.each([
    ["Europe/Moscow", "2026-11-22T12:00:00", "2026-11-22T09:00:00"],
    ["Europe/Kaliningrad", "2026-11-22T12:00:00", "2026-11-22T10:00:00"],
    ["Asia/Kamchatka", "2026-01-01T00:00:00", "2025-12-31T12:00:00"],
    ["Asia/Kolkata", "2026-11-22T12:00:00", "2026-11-22T06:30:00"],
    ["Asia/Kathmandu", "2026-11-22T12:00:00", "2026-11-22T06:15:00"],
    ["America/St_Johns", "2026-01-15T12:00:00", "2026-01-15T15:30:00"],
    ["UTC", "2026-02-28T23:59:59", "2026-02-28T23:59:59"],
  ])("of %s is read as its own: %s", (zone, local, utc) => {
    expect(read(local, zone)).toBe(utc);
  });

  it.each([
    ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00"],
    ["2026-11-22T12:00:00+03:00", "2026-11-22T09:00:00"],
    ["2026-11-22T12:00:00-03:30", "2026-11-22T15:30:00"],
  ])("with an offset is taken as given: %s", (local, utc) => {
    expect(read(local, "Asia/Kamchatka")).toBe(utc);
  });

  it.each(["", "2026-11-22", "2026-11-22 12:00:00", "22.11.2026", "2026-11-22T12:00:00+0300", "soon"])(
    "%j is no local time",
    (local) => {
      expect(() => localToInstant(local, "UTC")).toThrow(RangeError);
    },
  );

  it("skipped by a clock change is read as if the clock had not been changed yet", () => {
    // Berlin goes from 02:00 to 03:00, Moscow did in 2010.
    expect(read("2026-03-29T02:30:00", "Europe/Berlin")).toBe("2026-03-29T01:30:00");
    expect(read("2026-03-29T01:59:59", "Europe/Berlin")).toBe("2026-03-29T00:59:59");
    expect(read("2026-03-29T03:00:00", "Europe/Berlin")).toBe("2026-03-29T01:00:00");
    expect(read("2010-03-28T02:30:00", "Europe/Moscow")).toBe("2010-03-27T23:30:00");
  });

  it("that occurs twice is the earlier of the two", () => {
    expect(read("2026-10-25T02:30:00", "Europe/Berlin")).toBe("2026-10-25T00:30:00");
    expect(read("2026-10-25T03:00:00", "Europe/Berlin")).toBe("2026-10-25T02:00:00");
    expect(read("2014-10-26T01:30:00", "Europe/Moscow")).toBe("2014-10-25T21:30:00");
    // Lord Howe changes by half an hour.
    expect(read("2026-04-05T01:45:00", "Australia/Lord_Howe")).toBe("2026-04-04T14:45:00");
  });

  it.each([
    "Europe/Moscow",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Africa/Cairo",
    "America/Havana",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Chatham",
  ])("of %s survives the way there and back all year, but for the hours that occur twice", (zone) => {
    let repeated = 0;
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 1_800_000) {
      const back = fromWallClock(toWallClock(at, zone), zone);
      if (back === at) continue;
      repeated += 1;
      expect(back).toBeLessThan(at);
      expect(toWallClock(back, zone)).toEqual(toWallClock(at, zone));
    }
    expect(repeated).toBeLessThanOrEqual(2);
  });
});

describe("starts of hours and days", () => {
  it.each([
    ["Europe/Moscow", "2026-11-22T09:59:59", "2026-11-22T09:00:00", "2026-11-21T21:00:00"],
    ["Asia/Kolkata", "2026-11-22T09:29:59", "2026-11-22T08:30:00", "2026-11-21T18:30:00"],
    ["Asia/Kolkata", "2026-11-22T09:30:00", "2026-11-22T09:30:00", "2026-11-21T18:30:00"],
    ["Asia/Kathmandu", "2026-11-22T09:20:00", "2026-11-22T09:15:00", "2026-11-21T18:15:00"],
    ["Asia/Vladivostok", "2026-11-22T14:00:00", "2026-11-22T14:00:00", "2026-11-22T14:00:00"],
    // Cairo's day of 24 April 2026 begins at 01:00: midnight is skipped.
    ["Africa/Cairo", "2026-04-24T10:30:00", "2026-04-24T10:00:00", "2026-04-23T22:00:00"],
    // Havana's 1 November 2026 has its first hour twice; the day begins with the first of the two.
    ["America/Havana", "2026-11-01T05:30:00", "2026-11-01T05:00:00", "2026-11-01T04:00:00"],
  ])("in %s at %s", (zone, utc, hour, day) => {
    const at = Date.parse(`${utc}Z`) + 789;
    expect([iso(hourStart(at, zone)), iso(dayStart(at, zone))]).toEqual([hour, day]);
    expect(hourStart(at, zone) % 1_000).toBe(0);
  });

  it.each(["Europe/Moscow", "Europe/Berlin", "Africa/Cairo", "America/Havana", "Asia/Kolkata"])(
    "of %s: every instant of a year lies in its hour and its day, and a day and a half later is the next day",
    (zone) => {
      const wrong: string[] = [];
      for (let at = Date.UTC(2026, 0, 1, 0, 20); at < Date.UTC(2027, 0, 1); at += 1_800_000) {
        const [hour, day] = [hourStart(at, zone), dayStart(at, zone)];
        const next = dayStart(day + 36 * HOUR, zone);
        const isInHour = at >= hour && at - hour < HOUR;
        const isInDay = at >= day && at < next && next - day >= 23 * HOUR && next - day <= 25 * HOUR;
        if (!isInHour || !isInDay) wrong.push(iso(at));
      }
      expect(wrong).toEqual([]);
    },
  );
});

describe("names of zones", () => {
  it("are known ones or none", () => {
    expect(["Europe/Moscow", "UTC", "Asia/Kolkata"].map(isTimeZone)).toEqual([true, true, true]);
    expect(["", "Mars/Base", "Moscow"].map(isTimeZone)).toEqual([false, false, false]);
    expect(() => toWallClock(0, "Mars/Base")).toThrow(RangeError);
  });
});
