import { describe, expect, it } from "vitest";
import { document } from "../../adapters/moysklad/document.ts";
import { placeLead } from "../../adapters/moysklad/place-lead.ts";
import { setup } from "../../adapters/moysklad/setup.ts";
import { call, request } from "./leads.ts";
import { createStage, HOOK_URL, type Stage, type StageOptions } from "./stage.ts";

const FIELDS_PATH = "/entity/customerorder/metadata/attributes";

async function connected(options: StageOptions = {}): Promise<Stage> {
  const stage = createStage(options);
  stage.done(await setup(stage.context(), HOOK_URL));
  stage.advance(60_000);
  return stage;
}

const place = async (stage: Stage, lead = call()) => stage.done(await placeLead(lead, stage.context()));

describe("a field the merchant made obligatory", () => {
  it("stops the order with words that say which one and what to do, until it has a default", async () => {
    const stage = await connected();
    await stage.ask("POST", FIELDS_PATH, { name: "Город", type: "string", required: true });
    expect(await place(stage)).toMatchObject({
      kind: "refused",
      reason: {
        code: "REQUIRED_FIELD",
        message:
          "Обязательное поле заказа «Город» нечем заполнить: снимите с него обязательность в МоёмСкладе или задайте значение в настройке defaults",
      },
    });
    stage.configure({ defaults: { Город: "Москва" } });
    expect(await place(stage)).toMatchObject({ kind: "placed" });
    expect(Object.values(stage.control.orders()[0]?.attributes ?? {})).toContain("Москва");
  });

  it("being one of ours, takes its default only where the lead says nothing", async () => {
    const stage = await connected({ settings: { defaults: { Источник: "не известен" } } });
    stage.control.requireAttribute("Источник");
    const { source: _, ...sourceless } = call({ id: 2 });
    await place(stage, call());
    await place(stage, sourceless);
    const values = stage.control.orders().flatMap(({ attributes }) => Object.values(attributes));
    expect(values.filter((value) => value === "yandex")).toHaveLength(1);
    expect(values.filter((value) => value === "не известен")).toHaveLength(1);
  });
});

describe("what the merchant has deleted", () => {
  it("a field is left out, and the order is made", async () => {
    const stage = await connected();
    const source = stage.control.attributes().find(({ name }) => name === "Источник");
    stage.control.removeAttribute(source?.id ?? "");
    expect(await place(stage)).toMatchObject({ kind: "placed" });
    expect(Object.values(stage.control.orders()[0]?.attributes ?? {})).toContain("cpc");
  });

  it.each([2013, 11001] as const)("a chosen state (%d) gives way to the first one", async (deadStateCode) => {
    const stage = createStage({ knobs: { deadStateCode } });
    const chosen = stage.states.Подтвержден;
    stage.configure({ initialState: chosen });
    stage.done(await setup(stage.context(), HOOK_URL));
    stage.advance(60_000);
    stage.control.removeState(chosen);
    expect(await place(stage)).toMatchObject({ kind: "placed" });
    expect(stage.control.orders()).toMatchObject([{ stateId: stage.states.Новый }]);
  });

  it("a chosen organization stops the order, for no other may be taken", async () => {
    const stage = await connected({ settings: { organization: "00000000-0000-4000-8000-000000000001" } });
    expect(await place(stage)).toMatchObject({ kind: "refused", reason: { code: "STALE_SETTINGS" } });
  });
});

describe("the settings of new orders", () => {
  it("of several organizations none is taken at random", async () => {
    const stage = createStage();
    const second = stage.control.addOrganization({ name: "ИП Иванов" });
    expect(await place(stage)).toMatchObject({ kind: "refused", reason: { code: "ORGANIZATION" } });
    stage.configure({ organization: second });
    expect(await place(stage)).toMatchObject({ kind: "placed" });
    expect(stage.control.orders()).toMatchObject([{ organizationId: second }]);
  });

  it("those chosen after a setup hold from the next order on", async () => {
    const stage = await connected();
    stage.configure({ initialState: stage.states.Подтвержден, defaults: { utm_content: "нет" } });
    const result = await place(stage);
    expect(result.kind === "placed" && document.parse(result.documents[0]).isInitialState).toBe(true);
    const [order] = stage.control.orders();
    expect(order).toMatchObject({ stateId: stage.states.Подтвержден });
    expect(Object.values(order?.attributes ?? {})).toContain("нет");
    stage.control.clearRequests();
    await place(stage, call({ id: 2 }));
    expect(stage.control.requests().filter(({ path }) => path.includes("metadata"))).toEqual([]);
  });

  it("the chosen state and the chosen kind of counterparty are taken", async () => {
    const stage = createStage();
    stage.configure({ initialState: stage.states.Подтвержден, companyType: "legal" });
    const result = await place(stage);
    expect(result.kind === "placed" && document.parse(result.documents[0]).isInitialState).toBe(true);
    expect(stage.control.orders()).toMatchObject([{ stateId: stage.states.Подтвержден }]);
    expect(stage.control.counterparties()).toMatchObject([{ companyType: "legal" }]);
  });
});

describe("a refusal", () => {
  it("because of a closed period is answered by leaving the date out", async () => {
    const stage = await connected();
    stage.control.fault({ kind: "status", status: 412, code: 17009, method: "POST", path: "/entity/customerorder" });
    expect(await place(stage)).toMatchObject({ kind: "placed" });
  });

  it.each([
    [3006, "NOT_UNIQUE"],
    [3040, "REFUSED"],
  ])("with code %d is told as %s, and the same lead may be placed later", async (code, reason) => {
    const stage = await connected();
    stage.control.fault({ kind: "status", status: 412, code, method: "POST", path: "/entity/customerorder" });
    expect(await place(stage)).toMatchObject({ kind: "refused", reason: { code: reason } });
    expect(await place(stage)).toMatchObject({ kind: "placed" });
    expect(stage.control.orders()).toHaveLength(1);
  });

  it("because somebody was faster is tried once more", async () => {
    const stage = await connected();
    stage.control.fault({ kind: "conflict", method: "POST", path: "/entity/customerorder" });
    expect(await place(stage)).toMatchObject({ kind: "placed" });
  });

  it("to fill in a contact does not stop the order", async () => {
    const stage = await connected();
    stage.control.addCounterparty({ name: "Мария", phone: "79991234567" });
    stage.control.fault({ kind: "status", status: 403, code: 1016, method: "PUT" });
    expect(await place(stage, request())).toMatchObject({ kind: "placed" });
  });

  it("of the token in the middle of the work loses nothing", async () => {
    const stage = await connected();
    stage.control.fault({ kind: "revokeToken", skip: 3 });
    const halted = await placeLead(call(), stage.context());
    expect(halted).toMatchObject({ kind: "halted", reason: { code: "TOKEN" } });
    stage.control.updateAccount(stage.context().settings.token ?? "", { tokenRevoked: false });
    expect(await place(stage)).toMatchObject({ kind: "placed" });
    expect(stage.control.orders()).toHaveLength(1);
  });
});

describe("attached to the client's open order", () => {
  const attach = { settings: { attachToOpenOrder: true } };
  const notesOf = async (stage: Stage, id: string) => {
    const answer = await stage.ask("GET", `/entity/customerorder/${id}/notes`);
    return JSON.stringify(answer);
  };

  it("a lead makes no order of its own but a note, once", async () => {
    const stage = await connected(attach);
    const first = await place(stage);
    const second = await place(stage, call({ id: 2 }));
    await place(stage, call({ id: 2 }));
    expect(stage.control.orders()).toHaveLength(1);
    expect(second).toMatchObject({ kind: "placed", guid: first.kind === "placed" && first.guid });
    const notes = await notesOf(stage, stage.control.orders()[0]?.id ?? "");
    expect(notes.split("[ct:call:2]")).toHaveLength(2);
    expect(notes).not.toContain("[ct:call:700112233]");
  });

  it("an order made by hand is told of as one a lead came to", async () => {
    const stage = await connected(attach);
    const agentId = stage.control.addCounterparty({ name: "Мария", phone: "8-999-123-45-67" });
    const orderId = stage.control.addOrder({ agentId, sum: 150_000 });
    const result = await place(stage);
    expect(result).toMatchObject({ kind: "placed", guid: orderId });
    const [sent] = result.kind === "placed" ? result.documents : [];
    expect(document.parse(sent)).toMatchObject({ leadAt: call().at, isInitialState: false, sum: 150_000 });
  });

  it("a closed order, and that of an unknown caller, take nothing more", async () => {
    const stage = await connected(attach);
    await place(stage);
    stage.control.changeOrder(stage.control.orders()[0]?.id ?? "", { stateId: stage.states.Выполнен });
    await place(stage, call({ id: 2 }));
    expect(stage.control.orders()).toHaveLength(2);
    const { phone: _, ...hidden } = call();
    await place(stage, { ...hidden, id: 3 });
    await place(stage, { ...hidden, id: 4 });
    expect(stage.control.orders()).toHaveLength(4);
  });

  it("crashed at any request and placed again, it is one order and one note", async () => {
    let crashes = 0;
    for (let skip = 1; skip < 20; skip += 1) {
      const stage = await connected(attach);
      const agentId = stage.control.addCounterparty({ name: "Мария", phone: "89991234567" });
      const orderId = stage.control.addOrder({ agentId });
      stage.control.fault({ kind: "resetAfterCommit", skip });
      const first = await placeLead(call(), stage.context());
      if (first.kind === "done") break;
      crashes += 1;
      await place(stage);
      expect(stage.control.orders()).toHaveLength(1);
      expect((await notesOf(stage, orderId)).split("[ct:call:700112233]")).toHaveLength(2);
    }
    expect(crashes).toBeGreaterThanOrEqual(4);
  });
});
