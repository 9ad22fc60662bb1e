/** A request that is bad as a whole gets a clear Russian message with a stable code, and nothing of it is kept. */
import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/bytes.ts";
import { APPOINTMENT, appointment, ORDER } from "../adapters/alfa-auto-documents.ts";
import { type Answer, call, createScene, type Scene } from "../scene.ts";
import { deep, endlessBody, gzip, toCp1251, toUtf8, XDTO } from "./bodies.ts";
import { expectError, resultsOf } from "./contract.ts";
import { createFakeScene } from "./fake-erp.ts";
import { createGatedClient } from "./gated-client.ts";

const PATH = "/v1/alfa-auto/documents";
const PHONE = "79001234567";
const good = JSON.stringify({ documents: [appointment] });

type Send = (scene: Scene) => Promise<Answer> | Answer;
const post =
  (body: unknown, headers: Record<string, string> = {}): Send =>
  (scene) =>
    scene.call("POST", PATH, body, headers);

/** Sends a stream, with the connection's key unless told otherwise. */
async function stream(scene: Scene, body: ReadableStream<Uint8Array>, headers: Record<string, string> = {}) {
  const init = { method: "POST", headers: { "x-api-key": scene.key, ...headers }, body, duplex: "half" };
  const request = new Request(`http://bridge.test${PATH}`, init);
  const answer = await call({ fetch: () => scene.bridge.fetch(request) }, "POST", PATH, {});
  return { answer, request };
}

describe("a request that cannot be read as a whole", () => {
  it.each<[string, Send, number, string]>([
    ["text that is not JSON", post(`{"documents": [${PHONE}`), 400, "JSON"],
    ["an empty body", post(""), 400, "JSON"],
    ["a form", post(`documents=1&phone=${PHONE}`), 400, "JSON"],
    ["windows-1251 without a charset", post(toCp1251(good)), 400, "ENCODING"],
    ["a charset that is not the body's", post(toCp1251(good), { "content-type": "x; charset=utf-8" }), 400, "ENCODING"],
    ["a charset nobody knows", post(toCp1251(good), { "content-type": "x; charset=cp-99" }), 400, "ENCODING"],
    ["a broken gzip", post(new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2, 3])), 400, "GZIP"],
    ["a gzip cut short", async (scene) => post((await gzip(toUtf8(good))).slice(0, 60))(scene), 400, "GZIP"],
    ["a gzip of what is not JSON", async (scene) => post(await gzip(toUtf8("{")))(scene), 400, "JSON"],
    ["a gzip bomb", async (scene) => post(await gzip(new Uint8Array(30_000_000)))(scene), 413, "TOO_LARGE"],
    ["two megabytes", post(`"${"я".repeat(1_000_000)}"`), 413, "TOO_LARGE"],
    ["XDTO-JSON", post(XDTO), 422, "XDTO"],
    ["documents as XDTO-JSON", post({ documents: XDTO }), 422, "XDTO"],
    ["101 documents", post({ documents: Array.from({ length: 101 }, () => appointment) }), 422, "TOO_MANY"],
    [
      "101 guids",
      (s) => s.call("POST", "/v1/alfa-auto/deals/status", { guids: Array(101).fill(ORDER) }),
      422,
      "TOO_MANY",
    ],
    ["an empty object", post({}), 400, "FORMAT"],
    ["null", post("null"), 400, "FORMAT"],
    ["an array", post([appointment]), 400, "FORMAT"],
    ["a number", post("1"), 400, "FORMAT"],
    ["a text", post('"documents"'), 400, "FORMAT"],
    ["documents that are no array", post({ documents: { 0: appointment } }), 400, "FORMAT"],
    ["documents that are null", post({ documents: null }), 400, "FORMAT"],
    ["a client that is no structure", post({ client: PHONE, documents: [] }), 400, "FORMAT"],
    ["an infobase that is no text", post({ client: { infobase: { a: PHONE } }, documents: [] }), 400, "FORMAT"],
    ["an infobase too long", post({ client: { infobase: "я".repeat(201) }, documents: [] }), 400, "FORMAT"],
    ["guids that are no texts", (s) => s.call("POST", "/v1/alfa-auto/deals/status", { guids: [1] }), 400, "FORMAT"],
    ["no guids", (s) => s.call("POST", "/v1/alfa-auto/deals/status", {}), 400, "FORMAT"],
    ["10 000 arrays in each other", post(deep(10_000)), 400, "JSON_DEPTH"],
    ["no key", (s) => call(s.bridge, "POST", PATH, {}, good), 401, "AUTH"],
    ["a wrong key", post(good, { authorization: `Bearer ${PHONE}` }), 401, "AUTH"],
    [
      "a key with a broken checksum",
      (s) => post(good, { authorization: `Bearer ${s.key.slice(0, -8)}00000000` })(s),
      401,
      "AUTH",
    ],
    ["an ERP nobody knows", (s) => s.call("POST", "/v1/nobody/documents", good), 404, "ADAPTER_UNKNOWN"],
    ["a path nobody knows", (s) => s.call("POST", `/v1/alfa-auto/${PHONE}`, good), 404, "NOT_FOUND"],
    [
      "a path that is not even encoded right",
      (s) => s.call("POST", "/v1/%E0%A4%A/documents", good),
      404,
      "ADAPTER_UNKNOWN",
    ],
    ["__proto__ for an ERP", (s) => s.call("POST", "/v1/__proto__/documents", good), 404, "ADAPTER_UNKNOWN"],
    ["GET for documents", (s) => s.call("GET", PATH), 405, "METHOD"],
    ["PUT for documents", (s) => s.call("PUT", PATH, good), 405, "METHOD"],
    ["POST for ping", (s) => s.call("POST", "/v1/ping", good), 405, "METHOD"],
    ["DELETE for accounts", (s) => s.admin("DELETE", "/accounts"), 405, "METHOD"],
  ])("%s is answered with its own code, and nothing is stored", async (_, send, status, code) => {
    const scene = await createScene();
    const answer = await send(scene);
    await scene.idle();
    expectError(answer, status, code);
    for (const secret of [scene.key, PHONE, "site-token", ".ts:", "    at ", "SQL"]) {
      expect(answer.text).not.toContain(secret);
      expect(JSON.stringify(scene.logs)).not.toContain(secret);
    }
    const { rows } = await scene.client.execute(
      "SELECT (SELECT count(*) FROM documents) + (SELECT count(*) FROM deals) AS n",
    );
    expect(rows[0]?.["n"]).toBe(0);
    expect(scene.sandbox.control.requests()).toEqual([]);
  });

  it("a wrong method is told the right one", async () => {
    const scene = await createScene();
    const answer = await scene.call("GET", PATH);
    expect(answer.headers.get("allow")).toBe("POST");
    expect(answer.body["message"]).toBe("Этот адрес принимает только POST");
  });

  it("a body whose stated length is too large is refused before it is read", async () => {
    const scene = await createScene();
    const { stream: body, pulled } = endlessBody();
    const { answer } = await stream(scene, body, { "content-length": "2000000" });
    expectError(answer, 413, "TOO_LARGE");
    expect(pulled()).toBeLessThanOrEqual(1);
  });

  it("a streamed body is read up to the limit and no further", async () => {
    const scene = await createScene();
    const { stream: body, pulled } = endlessBody();
    expectError((await stream(scene, body)).answer, 413, "TOO_LARGE");
    expect(pulled()).toBeLessThan(20);
  });

  it("a body that breaks off is the sender's failure, not ours", async () => {
    const scene = await createScene();
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new Error("reset"));
      },
    });
    expectError((await stream(scene, body)).answer, 400, "BODY");
  });

  it("who has no right to post is refused before the body is read", async () => {
    const scene = await createFakeScene();
    const body = endlessBody();
    const anonymous = await stream(scene, body.stream, { "x-api-key": "ctb_no" });
    expectError(anonymous.answer, 401, "AUTH");
    expect([anonymous.request.bodyUsed, body.pulled()]).toEqual([false, 0]);
    const foreignBody = endlessBody();
    const foreign = await stream(scene, foreignBody.stream, { "x-api-key": scene.fakeKey });
    expectError(foreign.answer, 403, "ADAPTER");
    expect([foreign.request.bodyUsed, foreignBody.pulled()]).toEqual([false, 0]);
  });
});

describe("keys of others", () => {
  it("a key of another ERP is refused at this one's path", async () => {
    const scene = await createFakeScene();
    expectError(await scene.callWith(scene.fakeKey, "POST", PATH, { documents: [appointment] }), 403, "ADAPTER");
    expectError(await scene.callWith(scene.key, "POST", "/v1/fake-erp/documents", { documents: [] }), 403, "ADAPTER");
    expectError(await scene.callWith(scene.key, "POST", "/v1/fake-erp/deals/status", { guids: [] }), 403, "ADAPTER");
  });

  it("a key of another connection sees and changes only its own deals", async () => {
    const scene = await createScene();
    await scene.post([appointment]);
    const other = await scene.admin("POST", "/connections", {
      adapter: "alfa-auto",
      name: "Вторая",
      accountId: scene.accountId,
      since: "2026-01-01T00:00:00+03:00",
    });
    const asOther = { authorization: `Bearer ${other.body["key"]}` };
    const status = await call(scene.bridge, "POST", "/v1/alfa-auto/deals/status", asOther, { guids: [APPOINTMENT] });
    expect(status.body["deals"]).toMatchObject([{ status: "unknown" }]);
    const changed = { ...appointment, status: "Чужой", statusDate: "2026-10-01T00:00:00" };
    const answer = await call(scene.bridge, "POST", PATH, asOther, { documents: [changed] });
    await scene.idle();
    expect(resultsOf(answer)).toMatchObject([{ result: "error", code: "GUID_TAKEN" }]);
    expect(scene.deal(appointment.number)?.status).toBe("Предварительная заявка");
    expect(scene.sandbox.control.deals()).toHaveLength(1);
  });

  it("a whole key that was never given out says no more than a wrong one", async () => {
    const scene = await createScene();
    const open = `ctb_${"0".repeat(12)}_${"0".repeat(40)}`;
    const unknown = `${open}_${(await sha256(open)).slice(0, 8)}`;
    const [first, second] = [
      await post(good, { authorization: `Bearer ${unknown}` })(scene),
      await post(good, { authorization: "Bearer x" })(scene),
    ];
    expectError(first, 401, "AUTH");
    expect({ ...first.body, requestId: "" }).toEqual({ ...second.body, requestId: "" });
  });
});

describe("a database that fails", () => {
  it("is answered with fixed text, and the same request succeeds afterwards", async () => {
    const gated = createGatedClient();
    const scene = await createScene({ client: gated.client });
    gated.fail(`no such table: secret ${PHONE}`);
    for (const [method, path] of [
      ["GET", "/v1/ping"],
      ["POST", PATH],
      ["POST", "/v1/alfa-auto/deals/status"],
    ] as const) {
      const answer = await scene.call(method, path, method === "POST" ? good : undefined);
      expectError(answer, 500, "INTERNAL");
      expect(answer.body["message"]).toBe("Внутренняя ошибка моста. Повторите позже");
    }
    expectError(await scene.admin("GET", "/summary"), 500, "INTERNAL");
    expectError(await scene.call("GET", "/readyz"), 503, "TRY_LATER");
    expect((await scene.call("GET", "/healthz")).status).toBe(200);
    expect(JSON.stringify(scene.logs)).not.toMatch(/secret|7900/);
    gated.fail();
    expect(await scene.post([appointment])).toMatchObject([{ result: "accepted" }]);
  });
});
