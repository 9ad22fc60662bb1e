/** The contract of design §6: what an ERP reads, and that it always fits. */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { APPOINTMENT, appointment } from "../adapters/alfa-auto-documents.ts";
import { type Answer, createScene } from "../scene.ts";
import { ANSWER_BYTES_LIMIT, bytesOf, expectReadable, resultsOf } from "./contract.ts";
import { createFakeScene, fakeDocument, guidOf } from "./fake-erp.ts";

const PATH = "/v1/alfa-auto/documents";
const LONG = "Очень подробное сообщение о том, что именно не так с документом. ".repeat(20);

const hundred = (make: (index: number) => Record<string, unknown>) =>
  Array.from({ length: 100 }, (_, index) => fakeDocument(index, make(index)));

/** A hundred results in order, in under 8 KB, with a message at the first result of each code. */
function expectHundred(answer: Answer) {
  expect(answer.status).toBe(200);
  expectReadable(answer);
  const results = resultsOf(answer);
  expect(results.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  const seen = new Set<string>();
  for (const { code, message } of results) {
    if (!seen.has(code)) expect(message).toBeTruthy();
    seen.add(code);
  }
  return results;
}

describe("the answer to documents", () => {
  it("each document gets its own kind of result, code and message, in the order sent", async () => {
    const scene = await createFakeScene();
    await scene.postFake([fakeDocument(1, { version: 5 }), fakeDocument(2)]);
    await scene.idle();
    const answer = await scene.postFake([
      fakeDocument(1, { version: 4, number: "Ф-11" }),
      fakeDocument(2),
      fakeDocument(3),
      fakeDocument(4, { as: "skipped", code: "NO_STATUS", message: "Состояние не заполнено" }),
      fakeDocument(5, { as: "error", code: "AMOUNT", message: "Сумма не читается" }),
      fakeDocument(6, { as: "failure" }),
      fakeDocument(7, { code: "PHONE_DROPPED", message: "Телефон не передан" }),
      fakeDocument(2, { version: 2 }),
    ]);
    await scene.idle();
    expectReadable(answer);
    const dealId = scene.deal("Ф-2")?.calltouchOrderId;
    const { requestId, ...rest } = answer.body;
    expect(requestId).toMatch(/^[0-9a-f]{16}$/);
    expect(rest).toEqual({
      status: "partial",
      message: "Устарело 1, без изменений 1, принято 3, пропущено 1, ошибок 2",
      results: [
        {
          index: 0,
          guid: guidOf(1),
          result: "stale",
          code: "STALE",
          message: "Уже принято более новое состояние документа",
        },
        { index: 1, guid: guidOf(2), result: "unchanged", code: "UNCHANGED", message: "Без изменений" },
        {
          index: 2,
          guid: guidOf(3),
          result: "accepted",
          code: "ACCEPTED",
          message: "Принято, будет передано в Calltouch",
        },
        { index: 3, guid: guidOf(4), result: "skipped", code: "NO_STATUS", message: "Состояние не заполнено" },
        { index: 4, guid: guidOf(5), result: "error", code: "AMOUNT", message: "Сумма не читается" },
        {
          index: 5,
          guid: guidOf(6),
          result: "error",
          code: "INTERNAL",
          message: "Внутренняя ошибка при обработке документа. Повторите позже",
          retry: true,
        },
        { index: 6, guid: guidOf(7), result: "accepted", code: "PHONE_DROPPED", message: "Телефон не передан" },
        {
          index: 7,
          guid: guidOf(2),
          result: "accepted",
          code: "ACCEPTED",
          message: "Принято, будет передано в Calltouch",
          dealId,
        },
      ].map((result) => ({ ...result, showMessage: true })),
    });
  });

  it("a batch without errors is ok, and an empty one says so", async () => {
    const scene = await createScene();
    const answer = await scene.call("POST", PATH, { documents: [appointment] });
    expect(answer.body).toMatchObject({ status: "ok", message: "Принято 1" });
    const empty = await scene.call("POST", PATH, { documents: [] });
    expect(empty.body).toMatchObject({ status: "ok", message: "Документов нет", results: [] });
    await scene.idle();
  });

  it("an answer is UTF-8 without a mark and never compressed, also for who asks for it", async () => {
    const scene = await createScene();
    for (const body of [{ documents: [appointment] }, "{"]) {
      const headers = { "accept-encoding": "gzip, br, deflate", "x-api-key": scene.key };
      const request = new Request(`http://bridge.test${PATH}`, {
        method: "POST",
        headers,
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
      const response = await scene.bridge.fetch(request);
      expect(response.headers.get("content-encoding")).toBeNull();
      expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
      expect(response.headers.get("cache-control")).toBe("no-store");
      const [first] = new Uint8Array(await response.arrayBuffer());
      expect(first).toBe("{".charCodeAt(0));
    }
    await scene.idle();
  });

  it.each([
    ["accepted", {}, "accepted"],
    ["accepted with long warnings", { code: "PHONE_DROPPED", message: LONG }, "accepted"],
    ["skipped with long messages", { as: "skipped", code: "STATUS_IGNORED", message: LONG }, "skipped"],
    ["refused with long messages", { as: "error", code: "NUMBER_TOO_LONG", message: LONG }, "error"],
    ["failed inside", { as: "failure" }, "error"],
  ])("a hundred documents %s fit into 8 KB", async (_, change, kind) => {
    const scene = await createFakeScene();
    const results = expectHundred(await scene.postFake(hundred(() => change)));
    expect(results.every(({ result }) => result === kind)).toBe(true);
    await scene.idle();
  });

  it("a hundred documents unchanged, stale or in Calltouch already fit into 8 KB", async () => {
    const scene = await createFakeScene();
    await scene.postFake(hundred(() => ({ version: 5 })));
    await scene.idle();
    expect(scene.sandbox.control.deals()).toHaveLength(100);
    for (const [version, kind] of [
      [5, "unchanged"],
      [4, "stale"],
      [6, "accepted"],
    ] as const) {
      const results = expectHundred(await scene.postFake(hundred(() => ({ version }))));
      expect(results.every(({ result }) => result === kind)).toBe(true);
      await scene.idle();
    }
  });

  it("a hundred errors with a hundred codes and long messages fit into 8 KB, each with its code", async () => {
    const scene = await createFakeScene();
    const code = (index: number) => `NUMBER_TOO_LONG_${index}`;
    const answer = await scene.postFake(hundred((index) => ({ as: "error", code: code(index), message: LONG })));
    expectReadable(answer);
    const results = resultsOf(answer);
    expect(results.map((result) => result.code)).toEqual(Array.from({ length: 100 }, (_, index) => code(index)));
    expect(results.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it("a hundred results of all kinds with thirty codes fit into 8 KB and keep a message of each code", async () => {
    const scene = await createFakeScene();
    const kinds = ["skipped", "error", "deal"];
    const answer = await scene.postFake(
      hundred((index) => ({ as: kinds[index % 3], code: `CODE_${index % 30}`, message: LONG })),
    );
    expectHundred(answer);
    await scene.idle();
  });

  it("when a hundred results do not fit, repeated messages go first, then guids, and the index stays", async () => {
    const scene = await createFakeScene();
    const count = async (length: number, message: string) => {
      const documents = hundred(() => ({ as: "error", code: "AMOUNT", message })).slice(0, length);
      return resultsOf(await scene.postFake(documents));
    };
    const few = await count(3, LONG);
    expect(few.every((result) => result.guid !== undefined && result.message?.length === 300)).toBe(true);
    const some = await count(70, LONG);
    expect(some.filter(({ message }) => message !== undefined)).toHaveLength(1);
    expect(some.every(({ guid }) => guid !== undefined)).toBe(true);
    const many = await count(100, LONG);
    expect(many.some(({ guid }) => guid !== undefined)).toBe(false);
    expect(many[0]?.message).toBeTruthy();
  });

  it("each bad document among a hundred keeps what is wrong with it, though others have the same code", async () => {
    const scene = await createScene();
    const documents = hundred(() => ({})).map((_, index) => ({
      ...appointment,
      guid: guidOf(index),
      date: "2026-11-22T12:00:00",
    }));
    const bad = { 30: { date: "вчера" }, 31: { guid: "?" }, 32: { posted: "?" }, 33: { date: "вчера" } };
    const sent = documents.map((document, index) => ({ ...document, ...Reflect.get(bad, index) }));
    const results = resultsOf(await scene.call("POST", PATH, { documents: sent }));
    expect(results.slice(30, 34).map(({ code, message }) => [code, message?.split(":")[0]])).toEqual([
      ["FIELD", "Поле date"],
      ["FIELD", "Поле guid"],
      ["FIELD", "Поле posted"],
      ["FIELD", undefined],
    ]);
    await scene.idle();
  });

  it("a hundred Alfa-Auto documents full of warnings fit into 8 KB", async () => {
    const scene = await createScene();
    const documents = Array.from({ length: 100 }, (_, index) => ({
      ...appointment,
      guid: guidOf(index),
      number: `П-${index}`,
      manager: "<Объект не найден> (148:89d1)",
      client: index % 2 ? "Частное лицо" : "Иванов",
      phones: Array.from({ length: 50 }, (__, digit) => `12${digit}`),
      emails: Array.from({ length: 50 }, (__, digit) => `не адрес ${digit}`),
    }));
    const results = expectHundred(await scene.call("POST", PATH, { documents }));
    expect(results.every(({ result }) => result === "accepted")).toBe(true);
    await scene.idle();
  });
});

const deals = z.array(z.looseObject({ guid: z.string(), status: z.string(), message: z.string() }));

describe("the answer to deals/status", () => {
  it("says what Calltouch has, and leaves out what is not known", async () => {
    const scene = await createScene();
    await scene.post([appointment]);
    const answer = await scene.call("POST", "/v1/alfa-auto/deals/status", { guids: [APPOINTMENT, guidOf(99)] });
    expectReadable(answer);
    expect(answer.body).toEqual({
      status: "ok",
      message: "Состояние сделок",
      requestId: answer.body["requestId"],
      deals: [
        {
          guid: APPOINTMENT,
          status: "delivered",
          message: "Передана в Calltouch",
          orderNumber: appointment.number,
          dealId: scene.deal(appointment.number)?.calltouchOrderId,
          dealStatus: "Предварительная заявка",
          revenue: "12500.50",
        },
        { guid: guidOf(99), status: "unknown", message: "Документ мосту не передавался" },
      ],
    });
  });

  it("stops at 8 KB and says that there is more, and asking for the rest gives the rest", async () => {
    const scene = await createFakeScene();
    await scene.postFake(hundred((index) => ({ number: `Очень длинный номер документа ${index}` })));
    await scene.idle();
    const wanted = Array.from({ length: 100 }, (_, index) => guidOf(index));
    const seen: string[] = [];
    let asked = 0;
    for (let more = true; more; asked += 1) {
      const answer = await scene.callWith(scene.fakeKey, "POST", "/v1/fake-erp/deals/status", {
        guids: wanted.slice(seen.length),
      });
      expectReadable(answer);
      expect(bytesOf(answer)).toBeLessThan(ANSWER_BYTES_LIMIT);
      const page = deals.parse(answer.body["deals"]).map(({ guid }) => guid);
      expect(page.length).toBeGreaterThan(0);
      seen.push(...page);
      more = answer.body["more"] === true;
      if (!more) expect(answer.body).not.toHaveProperty("more");
    }
    expect(seen).toEqual(wanted);
    expect(asked).toBeGreaterThan(1);
  });

  it("a guid of any length never makes an answer that says nothing but that there is more", async () => {
    const scene = await createScene();
    const answer = await scene.call("POST", "/v1/alfa-auto/deals/status", { guids: ["я".repeat(100), "", " "] });
    expectReadable(answer);
    expect(deals.parse(answer.body["deals"])).toHaveLength(3);
    const long = await scene.call("POST", "/v1/alfa-auto/deals/status", { guids: ["я".repeat(10_000)] });
    expect([long.status, long.body["code"]]).toEqual([400, "FORMAT"]);
  });

  it("a reason however long leaves room for the deal", async () => {
    const scene = await createFakeScene();
    await scene.postFake([fakeDocument(1, { as: "skipped", code: "LONG", message: LONG.repeat(10) })]);
    const answer = await scene.callWith(scene.fakeKey, "POST", "/v1/fake-erp/deals/status", { guids: [guidOf(1)] });
    expectReadable(answer);
    expect(deals.parse(answer.body["deals"])).toMatchObject([{ guid: guidOf(1), status: "held", code: "LONG" }]);
  });
});
