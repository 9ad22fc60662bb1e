/** What is explained is what happens, and explaining it changes nothing. */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { maskBody } from "../../src/ingest/mask-body.ts";
import { order as dalionOrder, shipment } from "../adapters/dalion-documents.ts";
import { guidOf, numberOf, visit, withoutDispatch, workOrder } from "../dispatcher/stage.ts";
import { ADMIN_READ_TOKEN, call, createScene, type Scene, type SceneOptions } from "../scene.ts";
import { expectError, expectReadable } from "./contract.ts";

const request = z.strictObject({
  step: z.enum(["create", "update", "delete", "lookup", "none"]),
  method: z.string().optional(),
  path: z.string().optional(),
  body: z.unknown().optional(),
});
const explained = z.strictObject({
  index: z.number(),
  guid: z.string().optional(),
  result: z.string(),
  code: z.string(),
  message: z.string().optional(),
  dealId: z.number().optional(),
  retry: z.boolean().optional(),
  rule: z.strictObject({ id: z.string(), skip: z.literal(true).optional(), conditions: z.object() }).optional(),
  others: z.array(z.strictObject({ id: z.string(), reason: z.string() })).optional(),
  account: z.string().optional(),
  leadTags: z.array(z.string()).optional(),
  funnel: z.string().optional(),
  request: request.optional(),
  ifReleased: request.optional(),
});

async function dump({ client }: Scene): Promise<string> {
  const { rows: tables } = await client.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
  const rows = await Promise.all(tables.map(({ name }) => client.execute(`SELECT * FROM "${String(name)}"`)));
  return JSON.stringify(rows.map((table) => table.rows));
}

/** Explains, and insists that nothing was written or sent. */
async function explain(scene: Scene, documents: readonly unknown[], adapter = "alfa-auto", extra: object = {}) {
  // The use of the key is remembered once a minute, whatever it is used for.
  await scene.call("GET", "/v1/ping");
  await scene.idle();
  const before = await dump(scene);
  const requests = scene.sandbox.control.requests().length;
  const answer = await scene.call("POST", `/v1/${adapter}/documents?explain=1`, { documents, ...extra });
  await scene.idle();
  expectReadable(answer);
  expect(await dump(scene)).toBe(before);
  expect(scene.sandbox.control.requests()).toHaveLength(requests);
  return z.array(explained).parse(answer.body["results"]);
}

/** The writes Calltouch gets for these documents, masked as answers are. */
async function send(scene: Scene, documents: readonly unknown[], adapter = "alfa-auto", extra: object = {}) {
  const before = scene.sandbox.control.requests().length;
  const answer = await scene.call("POST", `/v1/${adapter}/documents`, { documents, ...extra });
  await scene.idle();
  const results = z.array(z.looseObject({ result: z.string(), code: z.string() })).parse(answer.body["results"]);
  const writes = scene.sandbox.control.requests().slice(before);
  return {
    results: results.map(({ result, code }) => `${result} ${code}`),
    writes: writes.map(({ method, path, body, operation }) => ({
      step: operation,
      method,
      path,
      body: maskBody(body),
    })),
  };
}

const addRule = async (scene: Scene, rule: object) =>
  z.string().parse((await scene.admin("POST", `/connections/${scene.connectionId}/rules`, rule)).body["id"]);

interface Case {
  options?: SceneOptions;
  adapter?: string;
  /** What was before. */
  prepare?: (scene: Scene) => Promise<unknown>;
  documents: readonly unknown[];
  extra?: object;
  /** What Calltouch is sent; nothing when left out. */
  sent?: "create" | "update" | "delete";
}

const DALION = { adapter: "dalion", since: "2020-01-01T00:00:00+03:00" };
const postDalion = (documents: readonly unknown[]) => async (scene: Scene) => {
  await scene.call("POST", "/v1/dalion/documents", { documents });
  await scene.idle();
};
const CASES: Record<string, Case> = {
  "a creation": { sent: "create", documents: [visit(1)] },
  "a creation from two documents": { sent: "create", documents: [visit(1), workOrder(2, 1)] },
  "a change": { sent: "update", prepare: (scene) => scene.post([visit(1)]), documents: [workOrder(2, 1)] },
  "another contact, for which the lead is sought again": {
    sent: "update",
    prepare: (scene) => scene.post([visit(1, { phones: "", emails: "" })]),
    documents: [visit(1, { changedAt: "2026-10-01T10:00:00" })],
  },
  "a deletion": {
    sent: "delete",
    options: { connection: { adapter: "alfa-auto", settings: { deleted: "delete" } } },
    prepare: (scene) => scene.post([visit(1)]),
    documents: [visit(1, { deleted: true, changedAt: "2026-10-01T10:00:00" })],
  },
  "nothing new": { prepare: (scene) => scene.post([visit(1)]), documents: [visit(1)] },
  "the number of another deal": {
    sent: "create",
    prepare: (scene) => scene.post([visit(2, { number: numberOf(1) })]),
    documents: [visit(1)],
  },
  "a rule with a tag and a funnel": {
    sent: "create",
    prepare: (scene) => addRule(scene, { leadTag: "Юг", funnel: "Сервис" }),
    documents: [visit(1)],
  },
  "no rule that fits": { prepare: (scene) => addRule(scene, { department: "Нигде" }), documents: [visit(1)] },
  "a rule that sends nothing": { prepare: (scene) => addRule(scene, { skip: true }), documents: [visit(1)] },
  "nothing to be sent": { documents: [visit(1, { status: "" })] },
  "the exchange switched off": { options: { account: { autoExchange: false } }, documents: [visit(1)] },
  "the exchange switched off, and a person": {
    sent: "create",
    options: { account: { autoExchange: false } },
    documents: [visit(1)],
    extra: { mode: "manual" },
  },
  "a trial": { options: { connection: { dryRun: true } }, documents: [visit(1)] },
  "an error": { documents: [visit(1, { amount: "много" })] },
  "a new order of Dalion": {
    sent: "create",
    options: { connection: DALION },
    adapter: "dalion",
    documents: [dalionOrder()],
  },
  "an edit that Dalion holds back": {
    options: { connection: DALION },
    adapter: "dalion",
    prepare: postDalion([dalionOrder()]),
    documents: [dalionOrder({ amount: 7, changedAt: "2023-03-16T10:00:00" })],
  },
  "a shipment": {
    sent: "update",
    options: { connection: DALION },
    adapter: "dalion",
    prepare: postDalion([dalionOrder()]),
    documents: [shipment(1)],
  },
};

describe("an explanation", () => {
  it.each(Object.keys(CASES))("of %s tells the very result and the very request that follow", async (name) => {
    const { options = {}, adapter, prepare, documents, extra, sent } = CASES[name] ?? { documents: [] };
    const scene = await createScene(options);
    await prepare?.(scene);
    const told = await explain(scene, documents, adapter, extra);
    const { results, writes } = await send(scene, documents, adapter, extra);
    expect(told.map(({ result, code }) => `${result} ${code}`)).toEqual(results);
    const requests = told.flatMap(({ request: next }) => (next === undefined || next.step === "none" ? [] : [next]));
    // Documents of one deal are explained by one and the same request.
    expect([...new Map(requests.map((each) => [JSON.stringify(each), each])).values()]).toEqual(writes);
    expect(writes.map(({ step }) => step)).toEqual(sent === undefined ? [] : [sent]);
  });

  it.each(["the exchange switched off", "a trial", "no rule that fits"])(
    "of %s tells also what would be sent if it were released",
    async (name) => {
      const { options = {}, prepare, documents } = CASES[name] ?? { documents: [] };
      const scene = await createScene(options);
      await prepare?.(scene);
      const [told] = await explain(scene, documents);
      expect(told?.request).toEqual({ step: "none" });
      await scene.post(documents);
      await scene.admin("PATCH", `/accounts/${scene.accountId}`, { autoExchange: true });
      await scene.admin("PATCH", `/connections/${scene.connectionId}`, { dryRun: false });
      if (name === "no rule that fits") await addRule(scene, {});
      await scene.run(5_000);
      const [write] = scene.sandbox.control.requests();
      expect(told?.ifReleased).toEqual({
        step: "create",
        method: write?.method,
        path: write?.path,
        body: maskBody(write?.body),
      });
    },
  );

  it("of documents with one number gives each deal the number it will get", async () => {
    const scene = await createScene();
    const documents = [visit(1), visit(2, { number: numberOf(1) })];
    const told = await explain(scene, documents);
    await scene.post(documents);
    const bodies = z.array(z.looseObject({ body: z.object({ orders: z.array(z.unknown()) }) }));
    const orders = bodies.parse(told.map((each) => each.request)).flatMap(({ body }) => body.orders);
    const [write] = scene.sandbox.control.requests();
    expect(orders).toEqual(z.object({ orders: z.array(z.unknown()) }).parse(maskBody(write?.body)).orders);
    expect(scene.deal(`${numberOf(1)}/2026`)).toBeDefined();
  });

  it("names the rule chosen with its conditions, and of the others why they were not", async () => {
    const scene = await createScene();
    const any = await addRule(scene, { funnel: "Любая", leadTag: "Юг" });
    const none = await addRule(scene, { department: "Нигде", organization: "ООО" });
    const [told] = await explain(scene, [visit(1)]);
    expect(told).toMatchObject({
      rule: { id: any, conditions: {} },
      others: [{ id: none, reason: "Не подходит: организация, подразделение" }],
      account: "Наш кабинет",
      leadTags: ["Юг"],
      funnel: "Любая",
    });
    await scene.post([visit(1)]);
    const better = await addRule(scene, { department: "Сервис" });
    const [pinned] = await explain(scene, [visit(1, { department: "Сервис", changedAt: "2026-10-01T10:00:00" })]);
    expect(pinned).toMatchObject({ rule: { id: any }, leadTags: ["Юг"] });
    expect(pinned?.others).toContainEqual({ id: better, reason: "Сделка уже идёт по другой настройке" });
  });

  it("shows no phone, e-mail, name or comment, also none of another document of the deal", async () => {
    const scene = await createScene();
    await withoutDispatch(scene.platform, () =>
      scene.call("POST", "/v1/alfa-auto/documents", { documents: [visit(1)] }),
    );
    const answer = await scene.call("POST", "/v1/alfa-auto/documents?explain=1", { documents: [workOrder(2, 1)] });
    for (const secret of ["79001234567", "belozerov", "Белозёров", "Стук", "Замена", "site-token"]) {
      expect(answer.text).not.toContain(secret);
    }
    expect(answer.text).toContain("7900***4567");
  });

  it("of twenty large documents fits into 8 KB, with the steps of all and the bodies of the first", async () => {
    const scene = await createScene();
    const documents = Array.from({ length: 20 }, (_, index) => visit(index + 1));
    const results = await explain(scene, documents);
    expect(results.map(({ request: next }) => next?.step)).toEqual(documents.map(() => "create"));
    expect(results[0]?.request?.body).toBeDefined();
    expect(results[19]?.request?.body).toBeUndefined();
    const answer = await scene.call("POST", "/v1/alfa-auto/documents?explain=1", { documents });
    expect(answer.body["more"]).toBe(true);
    const many = { documents: [...documents, visit(21)] };
    expectError(await scene.call("POST", "/v1/alfa-auto/documents?explain", many), 422, "TOO_MANY");
  });

  it("does not remember the base it came from, and refuses another one", async () => {
    const scene = await createScene();
    await explain(scene, [visit(1)], "alfa-auto", { client: { infobase: "first" } });
    await scene.post([visit(1)], { client: { infobase: "second" } });
    const body = { documents: [visit(1)], client: { infobase: "first" } };
    expectError(await scene.call("POST", "/v1/alfa-auto/documents?explain=1", body), 409, "BASE_CHANGED");
  });
});

describe("a stored deal, for the operator", () => {
  const look = (scene: Scene, path: string, token = ADMIN_READ_TOKEN) =>
    call(scene.bridge, "GET", `/admin/deals/${path}`, { authorization: `Bearer ${token}` });

  it("is shown with its documents and nobody's name", async () => {
    const scene = await createScene();
    await scene.post([visit(1), workOrder(2, 1)]);
    const answer = await look(scene, "1");
    const dealId = scene.deal(numberOf(1))?.calltouchOrderId;
    expect(answer.body).toMatchObject({
      id: 1,
      connectionId: scene.connectionId,
      guid: guidOf(1),
      orderNumber: numberOf(1),
      orderAt: "2026-09-12T15:38:09.000Z",
      status: "delivered",
      isDelivered: true,
      dealId,
      account: "Наш кабинет",
      documents: [{ guid: guidOf(1), manual: false, stamp: "date:1789282800000" }, { guid: guidOf(2) }],
    });
    expect(answer.text).not.toMatch(/79001234567|Белозёров|Стук/);
  });

  it("is explained as it stands, and the explanation changes nothing", async () => {
    const scene = await createScene();
    await withoutDispatch(scene.platform, () =>
      scene.call("POST", "/v1/alfa-auto/documents", { documents: [visit(1)] }),
    );
    const before = await dump(scene);
    const told = await look(scene, "1/explain");
    expect(await dump(scene)).toBe(before);
    expect(told.text).not.toMatch(/79001234567|Белозёров|Стук/);
    await scene.run(2_000);
    const [write] = scene.sandbox.control.requests();
    expect(told.body).toMatchObject({ id: 1, status: "due", account: "Наш кабинет" });
    expect(request.parse(told.body["request"])).toEqual({
      step: "create",
      method: write?.method,
      path: write?.path,
      body: maskBody(write?.body),
    });
    expect((await look(scene, "1/explain")).body).toMatchObject({ status: "delivered", request: { step: "none" } });
  });

  it("that is not there is not found", async () => {
    const scene = await createScene();
    for (const path of ["7", "7/explain"]) expectError(await look(scene, path), 404, "NOT_FOUND");
    expectError(await look(scene, "x"), 422, "FIELD");
  });
});
