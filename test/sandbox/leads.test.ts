import { describe, expect, it } from "vitest";
import { callContact, createScene, HOUR_MS, MINUTE_MS, NOON, order, type Scene, SITE, TOKEN } from "./scene.ts";

const DAY = { dateFrom: "14/05/2025", dateTo: "14/05/2025" };
const AMERICAN_DAY = { dateFrom: "05/14/2025", dateTo: "05/15/2025" };
const SESSION = {
  source: "yandex",
  medium: "cpc",
  utmSource: "ya",
  utmCampaign: "75344406",
  utmContent: "banner",
  utmTerm: "масло",
  keyword: "масло 5w40",
  guaClientId: "111.222",
  yaClientId: "333",
};
const ids = (records: Record<string, unknown>[], key = "callId") => records.map((record) => record[key]);

function addCall({ sandbox }: Scene, id: number, more: object = {}) {
  sandbox.control.addLead({ siteId: SITE, kind: "call", id, at: NOON - HOUR_MS, phones: ["79157771122"], ...more });
}
function addRequest({ sandbox }: Scene, id: number, more: object = {}) {
  sandbox.control.addLead({ siteId: SITE, kind: "request", id, at: NOON - HOUR_MS, ...more });
}

describe("a call in its journal", () => {
  it("is shaped as recorded rows are", async () => {
    const scene = createScene({ journalPaddedHours: false });
    addCall(scene, 104000, {
      at: Date.UTC(2025, 4, 14, 6, 5, 9, 500),
      session: SESSION,
      durationSeconds: 72,
      unique: false,
      autoTags: { tone: ["Сервис"], number: ["Ростов"] },
      tags: ["VIP"],
    });
    const [row] = (await scene.calls({ ...DAY, withCallTags: "true" })).records;
    expect(row).toMatchObject({
      callId: 104000,
      callphase: "calldisconnected",
      date: "14/05/2025 9:05:09",
      timestamp: 1747202709,
      duration: 72,
      callerNumber: "79157771122",
      successful: true,
      uniqueCall: false,
      targetCall: true,
      uniqTargetCall: false,
      callbackCall: false,
      source: "yandex",
      medium: "cpc",
      keyword: "масло 5w40",
      utmSource: "ya",
      utmMedium: "<не указано>",
      utmTerm: "масло",
      clientId: "111.222",
      yaClientId: "333",
      orders: [],
      order: null,
      siteId: 12345,
      callTags: [
        { category: "", type: "AUTO-CT", names: ["Сервис"] },
        { category: "", type: "AUTO-PN", names: ["Ростов"] },
        { category: "", type: "MANUAL", names: ["VIP"] },
      ],
    });
  });

  it("has no tags unasked, placeholders without a visit, and no number when it is hidden", async () => {
    const scene = createScene();
    addCall(scene, 1, { phones: [], tags: ["VIP"] });
    expect((await scene.calls(DAY)).records).toMatchObject([
      { callTags: null, source: "<не указано>", keyword: "(not set)", sessionId: null, callerNumber: "anonymous" },
    ]);
    scene.sandbox.control.setKnobs({ hiddenNumber: null });
    expect((await scene.calls(DAY)).records).toMatchObject([{ callerNumber: null }]);
  });

  it("is going on until its end, and nothing of its outcome is known before", async () => {
    const scene = createScene();
    addCall(scene, 1, { finishedAt: NOON + MINUTE_MS });
    expect((await scene.calls(DAY)).records).toMatchObject([
      { callphase: "callconnected", duration: 0, successful: false, targetCall: false },
    ]);
    scene.clock.now += MINUTE_MS;
    expect((await scene.calls(DAY)).records).toMatchObject([{ callphase: "calldisconnected", duration: 60 }]);
  });

  it("names the deals linked to it when asked to, and no deleted one", async () => {
    const scene = createScene();
    addCall(scene, 1);
    await scene.create(order("a", { matching: [callContact()], revenue: "10.50" }));
    await scene.create(order("b", { matching: [callContact()] }));
    await scene.remove("b");
    const [row] = (await scene.calls({ ...DAY, withOrders: "true" })).records;
    expect(row?.["orders"]).toMatchObject([{ orderId: 7071678, orderNumber: "a", plannedAmount: 10.5 }]);
    expect((await scene.calls(DAY)).records).toMatchObject([{ orders: [] }]);
  });

  it("has its numbers and booleans as texts under the knob", async () => {
    const scene = createScene({ journalScalars: "texts" });
    addCall(scene, 1);
    expect((await scene.calls(DAY)).records).toMatchObject([{ callId: "1", duration: "60", uniqueCall: "true" }]);
  });
});

describe("the journal of calls", () => {
  it("gives one day as a bare array, several in the envelope of a page", async () => {
    const scene = createScene();
    for (const id of [1, 2, 3]) addCall(scene, id, { at: NOON - id * MINUTE_MS });
    addCall(scene, 4, { at: NOON - 24 * HOUR_MS });
    expect((await scene.calls(DAY)).json).toMatchObject([{ callId: 3 }, { callId: 2 }, { callId: 1 }]);
    const days = { dateFrom: "13/05/2025", dateTo: "14/05/2025" };
    const { json, records } = await scene.calls({ ...days, page: "2", limit: "3" });
    expect(json).toMatchObject({ page: 2, pageTotal: 2, pageSize: 3, recordsTotal: 4 });
    expect(ids(records)).toEqual([1]);
    expect((await scene.calls({ ...days, page: "1", limit: "5000" })).json).toMatchObject({ pageSize: 1_000 });
  });

  it("goes by the days of the site's zone and shows nothing before its lag has passed", async () => {
    const scene = createScene({ journalLagMs: 5 * MINUTE_MS });
    addCall(scene, 1, { at: Date.UTC(2025, 4, 13, 21) });
    addCall(scene, 2, { at: Date.UTC(2025, 4, 13, 20, 59, 59) });
    addCall(scene, 3, { at: NOON - 4 * MINUTE_MS });
    expect(ids((await scene.calls(DAY)).records)).toEqual([1]);
    scene.clock.now += MINUTE_MS;
    expect(ids((await scene.calls(DAY)).records)).toEqual([1, 3]);
  });

  it.each<[Record<string, string>, number[]]>([
    [{}, [1, 2, 3]],
    [{ uniqueOnly: "true" }, [1, 2]],
    [{ targetOnly: "true" }, [1, 3]],
    [{ uniqTargetOnly: "true" }, [1]],
    [{ callbackOnly: "true" }, [3]],
    [{ callId: "2" }, [2]],
  ])("filtered by %j holds %j", async (filter, found) => {
    const scene = createScene();
    addCall(scene, 1);
    addCall(scene, 2, { target: false });
    addCall(scene, 3, { unique: false, callback: true });
    addRequest(scene, 4);
    expect(ids((await scene.calls({ ...DAY, ...filter })).records)).toEqual(found);
  });

  it.each<[string, Record<string, string>]>([
    ["without dates", {}],
    ["with American dates", { dateFrom: "05/14/2025", dateTo: "05/14/2025" }],
    ["of two days without page", { dateFrom: "13/05/2025", dateTo: "14/05/2025" }],
    ["with its days in the wrong order", { dateFrom: "15/05/2025", dateTo: "14/05/2025", page: "1" }],
    ["of more than three months", { dateFrom: "13/02/2025", dateTo: "14/05/2025", page: "1" }],
    ["with limit but no page", { ...DAY, limit: "10" }],
    ["with a flag that is none", { ...DAY, withCallTags: "1" }],
  ])("%s is refused and costs nothing", async (_title, query) => {
    const scene = createScene();
    const before = scene.sandbox.control.points(SITE);
    expect((await scene.calls(query)).status).toBe(400);
    expect(scene.sandbox.control.points(SITE)).toEqual(before);
  });
});

describe("a request in its journal", () => {
  it("is shaped as recorded rows are", async () => {
    const scene = createScene();
    addRequest(scene, 105000, {
      phones: ["8 (903) 123-45-67"],
      emails: ["a@b.ru"],
      name: "Иван",
      subject: "Запись на ТО",
      comment: "Завтра",
      requestNumber: "site-7",
      tags: ["Сайт"],
      session: SESSION,
    });
    const { status, json } = await scene.requests({ ...AMERICAN_DAY, withRequestTags: "true" });
    expect(status).toBe(200);
    expect(json).toMatchObject([
      {
        date: NOON - HOUR_MS,
        dateStr: "14/05/2025 11:00:00",
        requestId: 105000,
        requestNumber: "site-7",
        subject: "Запись на ТО",
        targetRequest: true,
        client: {
          fio: "Иван",
          phones: [{ phoneNumber: "79031234567", phoneType: "OTHER" }],
          contacts: [{ contactValue: "a@b.ru" }],
        },
        session: { source: "yandex", keywords: "масло 5w40", utmTerm: "масло", guaClientId: "111.222" },
        RequestTags: [{ type: "MANUAL", names: ["Сайт"] }],
        comments: [{ comment: "Завтра" }],
        orders: [],
      },
    ]);
  });

  it("has its own id as its number and no session when nothing else is known, and names its deals", async () => {
    const scene = createScene();
    addRequest(scene, 5);
    await scene.create(order("a", { matching: [{ type: "request", requestParams: { requestId: 5 } }] }));
    expect((await scene.requests(AMERICAN_DAY)).json).toMatchObject([
      {
        requestNumber: "5",
        session: null,
        RequestTags: null,
        orders: [{ orderNumber: "a", sum: "0", dateCreated: NOON }],
      },
    ]);
  });
});

describe("the journal of requests", () => {
  it("takes American dates of which the last is excluded, or not under the knob", async () => {
    const scene = createScene();
    addRequest(scene, 1);
    const day = { dateFrom: "05/14/2025", dateTo: "05/14/2025" };
    expect((await scene.requests(day)).json).toEqual([]);
    scene.sandbox.control.setKnobs({ requestsDateToInclusive: true });
    expect((await scene.requests(day)).records).toHaveLength(1);
    expect((await scene.requests({ dateFrom: "14/05/2025", dateTo: "15/05/2025" })).status).toBe(400);
  });

  it("is a bare array even of a page, which it heeds or not", async () => {
    const scene = createScene();
    for (const id of [1, 2, 3]) addRequest(scene, id);
    const page = { ...AMERICAN_DAY, page: "2", limit: "2" };
    expect(ids((await scene.requests(page)).records, "requestId")).toEqual([3]);
    scene.sandbox.control.setKnobs({ requestsPaging: "ignored" });
    expect((await scene.requests(page)).json).toHaveLength(3);
  });
});

describe("both journals", () => {
  it("cost points, are logged without the token and refuse another's", async () => {
    const scene = createScene({ costs: { calls: 2, requests: 3 } });
    const { control } = scene.sandbox;
    const { hourLeft } = control.points(SITE);
    await scene.calls(DAY);
    await scene.requests(AMERICAN_DAY);
    expect(control.points(SITE).hourLeft).toBe(hourLeft - 5);
    expect(control.requests()).toMatchObject([
      { operation: "calls", siteId: SITE, query: DAY, status: 200 },
      { operation: "requests", siteId: SITE, query: AMERICAN_DAY, status: 200 },
    ]);
    expect(JSON.stringify(control.requests())).not.toContain(TOKEN);
    expect((await scene.calls({ ...DAY, clientApiId: "other" })).status).toBe(401);
    expect((await scene.requests({ ...AMERICAN_DAY, siteId: "" })).status).toBe(401);
  });

  it("suffer the faults meant for them alone", async () => {
    const scene = createScene();
    scene.sandbox.control.fault({ kind: "status", status: 503, path: "requests" });
    scene.sandbox.control.fault({ kind: "dropItem" });
    expect((await scene.calls(DAY)).status).toBe(200);
    expect((await scene.requests(AMERICAN_DAY)).status).toBe(503);
    expect(scene.sandbox.control.faults()).toHaveLength(1);
  });
});

it("a matcher sees the automatic tags of a lead too", async () => {
  const scene = createScene();
  addCall(scene, 1, { autoTags: { number: ["Ростов"] } });
  const matching = [callContact({ tags: ["Ростов"], tagsLogic: "and" })];
  expect((await scene.create(order("1", { matching }))).items).toMatchObject([{ error: null }]);
});
