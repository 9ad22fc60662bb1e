import { describe, expect, it } from "vitest";
import { setup } from "../../adapters/moysklad/setup.ts";
import { ACCOUNT_ID, createStage, HOOK_URL, type Stage } from "./stage.ts";

const FIELDS = [
  ["Источник", "string", "calltouch:source"],
  ["Канал", "string", "calltouch:medium"],
  ["utm_source", "string", "calltouch:utm_source"],
  ["utm_medium", "string", "calltouch:utm_medium"],
  ["utm_campaign", "string", "calltouch:utm_campaign"],
  ["utm_content", "string", "calltouch:utm_content"],
  ["utm_term", "string", "calltouch:utm_term"],
  ["Google Client ID", "string", "calltouch:gclid"],
  ["Теги", "text", "calltouch:tags"],
] as const;
const FIELDS_PATH = "/entity/customerorder/metadata/attributes";
const NAMES = FIELDS.map(([name]) => name);

const run = async (stage: Stage, hookUrl: string | undefined = HOOK_URL) =>
  stage.done(await setup(stage.context(), hookUrl));
const withoutTimes = (memory: unknown) => ({ ...Object(memory), pace: null, readAt: null });
const writes = ({ control }: Stage) => control.requests().filter(({ method }) => method !== "GET");
const statesOf = (report: Awaited<ReturnType<typeof run>>) => report.fields.map(({ state }) => state);

describe("the order fields", () => {
  it("are made as the customer's table has them, none obligatory, each with our code", async () => {
    const stage = createStage();
    const report = await run(stage);
    expect(report).toMatchObject({ ok: true, problems: [], hooks: "ready" });
    expect(statesOf(report)).toEqual(FIELDS.map(() => "created"));
    const made = stage.control
      .attributes()
      .map(({ name, type, description, required }) => [name, type, description, required]);
    expect(made.sort()).toEqual(FIELDS.map((field) => [...field, false]).sort());
  });

  it("are found by the id known, then by our code, then by the name, whatever the merchant renamed", async () => {
    const stage = createStage();
    await run(stage);
    for (const { id, name } of stage.control.attributes()) stage.control.renameAttribute(id, `${name} (реклама)`);
    expect(statesOf(await run(stage))).toEqual(FIELDS.map(() => "found"));
    const stranger = stage.done(await setup(stage.context({ memory: undefined }), HOOK_URL));
    expect(statesOf(stranger)).toEqual(FIELDS.map(() => "found"));
    expect(stage.control.attributes()).toHaveLength(9);
  });

  it("made by hand under the seed's names are used as they are", async () => {
    const stage = createStage();
    for (const [name, type] of FIELDS) await stage.ask("POST", FIELDS_PATH, { name, type });
    expect(statesOf(await run(stage))).toEqual(FIELDS.map(() => "found"));
    expect(stage.control.attributes()).toHaveLength(9);
  });

  it("one of the same name and another type is left alone, and a person is told", async () => {
    const stage = createStage();
    await stage.ask("POST", FIELDS_PATH, { name: "Источник", type: "boolean" });
    const report = await run(stage);
    expect(report.ok).toBe(false);
    expect(report.fields[0]).toEqual({ name: "Источник", state: "missing" });
    expect(report.problems).toEqual([
      "Поле заказа «Источник» другого типа: администратору — переименовать его и повторить setup",
    ]);
  });

  it("an obligatory field nobody fills is named before the first order fails on it", async () => {
    const stage = createStage();
    await stage.ask("POST", FIELDS_PATH, { name: "Город", type: "string", required: true });
    expect((await run(stage)).problems).toEqual([
      "Поле заказа «Город» обязательное: снимите обязательность в МоёмСкладе или задайте значение в настройке defaults",
    ]);
    stage.configure({ defaults: { Город: "Москва" } });
    expect((await run(stage)).problems).toEqual([]);
  });
});

describe("fields MoySklad does not make", () => {
  it("are named with the error, for the administrator to make", async () => {
    const stage = createStage();
    stage.control.fault({ kind: "status", status: 412, code: 3040, method: "POST", path: FIELDS_PATH });
    const report = await run(stage);
    expect(statesOf(report)).toEqual(FIELDS.map(() => "missing"));
    expect(report.problems[0]).toMatch(
      /^МойСклад не создал поля заказа \(ошибка 3040\): администратору — создать поля «Источник»/,
    );
  });
});

describe("a tariff without one of the two", () => {
  it.each([
    [FIELDS_PATH, "ready", "Тариф МоегоСклада не даёт создать поля заказа"],
    ["/entity/webhook", "absent", "На этом тарифе МоегоСклада вебхуков нет"],
  ] as const)("leaves the other: %s", async (path, hooks, text) => {
    const stage = createStage();
    stage.control.fault({ kind: "status", status: 403, code: 47000, method: "POST", path });
    const report = await run(stage);
    expect(report).toMatchObject({ ok: false, hooks });
    expect(report.problems).toHaveLength(1);
    expect(report.problems[0]).toContain(text);
    expect(report.states).toHaveLength(4);
  });
});

describe("running it again", () => {
  it("changes nothing", async () => {
    const stage = createStage();
    const first = await run(stage);
    stage.control.clearRequests();
    const second = await run(stage);
    expect(writes(stage)).toEqual([]);
    expect(withoutTimes(second.memory)).toEqual(withoutTimes(first.memory));
  });

  it("after a crash at any request ends in the same fields and webhooks", async () => {
    for (let skip = 1; skip <= 40; skip += 1) {
      const stage = createStage();
      stage.control.fault({ kind: "resetAfterCommit", skip });
      const first = await setup(stage.context(), HOOK_URL);
      stage.control.clearFaults();
      await run(stage);
      expect(
        stage.control
          .attributes()
          .map(({ name }) => name)
          .sort(),
      ).toEqual([...NAMES].sort());
      expect(stage.control.webhooks()).toHaveLength(11);
      if (first.kind === "done") return;
    }
    throw new Error("the last request was never reached");
  });
});

describe("the webhooks", () => {
  const shapes = ({ control }: Stage) =>
    control
      .webhooks()
      .map(({ entityType, action, diffType, enabled, url }) => [entityType, action, diffType, enabled, url]);

  it("tell of orders changed and deleted and of payments, and of orders by hand only when those are wanted", async () => {
    const stage = createStage();
    await run(stage);
    const money = ["cashin", "paymentin", "salesreturn"].flatMap((type) =>
      ["CREATE", "DELETE", "UPDATE"].map((action) => [type, action]),
    );
    const kinds = () =>
      shapes(stage)
        .map(([type, action]) => [type, action])
        .sort();
    expect(kinds()).toEqual([...money, ["customerorder", "DELETE"], ["customerorder", "UPDATE"]].sort());
    expect(shapes(stage)).toContainEqual(["customerorder", "UPDATE", "FIELDS", true, HOOK_URL]);
    stage.configure({ orders: "all" });
    await run(stage);
    expect(kinds()).toContainEqual(["customerorder", "CREATE"]);
    stage.configure({ orders: "from-leads", revenue: "shipped" });
    await run(stage);
    expect(kinds()).not.toContainEqual(["customerorder", "CREATE"]);
    expect(kinds()).toContainEqual(["demand", "UPDATE"]);
  });

  it("follow the bridge to a new address, and those of other programs stay", async () => {
    const stage = createStage();
    await stage.ask("POST", "/entity/webhook", {
      url: "https://other.example.ru/x",
      entityType: "customerorder",
      action: "UPDATE",
    });
    await run(stage);
    await run(stage, "https://new.example.ru/hooks/moysklad/77aa");
    const urls = stage.control.webhooks().map(({ url }) => url);
    expect(new Set(urls)).toEqual(
      new Set(["https://other.example.ru/x", "https://new.example.ru/hooks/moysklad/77aa"]),
    );
    expect(urls).toHaveLength(12);
  });

  it("of a solution, which may have one of a kind, are moved to a new address", async () => {
    const stage = createStage({ account: { authKind: "solution" } });
    await run(stage);
    stage.advance(60_000);
    const before = stage.control.webhooks().map(({ id }) => id);
    expect(await run(stage, `${HOOK_URL}-2`)).toMatchObject({ ok: true, hooks: "ready" });
    expect(stage.control.webhooks().map(({ id }) => id)).toEqual(before);
    expect(stage.control.webhooks().every(({ url }) => url === `${HOOK_URL}-2`)).toBe(true);
  });

  it.each(["ok", "error"] as const)("of which some are refused are named, answered with %s", async (bulkFailure) => {
    const stage = createStage({ account: { authKind: "solution" }, knobs: { bulkFailure } });
    const other = { url: "https://other.example.ru/", entityType: "paymentin", action: "CREATE" };
    await stage.ask("POST", "/entity/webhook", other);
    const report = await run(stage);
    expect(report).toMatchObject({ ok: false, hooks: "absent" });
    expect(report.problems[0]).toContain("В МоёмСкладе слишком много вебхуков");
  });

  it("that MoySklad switched off are switched on again", async () => {
    const stage = createStage();
    await run(stage);
    for (const { id } of stage.control.webhooks()) {
      stage.advance(3_000);
      await stage.ask("PUT", `/entity/webhook/${id}`, { enabled: false });
    }
    await run(stage);
    expect(stage.control.webhooks().every(({ enabled }) => enabled)).toBe(true);
  });

  it("need an address", async () => {
    const stage = createStage();
    const report = stage.done(await setup(stage.context(), undefined));
    expect(report.hooks).toBe("absent");
    expect(report.problems).toEqual([
      "Вебхуки не созданы: задайте PUBLIC_URL — адрес моста в интернете — и повторите setup. Пока вебхуков нет, изменения приходят раз в 5 минут",
    ]);
    expect(stage.control.webhooks()).toEqual([]);
  });

  it.each([
    [{ tariff: "free" }, "На этом тарифе МоегоСклада вебхуков нет"],
    [{ isAdmin: false }, "Вебхуки создаёт только администратор МоегоСклада"],
  ] as const)(
    "cannot be made with %j, and the operator reads why; the poll goes on without them",
    async (account, text) => {
      const report = await run(createStage({ account }));
      expect(report.hooks).toBe("absent");
      expect(report.problems.some((problem) => problem.startsWith(text))).toBe(true);
      expect(report.memory).toMatchObject({ accountId: ACCOUNT_ID });
    },
  );
});

describe("what a person must do", () => {
  it("fields are the administrator's: everybody else is told which to ask for", async () => {
    const stage = createStage({ account: { isAdmin: false } });
    const report = await run(stage);
    expect(statesOf(report)).toEqual(FIELDS.map(() => "missing"));
    expect(report.problems[0]).toContain("Поля заказа создаёт только администратор МоегоСклада");
    expect(report.problems[0]).toContain("«Источник», «Канал», «utm_source»");
  });

  it("of several organizations one must be chosen, and it must exist", async () => {
    const stage = createStage();
    const second = stage.control.addOrganization({ name: "ИП Иванов" });
    const report = await run(stage);
    expect(report.problems).toEqual(["В МоёмСкладе несколько юрлиц: укажите нужное в настройке organization"]);
    expect(report.organizations.map(({ name }) => name).sort()).toEqual(["ИП Иванов", "ООО «Ромашка»"]);
    stage.configure({ organization: second });
    expect((await run(stage)).problems).toEqual([]);
    stage.configure({ organization: "00000000-0000-4000-8000-000000000001" });
    expect((await run(stage)).problems).toEqual([
      "Юрлицо из настройки organization удалено или в архиве: укажите другое",
    ]);
  });

  it("states are listed with their kinds, and deleted ones in the settings are named", async () => {
    const stage = createStage();
    expect((await run(stage)).states.map(({ name, type }) => [name, type])).toEqual([
      ["Новый", "Regular"],
      ["Подтвержден", "Regular"],
      ["Выполнен", "Successful"],
      ["Отменен", "Unsuccessful"],
    ]);
    const gone = stage.states.Подтвержден;
    stage.configure({ initialState: gone, states: { [gone]: "В работе" } });
    stage.control.removeState(gone);
    expect((await run(stage)).problems).toEqual([
      "Статус из настройки initialState удалён: новые заказы получают первый статус, укажите другой",
      `Статуса ${gone} из настройки states больше нет: уберите его или замените`,
    ]);
  });

  it.each([
    [{ tokenRevoked: true }, "TOKEN"],
    [{ apiEnabled: false }, "API_OFF"],
  ])("an access closed by %j stops the exchange and says so", async (patch, code) => {
    const stage = createStage();
    stage.control.updateAccount(stage.context().settings.token ?? "", patch);
    expect(await setup(stage.context(), HOOK_URL)).toMatchObject({ kind: "halted", reason: { code } });
  });

  it("a solution's token has no employee and is set up all the same", async () => {
    const stage = createStage({ account: { authKind: "solution" } });
    expect(await run(stage)).toMatchObject({ ok: true, memory: { accountId: ACCOUNT_ID } });
  });
});
