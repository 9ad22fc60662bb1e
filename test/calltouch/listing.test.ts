import { describe, expect, it } from "vitest";
import { createCalltouchClient } from "../../src/calltouch/client.ts";
import { type ListQuery, toListPage, toListParameters } from "../../src/calltouch/listing.ts";

const MOSCOW = "Europe/Moscow";
const parametersOf = (query: ListQuery) => Object.fromEntries(toListParameters(query, MOSCOW));
const pageOf = (body: unknown) => toListPage(body, MOSCOW);
const recordOf = (record: object) => pageOf([{ orderNumber: "1", ...record }])?.records[0];

describe("the query", () => {
  const dateFrom = Date.UTC(2025, 4, 14, 22);
  const dateTo = Date.UTC(2025, 4, 17, 12);

  it("has every documented parameter, days in the zone of the site", () => {
    expect(
      parametersOf({
        dateFrom,
        dateTo,
        timeFrom: "00:00:00",
        timeTo: "23:59:59",
        page: 2,
        limit: 500,
        orderSource: "CALL",
        bindTo: "x",
        manager: "Петров",
        service: "1С",
        withOrdersTags: true,
        withAllOrderOrigins: true,
        withComments: false,
        withContacts: true,
      }),
    ).toEqual({
      dateFrom: "15/05/2025",
      dateTo: "17/05/2025",
      timeFrom: "00:00:00",
      timeTo: "23:59:59",
      page: "2",
      limit: "500",
      orderSource: "CALL",
      bindTo: "x",
      manager: "Петров",
      service: "1С",
      withOrdersTags: "true",
      withAllOrderOrigins: "true",
      withComments: "false",
      withContacts: "true",
    });
  });

  it("has no days and times when it asks for a phone or a number", () => {
    const times = { dateFrom, dateTo, timeFrom: "00:00:00", timeTo: "23:59:59" };
    expect(parametersOf({ ...times, phone: "79157771122" })).toEqual({ "phoneNumber.value": "79157771122" });
    expect(parametersOf({ ...times, orderNumber: "а/1" })).toEqual({ orderNumber: "а/1" });
  });

  it("for one day ends with the next: the first day must be before the last", () => {
    expect(parametersOf({ dateFrom: dateTo, dateTo })).toEqual({ dateFrom: "17/05/2025", dateTo: "18/05/2025" });
  });

  it("has a limit only with a page, and none above 1000", () => {
    expect(parametersOf({ orderNumber: "1", limit: 10 })).toEqual({ orderNumber: "1" });
    expect(parametersOf({ orderNumber: "1", page: 1, limit: 5_000 })).toEqual({
      orderNumber: "1",
      page: "1",
      limit: "1000",
    });
    expect(parametersOf({ orderNumber: "1", page: 1 })).toEqual({ orderNumber: "1", page: "1" });
  });
});

describe("a page", () => {
  it("is read from the documented envelope", () => {
    const body = {
      page: 1,
      pageTotal: "4",
      pageSize: 500,
      recordsTotal: 2000,
      records: [
        {
          client: { phones: "74953080100", fio: null },
          completedAmount: null,
          isDeleted: false,
          manager: "Коля",
          orderDate: "10/02/2018 10:00:00",
          orderNumber: "HLlHwLqSms5r8e",
          orderSource: { callId: 32949495, duration: 8, type: "CALL", ani: "74953080100" },
          orderStatus: "final",
          plannedAmount: 6000,
          service: "AmoCRM",
          tags: ["tag1", "tag2"],
          visit: {
            utmSource: "",
            additionalTags: [],
            source: "(direct)",
            medium: "(none)",
            keyword: "(not set)",
            utmCampaign: "",
          },
        },
      ],
    };
    expect(pageOf(body)).toEqual({
      page: 1,
      pageTotal: 4,
      recordsTotal: 2000,
      unreadable: 0,
      records: [
        {
          orderNumber: "HLlHwLqSms5r8e",
          orderAt: Date.UTC(2018, 1, 10, 7),
          status: "final",
          revenueKopecks: 600_000,
          manager: "Коля",
          service: "AmoCRM",
          isDeleted: false,
          tags: ["tag1", "tag2"],
          lead: { kind: "call", id: 32949495 },
          visit: { source: "(direct)", medium: "(none)" },
        },
      ],
    });
  });

  it("is read from a bare array, and an empty one is a page without deals", () => {
    expect(pageOf([{ orderNumber: 7813745 }])).toEqual({
      records: [{ orderNumber: "7813745", isDeleted: false, tags: [], visit: null }],
      unreadable: 0,
    });
    expect(pageOf([])).toEqual({ records: [], unreadable: 0 });
    expect(pageOf({ records: [], recordsTotal: 0 })).toEqual({ records: [], unreadable: 0, recordsTotal: 0 });
    expect(pageOf({ records: null, recordsTotal: 0 })).toEqual({ records: [], unreadable: 0, recordsTotal: 0 });
  });

  it.each([[undefined], [null], ["x"], [{}], [{ error: "no" }], [{ records: null }], [{ records: {} }]])(
    "is not guessed from %j: a deal must never seem absent by mistake",
    (body) => {
      expect(pageOf(body)).toBeUndefined();
    },
  );

  it("is not spoilt by records that cannot be read: they are counted", () => {
    const page = pageOf([null, "x", {}, { orderNumber: null }, { orderNumber: " " }, { orderNumber: "1" }]);
    expect(page?.unreadable).toBe(5);
    expect(page?.records.map(({ orderNumber }) => orderNumber)).toEqual(["1"]);
  });

  it("comes through the client as an answered reply", async () => {
    const client = createCalltouchClient({
      baseUrl: "https://calltouch.test",
      siteId: "1",
      token: "t",
      timeZone: MOSCOW,
      timeout: () => new AbortController().signal,
      fetch: async () => Response.json([{ orderId: 5, orderNumber: "1" }]),
    });
    expect(await client.list({ orderNumber: "1" })).toEqual({
      kind: "answered",
      value: {
        records: [{ calltouchId: 5, orderNumber: "1", isDeleted: false, tags: [], visit: null }],
        unreadable: 0,
      },
    });
  });
});

describe("a record", () => {
  it("is read whether its values come as numbers or as texts", () => {
    const read = { calltouchId: 7071678, revenueKopecks: 176_050, status: "5" };
    expect(recordOf({ orderId: 7071678, plannedAmount: 1760.5, orderStatus: 5 })).toMatchObject(read);
    expect(recordOf({ orderId: "7071678", plannedAmount: "1760.50", orderStatus: " 5 " })).toMatchObject(read);
  });

  it("keeps its number when everything else is of an unexpected kind", () => {
    const odd = { a: [1] };
    expect(
      recordOf({
        orderId: odd,
        orderDate: odd,
        orderStatus: odd,
        plannedAmount: odd,
        manager: odd,
        isDeleted: odd,
        tags: odd,
        orderSource: odd,
        visit: "x",
      }),
    ).toEqual({ orderNumber: "1", isDeleted: false, tags: [], visit: null });
  });

  it("holds no contact of the client", () => {
    const client = { fio: "Иванов", phones: ["79157771122"], emails: [{ value: "a@b.ru" }] };
    const orderSource = { type: "CALL", callId: 1, phoneNumber: "78635278965", ani: "79157771122" };
    expect(JSON.stringify(recordOf({ client, orderSource }))).not.toMatch(/7915|7863|Иванов|a@b/);
  });

  it.each([
    [true, true],
    ["true", true],
    [1, true],
    [false, false],
    ["false", false],
    [null, false],
  ])("with isDeleted %j says so", (isDeleted, expected) => {
    expect(recordOf({ isDeleted })?.isDeleted).toBe(expected);
  });

  it("has its tags from texts and from groups", () => {
    expect(recordOf({ tags: ["а", { category: "", type: "MANUAL", names: ["б", "в"] }, null, 5] })?.tags).toEqual([
      "а",
      "б",
      "в",
      "5",
    ]);
    expect(recordOf({ tags: null })?.tags).toEqual([]);
  });

  it("names its lead", () => {
    expect(recordOf({ orderSource: { type: "REQUEST", requestNumber: "5231705" } })?.lead).toEqual({
      kind: "request",
      number: "5231705",
    });
    expect(recordOf({ orderSource: { type: "CHAT", chatId: "9" } })?.lead).toEqual({ kind: "chat", id: 9 });
    expect(recordOf({ orderSource: { type: "OTHER" } })?.lead).toBeUndefined();
    expect(recordOf({ orderSource: null })?.lead).toBeUndefined();
  });

  it("has no visit when it is null or an object of nulls and placeholders", () => {
    expect(recordOf({ visit: null })?.visit).toBeNull();
    const empty = { source: null, medium: "", keyword: "(not set)", utmCampaign: "<не указано>", utmTerm: "undefined" };
    expect(recordOf({ visit: empty })?.visit).toBeNull();
  });

  it("has the visit without its placeholders", () => {
    const visit = {
      source: "yandex",
      medium: "cpc",
      utmCampaign: "75344406",
      utmContent: "<не заполнено>",
      utmTerm: "автозапчасти",
      keyword: "(none)",
      additionalTags: [],
    };
    expect(recordOf({ visit })?.visit).toEqual({
      source: "yandex",
      medium: "cpc",
      campaign: "75344406",
      term: "автозапчасти",
    });
  });

  it("takes source and medium from the utm marks when they are missing themselves", () => {
    const visit = { source: "<не указано>", medium: null, utmSource: "2gis", utmMedium: "maps" };
    expect(recordOf({ visit })?.visit).toEqual({ source: "2gis", medium: "maps" });
  });
});
