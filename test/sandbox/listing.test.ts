import { describe, expect, it } from "vitest";
import { callContact, createScene, HOUR_MS, NOON, order, type Scene, SITE } from "./scene.ts";

const DAY = { dateFrom: "14/05/2025", dateTo: "15/05/2025" };
const numbers = (records: Record<string, unknown>[]) => records.map((record) => record["orderNumber"]);

/** A deal linked to a call, one to a request and one to nobody. */
async function createDeals(scene: Scene) {
  const { control } = scene.sandbox;
  const session = { source: "yandex", medium: "cpc", utmSource: "ya", utmCampaign: "75344406", keyword: "масло" };
  control.addLead({ siteId: SITE, kind: "call", id: 104000, at: NOON - HOUR_MS, phones: ["79157771122"], session });
  control.addLead({
    siteId: SITE,
    kind: "request",
    id: 105000,
    at: NOON - HOUR_MS,
    phones: ["79000000001"],
    session: null,
  });
  await scene.create(
    order("call", {
      matching: [callContact()],
      revenue: "1760.50",
      funnel: "Магазин",
      manager: "Петров",
      orderName: "Заказ 1",
      addTags: [{ tag: "a" }, { tag: "b" }],
      comment: { text: "note" },
      customFields: [
        { field: "grossprofit", value: "1003" },
        { field: "empty", value: "" },
      ],
      orderContacts: { mainContacts: { fio: "Иванов Иван", phoneNumber: "8 (903) 123-45-67" } },
    }),
    order("request", { matching: [{ type: "request", requestParams: { requestId: 105000 } }] }),
    order("custom"),
    order("none", { matching: [{ type: "withoutSource" }] }),
  );
}

describe("a listed deal", () => {
  it("carries its fields, its call and its visit", async () => {
    const scene = createScene();
    await createDeals(scene);
    const { records } = await scene.list({
      orderNumber: "call",
      withOrdersTags: "true",
      withComments: "true",
      withContacts: "true",
    });
    expect(records).toEqual([
      {
        orderId: 7071678,
        orderNumber: "call",
        orderName: "Заказ 1",
        orderDate: "14/05/2025 11:00:00",
        createdDate: "14/05/2025",
        updatedDate: "14/05/2025 12:00:00",
        completedDate: null,
        orderStatus: "Запись",
        plannedAmount: 1760.5,
        completedAmount: null,
        funnel: "Магазин",
        manager: "Петров",
        service: "CRM",
        isDeleted: false,
        orderOrigin: "API",
        client: { fio: "Иванов Иван", phones: "79031234567" },
        orderSource: {
          type: "CALL",
          callId: 104000,
          phoneNumber: "74991121187",
          ani: "79157771122",
          duration: 60,
          dateCall: "14/05/2025 11:00:00",
        },
        tags: ["a", "b"],
        comments: [{ text: "note" }],
        contacts: { mainContacts: { fio: "Иванов Иван", phoneNumber: "8 (903) 123-45-67" } },
        visit: {
          source: "yandex",
          medium: "cpc",
          utmSource: "ya",
          utmMedium: "",
          utmCampaign: "75344406",
          utmContent: "",
          utmTerm: "",
          keyword: "масло",
          additionalTags: [],
          visitDate: "14/05/2025 11:00:00",
        },
        custom: { grossprofit: 1003 },
      },
    ]);
  });

  it("has no tags, comments or contacts unasked, and null for no tags", async () => {
    const scene = createScene();
    await createDeals(scene);
    const [plain] = (await scene.list({ orderNumber: "custom" })).records;
    expect(Object.keys(plain ?? {})).not.toContain("tags");
    expect(Object.keys(plain ?? {})).not.toContain("comments");
    expect(Object.keys(plain ?? {})).not.toContain("contacts");
    expect(Object.keys(plain ?? {})).not.toContain("custom");
    expect((await scene.list({ orderNumber: "custom", withOrdersTags: "true" })).records).toMatchObject([
      { tags: null },
    ]);
  });

  it("shows a custom source as its visit, and none for a lead without a session or no lead", async () => {
    const scene = createScene();
    await createDeals(scene);
    const visits = async () => (await scene.list(DAY)).records.map((record) => record["visit"]);
    expect(await visits()).toMatchObject([
      { source: "yandex" },
      null,
      { source: "офлайн-визит", medium: "офлайн-визит", utmCampaign: "офлайн-визит" },
      null,
    ]);
    scene.sandbox.control.setKnobs({ visitNullStyle: "objectOfNulls" });
    expect((await visits())[3]).toMatchObject({ source: null, medium: null, additionalTags: [] });
  });

  it("writes phones and tags in either style, phones of the lead when the deal has none", async () => {
    const scene = createScene({ phonesStyle: "array", tagsStyle: "groups" });
    await createDeals(scene);
    const { records } = await scene.list({ ...DAY, withOrdersTags: "true" });
    expect(records).toMatchObject([
      { client: { phones: ["79031234567"] }, tags: [{ names: ["a", "b"] }] },
      { client: { phones: ["79000000001"] }, orderSource: { type: "REQUEST", requestNumber: "105000" } },
      { client: { phones: [] }, orderSource: null },
      {},
    ]);
  });
});

describe("the filters of the listing", () => {
  it.each<[Record<string, string>, string[]]>([
    [DAY, ["call", "request", "custom", "none"]],
    [{ orderNumber: "request" }, ["request"]],
    [{ orderNumber: "nobody" }, []],
    [{ "phoneNumber.value": "+7 (903) 123-45-67" }, ["call"]],
    [{ "phoneNumber.value": "79000000001" }, ["request"]],
    [{ ...DAY, orderSource: "CALL" }, ["call"]],
    [{ ...DAY, orderSource: "REQUEST" }, ["request"]],
    [{ ...DAY, orderSource: "CHAT" }, []],
    [{ ...DAY, manager: "Петров" }, ["call"]],
    [{ ...DAY, manager: "Петр" }, []],
    [{ ...DAY, service: "CRM" }, ["call", "request", "custom", "none"]],
    [{ ...DAY, service: "crm" }, []],
    [{ ...DAY, bindTo: "SESSION" }, ["call", "request", "custom", "none"]],
  ])("%j give %j", async (query, found) => {
    const scene = createScene();
    await createDeals(scene);
    expect(numbers((await scene.list(query)).records)).toEqual(found);
  });

  it("find a deal by Calltouch's id when orderNumber means that", async () => {
    const scene = createScene({ listingOrderNumber: "calltouch" });
    await createDeals(scene);
    expect((await scene.list({ orderNumber: "call" })).records).toEqual([]);
    expect(numbers((await scene.list({ orderNumber: "7071679" })).records)).toEqual(["request"]);
  });

  it("go by the order date in the site's zone, both days included", async () => {
    const scene = createScene({ futureDates: "accept" });
    const dates = ["13-05-2025 23:59:59", "14-05-2025 00:00:00", "15-05-2025 23:59:59", "16-05-2025 00:00:00"];
    await scene.create(...dates.map((orderDate) => order(orderDate, { orderDate })));
    expect(numbers((await scene.list(DAY)).records)).toEqual(dates.slice(1, 3));
    expect(numbers((await scene.list({ ...DAY, timeFrom: "00:00:01", timeTo: "23:59:58" })).records)).toEqual([]);
    expect(numbers((await scene.list({ ...DAY, timeTo: "23:59:59" })).records)).toEqual(dates.slice(1, 3));
    scene.sandbox.control.setKnobs({ dateToInclusive: false });
    expect(numbers((await scene.list(DAY)).records)).toEqual(dates.slice(1, 2));
  });

  it("hide deals made by hand or by another CRM until all origins are asked for", async () => {
    const scene = createScene();
    await scene.create(order("1"));
    scene.sandbox.control.addDealByHand({ siteId: SITE, orderNumber: "hand", tags: ["x"] });
    const { calltouchOrderId } = scene.sandbox.control.addDealByHand({ siteId: SITE, origin: "CRM" });
    expect(numbers((await scene.list({ ...DAY, withAllOrderOrigins: "false" })).records)).toEqual(["1"]);
    const { records } = await scene.list({ ...DAY, withAllOrderOrigins: "true", withOrdersTags: "true" });
    expect(records).toMatchObject([
      { orderNumber: "1", orderOrigin: "API" },
      { orderNumber: "hand", orderOrigin: "UI", service: null, tags: ["x"] },
      { orderNumber: String(calltouchOrderId), orderOrigin: "CRM" },
    ]);
  });

  it("show a deleted deal as deleted, or not at all under the knob", async () => {
    const scene = createScene();
    await scene.create(order("1"));
    await scene.remove("1");
    expect((await scene.list({ orderNumber: "1" })).records).toMatchObject([{ isDeleted: true }]);
    scene.sandbox.control.setKnobs({ listDeleted: false });
    expect((await scene.list({ orderNumber: "1" })).records).toEqual([]);
  });

  it("do not see a deal before the listing lag has passed", async () => {
    const scene = createScene({ listingLagMs: 10_000 });
    await scene.create(order("1"));
    scene.clock.now += 9_999;
    expect((await scene.list(DAY)).records).toEqual([]);
    scene.clock.now += 1;
    expect(numbers((await scene.list(DAY)).records)).toEqual(["1"]);
  });
});

describe("the pages of the listing", () => {
  const MONTHS = { dateFrom: "14/02/2025", dateTo: "14/05/2025" };

  it("come in an envelope, in order, each deal once, and are empty past the end", async () => {
    const scene = createScene();
    await scene.create(...["1", "2", "3", "4", "5"].map((number) => order(number)));
    const seen: unknown[] = [];
    for (const page of ["1", "2", "3", "4"]) {
      const { json, records } = await scene.list({ ...MONTHS, page, limit: "2" });
      expect(json).toMatchObject({ page: Number(page), pageTotal: 3, pageSize: 2, recordsTotal: 5 });
      seen.push(...numbers(records));
    }
    expect(seen).toEqual(["1", "2", "3", "4", "5"]);
    expect((await scene.list({ ...MONTHS, page: "4", limit: "2" })).records).toEqual([]);
  });

  it("hold a thousand deals at most, and that many when no limit is given", async () => {
    const scene = createScene();
    expect((await scene.list({ ...MONTHS, page: "1", limit: "5000" })).json).toMatchObject({ pageSize: 1_000 });
    expect((await scene.list({ ...MONTHS, page: "1" })).json).toEqual({
      page: 1,
      pageTotal: 0,
      pageSize: 1_000,
      recordsTotal: 0,
      records: [],
    });
  });

  it("are not needed for one day: the answer is a bare array", async () => {
    const scene = createScene();
    await scene.create(order("1"));
    expect((await scene.list(DAY)).json).toEqual([expect.objectContaining({ orderNumber: "1" })]);
  });

  it("are not needed for longer ranges under the knob", async () => {
    const scene = createScene({ onlyOneDayWithoutPage: false });
    expect((await scene.list(MONTHS)).json).toEqual([]);
  });
});

describe("a listing request", () => {
  it.each<[string, Record<string, string>]>([
    ["without dates", {}],
    ["without dateTo", { dateFrom: "14/05/2025" }],
    ["with an American date", { dateFrom: "05/14/2025", dateTo: "05/15/2025" }],
    ["with a date of another form", { dateFrom: "14-05-2025", dateTo: "15-05-2025" }],
    ["with a date that never was", { dateFrom: "30/02/2025", dateTo: "01/03/2025" }],
    ["with an impossible time", { ...DAY, timeFrom: "24:00:00" }],
    ["with dateFrom equal to dateTo", { dateFrom: "14/05/2025", dateTo: "14/05/2025" }],
    ["with dateFrom after dateTo", { dateFrom: "15/05/2025", dateTo: "14/05/2025", page: "1" }],
    ["of two days without page", { dateFrom: "14/05/2025", dateTo: "16/05/2025" }],
    ["of more than three months", { dateFrom: "14/02/2025", dateTo: "15/05/2025", page: "1" }],
    ["with page zero", { ...DAY, page: "0" }],
    ["with a page that is no number", { ...DAY, page: "one" }],
    ["with limit zero", { ...DAY, page: "1", limit: "0" }],
    ["with limit but no page", { ...DAY, limit: "10" }],
    ["with a lower-case source", { ...DAY, orderSource: "call" }],
    ["with a flag that is none", { ...DAY, withOrdersTags: "1" }],
    ["with a number and dates", { ...DAY, orderNumber: "1" }],
    ["with a phone and dates", { ...DAY, "phoneNumber.value": "79157771122" }],
    ["with an empty number", { orderNumber: "" }],
  ])("%s is refused and costs nothing", async (_title, query) => {
    const scene = createScene();
    const before = scene.sandbox.control.points(SITE);
    expect((await scene.list(query)).status).toBe(400);
    expect(scene.sandbox.control.points(SITE)).toEqual(before);
  });

  it("may be of one and the same day, or carry unknown parameters, as the knobs say", async () => {
    const scene = createScene({ strictDateOrder: false });
    const query = { dateFrom: "14/05/2025", dateTo: "14/05/2025", other: "1" };
    expect((await scene.list(query)).status).toBe(200);
    scene.sandbox.control.setKnobs({ rejectUnknownKeys: true });
    expect((await scene.list(query)).status).toBe(400);
  });
});
