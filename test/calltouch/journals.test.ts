import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCalltouchSandbox, type KnobsPatch } from "../../sandbox/calltouch/index.ts";
import { parseCall } from "../../src/calltouch/call.ts";
import { createCalltouchClient } from "../../src/calltouch/client.ts";
import { toCallsPage, toCallsParameters, toRequestsPage, toRequestsParameters } from "../../src/calltouch/journals.ts";
import { parseRequest } from "../../src/calltouch/request.ts";
import { lead } from "../../src/lead.ts";

const MOSCOW = "Europe/Moscow";
/** 23:30 of 14 May and 00:30 of 15 May in Moscow. */
const LATE = Date.UTC(2025, 4, 14, 20, 30);
const PAST_MIDNIGHT = LATE + 3_600_000;
const ALL = { from: 0, to: 4_000_000_000_000 };

const callOf = (row: object) => parseCall({ callId: 1, timestamp: 1_694_766_170, ...row }, MOSCOW);
const requestOf = (row: object) => parseRequest({ requestId: 1, date: 1_694_766_170_000, ...row }, MOSCOW);
const NONE = { kind: "call", id: 1, at: 1_694_766_170_000, isFinished: true, tags: [] };

describe("the query", () => {
  it("of calls has days of the site's zone, one more for a clock that is ahead, a page and tags", () => {
    expect(Object.fromEntries(toCallsParameters({ from: LATE, to: PAST_MIDNIGHT }, MOSCOW))).toEqual({
      dateFrom: "14/05/2025",
      dateTo: "16/05/2025",
      page: "1",
      limit: "1000",
      withCallTags: "true",
    });
    const query = { from: LATE, to: LATE, page: 3, limit: 5_000, withCallTags: false };
    expect(Object.fromEntries(toCallsParameters(query, MOSCOW))).toMatchObject({
      dateTo: "15/05/2025",
      page: "3",
      limit: "1000",
      withCallTags: "false",
    });
  });

  it("of requests has American days, the last one after the end, and no page unless asked", () => {
    const query = { from: LATE, to: PAST_MIDNIGHT };
    expect(Object.fromEntries(toRequestsParameters(query, "41234", MOSCOW))).toEqual({
      siteId: "41234",
      dateFrom: "05/14/2025",
      dateTo: "05/16/2025",
      withRequestTags: "true",
    });
    expect(Object.fromEntries(toRequestsParameters({ ...query, page: 2, limit: 50 }, "41234", MOSCOW))).toMatchObject({
      page: "2",
      limit: "50",
    });
  });
});

describe("a page", () => {
  const rows = [1, 2, 3].map((callId) => ({ callId, timestamp: LATE / 1_000 + callId }));

  it("is read from the envelope, and is the last when it says so", () => {
    const page = toCallsPage({ page: 1, pageTotal: "2", recordsTotal: 6, records: rows }, ALL, MOSCOW);
    expect(page).toMatchObject({ unreadable: 0, isLast: false, page: 1, pageTotal: 2, recordsTotal: 6 });
    expect(page?.leads.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(toCallsPage({ pageTotal: 2, records: rows }, { ...ALL, page: 2 }, MOSCOW)?.isLast).toBe(true);
    expect(toCallsPage({ records: null, recordsTotal: 0 }, ALL, MOSCOW)).toMatchObject({ leads: [], isLast: true });
  });

  it("that is a bare list is the last unless its limit may have cut it", () => {
    const page = (limit: number) => toRequestsPage([{}, {}], { ...ALL, page: 1, limit }, MOSCOW)?.isLast;
    expect(page(2)).toBe(false);
    expect(page(3)).toBe(true);
    expect(page(1)).toBe(true);
    expect(toRequestsPage([{}], ALL, MOSCOW)).toEqual({ leads: [], unreadable: 1, isLast: true });
  });

  it("holds the leads of the instants asked for, both included, and counts the rows it could not read", () => {
    const [, second, third] = rows.map(({ timestamp }) => timestamp * 1_000);
    const wanted = { from: second ?? 0, to: third ?? 0 };
    const page = toCallsPage([...rows, null, {}, { callId: 5 }, { timestamp: 5 }], wanted, MOSCOW);
    expect(page?.leads.map(({ id }) => id)).toEqual([2, 3]);
    expect(page?.unreadable).toBe(4);
  });

  it.each([[undefined], [null], ["x"], [{}], [{ error: "no" }], [{ records: null }], [{ records: {} }]])(
    "is not guessed from %j: a lead must never seem absent by mistake",
    (body) => {
      expect(toCallsPage(body, ALL, MOSCOW)).toBeUndefined();
      expect(toRequestsPage(body, ALL, MOSCOW)).toBeUndefined();
    },
  );
});

describe("a call", () => {
  it("is read whether its values come as themselves or as texts", () => {
    const read = { ...NONE, durationSeconds: 72, isAnswered: true, isTarget: false, isUnique: true };
    const row = { duration: 72, successful: true, targetCall: false, uniqueCall: true };
    expect(callOf(row)).toEqual(read);
    expect(callOf({ callId: "1", timestamp: "1694766170", duration: "72", uniqueCall: "True" })).toMatchObject({
      id: 1,
      at: read.at,
      durationSeconds: 72,
      isUnique: true,
    });
  });

  it("has the time of its text when there are no Unix seconds, in the zone of the site", () => {
    expect(callOf({ timestamp: null, date: "15/09/2023  9:22:50" })?.at).toBe(Date.UTC(2023, 8, 15, 6, 22, 50));
    expect(callOf({ timestamp: null, date: null })).toBeUndefined();
  });

  it("that is going on tells nothing of its outcome", () => {
    const row = { callphase: "callconnected", duration: 0, successful: false, targetCall: false, uniqueCall: true };
    expect(callOf(row)).toEqual({ ...NONE, isFinished: false, isUnique: true });
    expect(callOf({ callphase: "calldisconnected" })?.isFinished).toBe(true);
  });

  it.each([
    ["79157771122", "79157771122"],
    [79157771122, "79157771122"],
    ["8 (915) 777-11-22", "79157771122"],
    ["+7 915 777 11 22", "79157771122"],
    ["9157771122", "79157771122"],
    ["375291234567", "375291234567"],
    ["anonymous", undefined],
    ["7XXXXXXXXXX", undefined],
    ["0000000000", undefined],
    ["112", undefined],
    [null, undefined],
    [{}, undefined],
  ])("from %j has the phone %j", (callerNumber, phone) => {
    expect(callOf({ callerNumber })?.phone).toBe(phone);
  });

  it("has no placeholders, and the medium (none) only of a direct visit", () => {
    const empty = { source: "<не указано>", medium: "(none)", utmSource: "(not set)", utmTerm: "", clientId: "null" };
    expect(callOf(empty)).toEqual(NONE);
    expect(callOf({ source: "(direct)", medium: "(none)" })).toMatchObject({ source: "(direct)", medium: "(none)" });
    expect(callOf({ source: "yandex", utmCampaign: 75344406, clientId: "1.2" })).toMatchObject({
      source: "yandex",
      utmCampaign: "75344406",
      googleClientId: "1.2",
    });
  });

  it("has its automatic tags, by tone first, and not those given by hand", () => {
    const callTags = [
      { category: "", type: "MANUAL", names: ["VIP"] },
      { category: "", type: "AUTO-PN", names: ["Ростов"] },
      { category: "", type: "AUTO-CT", names: ["Сервис", "Сервис", null] },
    ];
    expect(callOf({ callTags })?.tags).toEqual(["Сервис", "Ростов"]);
    expect(callOf({ callTags: ["а", "б"] })?.tags).toEqual(["а", "б"]);
    expect(callOf({ callTags: null })?.tags).toEqual([]);
  });
});

describe("a request", () => {
  it("has its client, form and visit", () => {
    const row = {
      dateStr: "15/09/2023 11:22:50",
      subject: "Запись на ТО",
      targetRequest: "false",
      uniqueRequest: true,
      client: {
        fio: "Иван",
        phones: [{ phoneNumber: "скрыт" }, { phoneNumber: "89031234567", phoneType: "OTHER" }],
        contacts: [{ contactType: "OTHER", contactValue: "x" }, { contactValue: "a@b.ru" }],
      },
      session: { source: "vk", medium: "social", utmTerm: "(not set)", guaClientId: "1.2" },
      RequestTags: [{ type: "MANUAL", names: ["Сайт"] }, "Ещё"],
      comments: [{ commentId: 1, comment: "Завтра" }],
    };
    expect(requestOf({ date: null, ...row })).toEqual({
      kind: "request",
      id: 1,
      at: Date.UTC(2023, 8, 15, 8, 22, 50),
      isFinished: true,
      phone: "79031234567",
      email: "a@b.ru",
      name: "Иван",
      comment: "Завтра",
      subject: "Запись на ТО",
      isTarget: false,
      isUnique: true,
      source: "vk",
      medium: "social",
      googleClientId: "1.2",
      tags: ["Сайт", "Ещё"],
    });
  });

  it("is read without a client and a session, and with plain phones", () => {
    const bare = { ...NONE, kind: "request" };
    expect(requestOf({ client: null, session: null, comments: null, RequestTags: null })).toEqual(bare);
    expect(requestOf({ client: { phones: "79031234567", contacts: ["a@b.ru"] } })).toMatchObject({
      phone: "79031234567",
      email: "a@b.ru",
    });
  });
});

it("any JSON is read without an exception, and what is read is a lead", () => {
  const rows = fc.oneof(
    fc.jsonValue(),
    fc.record({
      callId: fc.integer({ min: 1 }),
      requestId: fc.integer({ min: 1 }),
      timestamp: fc.oneof(fc.integer({ min: 1 }), fc.jsonValue()),
      date: fc.oneof(fc.constant("9/9/2023 1:02"), fc.jsonValue()),
      callTags: fc.jsonValue(),
      client: fc.jsonValue(),
      session: fc.jsonValue(),
      source: fc.string({ unit: "binary", maxLength: 3_000 }),
      callerNumber: fc.oneof(fc.string(), fc.double()),
    }),
  );
  fc.assert(
    fc.property(rows, (row) => {
      for (const page of [toCallsPage([row], ALL, MOSCOW), toRequestsPage([row], ALL, MOSCOW)]) {
        for (const each of page?.leads ?? []) lead.parse(each);
      }
      toCallsPage(row, ALL, MOSCOW);
      toRequestsPage(row, ALL, MOSCOW);
    }),
    { numRuns: 300 },
  );
});

describe("the client", () => {
  const NOW = Date.UTC(2025, 4, 14, 9);
  const SESSION = { source: "yandex", medium: "cpc", utmCampaign: "tormoza", guaClientId: "1.2" };

  function createSides(knobs: KnobsPatch) {
    const sandbox = createCalltouchSandbox({ now: () => NOW, sleep: async () => {}, knobs });
    const site = { siteId: "41234", token: "t" };
    sandbox.control.addSite(site);
    const timeout = () => new AbortController().signal;
    const baseUrl = "https://calltouch.test";
    const client = createCalltouchClient({ ...site, baseUrl, timeZone: MOSCOW, timeout, fetch: sandbox.fetch });
    const calls = sandbox.control.addLead({
      siteId: site.siteId,
      kind: "call",
      at: NOW - 60_000,
      phones: ["79157771122"],
      session: SESSION,
      autoTags: { tone: ["Сервис"], number: ["Ростов"] },
    });
    const requests = sandbox.control.addLead({
      siteId: site.siteId,
      kind: "request",
      at: NOW - 60_000,
      emails: ["a@b.ru"],
      session: SESSION,
      tags: ["Сайт"],
    });
    return { client, ids: { calls, requests } };
  }

  it.each<[KnobsPatch]>([
    [{}],
    [{ journalScalars: "texts", journalPaddedHours: false }],
    [{ requestsDateToInclusive: true, requestsPaging: "ignored" }],
    [{ rejectUnknownKeys: true }],
  ])("reads both journals as the sandbox writes them under %j", async (knobs) => {
    const { client, ids } = createSides(knobs);
    const visit = { source: "yandex", medium: "cpc", utmCampaign: "tormoza", googleClientId: "1.2" };
    const query = { from: NOW - 300_000, to: NOW };
    expect(await client.calls(query)).toMatchObject({
      kind: "answered",
      value: {
        leads: [{ ...visit, kind: "call", id: ids.calls, phone: "79157771122", tags: ["Сервис", "Ростов"] }],
        unreadable: 0,
        isLast: true,
      },
    });
    expect(await client.requests(query)).toMatchObject({
      kind: "answered",
      value: { leads: [{ ...visit, kind: "request", id: ids.requests, email: "a@b.ru", tags: ["Сайт"] }] },
    });
    expect(await client.calls({ from: 0, to: NOW })).toMatchObject({ kind: "invalid", status: 400 });
  });
});
