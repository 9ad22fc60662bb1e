import { beforeEach, expect, it } from "vitest";
import { LEASE_MS } from "../../src/database/accounts.ts";
import { SLOT_SPACING_MS, SLOT_WAIT_MS_MAX } from "../../src/database/slots.ts";
import { describeStorage } from "./backends.ts";
import { account, first, NOW, slotRequest } from "./rows.ts";

const HOUR_MS = 3_600_000;

describeStorage("a slot", ({ database, rows, client }) => {
  beforeEach(async () => {
    await database().accounts.insert(account());
    await database().accounts.acquire("a1", "lease-1", NOW);
  });
  const take = (replaced: Parameters<typeof slotRequest>[0] = {}) => database().slots.take(slotRequest(replaced));
  const taken = (startAt: number) => ({ kind: "taken", startAt });
  /** All that a slot changes. */
  const state = async () => ({
    nextAt: first(await rows("SELECT next_at FROM egress WHERE id = 'default'"))["next_at"],
    points: await rows("SELECT site_id, day_at, hour_at, used FROM points ORDER BY site_id, day_at, hour_at"),
  });
  const { siteId, dayAt, hourAt } = slotRequest();

  it("starts at once when nothing stands before it", async () => {
    expect(await take()).toEqual(taken(NOW));
    expect(await state()).toEqual({
      nextAt: NOW + SLOT_SPACING_MS,
      points: [{ site_id: siteId, day_at: dayAt, hour_at: hourAt, used: 1 }],
    });
  });

  it("keeps its distance from the one before it, and does not wait for longer", async () => {
    expect(SLOT_SPACING_MS).toBeGreaterThan(200);
    await take();
    expect(await take()).toEqual(taken(NOW + SLOT_SPACING_MS));
    expect(await take({ now: NOW + SLOT_SPACING_MS + 1 })).toEqual(taken(NOW + 2 * SLOT_SPACING_MS));
    expect(await take({ now: NOW + 3 * SLOT_SPACING_MS })).toEqual(taken(NOW + 3 * SLOT_SPACING_MS));
    expect(await take({ now: NOW + 5_000 })).toEqual(taken(NOW + 5_000));
  });

  it("keeps its distance from the one before it when clocks disagree", async () => {
    await take({ now: NOW + 1_000 });
    expect(await take({ now: NOW })).toEqual(taken(NOW + 1_000 + SLOT_SPACING_MS));
  });

  it("keeps its distance from those of other accounts and sites, for they share the address", async () => {
    await database().accounts.insert(account({ id: "a2", siteId: "2" }));
    await database().accounts.acquire("a2", "lease-2", NOW);
    await take();
    expect(await take({ accountId: "a2", lease: "lease-2", siteId: "2" })).toEqual(taken(NOW + SLOT_SPACING_MS));
    expect((await state()).points).toMatchObject([
      { site_id: "2", used: 1 },
      { site_id: siteId, used: 1 },
    ]);
  });

  it("is not worth waiting for beyond 2.5 s, and then costs nothing", async () => {
    await client().execute({ sql: "UPDATE egress SET next_at = ?", args: [NOW + SLOT_WAIT_MS_MAX + 1] });
    const before = await state();
    expect(await take()).toEqual({ kind: "busy" });
    expect(await state()).toEqual(before);
    expect(await take({ now: NOW + 1 })).toEqual(taken(NOW + SLOT_WAIT_MS_MAX + 1));
  });

  it("is given up to the last point of the hour, and then moves no time table", async () => {
    expect(await take({ hourlyPoints: 2 })).toEqual(taken(NOW));
    expect(await take({ hourlyPoints: 2 })).toEqual(taken(NOW + SLOT_SPACING_MS));
    const before = await state();
    expect(await take({ hourlyPoints: 2 })).toEqual({ kind: "hour-used-up" });
    expect(await state()).toEqual(before);
  });

  it("is given up to the last point of the day, over all of its hours, and then moves no time table", async () => {
    await take({ dailyPoints: 2 });
    expect(await take({ dailyPoints: 2, hourAt: hourAt + HOUR_MS })).toMatchObject({ kind: "taken" });
    const before = await state();
    expect(await take({ dailyPoints: 2, hourAt: hourAt + 2 * HOUR_MS })).toEqual({ kind: "day-used-up" });
    expect(await state()).toEqual(before);
  });

  it.each([
    [3, 7, "taken"],
    [4, 7, "hour-used-up"],
  ] as const)("that costs %i after 4 of %i points is %s", async (cost, hourlyPoints, kind) => {
    await take({ cost: 4 });
    expect(await take({ cost, hourlyPoints })).toMatchObject({ kind });
    expect(await database().slots.used(siteId, dayAt, hourAt)).toMatchObject({ hour: kind === "taken" ? 7 : 4 });
  });

  it.each([
    [3, 7, "taken"],
    [4, 7, "day-used-up"],
  ] as const)("that costs %i after 4 of the %i points of the day is %s", async (cost, dailyPoints, kind) => {
    await take({ cost: 4, hourAt: hourAt - HOUR_MS });
    expect(await take({ cost, dailyPoints })).toMatchObject({ kind });
    expect(await database().slots.used(siteId, dayAt, hourAt)).toMatchObject({ day: kind === "taken" ? 7 : 4 });
  });

  it("is refused for the day when both the hour and the day are used up, for the day ends later", async () => {
    await take();
    expect(await take({ hourlyPoints: 1, dailyPoints: 1 })).toEqual({ kind: "day-used-up" });
  });

  it("is refused as busy when the points are used up too: they cost nothing to ask for again", async () => {
    await take();
    await client().execute({ sql: "UPDATE egress SET next_at = ?", args: [NOW + 60_000] });
    expect(await take({ hourlyPoints: 1 })).toEqual({ kind: "busy" });
  });

  it("is given again in a new hour and on a new day", async () => {
    await take({ hourlyPoints: 1 });
    expect(await take({ hourlyPoints: 1, hourAt: hourAt + HOUR_MS })).toMatchObject({ kind: "taken" });
    await take({ dailyPoints: 2, dayAt: dayAt + 24 * HOUR_MS, hourAt: hourAt + 24 * HOUR_MS });
    expect((await state()).points.map(({ used }) => used)).toEqual([1, 1, 1]);
  });

  it("is paid for by its own site", async () => {
    await take({ hourlyPoints: 1, dailyPoints: 1 });
    expect(await take({ siteId: "2", hourlyPoints: 1, dailyPoints: 1 })).toMatchObject({ kind: "taken" });
  });

  it("is not given under a lease that is lost, and then costs nothing", async () => {
    await database().accounts.acquire("a1", "lease-2", NOW + LEASE_MS);
    const before = await state();
    expect(await take({ now: NOW + LEASE_MS })).toEqual({ kind: "lease-lost" });
    expect(await take({ accountId: "nobody" })).toEqual({ kind: "lease-lost" });
    expect(await state()).toEqual(before);
    expect(await database().accounts.get("a1")).toMatchObject({ lease: "lease-2", leaseUntil: NOW + 2 * LEASE_MS });
  });

  it("says that the holder is alive, also when it is refused", async () => {
    await take({ now: NOW + 9_000 });
    expect((await database().accounts.get("a1"))?.leaseUntil).toBe(NOW + 9_000 + LEASE_MS);
    await take({ now: NOW + 9_500, hourlyPoints: 1 });
    expect((await database().accounts.get("a1"))?.leaseUntil).toBe(NOW + 9_500 + LEASE_MS);
  });
});

describeStorage("points", ({ database, rows }) => {
  beforeEach(async () => {
    await database().accounts.insert(account());
    await database().accounts.acquire("a1", "lease-1", NOW);
  });
  const { siteId, dayAt, hourAt } = slotRequest();
  const take = (replaced: Parameters<typeof slotRequest>[0] = {}) => database().slots.take(slotRequest(replaced));

  it("come back for a request that was not executed", async () => {
    await take({ cost: 3 });
    await database().slots.refund(siteId, dayAt, hourAt, 2);
    expect(await database().slots.used(siteId, dayAt, hourAt)).toEqual({ hour: 1, day: 1 });
    expect(await take({ cost: 2, hourlyPoints: 3 })).toMatchObject({ kind: "taken" });
  });

  it("never come back twice", async () => {
    await take();
    await database().slots.refund(siteId, dayAt, hourAt, 5);
    expect(await database().slots.used(siteId, dayAt, hourAt)).toEqual({ hour: 0, day: 0 });
  });

  it("come back to the hour, the day and the site they were taken from", async () => {
    await take({ cost: 3 });
    await database().slots.refund(siteId, dayAt, hourAt + HOUR_MS, 1);
    await database().slots.refund(siteId, dayAt + 1, hourAt, 1);
    await database().slots.refund("2", dayAt, hourAt, 1);
    expect(await rows("SELECT used FROM points")).toEqual([{ used: 3 }]);
  });

  it("are counted by the hour and the day of a site", async () => {
    expect(await database().slots.used(siteId, dayAt, hourAt)).toEqual({ hour: 0, day: 0 });
    await take({ cost: 2 });
    await take({ cost: 3, hourAt: hourAt + HOUR_MS });
    await take({ cost: 5, dayAt: dayAt + 24 * HOUR_MS });
    await take({ cost: 7, siteId: "2" });
    expect(await database().slots.used(siteId, dayAt, hourAt)).toEqual({ hour: 2, day: 5 });
    expect(await database().slots.used(siteId, dayAt, hourAt + 2 * HOUR_MS)).toEqual({ hour: 0, day: 5 });
  });

  it("of days gone by are forgotten, those of this day kept", async () => {
    await take();
    await take({ hourAt: hourAt + HOUR_MS });
    await take({ dayAt: dayAt + 1, cost: 4 });
    expect(await database().slots.forgetBefore(dayAt)).toBe(0);
    expect(await database().slots.forgetBefore(dayAt + 1)).toBe(2);
    expect(await database().slots.forgetBefore(dayAt + 1)).toBe(0);
    expect(await rows("SELECT used FROM points")).toEqual([{ used: 4 }]);
  });
});
