import { describe, expect, it } from "vitest";
import { attributeRef, BASE, createScene, inside, pluck, ref, stateRef } from "./scene.ts";

const SYNC_ID = "3d0f0c5a-1b5e-5111-8a80-0f3d001c3e2a";
const DEAD_ID = "ffffffff-0000-0000-0a80-000000000000";

function setup(knobs: Parameters<typeof createScene>[0] = {}, account: object = {}) {
  const scene = createScene(knobs, account);
  const agentId = scene.control.addCounterparty({ name: "Иван" });
  const parties = { organization: ref("organization", scene.organizationId), agent: ref("counterparty", agentId) };
  const order = (change: object = {}) => scene.post("/entity/customerorder", { ...parties, ...change });
  return { ...scene, agentId, parties, order };
}

describe("creating a counterparty", () => {
  it("answers it with defaults, dates in Moscow time with milliseconds, and only what is filled", async () => {
    const { post, clock, control } = createScene();
    clock.now += 120;
    const { status, json } = await post("/entity/counterparty", { name: "Звонок", phone: "+79991234567", email: "" });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      accountId: control.accountId,
      name: "Звонок",
      phone: "+79991234567",
      companyType: "legal",
      archived: false,
      shared: false,
      created: "2026-11-22 12:00:00.120",
      updated: "2026-11-22 12:00:00.120",
      contactpersons: { meta: { size: 0 } },
      owner: { meta: { type: "employee" } },
      salesAmount: 0,
    });
    expect(Object.keys(Object(json))).not.toContain("email");
    expect(inside(json, "externalCode")).toHaveLength(22);
    expect(inside(inside(json, "meta"), "href")).toBe(`${BASE}/entity/counterparty/${inside(json, "id")}`);
  });

  it("keeps phones exactly as they were typed", async () => {
    const phone = "8 (999) 123-45-67, +7-999-765-43-21 доб. 5";
    const answer = await createScene().post("/entity/counterparty", { name: "Иван", phone });
    expect(answer.at("phone")).toBe(phone);
  });

  it.each([
    [{}, 412, 3000, "name"],
    [{ name: "" }, 412, 3000, "name"],
    [{ name: 7 }, 400, 2016, "name"],
    [{ name: null }, 400, 2016, "name"],
    [{ name: "x".repeat(256) }, 412, 3040, "name"],
    [{ name: "x", email: "no e-mail" }, 412, 3015, "email"],
    [{ name: "x", companyType: "person" }, 412, 3005, "companyType"],
    [{ name: "x", tags: ["x".repeat(256)] }, 412, 3051, undefined],
    [{ name: "x", syncId: "7" }, 412, 1052, "syncId"],
    [{ name: "x", phnoe: "7" }, 400, 1007, "phnoe"],
  ])("refuses %j with %d and code %d", async (body, status, code, parameter) => {
    const answer = await createScene().post("/entity/counterparty", body);
    expect([answer.status, answer.codes]).toEqual([status, [code]]);
    if (parameter !== undefined) expect(answer.at("errors", 0, "parameter")).toBe(parameter);
  });

  it("ignores read-only fields, and unknown ones when told to", async () => {
    const body = { name: "Иван", id: DEAD_ID, created: "2020-01-01 00:00:00", salesAmount: 5, unknown: 1 };
    const answer = await createScene({ unknownFields: "ignore" }).post("/entity/counterparty", body);
    expect([answer.status, answer.at("salesAmount")]).toEqual([200, 0]);
    expect([answer.at("created"), answer.at("id") === DEAD_ID]).toEqual(["2026-11-22 12:00:00.000", false]);
  });
});

describe("creating an order", () => {
  it("numbers it, dates it to the full minute and puts it into the first state", async () => {
    const { order, clock } = setup();
    clock.now += 61_500;
    const first = await order();
    expect(first.json).toMatchObject({ name: "00001", moment: "2026-11-22 12:01:00.000", applicable: true, sum: 0 });
    expect((await order()).at("name")).toBe("00002");
    expect((await order({ moment: "2026-11-22 12:29:45" })).at("moment")).toBe("2026-11-22 12:29:00.000");
  });

  it("adds up its positions with discount and VAT", async () => {
    const { order, parties, get } = setup();
    const product = await get("/entity/product");
    const assortment = ref("product", String(product.at("rows", 0, "id")));
    const positions = [
      { quantity: 2, price: 10_000, discount: 10, assortment },
      { quantity: 1, price: 10_000, vat: 20, assortment },
    ];
    expect((await order({ positions })).at("sum")).toBe(28_000);
    const onTop = await order({ ...parties, positions, vatEnabled: true, vatIncluded: false });
    expect([onTop.at("sum"), onTop.at("vatSum")]).toEqual([30_000, 2_000]);
  });

  it.each([
    ["organization", undefined, 412, 3000],
    ["agent", undefined, 412, 3000],
    ["agent", "", 400, 2016],
    ["agent", { meta: {} }, 400, 2010],
    ["agent", { meta: { href: `${BASE}/entity/counterparty/${DEAD_ID}` } }, 400, 2011],
    ["agent", ref("counterparty", DEAD_ID, `/entity/organization/${DEAD_ID}`), 400, 2024],
    ["agent", ref("employee", DEAD_ID), 400, 2024],
    ["agent", ref("counterparty", DEAD_ID), 400, 2013],
    ["state", stateRef(DEAD_ID), 400, 2013],
    ["moment", "2026-11-22T12:00:00Z", 412, 1035],
    ["moment", "2026-02-31 12:00:00", 412, 1035],
    ["organizationAccount", ref("account", DEAD_ID), 412, 17000],
    ["agentAccount", ref("account", DEAD_ID), 412, 17001],
  ])("refuses %s %j with %d and code %d", async (name, value, status, code) => {
    const answer = await setup().order({ [name]: value });
    expect([answer.status, answer.codes]).toEqual([status, [code]]);
  });

  it("refuses hrefs of another server with 1059", async () => {
    const agent = { meta: { href: `https://forged.example/entity/counterparty/${DEAD_ID}`, type: "counterparty" } };
    expect((await setup().order({ agent })).codes).toEqual([1059]);
  });

  it("refuses a state of another entity with 11002", async () => {
    const { order, control } = setup();
    const id = control.addState({ name: "VIP", entityType: "counterparty" });
    expect((await order({ state: stateRef(id, "counterparty") })).codes).toEqual([11002]);
    expect((await order({ state: stateRef(id) })).codes).toEqual([11002]);
  });

  it("refuses a taken number with 3006 when numbers are unique", async () => {
    const { order } = setup({ uniqueNumbers: true });
    await order({ name: "7" });
    expect((await order({ name: "7" })).codes).toEqual([3006]);
    expect((await setup().order({ name: "7" })).status).toBe(200);
  });

  it("names every problem of the body at once", async () => {
    const answer = await setup().order({ agent: "", moment: "today" });
    expect(answer.codes).toEqual([2016, 1035]);
  });

  it("asks for a required custom field by its name, with a place in the body", async () => {
    const { order, control } = setup();
    control.requireAttribute("Откуда");
    const answer = await order();
    expect([answer.status, answer.codes]).toEqual([412, [3000]]);
    expect(answer.at("errors", 0)).toMatchObject({ parameter: "Откуда", line: 1 });
  });
});

describe("syncId", () => {
  it("makes a repeated POST answer the first entity unchanged", async () => {
    const { order, control } = setup();
    const first = await order({ syncId: SYNC_ID });
    const again = await order({ syncId: SYNC_ID, description: "other" });
    expect([again.status, again.at("id"), again.at("description")]).toEqual([200, first.at("id"), undefined]);
    expect(control.orders()).toHaveLength(1);
  });

  it("or, by the knob, applies the other fields, still to the same entity", async () => {
    const { order, control } = setup({ syncIdRepeat: "update" });
    await order({ syncId: SYNC_ID });
    expect((await order({ syncId: SYNC_ID, description: "other" })).at("description")).toBe("other");
    expect(control.orders()).toHaveLength(1);
  });

  it("is refused in an update with 1047, and belongs to one type", async () => {
    const { order, put, post } = setup();
    const created = await order({ syncId: SYNC_ID });
    const answer = await put(`/entity/customerorder/${created.at("id")}`, { syncId: SYNC_ID });
    expect([answer.status, answer.codes]).toEqual([412, [1047]]);
    expect((await post("/entity/counterparty", { name: "x", syncId: SYNC_ID })).at("name")).toBe("x");
  });
});

describe("changing", () => {
  it("touches only what is named, clears with null, and always bumps updated", async () => {
    const { order, put, clock, control } = setup();
    const id = String((await order({ description: "first" })).at("id"));
    clock.now += 1_000;
    const states = control.states();
    const changed = await put(`/entity/customerorder/${id}`, { state: stateRef(String(states[1]?.id)) });
    expect([changed.at("description"), changed.at("updated")]).toEqual(["first", "2026-11-22 12:00:01.000"]);
    expect(control.orders()[0]?.stateName).toBe("Подтвержден");
    clock.now += 1_000;
    const cleared = await put(`/entity/customerorder/${id}`, { state: null, description: "" });
    expect([cleared.at("state"), cleared.at("description")]).toEqual([undefined, undefined]);
    clock.now += 1_000;
    expect((await put(`/entity/customerorder/${id}`, {})).at("updated")).toBe("2026-11-22 12:00:03.000");
  });

  it("refuses to clear what is required", async () => {
    const { order, put } = setup();
    const id = (await order()).at("id");
    expect((await put(`/entity/customerorder/${id}`, { agent: null })).codes).toEqual([3000]);
  });

  it("merges custom fields by id and clears one with null", async () => {
    const { order, put, post, control } = setup();
    const made = await post("/entity/customerorder/metadata/attributes", [
      { name: "Источник", type: "string" },
      { name: "Теги", type: "text" },
    ]);
    const [source, tags] = pluck(Array.isArray(made.json) ? made.json : [], "id").map((id) => attributeRef(String(id)));
    const attributes = [
      { ...source, value: "yandex" },
      { ...tags, value: "a|b" },
    ];
    const id = (await order({ attributes })).at("id");
    const changed = await put(`/entity/customerorder/${id}`, { attributes: [{ ...source, value: null }] });
    expect(changed.at("attributes")).toMatchObject([{ name: "Теги", type: "text", value: "a|b" }]);
    expect(control.orders()[0]?.attributes).toEqual({ Теги: "a|b" });
  });

  it.each([
    ["no value", {}, 14009],
    ["a number in a text", { value: 7 }, 2016],
    ["a text of 256 characters", { value: "x".repeat(256) }, 3040],
  ])("refuses a custom field with %s", async (_name, change, code) => {
    const { order, control } = setup();
    const id = control.requireAttribute("Источник");
    expect((await order({ attributes: [{ ...attributeRef(id), ...change }] })).codes).toEqual([code]);
  });

  it("refuses a custom field that is gone with 14003 and another entity's with 14000", async () => {
    const { order, post, control } = setup();
    const gone = control.requireAttribute("Источник");
    control.removeAttribute(gone);
    expect((await order({ attributes: [{ ...attributeRef(gone), value: "x" }] })).codes).toEqual([14003]);
    const made = await post("/entity/counterparty/metadata/attributes", { name: "Пол", type: "string" });
    const foreign = attributeRef(String(made.at("id")));
    expect((await order({ attributes: [{ ...foreign, value: "x" }] })).codes).toEqual([14000]);
  });
});

describe("arrays", () => {
  it("succeed and fail item by item, in the order of the request", async () => {
    const { post, control } = setup();
    const answer = await post("/entity/counterparty", [{ name: "A" }, {}, { name: "B", email: "x" }]);
    expect(answer.status).toBe(412);
    expect([answer.at(0, "name"), answer.at(1, "errors", 0, "code"), answer.at(2, "errors", 0, "code")]).toEqual([
      "A",
      3000,
      3015,
    ]);
    expect(control.counterparties().map(({ name }) => name)).toEqual(["Иван", "A"]);
    expect((await setup({ bulkFailure: "ok" }).post("/entity/counterparty", [{}])).status).toBe(200);
  });

  it("update the items that carry a meta", async () => {
    const { post, agentId, control } = setup();
    const answer = await post("/entity/counterparty", [{ ...ref("counterparty", agentId), name: "Пётр" }]);
    expect([answer.status, answer.at(0, "id")]).toEqual([200, agentId]);
    expect(control.counterparties().map(({ name }) => name)).toEqual(["Пётр"]);
  });

  it("end at a thousand items", async () => {
    const answer = await setup().post(
      "/entity/counterparty",
      Array.from({ length: 1_001 }, () => ({ name: "x" })),
    );
    expect([answer.status, answer.codes]).toEqual([413, [2007]]);
  });
});

describe("removing", () => {
  it("refuses what something else needs with 409 and 1028, and answers nothing when it is done", async () => {
    const { send, order, agentId } = setup();
    const id = (await order()).at("id");
    const needed = await send("DELETE", `/entity/counterparty/${agentId}`);
    expect([needed.status, needed.codes]).toEqual([409, [1028]]);
    const removed = await send("DELETE", `/entity/customerorder/${id}`);
    expect([removed.status, removed.text]).toEqual([200, ""]);
    expect((await send("DELETE", `/entity/counterparty/${agentId}`)).status).toBe(200);
  });

  it("moves a document to the recycle bin and back, bumping updated both times", async () => {
    const { post, order, get, control, clock } = setup();
    const id = String((await order()).at("id"));
    clock.now += 1_000;
    expect((await post(`/entity/customerorder/${id}/trash`, undefined)).status).toBe(200);
    expect((await get("/entity/customerorder")).rows).toEqual([]);
    const trashed = await get("/entity/customerorder", { filter: "isDeleted=true;updated>=2026-11-22 12:00:01" });
    expect(pluck(trashed.rows, "deleted")).toEqual(["2026-11-22 12:00:01.000"]);
    clock.now += 1_000;
    control.restoreOrder(id);
    expect((await get("/entity/customerorder")).at("rows", 0, "updated")).toBe("2026-11-22 12:00:02.000");
  });

  it("deletes several at once", async () => {
    const { post, order } = setup();
    const id = String((await order()).at("id"));
    const answer = await post("/entity/customerorder/delete", [
      ref("customerorder", id),
      ref("customerorder", DEAD_ID),
    ]);
    expect([typeof answer.at(0, "info"), answer.at(1, "errors", 0, "code")]).toEqual(["string", 1021]);
  });
});
