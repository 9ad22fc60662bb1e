import { beforeEach, expect, it } from "vitest";
import { describeStorage } from "./backends.ts";
import { account, connection, dealWrite, key, NOW, writeDeals } from "./rows.ts";

describeStorage("connections", ({ database, rows }) => {
  beforeEach(() => database().accounts.insert(account()));
  const insert = (id: string, replaced: Parameters<typeof connection>[0] = {}) =>
    database().connections.insert(connection({ id, ...replaced }), key(`key-of-${id}`, id));

  it("are read back as they were written, the oldest first", async () => {
    await insert("b", { dryRun: true, settings: { status: ["Новая"], depth: 3 }, infobases: ["base"] });
    await insert("c", { createdAt: NOW - 1 });
    await insert("a");
    expect((await database().connections.list()).map(({ id }) => id)).toEqual(["c", "a", "b"]);
    expect(await database().connections.get("b")).toEqual(
      connection({ id: "b", dryRun: true, settings: { status: ["Новая"], depth: 3 }, infobases: ["base"] }),
    );
    expect(await database().connections.get("nothing")).toBeUndefined();
  });

  it("come with their first key or not at all", async () => {
    await insert("a");
    await expect(database().connections.insert(connection({ id: "b" }), key("key-of-a", "b"))).rejects.toThrow();
    expect(await database().connections.get("b")).toBeUndefined();
    expect(await rows("SELECT id, connection_id FROM erp_keys")).toEqual([{ id: "key-of-a", connection_id: "a" }]);
  });

  it("belong to an account that exists", async () => {
    await expect(insert("a", { accountId: "nobody" })).rejects.toThrow();
    expect(await database().connections.list()).toEqual([]);
  });

  it("have names of their own", async () => {
    await insert("a", { name: "Main" });
    expect(await database().connections.isNameTaken("Main")).toBe(true);
    expect(await database().connections.isNameTaken("Another")).toBe(false);
    await expect(insert("b", { name: "Main" })).rejects.toThrow();
  });

  it("change only in what a patch names, and new settings have held deals folded again", async () => {
    await insert("a");
    await insert("b");
    const patch = { dryRun: true, settings: { depth: 1 }, infobases: ["x", "y"], sinceAt: 5 };
    await database().connections.update("a", patch);
    expect(await database().connections.get("a")).toEqual({
      ...connection({ id: "a" }),
      ...patch,
      reviewAfter: 0,
      policy: 1,
    });
    expect(await database().connections.get("b")).toEqual(connection({ id: "b" }));
  });

  it.each([{ settings: {} }, { timeZone: "Asia/Omsk" }, { sinceAt: 5 }, { dryRun: true }, { dryRun: false }])(
    "have held deals folded again after %j, and not after another name or other bases",
    async (patch) => {
      await insert("a");
      await database().connections.update("a", { name: "Other", infobases: ["x"] });
      expect(await database().connections.get("a")).toMatchObject({ reviewAfter: null, policy: 0 });
      await database().connections.update("a", patch);
      expect(await database().connections.get("a")).toMatchObject({ reviewAfter: 0, policy: 1 });
    },
  );

  it("stay as they are when a patch names nothing", async () => {
    await insert("a");
    await database().connections.update("a", {});
    expect(await database().connections.get("a")).toEqual(connection({ id: "a" }));
  });

  it("take their keys along when they are deleted, and leave their deals, whose numbers stay taken", async () => {
    await insert("a");
    await insert("b");
    await writeDeals(database(), [dealWrite()], { connectionId: "a" });
    await database().connections.delete("a");
    await database().connections.delete("nothing");
    expect((await database().connections.list()).map(({ id }) => id)).toEqual(["b"]);
    expect(await rows("SELECT id FROM erp_keys")).toEqual([{ id: "key-of-b" }]);
    expect(await database().erpKeys.find("key-of-a", NOW)).toBeUndefined();
    expect(await writeDeals(database(), [dealWrite()], { connectionId: "b" })).toEqual([]);
  });

  it("remember the first base that introduces itself, and no other", async () => {
    await insert("a");
    await insert("b");
    expect(await database().connections.rememberFirstInfobase("a", 'Сервис "Юг"')).toBe(true);
    expect(await database().connections.rememberFirstInfobase("a", "copy")).toBe(false);
    expect((await database().connections.get("a"))?.infobases).toEqual(['Сервис "Юг"']);
    expect((await database().connections.get("b"))?.infobases).toEqual([]);
  });

  it("do not remember a base when a person has listed some", async () => {
    await insert("a", { infobases: ["listed"] });
    expect(await database().connections.rememberFirstInfobase("a", "listed")).toBe(false);
    expect(await database().connections.rememberFirstInfobase("nothing", "base")).toBe(false);
    expect((await database().connections.get("a"))?.infobases).toEqual(["listed"]);
  });
});

describeStorage("the database", ({ database }) => {
  it("answers a ping", async () => {
    expect(await database().ping()).toBeUndefined();
  });
});
