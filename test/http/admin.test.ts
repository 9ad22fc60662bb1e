import { describe, expect, it } from "vitest";
import * as z from "zod";
import { adapters } from "../../adapters/index.ts";
import { APPOINTMENT, appointment, order } from "../adapters/alfa-auto-documents.ts";
import { call, createScene, NOON, type Scene } from "../scene.ts";
import { expectError } from "./contract.ts";
import { guidOf } from "./fake-erp.ts";
import { createGatedClient } from "./gated-client.ts";

const PATH = "/v1/alfa-auto/documents";
const TOKEN = "tok-5f3c9a1e77d24";
const ACCOUNT = { name: "Второй кабинет", siteId: "555", token: TOKEN };

const createAccount = (scene: Scene, change: Record<string, unknown> = {}) =>
  scene.admin("POST", "/accounts", { ...ACCOUNT, ...change });
const createConnection = (scene: Scene, change: Record<string, unknown> = {}) =>
  scene.admin("POST", "/connections", {
    adapter: "alfa-auto",
    name: "Вторая база",
    accountId: scene.accountId,
    ...change,
  });
const connectionOf = async (scene: Scene, id: unknown = scene.connectionId) =>
  (await scene.admin("GET", `/connections/${id}`)).body;

async function rowsOf(scene: Scene): Promise<string> {
  const tables = await scene.client.execute("SELECT name FROM sqlite_master WHERE type = 'table'");
  const all = await Promise.all(tables.rows.map(({ name }) => scene.client.execute(`SELECT * FROM "${name}"`)));
  return JSON.stringify(all.map(({ rows }) => rows));
}

describe("accounts", () => {
  it("an account is created with Calltouch's usual limits, listed and read", async () => {
    const scene = await createScene();
    scene.clock.advance(1_000);
    const created = await createAccount(scene);
    expect(created.status).toBe(201);
    const expected = {
      id: created.body["id"],
      name: "Второй кабинет",
      siteId: "555",
      timeZone: "Europe/Moscow",
      hourlyPoints: 9_000,
      dailyPoints: 216_000,
      requestPoints: 1,
      livePercent: 10,
      listingLagMs: 10_000,
      autoExchange: true,
      showMessages: true,
      itemKindTags: false,
      failures: 0,
      createdAt: new Date(NOON + 1_000).toISOString(),
    };
    expect((await scene.admin("GET", `/accounts/${expected.id}`)).body).toEqual(expected);
    const { accounts } = (await scene.admin("GET", "/accounts")).body;
    expect(accounts).toMatchObject([{ id: scene.accountId, name: "Наш кабинет" }, expected]);
  });

  it("a patch changes what it names and nothing else", async () => {
    const scene = await createScene();
    const own = { hourlyPoints: 100, dailyPoints: 2_400, requestPoints: 3, listingLagMs: 500, timeZone: "Asia/Omsk" };
    const { id } = (await createAccount(scene, own)).body;
    const before = (await scene.admin("GET", `/accounts/${id}`)).body;
    expect(before).toMatchObject(own);
    expect((await scene.admin("PATCH", `/accounts/${id}`, { name: "Переименован" })).body).toEqual({ id });
    expect((await scene.admin("GET", `/accounts/${id}`)).body).toEqual({ ...before, name: "Переименован" });
    await scene.admin("PATCH", `/accounts/${id}`, { token: "new", hourlyPoints: 7 });
    expect((await scene.admin("GET", `/accounts/${id}`)).body).toMatchObject({ ...own, hourlyPoints: 7 });
    expect((await scene.admin("PATCH", `/accounts/${id}`, {})).status).toBe(200);
  });

  it("a name is taken once, also when two ask for it at the same time", async () => {
    const scene = await createScene();
    expectError(await createAccount(scene, { name: "Наш кабинет" }), 409, "NAME_TAKEN");
    const both = await Promise.all([createAccount(scene), createAccount(scene, { siteId: "556" })]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    expectError(await scene.admin("PATCH", `/accounts/${scene.accountId}`, { name: ACCOUNT.name }), 409, "NAME_TAKEN");
    const same = await scene.admin("PATCH", `/accounts/${scene.accountId}`, { name: "Наш кабинет" });
    expect(same.status).toBe(200);
  });

  it.each<[string, Record<string, unknown>]>([
    ["no token", { token: undefined }],
    ["a token with a space", { token: `${TOKEN} ` }],
    ["a Cyrillic token", { token: "токен" }],
    ["no name", { name: "  " }],
    ["an unknown time zone", { timeZone: "Europe/Moskva" }],
    ["no points", { hourlyPoints: 0 }],
    ["half a point", { requestPoints: 0.5 }],
    ["an unknown field", { secret: TOKEN }],
  ])("%s is refused by the field's name, never by its value", async (_, change) => {
    const scene = await createScene();
    const answer = await createAccount(scene, change);
    expectError(answer, 422, "FIELD");
    expect(answer.body["message"]).toMatch(new RegExp(Object.keys(change)[0] ?? "?"));
    expect(answer.text).not.toContain(TOKEN);
  });

  it("a token goes in and never comes out: not in answers, not in logs, not in the database", async () => {
    const scene = await createScene();
    const created = await createAccount(scene);
    const { id } = created.body;
    const answers = [
      created,
      await createAccount(scene),
      await scene.admin("GET", "/accounts"),
      await scene.admin("GET", `/accounts/${id}`),
      await scene.admin("PATCH", `/accounts/${id}`, { token: `${TOKEN}-2` }),
      await scene.admin("PATCH", `/accounts/${id}`, { token: `${TOKEN}\n` }),
      await scene.admin("GET", "/summary"),
      await scene.admin("POST", "/accounts", `{"token": "${TOKEN}"`),
    ];
    await scene.post([appointment]);
    for (const { text } of answers) expect(text).not.toContain(TOKEN);
    const stored = await rowsOf(scene);
    for (const token of [TOKEN, "site-token"]) {
      expect(JSON.stringify(scene.logs)).not.toContain(token);
      expect(stored).not.toContain(token);
      expect(stored).not.toContain(btoa(token));
    }
  });

  it("what is not there is not found", async () => {
    const scene = await createScene();
    for (const kind of ["accounts", "connections"]) {
      expectError(await scene.admin("GET", `/${kind}/0000`), 404, "NOT_FOUND");
      expectError(await scene.admin("PATCH", `/${kind}/0000`, {}), 404, "NOT_FOUND");
    }
  });
});

describe("connections", () => {
  it("a connection is created with a key shown once, listed and read", async () => {
    const scene = await createScene();
    scene.clock.advance(1_000);
    const created = await createConnection(scene, { settings: { serviceTag: "СТО" } });
    expect(created.status).toBe(201);
    const { id, key } = z.strictObject({ id: z.string(), key: z.string() }).parse(created.body);
    const expected = {
      id,
      adapter: "alfa-auto",
      name: "Вторая база",
      accountId: scene.accountId,
      timeZone: "Europe/Moscow",
      dryRun: false,
      settings: { serviceTag: "СТО" },
      infobases: [],
      since: "2026-11-21T21:00:00.000Z",
      createdAt: new Date(NOON + 1_000).toISOString(),
    };
    expect(await connectionOf(scene, id)).toEqual(expected);
    const list = await scene.admin("GET", "/connections");
    expect(list.body["connections"]).toMatchObject([{ id: scene.connectionId }, expected]);
    expect(list.text).not.toContain(key);
    const ping = await call(scene.bridge, "GET", "/v1/ping", { "x-api-key": key });
    expect(ping.body["connection"]).toBe("Вторая база");
  });

  it.each([
    ["Europe/Moscow", "2026-11-21T21:00:00.000Z"],
    ["Asia/Vladivostok", "2026-11-21T14:00:00.000Z"],
    ["America/New_York", "2026-11-22T05:00:00.000Z"],
  ])("without a date it starts with the day it was made on in %s", async (timeZone, since) => {
    const scene = await createScene();
    const { id } = (await createConnection(scene, { timeZone })).body;
    expect((await connectionOf(scene, id))["since"]).toBe(since);
  });

  it("a date given is taken with its zone", async () => {
    const scene = await createScene();
    const { id } = (await createConnection(scene, { since: "2026-03-01T00:00:00+05:00" })).body;
    expect((await connectionOf(scene, id))["since"]).toBe("2026-02-28T19:00:00.000Z");
    await scene.admin("PATCH", `/connections/${id}`, { since: "2026-01-01T00:00:00Z" });
    expect((await connectionOf(scene, id))["since"]).toBe("2026-01-01T00:00:00.000Z");
  });

  it("a patch changes what it names and nothing else", async () => {
    const scene = await createScene();
    const { id } = (await createConnection(scene, { timeZone: "Asia/Omsk", settings: { serviceTag: "СТО" } })).body;
    const before = await connectionOf(scene, id);
    await scene.admin("PATCH", `/connections/${id}`, { name: "Третья" });
    expect(await connectionOf(scene, id)).toEqual({ ...before, name: "Третья" });
    await scene.admin("PATCH", `/connections/${id}`, { settings: { deleted: "delete" }, infobases: ["a", "b"] });
    expect(await connectionOf(scene, id)).toEqual({
      ...before,
      name: "Третья",
      settings: { deleted: "delete" },
      infobases: ["a", "b"],
    });
    expect((await scene.admin("PATCH", `/connections/${id}`, {})).status).toBe(200);
  });

  it("a name is taken once, also when two ask for it at the same time", async () => {
    const gated = createGatedClient();
    const scene = await createScene({ client: gated.client });
    expectError(await createConnection(scene, { name: "Сервис" }), 409, "NAME_TAKEN");
    const open = gated.hold();
    const asked = [createConnection(scene), createConnection(scene)];
    await gated.held(2);
    open();
    const both = await Promise.all(asked);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    const keys = await scene.client.execute("SELECT count(*) AS n FROM erp_keys");
    expect(keys.rows[0]?.["n"]).toBe(2);
    const taken = await scene.admin("PATCH", `/connections/${scene.connectionId}`, { name: "Вторая база" });
    expectError(taken, 409, "NAME_TAKEN");
  });

  it("an unknown ERP or account is refused", async () => {
    const scene = await createScene();
    const unknown = await createConnection(scene, { adapter: "sap" });
    expectError(unknown, 422, "ADAPTER_UNKNOWN");
    expect(unknown.body["message"]).toBe(`Нет такого адаптера. Есть: ${adapters.map(({ id }) => id).join(", ")}`);
    expectError(await createConnection(scene, { accountId: "0000" }), 422, "ACCOUNT");
  });

  it.each<[string, unknown]>([
    ["an unknown one", { serviceTags: ["СТО"] }],
    ["one of the wrong kind", { showContacts: "да" }],
    ["an empty one", { refusedStatus: " " }],
    ["a choice that is none", { deleted: "drop" }],
    ["null", null],
    ["an array", []],
  ])("settings are strict: %s is refused, when created and when changed, and changes nothing", async (_, settings) => {
    const scene = await createScene();
    expectError(await createConnection(scene, { settings }), 422, "FIELD");
    const before = await connectionOf(scene);
    const patched = await scene.admin("PATCH", `/connections/${scene.connectionId}`, { settings, name: "Новое" });
    expectError(patched, 422, "FIELD");
    expect(await connectionOf(scene)).toEqual(before);
  });

  it.each<[string, Record<string, unknown>]>([
    ["a date without a zone", { since: "2026-01-01T00:00:00" }],
    ["an unknown zone", { timeZone: "Moscow" }],
    ["an unknown field", { siteId: "1" }],
    ["a flag that is a text", { dryRun: "true" }],
  ])("%s is refused", async (_, change) => {
    const scene = await createScene();
    expectError(await createConnection(scene, change), 422, "FIELD");
    expectError(await scene.admin("PATCH", `/connections/${scene.connectionId}`, change), 422, "FIELD");
  });
});

describe("a trial connection", () => {
  it("explains everything and sends nothing, until the trial ends", async () => {
    const scene = await createScene({ connection: { dryRun: true } });
    const results = await scene.post([appointment, { ...order, amount: "x" }]);
    expect(results).toMatchObject([
      { result: "skipped", code: "DRY_RUN", message: "Пробный режим: документ принят, в Calltouch не передаётся" },
      { result: "error", code: "AMOUNT" },
    ]);
    await scene.run(5_000);
    expect(scene.sandbox.control.requests()).toEqual([]);

    const ended = await scene.admin("PATCH", `/connections/${scene.connectionId}`, { dryRun: false });
    expect(ended.body).toEqual({ id: scene.connectionId });
    await scene.run(1_000);
    expect(scene.deal(appointment.number)).toMatchObject({ status: "Предварительная заявка", creates: 1 });
    expect(await scene.post([appointment])).toMatchObject([{ result: "unchanged" }]);
  });

  it("ends for every document, however many there are", async () => {
    const scene = await createScene({ connection: { dryRun: true } });
    for (let batch = 0; batch < 11; batch += 1) {
      const documents = Array.from({ length: 100 }, (_, index) => ({
        ...appointment,
        guid: guidOf(batch * 100 + index),
        number: `П-${batch}-${index}`,
      }));
      await scene.post(documents);
    }
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, { dryRun: false });
    await scene.run(1_000);
    expect(scene.sandbox.control.deals()).toHaveLength(1_100);
  });
});

describe("the summary", () => {
  it("counts deals by connection and status, and the points used", async () => {
    const scene = await createScene({ account: { requestPoints: 2 } });
    await scene.post([appointment, { ...appointment, guid: guidOf(5), number: "5", status: null }]);
    await scene.call("POST", PATH, { documents: [{ ...appointment, guid: guidOf(6), number: "6" }] });
    await scene.idle();
    const { body } = await scene.admin("GET", "/summary");
    expect(body["accounts"]).toMatchObject([{ id: scene.accountId, points: { hourUsed: 4, dayUsed: 4 } }]);
    const counts = z.array(z.strictObject({ connectionId: z.string(), status: z.string(), count: z.number() }));
    const byStatus = Object.fromEntries(counts.parse(body["deals"]).map(({ status, count }) => [status, count]));
    expect(byStatus).toEqual({ delivered: 2, held: 1 });
    expect(JSON.stringify(body)).not.toContain(APPOINTMENT);
  });
});
