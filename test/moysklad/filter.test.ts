import { describe, expect, it } from "vitest";
import { fromMoscow, toMoscow } from "../../adapters/moysklad/date.ts";
import { toFilter, toQuery } from "../../adapters/moysklad/filter.ts";
import { toSyncId } from "../../adapters/moysklad/sync-id.ts";

describe("the filter of a list", () => {
  it("keeps a semicolon of a value apart from the one between conditions", () => {
    const filter = toFilter([
      ["name", "=", "Ромашка; ООО"],
      ["updated", ">=", "2026-11-22 12:30:15.120"],
    ]);
    expect(filter).toBe("name=Ромашка\\; ООО;updated>=2026-11-22 12:30:15.120");
  });

  it("refuses a value that would swallow the separator", () => {
    expect(() => toFilter([["name", "=", "a\\"]])).toThrow("a backslash");
  });

  it("arrives as it was written: a plus is no space and a space is no plus", () => {
    const query = toQuery({ filter: toFilter([["phone", "=", "+7 (999) 123-45-67"]]), limit: "100" });
    expect(query).toBe("?filter=phone%3D%2B7%20(999)%20123-45-67&limit=100");
    expect(new URL(`https://api.example.ru/x${query}`).searchParams.get("filter")).toBe("phone=+7 (999) 123-45-67");
  });

  it("is nothing when there is nothing to ask", () => {
    expect(toQuery({})).toBe("");
  });
});

describe("a date of MoySklad", () => {
  it.each([
    [Date.UTC(2026, 10, 22, 9, 30, 15, 120), "2026-11-22 12:30:15.120"],
    [Date.UTC(2026, 11, 31, 21, 0, 0, 0), "2027-01-01 00:00:00.000"],
    [0, "1970-01-01 03:00:00.000"],
  ])("%d is %s in Moscow, there and back", (at, text) => {
    expect(toMoscow(at)).toBe(text);
    expect(fromMoscow(text)).toBe(at);
  });

  it.each([
    ["2026-11-22 12:30", Date.UTC(2026, 10, 22, 9, 30)],
    ["2026-11-22 12:30:15", Date.UTC(2026, 10, 22, 9, 30, 15)],
    ["2026-11-22", Date.UTC(2026, 10, 21, 21)],
  ])("%s is read though it is not written in full", (text, at) => {
    expect(fromMoscow(text)).toBe(at);
  });

  it.each(["", "вчера", "2026-02-30 10:00:00", "2026-13-01 10:00:00", "2026-11-22 25:00:00", "22.11.2026"])(
    "%j is no date",
    (text) => {
      expect(fromMoscow(text)).toBeUndefined();
    },
  );
});

describe("an id the bridge gives", () => {
  it("is a version 5 UUID that follows from the connection and the purpose alone", async () => {
    const id = await toSyncId("connection-1", "order:call:700112233");
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(await toSyncId("connection-1", "order:call:700112233")).toBe(id);
    expect(await toSyncId("connection-2", "order:call:700112233")).not.toBe(id);
    expect(await toSyncId("connection-1", "order:request:700112233")).not.toBe(id);
  });

  it("never changes between versions of the bridge: everything would be made once more", async () => {
    expect(await toSyncId("connection-1", "order:call:700112233")).toBe("1713ce2e-bac0-59a0-a50c-c52195ff7d3e");
  });
});
