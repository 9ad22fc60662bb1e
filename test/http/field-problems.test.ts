/** How the operator's and the ERP's fields are found fault with. */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { AppError } from "../../src/error.ts";
import { parse } from "../../src/http/fields.ts";

const schema = z.strictObject({
  name: z.string(),
  points: z.int().optional(),
  share: z.number().optional(),
  isOn: z.boolean().optional(),
  guids: z.array(z.string()).optional(),
  settings: z.object({}).optional(),
});

function messageFor(value: unknown): string {
  try {
    parse(schema, value);
  } catch (error) {
    if (error instanceof AppError) return error.message;
  }
  return "";
}

describe("a field that does not fit", () => {
  it("that is missing is told so, and what it must be", () => {
    expect(messageFor({})).toBe("Проверьте поля. name: не задано, нужен текст");
  });

  it.each([
    ["name", 5, "нужен текст"],
    ["points", "5", "нужно число"],
    ["points", 5.5, "нужно целое число"],
    ["share", "5", "нужно число"],
    ["isOn", "да", "нужно true или false"],
    ["guids", "a", "нужен список"],
    ["settings", [], "нужна структура"],
  ])("%s as %j is told what it must be", (field, value, message) => {
    expect(messageFor({ name: "A", [field]: value })).toBe(`Проверьте поля. ${field}: ${message}`);
  });

  it("of another kind of fault keeps its own words", () => {
    expect(messageFor({ name: "A", more: 1 })).toContain("more");
    expect(messageFor([])).toBe("Проверьте поля. запрос: нужна структура");
  });
});
