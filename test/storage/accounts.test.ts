import { beforeEach, expect, it } from "vitest";
import { LEASE_MS } from "../../src/database/accounts.ts";
import { describeStorage } from "./backends.ts";
import { account, claimed, dealWrite, insertBasics, NOW, writeDeals } from "./rows.ts";

describeStorage("accounts", ({ database }) => {
  it("are read back as they were written, the oldest first", async () => {
    await database().accounts.insert(account({ id: "b", createdAt: NOW }));
    await database().accounts.insert(account({ id: "c", createdAt: NOW - 1 }));
    await database().accounts.insert(account({ id: "a", createdAt: NOW }));
    expect((await database().accounts.list()).map(({ id }) => id)).toEqual(["c", "a", "b"]);
    const fresh = {
      lease: null,
      leaseUntil: 0,
      pause: null,
      pausedUntil: 0,
      failures: 0,
      autoExchange: true,
      showMessages: true,
      itemKindTags: false,
      journalFrom: null,
      journalAt: 0,
      journalTrouble: null,
      hookVersion: 0,
    };
    expect(await database().accounts.get("b")).toEqual({ ...account({ id: "b" }), ...fresh });
    expect(await database().accounts.get("nobody")).toBeUndefined();
  });

  it("have names of their own", async () => {
    await database().accounts.insert(account({ id: "a", name: "Main" }));
    expect(await database().accounts.isNameTaken("Main")).toBe(true);
    expect(await database().accounts.isNameTaken("Another")).toBe(false);
    await expect(database().accounts.insert(account({ id: "b", name: "Main" }))).rejects.toThrow();
    expect(await database().accounts.list()).toHaveLength(1);
  });

  it("change only in what a patch names", async () => {
    await database().accounts.insert(account({ id: "a" }));
    await database().accounts.insert(account({ id: "b" }));
    await database().accounts.update("a", { hourlyPoints: 5, listingLagMs: 0 });
    expect(await database().accounts.get("a")).toMatchObject({
      ...account({ id: "a" }),
      hourlyPoints: 5,
      listingLagMs: 0,
    });
    expect(await database().accounts.get("b")).toMatchObject(account({ id: "b" }));
  });

  it("stay as they are when a patch names nothing", async () => {
    await database().accounts.insert(account());
    await database().accounts.update("a1", {});
    expect(await database().accounts.get("a1")).toMatchObject(account());
  });

  it("are deleted once no connection uses them", async () => {
    await insertBasics(database());
    await database().accounts.insert(account({ id: "unused" }));
    expect(await database().accounts.delete("a1")).toBe(false);
    expect(await database().accounts.delete("unused")).toBe(true);
    expect(await database().accounts.delete("unused")).toBe(false);
    expect((await database().accounts.list()).map(({ id }) => id)).toEqual(["a1"]);
    await database().connections.delete("c1");
    expect(await database().accounts.delete("a1")).toBe(true);
  });

  it("are tried again at once with a new token, and not because of anything else", async () => {
    await database().accounts.insert(account());
    await database().accounts.acquire("a1", "L", NOW);
    await database().accounts.pause("a1", "L", "unauthorized", NOW + 300_000, 3);
    await database().accounts.update("a1", { name: "Renamed" });
    expect(await database().accounts.get("a1")).toMatchObject({
      pause: "unauthorized",
      pausedUntil: NOW + 300_000,
      failures: 3,
    });
    await database().accounts.update("a1", { token: "new" });
    expect(await database().accounts.get("a1")).toMatchObject({
      token: "new",
      pause: null,
      pausedUntil: 0,
      failures: 0,
    });
  });
});

describeStorage("accounts with something to do", ({ database }) => {
  beforeEach(() => insertBasics(database()));

  it("are those with a deal whose time has come", async () => {
    await database().accounts.insert(account({ id: "idle" }));
    expect(await database().accounts.due(NOW)).toEqual([]);
    await writeDeals(database(), [dealWrite({ dueAt: NOW })]);
    expect(await database().accounts.due(NOW - 1)).toEqual([]);
    expect(await database().accounts.due(NOW)).toEqual(["a1"]);
  });

  it.each(["delivered", "held", "dead"] as const)("are not those whose deals are %s", async (status) => {
    await writeDeals(database(), [dealWrite({ status })]);
    expect(await database().accounts.due(NOW)).toEqual([]);
  });

  it("are not those that another dispatcher holds, until its lease has run out", async () => {
    await writeDeals(database(), [dealWrite()]);
    await database().accounts.acquire("a1", "L", NOW);
    expect(await database().accounts.due(NOW + LEASE_MS - 1)).toEqual([]);
    expect(await database().accounts.due(NOW + LEASE_MS)).toEqual(["a1"]);
  });

  it("are those whose holder died with everything claimed", async () => {
    await writeDeals(database(), [dealWrite()]);
    await database().accounts.acquire("a1", "L", NOW);
    await claimed(database(), "L", NOW);
    expect(await database().accounts.due(NOW + LEASE_MS)).toEqual(["a1"]);
  });

  it("are not those that are paused, until the pause is over", async () => {
    await writeDeals(database(), [dealWrite()]);
    await database().accounts.acquire("a1", "L", NOW);
    await database().accounts.pause("a1", "L", "points", NOW + 60_000, 0);
    expect(await database().accounts.due(NOW + 59_999)).toEqual([]);
    expect(await database().accounts.due(NOW + 60_000)).toEqual(["a1"]);
  });
});
