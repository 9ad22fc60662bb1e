import { describe, expect, it } from "vitest";
import { BASE, createScene, inside, pluck, stateRef } from "./scene.ts";

const PEOPLE = "/entity/counterparty";
const ORDERS = "/entity/customerorder";

function setup(knobs: Parameters<typeof createScene>[0] = {}) {
  const scene = createScene(knobs);
  const { control } = scene;
  const ivan = control.addCounterparty({ name: "Иван", phone: "8 (999) 123-45-67", email: "Ivan@example.ru" });
  const petr = control.addCounterparty({ name: "Пётр", phone: "+79990000001" });
  control.addCounterparty({ name: "a;b", phone: "+7-999-123-45-67 доб. 5" });
  control.addCounterparty({ name: "Архив", phone: "+79991234567", archived: true });
  control.addCounterparty({
    name: "Фирма",
    contactpersons: [{ name: "Анна", phone: "89991234567", email: "anna@x.ru" }],
  });
  const names = async (query: Record<string, string>) =>
    pluck((await scene.get(PEOPLE, query)).rows, "name").toSorted();
  return { ...scene, ivan, petr, names };
}

describe("filters", () => {
  it.each([
    ["phone=+79990000001", ["Пётр"]],
    ["phone=79990000001", []],
    ["phone=+79990000001;phone=8 (999) 123-45-67", ["Иван", "Пётр"]],
    ["name!=Иван;name!=Пётр", ["a;b", "Фирма"]],
    ["name=a\\;b", ["a;b"]],
    ["name~ИВА", ["Иван"]],
    ["name~=пё", ["Пётр"]],
    ["name=~рма", ["Фирма"]],
    ["email=", ["a;b", "Пётр", "Фирма"]],
    ["email!=", ["Иван"]],
    ["email=ivan@example.ru", []],
    ["archived=true", ["Архив"]],
    ["archived=true;archived=false;phone~=+7", ["a;b", "Архив", "Пётр"]],
    ["name=Иван;phone=+79990000001", []],
    ["updated>=2026-11-22 12:00", ["a;b", "Иван", "Пётр", "Фирма"]],
    ["updated>2026-11-22 12:00:00", []],
    ["updated>=2026-11-22 12:00:00.001", []],
  ])("%s finds %j", async (filter, found) => {
    expect(await setup().names({ filter })).toEqual(found.toSorted());
  });

  it.each([
    ["nothing=1", 1034],
    ["contactpersons=1", 1034],
    ["name", 1034],
    ["created=2026-11-22T12:00:00", 1035],
    ["created=2026-11-22", 1035],
    ["created>=2026-11-22 12:00:00;created=2026-11-22 12:00:00", 1034],
    ["name>a", 1034],
    ["created~2026", 1034],
    ["archived=yes", 1014],
    ["id=7", 1014],
    ["owner=https://forged.example/entity/employee/00000000-0000-0000-0a80-000000000001", 1059],
  ])("%s is refused with %d", async (filter, code) => {
    expect((await setup().get(PEOPLE, { filter })).codes).toEqual([code]);
  });

  it("reads a plus that was not encoded as a space", async () => {
    const { send } = setup();
    expect((await send("GET", `${PEOPLE}?filter=phone=+79990000001`)).rows).toEqual([]);
    expect((await send("GET", `${PEOPLE}?filter=phone=%2B79990000001`)).rows).toHaveLength(1);
  });

  it("finds orders by reference, state name, custom field and id", async () => {
    const { control, get, ivan, petr } = setup();
    const field = control.requireAttribute("Источник");
    const one = control.addOrder({ agentId: ivan });
    const two = control.addOrder({ agentId: petr, stateId: control.states()[3]?.id ?? "" });
    control.changeOrder(two, { attributes: { Источник: "yandex" } });
    const ids = async (filter: string) => pluck((await get(ORDERS, { filter })).rows, "id");
    expect(await ids(`agent=${BASE}/entity/counterparty/${ivan}`)).toEqual([one]);
    expect(await ids("state.name=Выполнен")).toEqual([two]);
    expect(await ids(`state=${stateRef(control.states()[0]?.id ?? "").meta.href}`)).toEqual([one]);
    expect(await ids(`${BASE}/entity/customerorder/metadata/attributes/${field}=yandex`)).toEqual([two]);
    expect(await ids(`${BASE}/entity/customerorder/metadata/attributes/${field}=`)).toEqual([one]);
    expect((await ids(`id=${one};id=${two}`)).toSorted()).toEqual([one, two].toSorted());
  });
});

describe("search", () => {
  it("finds phones only as they were typed, contact persons' too", async () => {
    const { names } = setup();
    expect(await names({ search: "9991234567" })).toEqual(["Фирма"]);
    expect(await names({ search: "123-45-67" })).toEqual(["a;b", "Иван"].toSorted());
    expect(await names({ search: "IVAN@" })).toEqual(["Иван"]);
  });

  it("or, by the knob, by their digits", async () => {
    const { names } = setup({ phoneSearch: "digits" });
    expect(await names({ search: "9991234567" })).toEqual(["a;b", "Иван", "Фирма"].toSorted());
    expect(await names({ search: "79991234567" })).toEqual(["a;b", "Иван", "Фирма"].toSorted());
  });
});

describe("pages", () => {
  it("are cut by limit and offset, and tell the whole size and the next page", async () => {
    const { get } = setup();
    const page = await get(PEOPLE, { limit: "2", offset: "1", order: "name,asc" });
    expect(pluck(page.rows, "name")).toEqual(["Иван", "Пётр"]);
    expect(page.at("meta")).toMatchObject({ size: 4, limit: 2, offset: 1 });
    expect(page.at("meta", "nextHref")).toMatch(/^https:\/\/api\.moysklad\.ru.*offset=3/);
    expect(page.at("context", "employee", "meta", "type")).toBe("employee");
  });

  it.each([
    [{ limit: "0" }, 1040],
    [{ limit: "1001" }, 1040],
    [{ offset: "-1" }, 1040],
    [{ order: "legalTitle,asc" }, 1063],
    [{ order: "name,up" }, 1063],
  ])("refuse %j with %d", async (query, code) => {
    expect((await setup().get(PEOPLE, query)).codes).toEqual([code]);
  });

  it("sort by several fields", async () => {
    const { control, get, ivan, clock } = setup();
    const first = control.addOrder({ agentId: ivan, name: "2" });
    clock.now += 1;
    const second = control.addOrder({ agentId: ivan, name: "1" });
    expect(pluck((await get(ORDERS, { order: "updated,asc;id,asc" })).rows, "id")).toEqual([first, second]);
    expect(pluck((await get(ORDERS, { order: "updated,desc" })).rows, "id")).toEqual([second, first]);
  });

  it("forget expand without a limit, and with one above 100", async () => {
    const { control, get, ivan } = setup();
    const id = control.addOrder({ agentId: ivan });
    const nameOfAgent = async (query: Record<string, string>) =>
      inside(inside((await get(ORDERS, { expand: "agent,state", ...query })).rows[0], "agent"), "name");
    expect(await nameOfAgent({})).toBeUndefined();
    expect(await nameOfAgent({ limit: "101" })).toBeUndefined();
    expect(await nameOfAgent({ limit: "100" })).toBe("Иван");
    expect((await get(`${ORDERS}/${id}`, { expand: "state,agent.owner" })).json).toMatchObject({
      state: { name: "Новый", stateType: "Regular" },
      agent: { owner: { uid: "admin@shop" } },
    });
  });
});

describe("metadata", () => {
  it("lists the states, and the custom fields as a collection or an array", async () => {
    const { control, get } = setup();
    control.requireAttribute("Источник");
    const meta = await get(`${ORDERS}/metadata`);
    expect(pluck(Object(meta.at("states")), "name")).toEqual([
      "Новый",
      "Подтвержден",
      "Отгружен",
      "Выполнен",
      "Отменен",
    ]);
    expect(meta.at("attributes", "meta", "size")).toBe(1);
    expect((await get(`${ORDERS}/metadata`, { expand: "attributes" })).at("attributes", "rows", 0, "name")).toBe(
      "Источник",
    );
    control.setKnobs({ attributesShape: "array" });
    expect((await get(`${ORDERS}/metadata`)).at("attributes", 0, "name")).toBe("Источник");
    expect((await get(`${ORDERS}/metadata/attributes`)).at("rows", 0, "required")).toBe(true);
  });

  it("lets administrators make custom fields, each name once", async () => {
    const { post, control } = setup();
    const path = `${ORDERS}/metadata/attributes`;
    const made = await post(path, [{ name: "Теги", type: "text", description: "calltouch:tags" }]);
    expect(made.at(0)).toMatchObject({ name: "Теги", type: "text", required: false, show: true });
    expect((await post(path, { name: "Теги", type: "string" })).status).toBe(412);
    expect((await post(path, { name: "Другое", type: "colour" })).codes).toEqual([3005]);
    control.updateAccount("token-1", { isAdmin: false });
    const refused = await post(path, { name: "Источник", type: "string" });
    expect([refused.status, refused.codes]).toEqual([403, [14010]]);
  });

  it("shows one state, and forgets a deleted one", async () => {
    const { control, get, ivan } = setup();
    const id = control.states()[1]?.id ?? "";
    const order = control.addOrder({ agentId: ivan, stateId: id });
    expect((await get(`${ORDERS}/metadata/states/${id}`)).at("name")).toBe("Подтвержден");
    control.removeState(id);
    expect((await get(`${ORDERS}/metadata/states/${id}`)).status).toBe(404);
    expect((await get(`${ORDERS}/${order}`)).at("state")).toBeUndefined();
  });
});
