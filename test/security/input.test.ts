/** Limits on what comes in: how deep, how long, and what JSON leaves open. */
import { describe, expect, it } from "vitest";
import { isDeep, JSON_DEPTH_MAX } from "../../src/http/depth.ts";
import { APPOINTMENT, appointment } from "../adapters/alfa-auto-documents.ts";
import { guidOf } from "../dispatcher/stage.ts";
import { gzip, toUtf8 } from "../http/bodies.ts";
import { expectError, expectReadable, expectRussian, resultsOf } from "../http/contract.ts";
import { createScene } from "../scene.ts";

const PATH = "/v1/alfa-auto/documents";
const STATUS = "/v1/alfa-auto/deals/status";
const arrays = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const withField = (field: string) => `{"documents":[${JSON.stringify(appointment).slice(0, -1)},${field}}]}`;

describe("the depth of JSON", () => {
  it.each([
    ["as deep as the limit", arrays(JSON_DEPTH_MAX), false],
    ["one level deeper", arrays(JSON_DEPTH_MAX + 1), true],
    ["structures in arrays", `${'[{"a":'.repeat(17)}1${"}]".repeat(17)}`, true],
    ["many side by side", `[${"[],{},".repeat(1_000)}1]`, false],
    ["brackets in a text", JSON.stringify("[{".repeat(100)), false],
    ["brackets behind an escaped quote", JSON.stringify('\\"[{"'.repeat(100)), false],
    ["a text that ends with a backslash, then brackets", `["\\\\",${arrays(40)}]`, true],
    ["only openings", "[".repeat(1_000_000), true],
    ["only closings, then openings within the limit", `${"]".repeat(100)}${"[".repeat(100)}`, false],
  ])("of %s is told without reading it as JSON", (_, text, expected) => {
    expect(isDeep(text)).toBe(expected);
  });

  it("past the limit is an error of its own, for ERPs and for the operator, and nothing is stored", async () => {
    const scene = await createScene();
    const bodies = [
      `{"documents":[${arrays(31)}]}`,
      withField(`"x":${arrays(30)}`),
      arrays(500_000),
      "[".repeat(900_000),
    ];
    for (const body of bodies) {
      for (const answer of [
        await scene.call("POST", PATH, body),
        await scene.call("POST", STATUS, body),
        await scene.admin("POST", "/accounts", body),
        await scene.call("POST", PATH, await gzip(toUtf8(body))),
      ]) {
        expectError(answer, 400, "JSON_DEPTH");
        expectRussian(answer.body["message"]);
      }
    }
    expect((await scene.client.execute("SELECT 1 FROM documents")).rows).toEqual([]);
    expect(resultsOf(await scene.call("POST", PATH, withField(`"x":${arrays(29)}`)))).toMatchObject([
      { result: "accepted" },
    ]);
    await scene.idle();
  });
});

describe("keys of JSON", () => {
  it("that come twice count as the last one, in the body and in a document, and leave one document", async () => {
    const scene = await createScene();
    const document = JSON.stringify({ ...appointment, number: "ПЕРВЫЙ" });
    const twice = `${document.slice(0, -1)},"number":"ВТОРОЙ","guid":"${guidOf(1)}"}`;
    const answer = await scene.call("POST", PATH, `{"documents":[1,2,3],"documents":[${twice}]}`);
    await scene.idle();
    expect(resultsOf(answer)).toMatchObject([{ index: 0, guid: guidOf(1), result: "accepted" }]);
    const { rows } = await scene.client.execute("SELECT guid FROM documents");
    expect(rows).toMatchObject([{ guid: guidOf(1) }]);
    expect(scene.deal("ВТОРОЙ")?.creates).toBe(1);
  });

  it("that name the prototype change nothing, set nothing and are not stored", async () => {
    const scene = await createScene();
    const evil = '{"status":"x","isAdmin":true,"deleted":true,"guid":"1"}';
    const fields = `"__proto__":${evil},"constructor":{"prototype":${evil}},"prototype":${evil}`;
    const answer = await scene.call(
      "POST",
      PATH,
      `{${fields},"mode":{"__proto__":"manual"},${withField(fields).slice(1)}`,
    );
    await scene.idle();
    expect(resultsOf(answer)).toMatchObject([{ guid: APPOINTMENT, result: "accepted" }]);
    expect(scene.deal(appointment.number)).toMatchObject({ status: "Предварительная заявка", isDeleted: false });
    const plain: Record<string, unknown> = {};
    expect([plain["isAdmin"], plain["status"], "isAdmin" in Object.prototype]).toEqual([undefined, undefined, false]);
    const settings = await scene.admin("PATCH", `/connections/${scene.connectionId}`, `{"settings":{${fields}}}`);
    expect(settings.status).toBe(422);
    const account = `{"__proto__":{"siteId":"1"},"name":"Новый","token":"t"}`;
    expect((await scene.admin("POST", "/accounts", account)).status).toBe(422);
  });
});

describe("values of JSON", () => {
  it.each(["1e400", "-1e400", "1e-400", "9".repeat(400), "-0", "0.1e309"])(
    "the number %s is refused or read, and never stored as infinity",
    async (number) => {
      const scene = await createScene();
      const answer = await scene.call("POST", PATH, withField(`"amount":${number}`));
      await scene.idle();
      expectReadable(answer);
      expect(answer.status).toBe(200);
      const { rows } = await scene.client.execute("SELECT coalesce(wanted, '') AS wanted FROM deals");
      expect(JSON.stringify(rows)).not.toMatch(/Infinity|NaN|e\+/);
      const account = `{"name":"Новый","siteId":"7","token":"t","hourlyPoints":${number}}`;
      expect((await scene.admin("POST", "/accounts", account)).status).toBe(422);
    },
  );

  it("texts are cut or refused by the field, and no row grows with what was sent", async () => {
    const scene = await createScene();
    const long = "я".repeat(15_000);
    const texts = [
      "status",
      "manager",
      "campaign",
      "client",
      "organization",
      "department",
      "repairType",
      "reason",
      "version",
    ];
    const document = { ...appointment, ...Object.fromEntries(texts.map((field) => [field, long])) };
    const emails = Array.from({ length: 500 }, (_, index) => `${"x".repeat(40)}${index}@example.com`);
    const answer = await scene.call("POST", PATH, {
      documents: [{ ...document, car: { make: long, model: long }, emails }],
    });
    await scene.idle();
    expectReadable(answer);
    expect(resultsOf(answer)).toMatchObject([{ index: 0 }]);
    const { rows } = await scene.client.execute("SELECT max(length(sealed)) AS size FROM documents");
    expect(Number(rows[0]?.["size"] ?? 0)).toBeLessThan(60_000);
    const numbered = await scene.call("POST", PATH, { documents: [{ ...appointment, number: long }] });
    expect(resultsOf(numbered)).toMatchObject([{ result: "error", code: "NUMBER_TOO_LONG" }]);
    expectError(await scene.call("POST", STATUS, { guids: [long] }), 400, "FORMAT");
    const base = await scene.call("POST", PATH, { client: { infobase: long }, documents: [] });
    expectError(base, 400, "FORMAT");
    for (const fields of [{ name: long }, { siteId: long }, { token: "t".repeat(501) }]) {
      const whole = { name: "Новый", siteId: "7", token: "t", ...fields };
      expectError(await scene.admin("POST", "/accounts", whole), 422, "FIELD");
    }
  });

  it("pages and lists have an end that the caller cannot move", async () => {
    const scene = await createScene();
    for (const query of ["limit=201", "limit=1e3", "limit=99999999999999999999", "after=-1"]) {
      expectError(await scene.admin("GET", `/deals?${query}`), 422, "FIELD");
    }
    const infobases = Array.from({ length: 51 }, (_, index) => `base-${index}`);
    expectError(await scene.admin("PATCH", `/connections/${scene.connectionId}`, { infobases }), 422, "FIELD");
  });
});
