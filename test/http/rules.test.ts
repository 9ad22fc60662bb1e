import { describe, expect, it } from "vitest";
import * as z from "zod";
import { createScene, NOON, type Scene } from "../scene.ts";
import { expectError } from "./contract.ts";

const pathOf = (scene: Scene, ruleId = "") => `/connections/${scene.connectionId}/rules${ruleId && `/${ruleId}`}`;
const create = (scene: Scene, rule: Record<string, unknown> = {}) => scene.admin("POST", pathOf(scene), rule);
const change = (scene: Scene, id: string, rule: Record<string, unknown>) =>
  scene.admin("PATCH", pathOf(scene, id), rule);
const read = async (scene: Scene, id: string) => (await scene.admin("GET", pathOf(scene, id))).body;
const list = async (scene: Scene) =>
  z.array(z.looseObject({ id: z.string() })).parse((await scene.admin("GET", pathOf(scene))).body["rules"]);

async function idOf(answer: Promise<{ body: Record<string, unknown> }>): Promise<string> {
  return z.string().parse((await answer).body["id"]);
}

async function createOther(scene: Scene) {
  const account = await scene.admin("POST", "/accounts", { name: "Второй", siteId: "555", token: "t" });
  const connection = { adapter: "alfa-auto", name: "Вторая", accountId: account.body["id"] };
  const { body } = await scene.admin("POST", "/connections", connection);
  return { accountId: z.string().parse(account.body["id"]), connectionId: z.string().parse(body["id"]) };
}

const explanation = z.strictObject({
  message: z.string(),
  chosen: z.looseObject({ id: z.string() }).optional(),
  rules: z.array(
    z.looseObject({
      id: z.string(),
      conditions: z.number(),
      isFitting: z.boolean(),
      isChosen: z.boolean(),
      reason: z.string(),
    }),
  ),
  more: z.number().optional(),
});
const explain = async (scene: Scene, facts: Record<string, unknown>) =>
  explanation.parse((await scene.admin("POST", `${pathOf(scene)}/explain`, { facts })).body);

/** Written past the API, so that a thousand take no time. */
const insertMany = (scene: Scene, count: number) =>
  scene.client.execute({
    sql: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
          INSERT INTO rules (id, connection_id, skip, organization, priority, created_at)
          SELECT 'rule-' || i, :connectionId, 0, 'Организация ' || i, 0, i FROM n`,
    args: { count, connectionId: scene.connectionId },
  });

describe("an exchange rule", () => {
  it("is created, read and listed with what it was given alone, the oldest first", async () => {
    const scene = await createScene();
    const whole = {
      accountId: scene.accountId,
      territory: "Юг",
      warehouse: "Основной",
      organization: "ИП Савёлов",
      itemKind: "Масла розлив",
      itemGroup: "Масла/Моторные",
      orderType: "По заказ-наряду",
      leadTag: "АвтоАгрегат",
      funnel: "Сервис АА",
      department: "Сервис",
      repairType: "ТО",
      priority: -2,
    };
    const created = await create(scene, whole);
    expect(created.status).toBe(201);
    expect(Object.keys(created.body)).toEqual(["id"]);
    const first = { id: created.body["id"], skip: false, ...whole, createdAt: new Date(NOON).toISOString() };
    await scene.idle();
    scene.clock.set(NOON + 5_000);
    const id = await idOf(create(scene, { skip: true, organization: "  ООО ", leadTag: null }));
    const createdAt = new Date(NOON + 5_000).toISOString();
    const second = { id, skip: true, organization: "ООО", priority: 0, createdAt };
    expect(await read(scene, String(first.id))).toEqual(first);
    expect(await list(scene)).toEqual([first, second]);
  });

  it("changes in what a patch names: null clears, the rest stays", async () => {
    const scene = await createScene();
    const id = await idOf(create(scene, { territory: "Юг", warehouse: "Основной", leadTag: "Юг", priority: 3 }));
    const before = await read(scene, id);
    expect((await change(scene, id, { warehouse: null, funnel: "Магазин", priority: 0 })).body).toEqual({ id });
    const { warehouse: _, ...rest } = before;
    expect(await read(scene, id)).toEqual({ ...rest, funnel: "Магазин", priority: 0 });
    expect((await change(scene, id, {})).body).toEqual({ id });
  });

  it("is deleted", async () => {
    const scene = await createScene();
    const id = await idOf(create(scene));
    expect((await scene.admin("DELETE", pathOf(scene, id))).body).toEqual({ id });
    expect(await list(scene)).toEqual([]);
    expectError(await scene.admin("DELETE", pathOf(scene, id)), 404, "NOT_FOUND");
  });

  it("is not found under another connection, nor is anything under one that is not there", async () => {
    const scene = await createScene();
    const id = await idOf(create(scene));
    const { connectionId } = await createOther(scene);
    for (const [method, body] of [["GET"], ["PATCH", { priority: 9 }], ["DELETE"]] as const) {
      expectError(await scene.admin(method, `/connections/${connectionId}/rules/${id}`, body), 404, "NOT_FOUND");
      expectError(await scene.admin(method, `/connections/nobody/rules/${id}`, body), 404, "NOT_FOUND");
    }
    expectError(await scene.admin("GET", "/connections/nobody/rules"), 404, "NOT_FOUND");
    expectError(await scene.admin("POST", "/connections/nobody/rules", {}), 404, "NOT_FOUND");
    expectError(await scene.admin("POST", "/connections/nobody/rules/explain", { facts: {} }), 404, "NOT_FOUND");
    expect(await read(scene, id)).toMatchObject({ priority: 0 });
  });

  it.each<[string, Record<string, unknown>]>([
    ["an empty condition", { organization: " " }],
    ["a condition that is a number", { orderType: 5 }],
    ["a long condition", { department: "я".repeat(201) }],
    ["a group without a name", { itemGroup: " / " }],
    ["a lead tag longer than Calltouch takes", { leadTag: "я".repeat(101) }],
    ["a funnel longer than Calltouch takes", { funnel: "я".repeat(101) }],
    ["half a priority", { priority: 0.5 }],
    ["an unknown field", { organisation: "ИП" }],
  ])("with %s is refused, when created and when changed, and changes nothing", async (_, fields) => {
    const scene = await createScene();
    const id = await idOf(create(scene));
    const before = await read(scene, id);
    for (const answer of [await create(scene, fields), await change(scene, id, { ...fields, skip: true })]) {
      expectError(answer, 422, "FIELD");
      expect(answer.body["message"]).toContain(Object.keys(fields)[0] ?? "?");
    }
    expect(await list(scene)).toEqual([before]);
  });

  it("names an account that exists", async () => {
    const scene = await createScene();
    const id = await idOf(create(scene));
    expectError(await create(scene, { accountId: "nobody" }), 422, "ACCOUNT");
    expectError(await change(scene, id, { accountId: "nobody" }), 422, "ACCOUNT");
    const { accountId } = await createOther(scene);
    await change(scene, id, { accountId });
    expect(await read(scene, id)).toMatchObject({ accountId });
  });

  it("does not say where a deal goes and that it is not sent, also not by one patch after the other", async () => {
    const scene = await createScene();
    for (const target of [{ accountId: scene.accountId }, { leadTag: "Юг" }, { funnel: "Сервис" }]) {
      expectError(await create(scene, { skip: true, ...target }), 422, "RULE_SKIP");
      const skipping = await idOf(create(scene, { skip: true }));
      expectError(await change(scene, skipping, target), 422, "RULE_SKIP");
      const sending = await idOf(create(scene, target));
      expectError(await change(scene, sending, { skip: true }), 422, "RULE_SKIP");
      const cleared = Object.fromEntries(Object.keys(target).map((name) => [name, null]));
      expect((await change(scene, sending, { skip: true, ...cleared })).status).toBe(200);
    }
  });

  it("like another one is taken with a word about which of them wins", async () => {
    const scene = await createScene();
    const same = { organization: "ИП Савёлов", itemGroup: "Масла / Моторные" };
    const older = await idOf(create(scene, same));
    scene.clock.advance(1_000);
    const twin = await create(scene, { organization: "ип  савелов", itemGroup: "масла/моторные", funnel: "Другая" });
    expect(twin.status).toBe(201);
    expect(twin.body["notice"]).toBe(
      `Действует не эта настройка, а более старая с теми же условиями и приоритетом: ${older}`,
    );
    const newer = z.string().parse(twin.body["id"]);
    expect((await change(scene, newer, { priority: 1 })).body).toEqual({ id: newer });
    expect((await change(scene, older, { priority: 1 })).body).toEqual({
      id: older,
      notice: `Есть более новая настройка с теми же условиями и приоритетом: ${newer}. Действует эта, как более старая`,
    });
  });

  it("is the last one when there are a thousand", async () => {
    const scene = await createScene();
    await insertMany(scene, 999);
    expect((await create(scene)).status).toBe(201);
    expectError(await create(scene), 422, "TOO_MANY_RULES");
    expect(await list(scene)).toHaveLength(1_000);
    expect((await change(scene, "rule-5", { priority: 5 })).status).toBe(200);
  });

  it("keeps its account from being deleted, and goes with its connection", async () => {
    const scene = await createScene();
    const { accountId, connectionId } = await createOther(scene);
    const id = await idOf(create(scene, { accountId }));
    expect((await scene.admin("DELETE", `/connections/${connectionId}`)).status).toBe(200);
    expectError(await scene.admin("DELETE", `/accounts/${accountId}`), 409, "IN_USE");
    await scene.admin("DELETE", pathOf(scene, id));
    expect((await scene.admin("DELETE", `/accounts/${accountId}`)).status).toBe(200);
    await create(scene);
    expect((await scene.admin("DELETE", `/connections/${scene.connectionId}`)).status).toBe(200);
    expect((await scene.client.execute("SELECT 1 FROM rules")).rows).toEqual([]);
  });

  it("is recorded as a change of its connection, with what it was and what it is", async () => {
    const scene = await createScene();
    const id = await idOf(create(scene, { leadTag: "Юг" }));
    await change(scene, id, { leadTag: null, priority: 2 });
    await scene.admin("DELETE", pathOf(scene, id));
    const { audit } = (await scene.admin("GET", "/audit?after=2")).body;
    const entry = { action: "update", subjectKind: "connection", subjectId: scene.connectionId };
    expect(audit).toMatchObject([
      { ...entry, after: { rule: { id, leadTag: "Юг", priority: 0 } } },
      {
        ...entry,
        before: { rule: { id, leadTag: "Юг", priority: 0 } },
        after: { rule: { id, leadTag: null, priority: 2 } },
      },
      { ...entry, before: { rule: { id, priority: 2 } } },
    ]);
  });
});

describe("explaining the choice", () => {
  it("names the rule chosen, and of the others why they were not, changing nothing", async () => {
    const scene = await createScene();
    const any = await idOf(create(scene, { funnel: "АА" }));
    const oil = await idOf(create(scene, { itemGroup: "Масла", funnel: "Масло" }));
    const other = await idOf(create(scene, { organization: "ООО", orderType: "По заказу" }));
    const before = (await scene.client.execute("SELECT * FROM audit")).rows.length;
    const explained = await explain(scene, {
      organization: "ИП",
      items: [{ kind: null, groups: ["Масла", "Моторные"] }],
    });
    expect(explained.message).toBe("Настройка обмена выбрана");
    expect(explained.chosen).toEqual(await read(scene, oil));
    expect(explained.rules).toMatchObject([
      { id: oil, conditions: 1, isChosen: true, isFitting: true, reason: "Выбрана", funnel: "Масло" },
      { id: any, conditions: 0, isChosen: false, isFitting: true, reason: "У выбранной настройки больше условий" },
      { id: other, conditions: 2, isChosen: false, isFitting: false, reason: "Не подходит: организация, тип заказа" },
    ]);
    expect((await scene.client.execute("SELECT * FROM audit")).rows).toHaveLength(before);
  });

  it("says when there are no rules, when none fits, and when the chosen one does not send", async () => {
    const scene = await createScene();
    expect(await explain(scene, {})).toEqual({
      message: "Настроек обмена нет: сделка идёт в учётную запись подключения",
      rules: [],
    });
    await create(scene, { skip: true, department: "Склад" });
    const none = await explain(scene, { department: "Сервис" });
    expect(none.message).toBe("Ни одна настройка обмена не подходит: документ останется ждать");
    expect(none.chosen).toBeUndefined();
    const skipped = await explain(scene, { department: "склад" });
    expect(skipped.message).toBe("Выбрана настройка обмена, по которой сделка не передаётся");
    expect(skipped.chosen).toMatchObject({ skip: true });
  });

  it("shows no more than 200 rules, those that fit among them, and says how many more there are", async () => {
    const scene = await createScene();
    await insertMany(scene, 300);
    const chosen = await idOf(create(scene, { priority: -9 }));
    const explained = await explain(scene, {});
    expect(explained.rules).toHaveLength(200);
    expect(explained.rules[0]).toMatchObject({ id: chosen, isChosen: true });
    expect(explained.more).toBe(101);
  });

  it("takes facts as adapters give them and nothing else", async () => {
    const scene = await createScene();
    const ask = (body: unknown) => scene.admin("POST", `${pathOf(scene)}/explain`, body);
    for (const body of [{}, { facts: { organisation: "ИП" } }, { facts: { items: {} } }, { facts: { territory: 5 } }]) {
      expectError(await ask(body), 422, "FIELD");
    }
  });
});

describe("the flags of an account", () => {
  it("are on, on and off unless said otherwise, and change one by one", async () => {
    const scene = await createScene();
    const path = `/accounts/${scene.accountId}`;
    const flags = { autoExchange: true, showMessages: true, itemKindTags: false };
    expect((await scene.admin("GET", path)).body).toMatchObject(flags);
    for (const name of ["autoExchange", "showMessages", "itemKindTags"] as const) {
      await scene.admin("PATCH", path, { [name]: !flags[name] });
      flags[name] = !flags[name];
      expect((await scene.admin("GET", path)).body).toMatchObject(flags);
      expectError(await scene.admin("PATCH", path, { [name]: "да" }), 422, "FIELD");
    }
    const given = { name: "Иной", siteId: "7", token: "t", ...flags };
    const id = await idOf(scene.admin("POST", "/accounts", given));
    expect((await scene.admin("GET", `/accounts/${id}`)).body).toMatchObject(flags);
  });
});
