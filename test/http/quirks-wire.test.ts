/** Those habits of 1C, of the 25 that reference onec §1.4 lists, that concern how it sends a body and reads an answer. */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { APPOINTMENT, appointment } from "../adapters/alfa-auto-documents.ts";
import { CALLTOUCH_URL, call, createScene, type Scene } from "../scene.ts";
import { endlessBody, gzip, toCp1251, toUtf8, toUtf16 } from "./bodies.ts";
import { expectError, expectReadable, expectRussian, resultsOf } from "./contract.ts";
import { guidOf } from "./fake-erp.ts";

const PATH = "/v1/alfa-auto/documents";
const NUMBER = appointment.number;

/** Posts bytes with exactly these headers. */
async function postBytes(scene: Scene, bytes: Uint8Array, headers: Record<string, string> = {}) {
  const answer = await scene.call("POST", PATH, bytes, headers);
  await scene.idle();
  return answer;
}

const bodyOf = (...documents: readonly unknown[]) => JSON.stringify({ documents });

describe("1C over HTTP", () => {
  it("row 1: a byte order mark before the JSON is dropped", async () => {
    const scene = await createScene();
    const answer = await postBytes(scene, toUtf8(`\uFEFF${bodyOf(appointment)}`));
    expect(resultsOf(answer)).toMatchObject([{ result: "accepted" }]);
    expect(scene.deal(NUMBER)).toMatchObject({ status: "Предварительная заявка" });
  });

  it.each([
    ["none", undefined],
    ["text/plain", "text/plain"],
    ["a form", "application/x-www-form-urlencoded"],
    ["multipart", "multipart/form-data; boundary=x"],
    ["HTML", "text/html; charset=utf-8"],
    ["nonsense", "что-то".replace(/./g, "?")],
  ])("row 2: the body is read as JSON whatever its Content-Type, here %s", async (_, type) => {
    const scene = await createScene();
    const answer = await postBytes(
      scene,
      toUtf8(bodyOf(appointment)),
      type === undefined ? {} : { "content-type": type },
    );
    expect(resultsOf(answer)).toMatchObject([{ result: "accepted" }]);
    expect(scene.deal(NUMBER)?.creates).toBe(1);
  });

  it("row 3: windows-1251 is read when the header says so", async () => {
    const scene = await createScene();
    const document = { ...appointment, reason: "Ёмкость № 5 «стук» — ходовая" };
    const answer = await postBytes(scene, toCp1251(bodyOf(document)), {
      "content-type": "application/json; charset=windows-1251",
    });
    expect(resultsOf(answer)).toMatchObject([{ result: "accepted" }]);
    expect(scene.deal(NUMBER)).toMatchObject({ status: "Предварительная заявка", comments: [document.reason] });
  });

  it.each(["application/json", "application/json; charset=utf-8"])(
    "row 3: windows-1251 that nobody announced is refused with a hint, under %s",
    async (type) => {
      const scene = await createScene();
      const answer = await postBytes(scene, toCp1251(bodyOf(appointment)), { "content-type": type });
      expectError(answer, 400, "ENCODING");
      expect(answer.body["message"]).toBe("Тело не в UTF-8. Передайте КодировкаТекста.UTF8");
      expect(scene.sandbox.control.requests()).toEqual([]);
    },
  );

  it.each([
    ["windows-1251", toUtf8],
    ["utf-8", toUtf16],
    ["windows-1251", (text: string) => toUtf16(`\uFEFF${text}`)],
  ])(
    "row 3: bytes that can only be something else than the stated %s are read as what they are",
    async (charset, encode) => {
      const scene = await createScene();
      const answer = await postBytes(scene, encode(bodyOf(appointment)), {
        "content-type": `text/plain;charset=${charset}`,
      });
      expect(resultsOf(answer)).toMatchObject([{ result: "accepted" }]);
      expect(scene.deal(NUMBER)).toMatchObject({ status: "Предварительная заявка" });
    },
  );

  it("row 4: a gzip body is unpacked, announced or not, and its unpacked size is limited", async () => {
    const scene = await createScene();
    const packed = await gzip(toUtf8(`\uFEFF${bodyOf(appointment)}`));
    const announced = await postBytes(scene, packed, { "content-encoding": "gzip" });
    expect(resultsOf(announced)).toMatchObject([{ result: "accepted" }]);
    expect(resultsOf(await postBytes(scene, packed))).toMatchObject([{ result: "unchanged" }]);
    expect(scene.deal(NUMBER)?.manager).toBe("Соколов Андрей");

    const bomb = await gzip(new Uint8Array(20_000_000).fill(0x20));
    expect(bomb.byteLength).toBeLessThan(100_000);
    expectError(await postBytes(scene, bomb, { "content-encoding": "gzip" }), 413, "TOO_LARGE");
  });

  it("row 17: XDTO-JSON is refused with a hint", async () => {
    const scene = await createScene();
    const answer = await scene.call("POST", PATH, { "#type": "jv8:Structure", "#value": [] });
    expectError(answer, 422, "XDTO");
    expect(answer.body["message"]).toContain("Передан XDTO-JSON, ожидается обычный JSON");
  });

  it("row 23: every answer says in short Russian how it went", async () => {
    const scene = await createScene();
    const answers = [
      await scene.call("GET", "/v1/ping"),
      await scene.call("POST", PATH, { documents: [appointment, { guid: 1 }] }),
      await scene.call("POST", PATH, { documents: [appointment] }),
      await scene.call("POST", PATH, { documents: [] }),
      await scene.call("POST", "/v1/alfa-auto/deals/status", { guids: [APPOINTMENT, guidOf(9)] }),
      await scene.call("GET", "/healthz"),
      await scene.call("GET", "/readyz"),
      await scene.call("POST", PATH, "{"),
      await scene.call("POST", PATH, {}),
      await scene.call("GET", PATH),
      await scene.call("POST", "/v1/other/documents", {}),
      await scene.call("GET", "/nowhere"),
      await call(scene.bridge, "GET", "/v1/ping", {}),
      await call(scene.bridge, "GET", "/admin/summary", {}),
      await scene.admin("POST", "/accounts", {}),
    ];
    for (const answer of answers) expectReadable(answer);
    const messages = z.array(z.object({ message: z.string() }));
    for (const answer of answers.slice(1, 3)) {
      for (const { message } of messages.parse(answer.body["results"])) expectRussian(message);
    }
    for (const { message } of messages.parse(answers[4]?.body["deals"])) expectRussian(message);
  });

  it("row 24: plain http works and nothing is ever redirected", async () => {
    const scene = await createScene();
    const request = new Request("http://192.168.0.10:8787/v1/ping", { headers: { "x-api-key": scene.key } });
    const ping = await scene.bridge.fetch(request);
    expect(ping.status).toBe(200);
    expect(ping.headers.get("strict-transport-security")).toBeNull();
    for (const path of [
      "/v1/ping/",
      "/v1/ping",
      "//v1//ping",
      "/V1/PING",
      "/v1",
      "/v1/",
      "/",
      "/admin",
      "/healthz/",
      "/x",
    ]) {
      for (const method of ["GET", "POST", "HEAD"]) {
        const answer = await scene.call(method, path);
        expect(answer.status < 300 || answer.status >= 400).toBe(true);
        expect(answer.headers.get("location")).toBeNull();
      }
    }
    expect(resultsOf(await scene.call("POST", `${PATH}/`, { documents: [appointment] }))).toMatchObject([
      { result: "accepted" },
    ]);
    expect(CALLTOUCH_URL).toMatch(/^https:/);
  });

  it("a body without an end is cut off at the limit", async () => {
    const scene = await createScene();
    const { stream, pulled } = endlessBody();
    const init = { method: "POST", headers: { "x-api-key": scene.key }, body: stream, duplex: "half" };
    const response = await scene.bridge.fetch(new Request(`http://bridge.test${PATH}`, init));
    expect(response.status).toBe(413);
    expect(pulled()).toBeLessThan(20);
  });
});
