/**
 * A bad document gets a clear Russian message with a stable code, the index and guid it concerns, and nothing else in the
 * batch suffers.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appointment, ORDER, order } from "../adapters/alfa-auto-documents.ts";
import { createScene } from "../scene.ts";
import { deep, XDTO } from "./bodies.ts";
import { expectReadable, expectRussian, resultsOf } from "./contract.ts";
import { guidOf } from "./fake-erp.ts";

const PATH = "/v1/alfa-auto/documents";

describe("a document that cannot be read", () => {
  it.each<[string, unknown, string]>([
    ["null", null, "FIELD"],
    ["a number", 5, "FIELD"],
    ["a text", "ЗаказНаряд", "FIELD"],
    ["an array", [appointment], "FIELD"],
    ["an empty structure", {}, "FIELD"],
    ["arrays in each other", [[[[[]]]]], "FIELD"],
    ["XDTO-JSON", XDTO, "XDTO"],
    ["fields in XDTO-JSON", { ...order, guid: { "#type": "xs:string", "#value": ORDER } }, "XDTO"],
    ["a sum of words", { ...order, amount: "много" }, "AMOUNT"],
    ["a day that does not exist", { ...order, date: "2026-02-30T00:00:00" }, "FIELD"],
    ["another type", { ...order, type: "РасходнаяНакладная" }, "TYPE"],
    ["a number too long", { ...order, number: "9".repeat(200) }, "NUMBER_TOO_LONG"],
    ["a broken guid", { ...order, guid: "123" }, "FIELD"],
  ])("%s is an error of its own, and its neighbours go through", async (_, bad, code) => {
    const scene = await createScene();
    const results = await scene.post([appointment, bad, { ...appointment, guid: guidOf(8), number: "8" }]);
    expect(results.map(({ index, result }) => [index, result])).toEqual([
      [0, "accepted"],
      [1, "error"],
      [2, "accepted"],
    ]);
    expect(results[1]?.code).toBe(code);
    expectRussian(results[1]?.message);
    expect(results[1]?.retry).toBeUndefined();
    expect(scene.sandbox.control.deals()).toHaveLength(2);
  });

  it("the guid is named when there is one", async () => {
    const scene = await createScene();
    const [result] = await scene.post([{ ...order, guid: ` ${ORDER.toUpperCase()} `, amount: "x" }]);
    expect(result).toMatchObject({ index: 0, guid: ORDER, code: "AMOUNT" });
  });

  it.each<[string, string]>([
    ["29 arrays in a field", `{"guid":${deep(29)},"documents":${deep(29)}}`],
    ["30 arrays for a document", deep(30)],
    ["30 structures in each other", `${'{"base":'.repeat(30)}1${"}".repeat(30)}`],
    [
      "__proto__",
      '{"__proto__":{"guid":"1","toString":1},"constructor":{"prototype":1},"toString":null,"hasOwnProperty":1}',
    ],
    [
      "fields of Object.prototype",
      '{"guid":{"toString":1,"valueOf":2},"amount":{"__proto__":null},"phones":[{"toString":0}]}',
    ],
    ["numbers past all bounds", '{"guid":1e999,"amount":-1e999,"date":1e308,"phones":[1e999],"number":1e999}'],
    ["half of a surrogate pair", '{"guid":"\\ud800","number":"\\udfff","type":"\\ud800","phones":"\\udc00"}'],
  ])("%s never break anything", async (_, bad) => {
    const scene = await createScene();
    const answer = await scene.call("POST", PATH, `{"documents":[${JSON.stringify(appointment)},${bad}]}`);
    await scene.idle();
    expectReadable(answer);
    expect(resultsOf(answer)).toMatchObject([{ result: "accepted" }, { result: "error" }]);
  });

  it("half a million arrays in each other are an error of the request", async () => {
    const scene = await createScene();
    for (const body of [deep(500_000), `{"documents":[${deep(500_000)}]}`]) {
      const answer = await scene.call("POST", PATH, body);
      expect(answer.status).toBeLessThan(500);
      expectReadable(answer);
    }
  });

  it("whatever JSON the documents are, each gets one result in order and nothing fails", async () => {
    const scene = await createScene();
    const value = fc.jsonValue({ maxDepth: 4 });
    const field = fc.constantFrom(
      ...Object.keys({ ...order, base: 0, deleted: 0, version: 0, posted: 0, broken: 0, "#type": 0 }),
    );
    const spoilt = fc
      .tuple(fc.constantFrom(appointment, order), fc.dictionary(field, value, { maxKeys: 4 }))
      .map(([whole, change]): unknown => ({ ...whole, ...change }));
    const documents = fc.array(fc.oneof(value, spoilt), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(documents, async (list) => {
        const answer = await scene.call("POST", PATH, { documents: list });
        expectReadable(answer);
        expect(answer.status).toBe(200);
        const results = resultsOf(answer);
        expect(results.map(({ index }) => index)).toEqual(list.map((_, index) => index));
        for (const { message, code } of results) {
          if (message !== undefined) expectRussian(message);
          expect(code).not.toBe("INTERNAL");
        }
      }),
      { numRuns: 150, endOnFailure: true },
    );
    await scene.idle();
  });

  it("whatever JSON the body is, the answer is no failure of ours", async () => {
    const scene = await createScene();
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue({ maxDepth: 4 }),
        fc.constantFrom("documents", "deals/status"),
        async (body, path) => {
          const answer = await scene.call("POST", `/v1/alfa-auto/${path}`, body);
          expect(answer.status).toBeLessThan(500);
          expectReadable(answer);
        },
      ),
      { numRuns: 150, endOnFailure: true },
    );
  });
});
