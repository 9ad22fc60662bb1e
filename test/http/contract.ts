/** What is true of every answer an ERP may get. */
import { expect } from "vitest";
import * as z from "zod";
import type { Answer } from "../scene.ts";

export const ANSWER_BYTES_LIMIT = 8_192;

const result = z.strictObject({
  index: z.number(),
  guid: z.string().optional(),
  result: z.enum(["accepted", "unchanged", "skipped", "stale", "error"]),
  code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  message: z.string().optional(),
  retry: z.literal(true).optional(),
  dealId: z.number().optional(),
  showMessage: z.literal(true).optional(),
});
export type Result = z.infer<typeof result>;

const errorBody = z.strictObject({
  status: z.literal("error"),
  code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  message: z.string(),
  requestId: z.string().regex(/^[0-9a-f]{16}$/),
  retryAfter: z.number().optional(),
});

export function resultsOf(answer: Answer): Result[] {
  return z.array(result).parse(answer.body["results"]);
}

export function bytesOf(answer: Answer): number {
  return new TextEncoder().encode(answer.text).byteLength;
}

/** JSON that 1C reads into a structure, small, plain, in UTF-8, with a sentence for people. */
export function expectReadable(answer: Answer): void {
  expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(answer.headers.get("content-encoding")).toBeNull();
  expect(answer.text.startsWith("{")).toBe(true);
  expect(bytesOf(answer)).toBeLessThan(ANSWER_BYTES_LIMIT);
  expect(answer.status < 300 || answer.status >= 400).toBe(true);
  expectRussian(answer.body["message"]);
  expectKeys(answer.body);
}

export function expectError(answer: Answer, status: number, code: string): void {
  expectReadable(answer);
  expect({ status: answer.status, code: answer.body["code"] }).toEqual({ status, code });
  errorBody.parse(answer.body);
}

export function expectRussian(message: unknown): void {
  const text = z.string().parse(message);
  expect(text).toMatch(/^[А-ЯЁ]/);
  expect(text.length).toBeLessThanOrEqual(300);
}

function expectKeys(value: unknown): void {
  expect(value).not.toBeNull();
  if (Array.isArray(value)) {
    for (const item of value) expectKeys(item);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const keys = Object.keys(value);
  for (const key of keys) expect(key).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/);
  expect(new Set(keys.map((key) => key.toLowerCase())).size).toBe(keys.length);
  for (const [key, item] of Object.entries(value)) {
    if (/time|date|at$|since|until/i.test(key)) expect(item).not.toBe("");
    expectKeys(item);
  }
}
