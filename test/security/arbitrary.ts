/** Values for a zod schema: mostly what it asks for, sometimes what nobody would send. */
import fc from "fast-check";
import * as z from "zod";

/** The schema with its definition; zod names every kind of schema in this union. */
function definitionOf(schema: z.core.$ZodType) {
  return (schema as z.core.$ZodTypes)._zod.def;
}

const WORDS = [
  "alfa-auto",
  "Europe/Moscow",
  "2026-12-31T00:00:00+03:00",
  "manual",
  "full",
  "read",
  "0",
  "1",
  "9".repeat(15),
];
const NUMBERS = [0, 1, 7, 90, 1_000, -1, 1e308, 5e-324, 2 ** 53, -(2 ** 63), 0.5, -0];
const NASTY = [
  "",
  " ",
  "\u0000",
  "\ud800",
  "__proto__",
  "constructor",
  "%00",
  "../..",
  "'; DROP TABLE deals;--",
  "я".repeat(5_000),
];

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 50 }) },
  { weight: 3, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 2, arbitrary: fc.constantFrom(...NASTY) },
  { weight: 1, arbitrary: fc.uuid() },
);
const number = fc.oneof(fc.integer({ min: -10, max: 1_000 }), fc.constantFrom(...NUMBERS));
/** Anything at all, with what the caller knows to exist among it. */
const anything = (known: readonly string[]) =>
  fc.oneof(fc.jsonValue({ maxDepth: 3 }), text, number, fc.constantFrom<unknown>(null, ...known));

/** Half of the values are what the schema asks for, half are spoilt. `known` are texts that exist: names, ids, guids. */
export function arbitraryOf(schema: z.core.$ZodType, known: readonly string[]): fc.Arbitrary<unknown> {
  return fc.oneof(good(schema, known), spoilt(schema, known));
}

/** Only values that a leaf of the schema takes; what a schema reads by itself is left to the caller. */
function good(schema: z.core.$ZodType, known: readonly string[]): fc.Arbitrary<unknown> {
  const definition = definitionOf(schema);
  const named = definition.type === "enum" ? Object.values(definition.entries) : [];
  const taken = [...named, ...WORDS, ...known, ...NUMBERS, true, false, {}, []].filter(
    (value) => z.core.safeParse(schema, value).success,
  );
  const leaf = taken.length > 0 ? fc.constantFrom<unknown>(...taken) : fc.constant(undefined);
  return shaped(schema, (inner) => good(inner, known)) ?? leaf;
}

function spoilt(schema: z.core.$ZodType, known: readonly string[]): fc.Arbitrary<unknown> {
  const leaf = fc.oneof(text, number, fc.constantFrom("", ...known));
  return fc.oneof(
    { weight: 12, arbitrary: shaped(schema, (inner) => spoilt(inner, known)) ?? leaf },
    { weight: 1, arbitrary: anything(known) },
  );
}

type Arbitrary = fc.Arbitrary<unknown>;

/** By the shape of the schema, made of what `of` gives for its parts; undefined for a leaf. */
function shaped(schema: z.core.$ZodType, of: (inner: z.core.$ZodType) => Arbitrary): Arbitrary | undefined {
  const definition = definitionOf(schema);
  switch (definition.type) {
    case "object": {
      const fields = Object.fromEntries(Object.entries(definition.shape).map(([name, inner]) => [name, of(inner)]));
      const isNeeded = (name: string) => !z.core.safeParse(definition.shape[name] ?? schema, undefined).success;
      const record = fc.record(fields, { requiredKeys: Object.keys(fields).filter(isNeeded) });
      // Sometimes a field is gone that is needed, or one comes that nobody asked for.
      const spoil = fc.oneof(
        { weight: 6, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: fc.dictionary(fc.constantFrom("__proto__", "constructor", "extra"), fc.jsonValue()) },
        { weight: 1, arbitrary: fc.constantFrom(...Object.keys(fields), "x").map((name) => ({ [name]: undefined })) },
      );
      return fc
        .tuple(record, spoil)
        .map(([given, change]) => Object.fromEntries([...Object.entries(given), ...Object.entries(change)]));
    }
    case "array":
      return fc.array(of(definition.element), { maxLength: 5 });
    case "nullable":
      return fc.oneof({ weight: 4, arbitrary: of(definition.innerType) }, fc.constant(null));
    case "optional":
    case "default":
      return of(definition.innerType);
    case "pipe":
      // What is preprocessed has its shape behind it, what is transformed before it.
      return of(definitionOf(definition.in).type === "transform" ? definition.out : definition.in);
    case "union":
      return fc.oneof(...definition.options.map(of));
    default:
      return undefined;
  }
}
