import { describe, expect, it } from "vitest";
import { document } from "../../adapters/moysklad/document.ts";
import { placeLead } from "../../adapters/moysklad/place-lead.ts";
import { setup } from "../../adapters/moysklad/setup.ts";
import type { Lead } from "../../src/lead.ts";
import { CALLED_AT, call, request } from "./leads.ts";
import { createStage, HOOK_URL, type Stage, type StageOptions } from "./stage.ts";

async function connected(options: StageOptions = {}): Promise<Stage> {
  const stage = createStage(options);
  stage.done(await setup(stage.context(), HOOK_URL));
  stage.control.clearRequests();
  // Long enough for the bucket to be full again.
  stage.advance(60_000);
  return stage;
}

const place = async (stage: Stage, lead: Lead) => stage.done(await placeLead(lead, stage.context()));

async function placed(stage: Stage, lead: Lead) {
  const result = await place(stage, lead);
  if (result.kind !== "placed") throw new Error(`refused: ${JSON.stringify(result.reason)}`);
  return { guid: result.guid, document: document.parse(result.documents[0]) };
}

/** Values of the order's fields by the fields' names. */
function fieldsOf({ control }: Stage): Record<string, unknown> {
  return control.orders()[0]?.attributes ?? {};
}

const { phone: _phone, ...hidden } = call();

describe("a call", () => {
  it("becomes a counterparty and an order with everything Calltouch knows", async () => {
    const stage = await connected();
    const { guid, document: order } = await placed(stage, call());
    expect(stage.control.counterparties()).toMatchObject([
      {
        name: "Звонок +79991234567",
        phone: "+79991234567",
        companyType: "individual",
        externalCode: "ct:call:700112233",
      },
    ]);
    expect(stage.control.orders()).toMatchObject([
      {
        id: guid,
        externalCode: "ct:call:700112233",
        description: "Заказ по звонку из Calltouch с номера +79991234567",
        organizationId: stage.organizationId,
        stateId: stage.states.Новый,
      },
    ]);
    expect(fieldsOf(stage)).toEqual({
      Источник: "yandex",
      Канал: "cpc",
      utm_source: "yandex_direct",
      utm_medium: "cpc",
      utm_campaign: "Запчасти; Москва",
      utm_term: "купить фильтр",
      "Google Client ID": "1234567890.1700000000",
      Теги: "Запись на ТО|Отдел запчастей",
    });
    expect(order).toMatchObject({
      id: guid,
      moment: "2026-11-22 12:29:00.000",
      externalCode: "ct:call:700112233",
      leadAt: CALLED_AT,
      isInitialState: true,
      state: { id: stage.states.Новый, name: "Новый", stateType: "Regular" },
      agent: { phone: "+79991234567" },
      owner: { name: expect.any(String) },
    });
  });

  it("is in MoySklad within few requests, also before setup was ever run", async () => {
    const stage = await connected();
    await placed(stage, call());
    expect(stage.control.requests().length).toBeLessThanOrEqual(6);
    const fresh = createStage();
    await placed(fresh, call());
    expect(fresh.control.orders()).toHaveLength(1);
  });

  it("of a client who has called before makes a second order of the same counterparty", async () => {
    const stage = await connected();
    await placed(stage, call());
    await placed(stage, call({ id: 700112234 }));
    expect(stage.control.counterparties()).toHaveLength(1);
    expect(stage.control.orders()).toHaveLength(2);
  });

  it("from a hidden number goes to one counterparty shared by all such calls", async () => {
    const stage = await connected();
    await placed(stage, hidden);
    await placed(stage, { ...hidden, id: 700112234 });
    expect(stage.control.counterparties()).toMatchObject([{ name: "Звонок со скрытого номера" }]);
    expect(stage.control.orders().map(({ description }) => description)).toEqual([
      "Заказ по звонку из Calltouch со скрытого номера",
      "Заказ по звонку из Calltouch со скрытого номера",
    ]);
  });
});

describe("a request", () => {
  it("becomes an order with what the client wrote, of a counterparty with name, phone and e-mail", async () => {
    const stage = await connected();
    await placed(stage, request());
    expect(stage.control.counterparties()).toMatchObject([
      { name: "Иванова Мария", phone: "+79991234567", email: "client@example.ru", externalCode: "ct:request:500900" },
    ]);
    expect(stage.control.orders()[0]?.description).toBe(
      [
        "Заказ по заявке из Calltouch с номера +79991234567 и почты Client@Example.ru",
        "Имя: Иванова Мария",
        "Форма «Обратный звонок»",
        "Нужен фильтр",
        "Срочно",
      ].join("\n"),
    );
    expect(fieldsOf(stage)).toEqual({ Источник: "google", Канал: "organic" });
  });

  it("fills the empty e-mail of whom it found by phone, and the empty phone of whom it found by e-mail, and nothing else", async () => {
    const stage = await connected();
    stage.control.addCounterparty({ name: "Мария", phone: "8 (999) 123-45-67" });
    stage.control.addCounterparty({ name: "Пётр", email: "Petr@Example.ru" });
    await placed(stage, request());
    await placed(stage, request({ id: 2, phone: "79990000001", email: "petr@example.ru" }));
    const people = stage.control.counterparties().map(({ name, phone, email }) => [name, phone, email]);
    expect(people.sort()).toEqual([
      ["Мария", "8 (999) 123-45-67", "client@example.ru"],
      ["Пётр", "+79990000001", "Petr@Example.ru"],
    ]);
  });

  it("does not write a person's e-mail into the company the person belongs to", async () => {
    const stage = await connected();
    stage.control.addCounterparty({
      name: "ООО «Вектор»",
      contactpersons: [{ name: "Мария", phone: "+7 999 123-45-67" }],
    });
    await placed(stage, request());
    expect(stage.control.counterparties()).toHaveLength(1);
    expect(stage.control.counterparties()[0]?.email ?? "").toBe("");
  });

  it("with an address MoySklad does not take keeps it in the order", async () => {
    const stage = await connected();
    await placed(stage, request({ email: "мария собака почта" }));
    stage.control.fault({ kind: "status", status: 412, code: 3015, method: "POST", path: "/entity/counterparty" });
    await placed(stage, request({ id: 2, phone: "79990000002", email: "odd@example.ru" }));
    const [second, first] = stage.control
      .orders()
      .map(({ description }) => description)
      .sort();
    expect([first, second].join()).toContain("мария собака почта");
    expect([first, second].join()).toContain("odd@example.ru");
    expect(stage.control.counterparties()).toHaveLength(2);
  });

  it("without a phone and an e-mail still becomes an order", async () => {
    const stage = await connected();
    const { phone: _, email: __, ...nameless } = request();
    await placed(stage, nameless);
    expect(stage.control.counterparties()).toMatchObject([{ name: "Заявка без телефона и почты" }]);
  });
});

describe("placed again", () => {
  const lead = request();

  it.each(["resetAfterCommit", "timeoutAfterCommit", "resetBeforeCommit", "html502"] as const)(
    "after %s at any request makes one counterparty and one order",
    async (kind) => {
      let crashes = 0;
      for (let skip = 0; skip < 20; skip += 1) {
        const stage = await connected({ knobs: { syncIdRepeat: skip % 2 ? "update" : "ignore" } });
        stage.control.fault({ kind, ...(skip === 0 ? {} : { skip }) });
        const first = await placeLead(lead, stage.context());
        if (first.kind === "done") break;
        crashes += 1;
        expect(first.kind).toBe("later");
        const { guid } = await placed(stage, lead);
        expect(stage.control.counterparties()).toHaveLength(1);
        expect(stage.control.orders().map(({ id }) => id)).toEqual([guid]);
      }
      expect(crashes).toBeGreaterThanOrEqual(6);
    },
  );

  it("by two processes at once makes one counterparty and one order", async () => {
    const stage = await connected();
    const both = await Promise.all([placeLead(lead, stage.context()), placeLead(lead, stage.context())]);
    expect(both.map(({ kind }) => kind)).toEqual(["done", "done"]);
    expect(stage.control.counterparties()).toHaveLength(1);
    expect(stage.control.orders()).toHaveLength(1);
  });

  it.each(["ignore", "update"] as const)(
    "takes nothing back of what a manager did since, when MoySklad would %s a repeated order",
    async (syncIdRepeat) => {
      const stage = await connected({ knobs: { syncIdRepeat } });
      stage.configure({ initialState: stage.states.Новый });
      const { guid } = await placed(stage, lead);
      stage.control.changeOrder(guid, { stateId: stage.states.Подтвержден });
      const again = await placed(stage, lead);
      expect(again).toMatchObject({ guid, document: { isInitialState: false } });
      expect(stage.control.orders()).toMatchObject([{ id: guid, stateId: stage.states.Подтвержден }]);
    },
  );

  it("does not make again what was thrown into the recycle bin", async () => {
    const stage = await connected();
    const { guid } = await placed(stage, lead);
    stage.control.deleteOrder(guid);
    expect((await placed(stage, lead)).guid).toBe(guid);
  });
});
