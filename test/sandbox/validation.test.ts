import { describe, expect, it } from "vitest";
import { callContact, createScene, customSources, order, SITE } from "./scene.ts";

/** Appendix 1 of the customer's technical assignment, as Calltouch itself wrote it. */
const APPENDIX_1 = {
  crm: "название CRM",
  orders: [
    {
      matching: [
        {
          type: "callContact",
          callContactParams: {
            phones: ["79157771122", "+79009991122"],
            date: "19-07-2021 16:42:32",
            callTypeToMatch: "nearest",
            searchDepth: 259200,
          },
        },
        {
          type: "requestContact",
          requestContactParams: {
            emails: ["name@server.com", "234234@test.com"],
            phones: ["79157771122", "+79009991122"],
            date: "19-07-2021 16:42:32",
            requestTypeToMatch: "nearest",
            searchDepth: 259200,
          },
        },
        {
          type: "customSources",
          customSourceParams: { source: "офлайн-визит", medium: "офлайн-визит", campaign: "офлайн-визит" },
        },
      ],
      orderNumber: "УникальныйIDсделки2",
      status: "Запись",
      statusDate: "19-07-2021 16:42:32",
      orderDate: "19-07-2021 16:42:32",
      revenue: "1000.00",
      addTags: [{ tag: "Тег1" }, { tag: "Тег2" }, { tag: "Тег3" }],
    },
  ],
};

const ofOne = (change: object) => ({ crm: "CRM", orders: [order("1", change)] });
const matched = (matcher: object) => ofOne({ matching: [matcher] });
const { orderNumber: _number, ...withoutNumber } = order("1");
const { matching: _matching, ...withoutMatching } = order("1");
const { status: _status, ...withoutStatus } = order("1");
const { orderDate: _date, ...withoutDate } = order("1");
const hundredAndOne = Array.from({ length: 101 }, (_, index) => order(String(index)));

describe("a create body", () => {
  it("is accepted as the customer's appendix shows it", async () => {
    const scene = createScene();
    const answer = await scene.post("create", APPENDIX_1);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      data: { orders: [{ orderNumber: "УникальныйIDсделки2", calltouchOrderId: 7071678, error: null }] },
    });
    expect(scene.deal("УникальныйIDсделки2")).toMatchObject({
      crm: "название CRM",
      status: "Запись",
      statusDate: "19-07-2021 16:42:32",
      statusAt: Date.UTC(2021, 6, 19, 13, 42, 32),
      revenue: "1000.00",
      tags: ["Тег1", "Тег2", "Тег3"],
      link: { kind: "custom", custom: { campaign: "офлайн-визит" } },
      creates: 1,
    });
  });

  it("is accepted with every field of the reference", async () => {
    const scene = createScene({ rejectUnknownKeys: true });
    const answer = await scene.create(
      order("1", {
        matching: [
          callContact({ tags: ["МЧ Ростов"], tagsLogic: "and" }),
          { type: "call", callParams: { callId: 1 } },
          { type: "request", requestParams: { requestId: 1, tags: ["a"], tagsLogic: "or" } },
          { type: "chat", chatParams: { chatId: 1 } },
          customSources,
          { type: "withoutSource" },
        ],
        funnel: "Магазин",
        statusDate: "14-05-2025 10:42:07",
        currency: "rub",
        revenue: "0.00",
        margin: "-12.5",
        manager: "Петров Пётр",
        orderLink: "https://example.com/1",
        orderName: "Заказ покупателя 000123",
        comment: { text: "Выгружено из 1С" },
        addTags: [{ tag: "Масла розлив" }],
        addTagsToLead: { overwrite: false, tags: [{ tag: "сделка" }] },
        customFields: [{ field: "grossprofit", value: "0" }],
        addCustomFieldsToLead: { overwrite: true, customFields: [{ field: "a", value: 1 }] },
        products: [{ name: "Масло 5W-40", price: "1760.00", category: "Масла", quantity: 1 }],
        orderContacts: {
          mainContacts: { fio: "Иванов Иван", phoneNumber: "8 (903) 123-45-67", email: "buyer@example.com" },
          otherContacts: { phoneNumber: ["79031234568"] },
        },
        leadManager: { manager: "Петров Пётр", overwrite: false },
      }),
    );
    expect(answer.json).toMatchObject({ data: { orders: [{ orderNumber: "1", error: null }] } });
  });

  it.each<[string, unknown]>([
    ["that is no JSON", "{"],
    ["without crm", { orders: [order("1")] }],
    ["without orders", { crm: "CRM" }],
    ["with orders as an object", { crm: "CRM", orders: { "0": order("1") } }],
    ["with no orders", { crm: "CRM", orders: [] }],
    ["with 101 orders", { crm: "CRM", orders: hundredAndOne }],
    ["with an order that is a string", { crm: "CRM", orders: ["1"] }],
    ["without orderNumber", { crm: "CRM", orders: [withoutNumber] }],
    ["with an empty orderNumber", ofOne({ orderNumber: "" })],
    ["with orderNumber null", ofOne({ orderNumber: null })],
    ["with an endless orderNumber", ofOne({ orderNumber: "1".repeat(101) })],
    ["without matching", { crm: "CRM", orders: [withoutMatching] }],
    ["with matching as an object", ofOne({ matching: customSources })],
    ["with empty matching", ofOne({ matching: [] })],
    ["without status", { crm: "CRM", orders: [withoutStatus] }],
    ["with an empty status", ofOne({ status: "" })],
    ["with an endless status", ofOne({ status: "с".repeat(101) })],
    ["without orderDate", { crm: "CRM", orders: [withoutDate] }],
    ["with an impossible date", ofOne({ orderDate: "31-02-2025 10:00:00" })],
    ["with an impossible time", ofOne({ statusDate: "01-02-2025 24:00:00" })],
    ["with a date in ISO form", ofOne({ orderDate: "2025-05-14 11:00:00" })],
    ["with a date without seconds", ofOne({ orderDate: "14-05-2025 11:00" })],
    ["with a date with slashes", ofOne({ orderDate: "14/05/2025 11:00:00" })],
    ["with a status date ahead", ofOne({ statusDate: "14-05-2025 12:05:01" })],
    ["with an order date ahead", ofOne({ orderDate: "15-05-2025 12:00:00" })],
    ["with a comma in revenue", ofOne({ revenue: "1000,00" })],
    ["with three decimals in revenue", ofOne({ revenue: "1000.001" })],
    ["with three decimals in a numeric revenue", ofOne({ revenue: 10.125 })],
    ["with a space in revenue", ofOne({ revenue: "1 000.00" })],
    ["with an empty revenue", ofOne({ revenue: "" })],
    ["with a negative revenue", ofOne({ revenue: "-1.00" })],
    ["with revenue null", ofOne({ revenue: null })],
    ["with a comma in margin", ofOne({ margin: "1,5" })],
    ["with orderLink null", ofOne({ orderLink: null })],
    ["with an orderLink that is no address", ofOne({ orderLink: "1C:Enterprise" })],
    ["with an empty manager", ofOne({ manager: "" })],
    ["with a comment as text", ofOne({ comment: "text" })],
    ["with a long comment", ofOne({ comment: { text: "я".repeat(256) } })],
    ["with empty addTags", ofOne({ addTags: [] })],
    ["with addTags shaped for an update", ofOne({ addTags: { overwrite: false, tags: [{ tag: "a" }] } })],
    ["with addTags of bare strings", ofOne({ addTags: ["a"] })],
    ["with an endless tag", ofOne({ addTags: [{ tag: "т".repeat(101) }] })],
    ["with addTagsToLead without overwrite", ofOne({ addTagsToLead: { tags: [{ tag: "a" }] } })],
    ["with empty customFields", ofOne({ customFields: [] })],
    ["with empty products", ofOne({ products: [] })],
    ["with a product without a price", ofOne({ products: [{ name: "a" }] })],
    ["with a fractional quantity", ofOne({ products: [{ name: "a", price: "1.00", quantity: 0.5 }] })],
    ["with orderContacts of empty lists", ofOne({ orderContacts: { otherContacts: { email: [] } } })],
    ["with a lower-case matcher", matched({ ...callContact(), type: "callcontact" })],
    ["with an unknown matcher", matched({ type: "phone" })],
    ["with a matcher without its params", matched({ type: "callContact" })],
    ["with a matcher with another's params", matched({ ...callContact(), type: "requestContact" })],
    ["with a matcher with no phones", matched(callContact({ phones: [] }))],
    ["with a call matcher of e-mails only", matched(callContact({ phones: undefined, emails: ["a@b.ru"] }))],
    ["with a phone that is none", matched(callContact({ phones: ["нет"] }))],
    ["with a numeric phone", matched(callContact({ phones: [79157771122] }))],
    ["with phones as an object", matched(callContact({ phones: { "1": "79157771122" } }))],
    ["with empty matcher tags", matched(callContact({ tags: [] }))],
    ["with unknown tagsLogic", matched(callContact({ tags: ["a"], tagsLogic: "AND" }))],
    ["with unknown typeToMatch", matched(callContact({ callTypeToMatch: "last" }))],
    [
      "with typeToMatch of another matcher",
      matched(callContact({ callTypeToMatch: undefined, leadTypeToMatch: "nearest" })),
    ],
    ["with searchDepth of zero", matched(callContact({ searchDepth: 0 }))],
    ["with searchDepth as text", matched(callContact({ searchDepth: "120" }))],
    ["with searchDepth beyond the most", matched(callContact({ searchDepth: 262_801 }))],
    ["with an impossible matching date", matched(callContact({ date: "30-02-2025 10:00:00" }))],
    ["with a call id as text", matched({ type: "call", callParams: { callId: "1" } })],
    ["with a custom source without medium", matched({ type: "customSources", customSourceParams: { source: "a" } })],
    [
      "with a long custom source",
      matched({ type: "customSources", customSourceParams: { source: "и".repeat(129), medium: "a" } }),
    ],
  ])("%s is refused whole, applies nothing and costs nothing", async (_title, body) => {
    const scene = createScene();
    const before = scene.sandbox.control.points(SITE);
    const answer = await scene.post("create", body);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ data: { validationErrorData: expect.any(Object) } });
    expect(scene.sandbox.control.deals()).toEqual([]);
    expect(scene.sandbox.control.points(SITE)).toEqual(before);
  });

  it("names the path of what is wrong, and one bad order spoils the other", async () => {
    const scene = createScene();
    const answer = await scene.create(order("1"), order("2", { matching: [{ type: "callcontact" }] }));
    expect(answer.json).toEqual({
      data: { validationErrorData: { "orders[1].matching[0].type": expect.any(String) } },
    });
    expect(scene.deal("1")).toBeUndefined();
  });

  it("may be dated up to five minutes ahead", async () => {
    const scene = createScene();
    expect((await scene.create(order("1", { orderDate: "14-05-2025 12:05:00" }))).status).toBe(200);
  });

  it("must be declared as JSON", async () => {
    const scene = createScene();
    const answer = await scene.post("create", APPENDIX_1, { "Content-Type": "text/plain" });
    expect(answer.status).toBe(415);
    expect(scene.sandbox.control.deals()).toEqual([]);
  });

  it("may carry a number as orderNumber, which is read as text", async () => {
    const scene = createScene();
    expect((await scene.create(order("", { orderNumber: 2442 }))).items).toMatchObject([{ orderNumber: "2442" }]);
  });
});

describe("an update or delete body", () => {
  const updateOf = (change: object) => ({
    orders: [{ orderNumber: "1", updateDate: "14-05-2025 11:30:00", ...change }],
  });

  it.each<[string, "update" | "delete", unknown]>([
    ["with addTags shaped for a create", "update", updateOf({ addTags: [{ tag: "a" }] })],
    ["with no tags to add", "update", updateOf({ addTags: { overwrite: false, tags: [] } })],
    ["with overwrite as text", "update", updateOf({ addTags: { overwrite: "false", tags: [{ tag: "a" }] } })],
    ["with empty reMatching", "update", updateOf({ reMatching: [] })],
    ["with a long comment", "update", updateOf({ addNewComment: { text: "я".repeat(256) } })],
    ["without updateDate", "update", updateOf({ updateDate: undefined })],
    ["with a status and not its date", "update", updateOf({ status: "s" })],
    ["with an update date ahead", "update", updateOf({ updateDate: "14-05-2025 12:05:01" })],
    ["with a status date ahead", "update", updateOf({ statusDate: "14-05-2025 13:00:00" })],
    ["with an empty status", "update", updateOf({ status: "" })],
    ["with no orders", "update", { orders: [] }],
    ["with no numbers", "delete", { orderNumbers: [] }],
    ["with a number that is no list", "delete", { orderNumbers: "1" }],
    ["with an empty number", "delete", { orderNumbers: [""] }],
    ["with 101 numbers", "delete", { orderNumbers: hundredAndOne.map(({ orderNumber }) => orderNumber) }],
  ])("%s (%s) is refused whole", async (_title, operation, body) => {
    const scene = createScene();
    await scene.create(order("1"));
    const before = scene.deal("1");
    const answer = await scene.post(operation, body);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ data: { validationErrorData: expect.any(Object) } });
    expect(scene.deal("1")).toEqual(before);
  });

  it("ignores the fields of a create, as existing clients send them", async () => {
    const scene = createScene();
    await scene.create(order("1"));
    const answer = await scene.post("update", {
      crm: "CRM",
      ...updateOf({ orderDate: "01-01-2020 00:00:00", matching: {}, comment: "" }),
    });
    expect(answer.items).toMatchObject([{ orderNumber: "1", error: null }]);
    expect(scene.deal("1")?.orderDate).toBe("14-05-2025 11:00:00");
  });
});
