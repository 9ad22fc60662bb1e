/** Those habits of 1C, of the 25 that reference onec §1.4 lists, that concern what stands in documents; each through HTTP to Calltouch. */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { APPOINTMENT, appointment, BASE, ORDER, order } from "../adapters/alfa-auto-documents.ts";
import { call, createScene, type Scene } from "../scene.ts";
import { expectError, expectRussian, resultsOf } from "./contract.ts";
import { createFakeScene, fakeDocument, guidOf } from "./fake-erp.ts";
import { createGatedClient } from "./gated-client.ts";

const PATH = "/v1/alfa-auto/documents";
const NUMBER = appointment.number;
const EMPTY_GUID = "00000000-0000-0000-0000-000000000000";

/** The phones of the matcher by calls, as Calltouch was sent them. */
function phonesSent(scene: Scene): unknown {
  const matcher = z.object({
    type: z.string(),
    callContactParams: z.object({ phones: z.array(z.string()) }).optional(),
  });
  const body = z.object({ orders: z.array(z.object({ matching: z.array(matcher) })) });
  const [created] = body.parse(scene.sandbox.control.requests()[0]?.body).orders;
  return created?.matching.find(({ type }) => type === "callContact")?.callContactParams?.phones;
}

describe("1C's habits", () => {
  it.each([
    ["2026-09-12T18:38:09", undefined, "12-09-2026 18:38:09"],
    ["2026-09-12T18:38:09", "Asia/Yekaterinburg", "12-09-2026 16:38:09"],
    ["2026-09-12T18:38:09+07:00", undefined, "12-09-2026 14:38:09"],
    ["2026-09-12T18:38:09Z", "Asia/Yekaterinburg", "12-09-2026 21:38:09"],
  ])("row 5: %s in the zone %s of the connection is %s in Moscow", async (date, timeZone, sent) => {
    const scene = await createScene({ connection: { timeZone } });
    await scene.post([{ ...appointment, date }]);
    expect(scene.deal(NUMBER)?.orderDate).toBe(sent);
  });

  it("row 6: an empty date is no date", async () => {
    const scene = await createScene();
    const [first, second] = await scene.post([
      { ...appointment, statusDate: "0001-01-01T00:00:00" },
      { ...order, date: "0001-01-01T00:00:00" },
    ]);
    expect(first).toMatchObject({ result: "accepted" });
    expect(scene.deal(NUMBER)?.statusDate).toBe("13-09-2026 12:00:00");
    expect(second).toMatchObject({ result: "error", code: "FIELD", message: "Поле date: не заполнено" });
  });

  it.each([
    ["12.09.2026 9:02:55", "12-09-2026 09:02:55"],
    ["12.09.2026 19:02:55", "12-09-2026 19:02:55"],
    ["20260912183809", "12-09-2026 18:38:09"],
  ])("row 7: a date printed as %s is read", async (date, sent) => {
    const scene = await createScene();
    expect(await scene.post([{ ...appointment, date }])).toMatchObject([{ result: "accepted" }]);
    expect(scene.deal(NUMBER)?.orderDate).toBe(sent);
  });

  it.each([
    ["1\u00a0851,5", "1851.50"],
    ["12\u202f500.50", "12500.50"],
    ["1\u2009000\u2009000", "1000000.00"],
    [" 41 000,00 ", "41000.00"],
    ["12500.5", "12500.50"],
  ])("row 8: the sum %s is read", async (amount, revenue) => {
    const scene = await createScene();
    expect(await scene.post([{ ...appointment, amount }])).toMatchObject([{ result: "accepted" }]);
    expect(scene.deal(NUMBER)?.revenue).toBe(revenue);
  });

  it.each(["12 500 руб.", "1,234,567.00", "12.500.000", "-", "NaN"])(
    "row 8: the sum %s is an error of its document alone",
    async (amount) => {
      const scene = await createScene();
      const [bad, good] = await scene.post([{ ...order, amount }, appointment]);
      expect(bad).toMatchObject({ index: 0, guid: order.guid, result: "error", code: "AMOUNT" });
      expectRussian(bad?.message);
      expect(good).toMatchObject({ index: 1, result: "accepted" });
      expect(scene.deal(NUMBER)?.revenue).toBe("12500.50");
    },
  );

  it("row 9: an empty reference is no reference", async () => {
    const scene = await createScene();
    const base = { ...BASE, guid: EMPTY_GUID };
    const [own, empty] = await scene.post([
      { ...order, base },
      { ...appointment, guid: EMPTY_GUID },
    ]);
    expect(own).toMatchObject({ result: "accepted" });
    expect(scene.deal(order.number)).toMatchObject({ status: "В работе" });
    expect(empty).toMatchObject({ index: 1, result: "error", code: "FIELD" });
  });

  it("row 10: spaces around a number are not part of it", async () => {
    const scene = await createScene();
    expect(await scene.post([{ ...appointment, number: `  ${NUMBER}   ` }])).toMatchObject([{ result: "accepted" }]);
    expect(await scene.post([appointment])).toMatchObject([{ result: "unchanged" }]);
    expect(scene.deal(NUMBER)?.creates).toBe(1);
  });

  it("row 11: a Cyrillic number travels in bodies only", async () => {
    const scene = await createScene();
    await scene.post([appointment]);
    const answer = await scene.call("POST", "/v1/alfa-auto/deals/status", { guids: [APPOINTMENT.toUpperCase()] });
    expect(answer.body["deals"]).toMatchObject([{ guid: APPOINTMENT, status: "delivered", orderNumber: NUMBER }]);
    answer.headers.forEach((value) => {
      expect(value).toMatch(/^[\x20-\x7e]*$/);
    });
    for (const { path } of scene.sandbox.control.requests()) expect(path).toMatch(/^[\x21-\x7e]*$/);
  });

  it("row 12: one number on three documents of two bases is three deals", async () => {
    const scene = await createScene();
    expect(await scene.post([appointment])).toMatchObject([{ result: "accepted" }]);
    const earlier = { ...appointment, guid: guidOf(7), date: "2026-02-01T10:00:00" };
    expect(await scene.post([earlier])).toMatchObject([{ result: "accepted" }]);
    const other = await scene.admin("POST", "/connections", {
      adapter: "alfa-auto",
      name: "Вторая база",
      accountId: scene.accountId,
      since: "2026-01-01T00:00:00+03:00",
    });
    const authorization = `Bearer ${other.body["key"]}`;
    const third = { ...appointment, guid: ORDER };
    const answer = await call(scene.bridge, "POST", PATH, { authorization }, { documents: [third] });
    await scene.idle();
    expect(resultsOf(answer)).toMatchObject([{ result: "accepted" }]);
    const numbers = scene.sandbox.control.deals().map(({ orderNumber }) => orderNumber);
    expect(numbers).toEqual([NUMBER, `${NUMBER}/2026`, `${NUMBER}/2026/${third.guid.slice(0, 8)}`]);
  });

  it("row 13: a broken reference is dropped with a warning", async () => {
    const scene = await createScene();
    const [result] = await scene.post([{ ...appointment, manager: "<Объект не найден> (148:89d1d8bbc1a1)" }]);
    expect(result).toMatchObject({ result: "accepted", code: "BROKEN_REFERENCE" });
    expectRussian(result?.message);
    expect(scene.deal(NUMBER)).toMatchObject({ manager: null, status: "Предварительная заявка" });
  });

  it("row 14: a client typed as text is as good as a reference", async () => {
    const scene = await createScene();
    const [result] = await scene.post([{ ...appointment, client: "Белозёров, сосед Петра (без карточки)" }]);
    expect(result).toMatchObject({ result: "accepted", code: "ACCEPTED" });
    expect(scene.deal(NUMBER)?.tags).toEqual(["Сервис", "Toyota Camry", "2015"]);
  });

  it("row 15: phones in one text are split and made alike", async () => {
    const scene = await createScene();
    const lead = scene.sandbox.control.addLead({
      siteId: "41234",
      kind: "call",
      at: Date.UTC(2026, 8, 12, 15),
      phones: ["79157771122"],
    });
    await scene.post([{ ...appointment, phones: "8 (900) 123-45-67 доб. 12; +7 915 777-11-22, 9031112233" }]);
    expect(phonesSent(scene)).toEqual(["79001234567", "79157771122", "79031112233"]);
    expect(scene.deal(NUMBER)?.link).toEqual({ kind: "call", id: lead });
  });

  it("row 16: null, a missing key and an empty text say the same", async () => {
    const scene = await createScene();
    const { manager: _, campaign: __, ...missing } = { ...appointment, campaign: "" };
    expect(await scene.post([missing])).toMatchObject([{ result: "accepted" }]);
    for (const nothing of [null, "", "  "]) {
      const same = {
        ...missing,
        manager: nothing,
        campaign: nothing,
        base: nothing,
        version: nothing,
        margin: nothing,
      };
      const answer = await scene.call("POST", PATH, { client: nothing, mode: nothing, documents: [same] });
      expect(resultsOf(answer)).toMatchObject([{ result: "unchanged" }]);
    }
    expect(scene.deal(NUMBER)?.manager).toBeNull();
  });

  it("row 18: a document sent again is unchanged and costs no request", async () => {
    const scene = await createScene();
    const [first, second] = await scene.post([appointment, appointment]);
    expect([first?.result, second?.result]).toEqual(["accepted", "unchanged"]);
    const answers = await Promise.all([1, 2, 3].map(() => scene.call("POST", PATH, { documents: [appointment] })));
    await scene.idle();
    expect(answers.flatMap(resultsOf)).toMatchObject(answers.map(() => ({ result: "unchanged" })));
    expect(scene.sandbox.control.requests()).toHaveLength(1);
  });

  it("row 19: an older state that comes late is stale and changes nothing", async () => {
    const scene = await createScene();
    await scene.post([{ ...appointment, status: "Подтвержденная заявка", statusDate: "2026-09-14T10:00:00" }]);
    expect(await scene.post([appointment])).toMatchObject([{ result: "stale", code: "STALE" }]);
    expect(scene.deal(NUMBER)?.status).toBe("Подтвержденная заявка");
    await scene.post([{ ...appointment, guid: guidOf(5), number: "2", version: "10" }]);
    expect(await scene.post([{ ...appointment, guid: guidOf(5), number: "2", version: "9", amount: 1 }])).toMatchObject(
      [{ result: "stale" }],
    );
    expect(scene.deal("2")?.revenue).toBe("12500.50");
  });

  it("row 20: a document without contacts is never an HTTP error: Alfa-Auto's lands under its own source", async () => {
    const scene = await createScene();
    const [result] = await scene.post([{ ...appointment, phones: null, emails: [] }]);
    expect(result).toMatchObject({ result: "accepted" });
    expect(scene.deal(NUMBER)?.link).toMatchObject({ kind: "custom" });
  });

  it("row 20: an adapter that needs contacts skips the document, and the others go through", async () => {
    const scene = await createFakeScene();
    const message = "У контрагента нет телефона и e-mail";
    const answer = await scene.postFake([
      fakeDocument(1, { as: "skipped", code: "PHONE_EMPTY", message }),
      fakeDocument(2),
    ]);
    await scene.idle();
    expect(answer.status).toBe(200);
    expect(resultsOf(answer)).toMatchObject([
      { index: 0, guid: guidOf(1), result: "skipped", code: "PHONE_EMPTY", message },
      { index: 1, result: "accepted" },
    ]);
    expect(scene.sandbox.control.deals().map(({ orderNumber }) => orderNumber)).toEqual(["Ф-2"]);
  });

  it("row 21: a deletion mark becomes the configured status", async () => {
    const scene = await createScene({ connection: { settings: { refusedStatus: "Отменена" } } });
    await scene.post([appointment]);
    expect(await scene.post([{ ...appointment, deleted: true }])).toMatchObject([{ result: "accepted" }]);
    expect(scene.deal(NUMBER)).toMatchObject({ status: "Отменена", isDeleted: false });
  });

  it("row 21: a deletion mark deletes the deal when the connection says so", async () => {
    const scene = await createScene({ connection: { settings: { deleted: "delete" } } });
    await scene.post([appointment]);
    expect(await scene.post([{ ...appointment, deleted: "Да" }])).toMatchObject([{ result: "accepted" }]);
    expect(scene.deal(NUMBER)?.isDeleted).toBe(true);
  });

  it("row 22: a hundred documents are taken at once, more are not", async () => {
    const scene = await createScene();
    const documents = Array.from({ length: 101 }, (_, index) => ({
      ...appointment,
      guid: guidOf(index),
      number: `П-${index}`,
    }));
    expectError(await scene.call("POST", PATH, { documents }), 422, "TOO_MANY");
    expect(scene.sandbox.control.requests()).toEqual([]);
    expect(await scene.post(documents.slice(0, 100))).toHaveLength(100);
    expect(scene.sandbox.control.requests().map(({ items }) => items)).toEqual([100]);
  });

  it("row 22: too many requests at once are told in the body when to come again, and nothing accepted is lost", async () => {
    const gated = createGatedClient();
    const scene = await createScene({ client: gated.client });
    const open = gated.hold();
    const post = (index: number) =>
      scene.call("POST", PATH, { documents: [{ ...appointment, guid: guidOf(index), number: `П-${index}` }] });
    const answers = Array.from({ length: 65 }, (_, index) => post(index));
    // While nothing is stored, only a refusal can be answered.
    const refused = await Promise.race(answers);
    expectError(refused, 429, "RATE");
    expect(refused.body["retryAfter"]).toBe(1);
    expect(refused.headers.get("retry-after")).toBe("1");
    open();
    const stored = (await Promise.all(answers)).filter((answer) => answer !== refused);
    expect(stored.flatMap(resultsOf)).toMatchObject(Array.from({ length: 64 }, () => ({ result: "accepted" })));
    const again = (await Promise.all(answers)).indexOf(refused);
    expect(resultsOf(await post(again))).toMatchObject([{ result: "accepted" }]);
    await scene.idle();
    expect(scene.sandbox.control.deals()).toHaveLength(65);
  });

  it("row 25: line breaks, tabs and control characters of a comment are made plain, and its length is capped", async () => {
    const scene = await createScene();
    const reason = `Стук\r\nв\tподвеске\u0000\u0007 \r\n\r\n\r\n${"я".repeat(3_000)}`;
    const manager = "Соколов\r\n\tАндрей\u0001";
    await scene.post([{ ...appointment, reason, manager }]);
    const [comment = ""] = scene.deal(NUMBER)?.comments ?? [];
    expect(comment.startsWith("Стук\nв подвеске\n\nяяя")).toBe(true);
    expect(comment.length).toBe(255);
    expect(scene.deal(NUMBER)?.manager).toBe("Соколов Андрей");
  });
});
