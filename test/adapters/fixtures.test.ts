import { describe, expect, it } from "vitest";
import { adapters } from "../../adapters/index.ts";
import { deal as dealSchema } from "../../src/deal.ts";
import { contextOf, fold, freeze, readFixtures, reorder, toInstant } from "./fixtures.ts";

const GARBAGE: readonly unknown[] = [
  undefined,
  null,
  "",
  "документ",
  42,
  true,
  [],
  {},
  { guid: {} },
  [{ guid: "00000000-0000-0000-0000-000000000000" }],
  JSON.parse('{"__proto__": {"guid": 1}, "toString": 1, "guid": {"toString": null}, "type": ["ЗаказНаряд"]}'),
];
const VALUES: readonly unknown[] = [
  null,
  "",
  0,
  -1.5,
  1e300,
  true,
  "�\u0000",
  "\ud800",
  [],
  [[]],
  {},
  { toString: 1 },
  [{ valueOf: 1 }],
];

describe.each(adapters.map((adapter) => ({ id: adapter.id, adapter })))("the adapter $id", ({ adapter }) => {
  const fixtures = readFixtures(adapter);

  it("has fixtures", () => {
    expect(fixtures.length).toBeGreaterThan(0);
  });

  it("takes every setting from its defaults", () => {
    expect(adapter.settings.safeParse({}).success).toBe(true);
    expect(adapter.settings.safeParse({ unheardOf: 1 }).success).toBe(false);
  });

  it("reads its settings back from what it parsed", () => {
    const settings = adapter.settings.parse({});
    expect(adapter.settings.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
  });

  it.each(GARBAGE.map((raw, index) => ({ index, raw })))(
    "rejects garbage $index without throwing, in Russian",
    ({ raw }) => {
      const parsed = adapter.document.safeParse(raw);
      expect(parsed.success).toBe(false);
      for (const issue of parsed.error?.issues ?? []) expect(issue.message).toMatch(/^[А-ЯЁ]/);
    },
  );

  describe.each(fixtures.map((fixture) => ({ name: fixture.name, fixture })))("$name", ({ fixture }) => {
    const { documents, settings, itemKindTags } = fixture;

    it("becomes the recorded deal", () => {
      const result = fold(adapter, documents, settings, itemKindTags);
      expect(result).toEqual(fixture.fold);
      if (result.kind === "deal") expect(dealSchema.parse(result.deal)).toEqual(result.deal);
    });

    it("belongs to one deal, whichever document is asked", () => {
      const parsed = documents.map((raw) => adapter.document.parse(raw));
      expect(new Set(parsed.map((document) => adapter.dealKey(document))).size).toBe(1);
      for (const document of parsed) {
        expect(adapter.guid(document)).toMatch(/^[0-9a-f-]{36}$/);
        expect(Number.isSafeInteger(adapter.enteredAt(document, toInstant))).toBe(true);
        expect(Number.isSafeInteger(adapter.stamp(document, toInstant)?.value ?? 0)).toBe(true);
      }
    });

    it("is the same deal in whatever order its documents are given", () => {
      for (const shuffled of reorder(documents)) {
        expect(fold(adapter, shuffled, settings, itemKindTags)).toEqual(fixture.fold);
      }
    });

    it("tells exchange rules the same in whatever order its documents are given", () => {
      const context = contextOf(adapter, fixture);
      const parsed = documents.map((raw) => adapter.document.parse(raw));
      for (const shuffled of reorder(parsed)) {
        expect(adapter.facts(shuffled, context)).toEqual(adapter.facts(parsed, context));
      }
    });

    it("is folded without changing the documents or the settings", () => {
      const parsed = freeze(documents.map((raw) => adapter.document.parse(raw)));
      const context = freeze(contextOf(adapter, fixture));
      expect(adapter.toDeal(parsed, context)).toEqual(adapter.toDeal(parsed, context));
      expect(adapter.facts(parsed, context)).toEqual(adapter.facts(parsed, context));
    });

    it("ignores fields it does not know", () => {
      for (const raw of documents) {
        const known = adapter.document.parse(raw);
        expect(adapter.document.parse({ ...Object(raw), НовоеПоле: { a: [1] }, extra: null })).toEqual(known);
      }
    });

    it("reads back from the JSON of what was parsed", () => {
      for (const raw of documents) {
        const once = adapter.document.parse(raw);
        expect(adapter.document.parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
      }
    });

    it("never throws over a spoilt field, and still makes only deals that pass the schema", () => {
      for (const raw of documents) {
        for (const key of Object.keys(Object(raw))) {
          for (const value of VALUES) {
            const parsed = adapter.document.safeParse({ ...Object(raw), [key]: value });
            for (const issue of parsed.error?.issues ?? []) expect(issue.message).toMatch(/^[А-ЯЁ]/);
            if (!parsed.success) continue;
            expect(adapter.document.parse(JSON.parse(JSON.stringify(parsed.data)))).toEqual(parsed.data);
            const context = contextOf(adapter, fixture);
            const result = adapter.toDeal([parsed.data], context);
            if (result.kind === "deal") expect(dealSchema.safeParse(result.deal).error).toBe(undefined);
            expect(adapter.facts([parsed.data], context).items).toBeInstanceOf(Array);
          }
        }
      }
    });
  });
});
