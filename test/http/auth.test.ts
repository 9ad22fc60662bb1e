import { createClient } from "@libsql/client";
import { describe, expect, it } from "vitest";
import { sha256, toBase64 } from "../../src/bytes.ts";
import { appointment } from "../adapters/alfa-auto-documents.ts";
import { ADMIN_TOKEN, call, createScene } from "../scene.ts";
import { recordStatements } from "../storage/recorder.ts";
import { toUtf8 } from "./bodies.ts";
import { expectError } from "./contract.ts";

const basic = (user: string, password: string) => `Basic ${toBase64(toUtf8(`${user}:${password}`))}`;
const keyParts = (key: string) => key.split("_");

describe("ERP keys", () => {
  it.each([
    ["Bearer", (key: string) => ({ authorization: `Bearer ${key}` })],
    ["bearer in lower case, with spaces", (key: string) => ({ authorization: `bearer   ${key}  ` })],
    ["Basic", (key: string) => ({ authorization: basic("1c", key) })],
    ["Basic without a user name", (key: string) => ({ authorization: basic("", key) })],
    ["Basic with a Cyrillic user name", (key: string) => ({ authorization: basic("Иванов Иван", key) })],
    ["X-Api-Key", (key: string) => ({ "x-api-key": key })],
    ["X-Api-Key beside a proxy's own Basic", (key: string) => ({ "x-api-key": key, authorization: basic("p", "q") })],
  ])("%s opens the connection", async (_, headersOf) => {
    const scene = await createScene();
    const answer = await call(scene.bridge, "GET", "/v1/ping", headersOf(scene.key));
    expect([answer.status, answer.body["connection"]]).toEqual([200, "Сервис"]);
  });

  it.each([
    ["nothing", () => ({})],
    ["an empty Bearer", () => ({ authorization: "Bearer" })],
    ["another scheme", (key: string) => ({ authorization: `Digest ${key}` })],
    ["the key without a scheme", (key: string) => ({ authorization: key })],
    ["the key as the user name", (key: string) => ({ authorization: basic(key, "x") })],
    ["Basic that is not base64", () => ({ authorization: "Basic ***" })],
    ["a key cut short", (key: string) => ({ "x-api-key": key.slice(0, -1) })],
    ["a key in upper case", (key: string) => ({ "x-api-key": key.toUpperCase() })],
    ["the id alone", (key: string) => ({ "x-api-key": keyParts(key).slice(0, 2).join("_") })],
    ["the admin token", () => ({ authorization: `Bearer ${ADMIN_TOKEN}` })],
  ])("%s does not", async (_, headersOf) => {
    const scene = await createScene();
    expectError(await call(scene.bridge, "GET", "/v1/ping", headersOf(scene.key)), 401, "AUTH");
  });

  it("a key shows what it is, carries 160 random bits and its own checksum", async () => {
    const scene = await createScene();
    const [prefix, id = "", secret = "", checksum] = keyParts(scene.key);
    expect(scene.key).toMatch(/^[\x21-\x7e]+$/);
    expect(prefix).toBe("ctb");
    expect(id).toMatch(/^[0-9a-f]{12}$/);
    expect(secret).toMatch(/^[0-9a-f]{40}$/);
    expect(checksum).toBe((await sha256(`ctb_${id}_${secret}`)).slice(0, 8));
    const other = await createScene();
    expect(keyParts(other.key)[2]).not.toBe(secret);
  });

  it("no key, a broken one, an unknown one and one with a wrong secret cost the same question to the database", async () => {
    const recorder = recordStatements(createClient({ url: ":memory:" }));
    const scene = await createScene({ client: recorder.client });
    const [, id = ""] = keyParts(scene.key);
    const secret = "0".repeat(40);
    const unknown = `ctb_${"0".repeat(12)}_${secret}_${(await sha256(`ctb_${"0".repeat(12)}_${secret}`)).slice(0, 8)}`;
    const wrong = `ctb_${id}_${secret}_${(await sha256(`ctb_${id}_${secret}`)).slice(0, 8)}`;
    const broken = `${scene.key.slice(0, -1)}${scene.key.endsWith("0") ? "1" : "0"}`;
    recorder.take();
    const asked = [];
    for (const key of ["", "x", broken, unknown, wrong]) {
      expectError(await call(scene.bridge, "GET", "/v1/ping", { "x-api-key": key }), 401, "AUTH");
      asked.push(recorder.take().map(({ sql }) => sql));
    }
    expect(asked[0]).toHaveLength(1);
    for (const statements of asked) expect(statements).toEqual(asked[0] ?? []);
  });

  it("a whole key with another secret, or another key's secret, is refused", async () => {
    const scene = await createScene();
    const second = await scene.admin("POST", "/connections", {
      adapter: "alfa-auto",
      name: "Вторая",
      accountId: scene.accountId,
    });
    const [, id = ""] = keyParts(scene.key);
    const [, , otherSecret = ""] = keyParts(String(second.body["key"]));
    for (const [keyId, secret] of [
      [id, "0".repeat(40)],
      [id, otherSecret],
      ["0".repeat(12), otherSecret],
    ]) {
      const forged = `ctb_${keyId}_${secret}_${(await sha256(`ctb_${keyId}_${secret}`)).slice(0, 8)}`;
      expectError(await call(scene.bridge, "GET", "/v1/ping", { "x-api-key": forged }), 401, "AUTH");
    }
  });

  it("only a hash of the key is stored, and the key is never logged", async () => {
    const scene = await createScene();
    await scene.post([appointment]);
    const [, id = "", secret = ""] = keyParts(scene.key);
    const { rows } = await scene.client.execute("SELECT id, hash FROM erp_keys");
    expect(rows).toMatchObject([{ id, hash: await sha256(secret) }]);
    const tables = await scene.client.execute("SELECT name FROM sqlite_master WHERE type = 'table'");
    for (const { name } of tables.rows) {
      const all = await scene.client.execute(`SELECT * FROM "${name}"`);
      expect(JSON.stringify(all.rows)).not.toContain(secret);
    }
    expect(JSON.stringify(scene.logs)).not.toContain(secret);
  });
});

describe("the admin token", () => {
  it("opens the admin routes", async () => {
    const scene = await createScene();
    expect((await scene.admin("GET", "/summary")).status).toBe(200);
  });

  it.each([
    ["nothing", {}],
    ["an empty token", { authorization: "Bearer " }],
    ["a wrong token", { authorization: "Bearer wrong" }],
    ["the beginning of the token", { authorization: `Bearer ${ADMIN_TOKEN.slice(0, -1)}` }],
    ["the token and more", { authorization: `Bearer ${ADMIN_TOKEN}0` }],
    ["the token as Basic", { authorization: basic("admin", ADMIN_TOKEN) }],
    ["the token as X-Api-Key", { "x-api-key": ADMIN_TOKEN }],
    ["the token without a scheme", { authorization: ADMIN_TOKEN }],
  ])("%s does not, and says nothing about what is behind", async (_, headers) => {
    const scene = await createScene();
    for (const [method, path] of [
      ["GET", "/admin/summary"],
      ["GET", "/admin/accounts"],
      ["POST", "/admin/accounts"],
      ["PATCH", `/admin/connections/${scene.connectionId}`],
      ["GET", "/admin/connections/nobody"],
      ["GET", "/admin/nowhere"],
      ["GET", "/admin"],
    ] as const) {
      const answer = await call(scene.bridge, method, path, headers);
      expectError(answer, 401, "AUTH");
      expect(answer.text).not.toContain(ADMIN_TOKEN);
    }
  });

  it("an ERP key does not open the admin routes, nor the admin token the ERP's", async () => {
    const scene = await createScene();
    expectError(await scene.call("GET", "/admin/connections"), 401, "AUTH");
    const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const answer = await call(scene.bridge, "POST", "/v1/alfa-auto/documents", admin, { documents: [appointment] });
    expectError(answer, 401, "AUTH");
  });
});
