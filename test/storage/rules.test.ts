import { createClient } from "@libsql/client";
import { beforeEach, expect, it } from "vitest";
import { createDatabase } from "../../src/database/database.ts";
import { migrate } from "../../src/database/migrate.ts";
import { describeStorage } from "./backends.ts";
import { recordStatements } from "./recorder.ts";
import { account, auditEntry, connection, insertBasics, key, NOW, rule } from "./rows.ts";

const entry = auditEntry({ subjectKind: "connection", subjectId: "c1" });

describeStorage("exchange rules", ({ database, rows }) => {
  const ids = async (connectionId = "c1") => (await database().rules.list(connectionId)).map(({ id }) => id);
  const reviewOf = async (id = "c1") => (await database().connections.get(id))?.reviewAfter;
  const setReview = (reviewAfter: number | null) => database().connections.update("c1", { reviewAfter });
  const audited = async () => (await rows("SELECT count(*) AS n FROM audit"))[0]?.["n"];

  beforeEach(async () => {
    await insertBasics(database());
    await database().connections.insert(connection({ id: "c2" }), key("k2", "c2"));
  });

  it("are read back as they were written, the oldest first, each connection's own", async () => {
    const full = rule({
      id: "full",
      accountId: "a1",
      territory: "Юг",
      warehouse: "Основной",
      organization: "ИП «Савёлов»",
      itemKind: "Масла розлив",
      itemGroup: "Масла/Моторные",
      orderType: "По заказ-наряду",
      department: "Сервис",
      repairType: "ТО",
      leadTag: "АвтоАгрегат",
      funnel: "Сервис АА",
      priority: -3,
    });
    await database().rules.insert(full);
    await database().rules.insert(rule({ id: "elder", createdAt: NOW - 1, skip: true }));
    await database().rules.insert(rule({ id: "alike" }));
    await database().rules.insert(rule({ id: "other", connectionId: "c2" }));
    expect(await ids()).toEqual(["elder", "alike", "full"]);
    expect(await ids("c2")).toEqual(["other"]);
    expect(await database().rules.get("c1", "full")).toEqual(full);
    expect(await database().rules.get("c1", "elder")).toEqual(rule({ id: "elder", createdAt: NOW - 1, skip: true }));
    expect(await database().rules.get("c1", "other")).toBeUndefined();
  });

  it("belong to a connection and name an account that exist", async () => {
    await expect(database().rules.insert(rule({ connectionId: "nothing" }), entry)).rejects.toThrow();
    await expect(database().rules.insert(rule({ accountId: "nobody" }), entry)).rejects.toThrow();
    expect(await rows("SELECT id FROM rules")).toEqual([]);
    expect([await reviewOf(), await audited()]).toEqual([null, 0]);
  });

  it("change only in what a patch names, and what it clears is cleared", async () => {
    await database().rules.insert(rule({ id: "r1", territory: "Юг", funnel: "Сервис" }));
    await database().rules.insert(rule({ id: "r2", territory: "Юг" }));
    const changed = rule({ id: "r1", funnel: "Магазин", priority: 5 });
    const patch = { territory: null, funnel: "Магазин", priority: 5 };
    expect(await database().rules.update("c1", "r1", patch)).toEqual(changed);
    expect(await database().rules.get("c1", "r1")).toEqual(changed);
    expect(await database().rules.get("c1", "r2")).toEqual(rule({ id: "r2", territory: "Юг" }));
  });

  it("are neither changed nor deleted by the name of another connection, and then nothing is recorded", async () => {
    await database().rules.insert(rule());
    expect(await database().rules.update("c2", "r1", { priority: 1 }, entry)).toBeUndefined();
    expect(await database().rules.delete("c2", "r1", entry)).toBe(false);
    expect(await database().rules.get("c1", "r1")).toEqual(rule());
    expect(await audited()).toBe(0);
  });

  it("are deleted once", async () => {
    await database().rules.insert(rule());
    expect(await database().rules.delete("c1", "r1", entry)).toBe(true);
    expect(await database().rules.delete("c1", "r1", entry)).toBe(false);
    expect([await ids(), await audited()]).toEqual([[], 1]);
  });

  it("are recorded, and have the held deals of their own connection folded again from the first, whatever changes", async () => {
    const changes = [
      () => database().rules.insert(rule(), entry),
      () => database().rules.update("c1", "r1", { priority: 1 }, entry),
      () => database().rules.delete("c1", "r1", entry),
    ];
    for (const [index, change] of changes.entries()) {
      await setReview(index === 0 ? 500 : null);
      await change();
      expect([await reviewOf(), await reviewOf("c2"), await audited()]).toEqual([0, null, index + 1]);
    }
  });

  it.each([
    ["insert", () => database().rules.insert(rule({ id: "new" }), entry)],
    ["update", () => database().rules.update("c1", "r1", { priority: 1 }, entry)],
    ["delete", () => database().rules.delete("c1", "r1", entry)],
  ])("stay as they are, and so does everything else, when the record of an %s cannot be written", async (_, change) => {
    await database().rules.insert(rule());
    await setReview(null);
    await rows("DROP TABLE audit");
    await expect(change()).rejects.toThrow();
    expect(await database().rules.list("c1")).toEqual([rule()]);
    expect(await reviewOf()).toBe(null);
  });

  it("go when their connection is deleted, and no others", async () => {
    await database().rules.insert(rule());
    await database().rules.insert(rule({ id: "other", connectionId: "c2" }));
    await database().connections.delete("c1");
    expect(await rows("SELECT id FROM rules")).toEqual([{ id: "other" }]);
  });
});

describeStorage("the flags of an account", ({ database }) => {
  const reviewed = async () =>
    (await database().connections.list()).filter(({ reviewAfter }) => reviewAfter === 0).map(({ id }) => id);

  /** `own` is on the account, `ruled` has a rule that names it, `apart` has nothing to do with it. */
  beforeEach(async () => {
    await database().accounts.insert(account());
    await database().accounts.insert(account({ id: "a2" }));
    for (const [id, accountId] of [["own", "a1"] as const, ["ruled", "a2"] as const, ["apart", "a2"] as const]) {
      await database().connections.insert(connection({ id, accountId }), key(`key-of-${id}`, id));
    }
    await database().rules.insert(rule({ connectionId: "ruled", accountId: "a1" }));
    await database().connections.update("ruled", { reviewAfter: null });
  });

  it("have held deals folded again when the exchange is switched on, where the account is used", async () => {
    await database().accounts.update("a1", { autoExchange: false });
    expect(await reviewed()).toEqual([]);
    await database().accounts.update("a1", { autoExchange: true });
    expect((await reviewed()).sort()).toEqual(["own", "ruled"]);
  });

  it.each([true, false])("have held deals folded again when item kinds as tags become %j", async (itemKindTags) => {
    await database().accounts.insert(account({ id: "tagging", itemKindTags: !itemKindTags }));
    await database().connections.insert(connection({ id: "its", accountId: "tagging" }), key("key-of-its", "its"));
    await database().accounts.update("tagging", { itemKindTags });
    expect(await reviewed()).toEqual(["its"]);
  });

  it("change nothing for held deals when they are as before, or something else is changed", async () => {
    await database().accounts.update("a1", { autoExchange: true, itemKindTags: false });
    await database().accounts.update("a1", { showMessages: false, name: "Renamed" });
    expect(await reviewed()).toEqual([]);
    expect(await database().accounts.get("a1")).toMatchObject({
      autoExchange: true,
      showMessages: false,
      itemKindTags: false,
    });
  });

  it("keep an account from being deleted as long as a rule names it", async () => {
    await database().connections.delete("own");
    expect(await database().accounts.delete("a1")).toBe(false);
    await database().rules.delete("ruled", "r1");
    expect(await database().accounts.delete("a1")).toBe(true);
  });
});

it("exchange rules are found by the index of their connection", async () => {
  const client = createClient({ url: ":memory:" });
  await migrate(client, () => 0);
  const recorder = recordStatements(client);
  await createDatabase(recorder.client).rules.list("c1");
  const [recorded] = recorder.take();
  const plan = await client.execute({ sql: `EXPLAIN QUERY PLAN ${recorded?.sql}`, args: recorded?.args ?? [] });
  const steps = plan.rows.map((row) => String(row["detail"]));
  expect(steps[0]).toBe("SEARCH rules USING INDEX rules_by_connection (connection_id=?)");
  expect(steps.filter((step) => step.startsWith("SCAN"))).toEqual([]);
  client.close();
});
