/** Judges a whole body: either every item fits, or nothing of it is applied. */
import type { z } from "zod";
import type { Knobs } from "./knobs.ts";
import { type BodySchemas, createBodySchemas } from "./order.ts";
import { bodyDateToInstant } from "./wire-date.ts";

const FUTURE_MS_MAX = 5 * 60_000;
const PROBLEMS_MAX = 50;

/** Path → what is wrong there, as `orders[0].matching[1].type`. */
export type Problems = Record<string, string>;
export type Judged<T> = { ok: true; body: T } | { ok: false; problems: Problems };

const schemasByKnobs = new WeakMap<Knobs, BodySchemas>();

export function bodySchemas(knobs: Knobs): BodySchemas {
  const schemas = schemasByKnobs.get(knobs) ?? createBodySchemas(knobs);
  schemasByKnobs.set(knobs, schemas);
  return schemas;
}

export function parseBody<S extends z.ZodType>(schema: S, body: unknown, knobs: Knobs): Judged<z.output<S>> {
  const parsed = schema.safeParse(body);
  const problems: Problems = {};
  if (!parsed.success) {
    for (const issue of parsed.error.issues.slice(0, PROBLEMS_MAX)) problems[toPath(issue.path)] = issue.message;
    return { ok: false, problems };
  }
  if (knobs.rejectUnknownKeys) {
    for (const path of unknownKeys(body, parsed.data, [])) problems[path] = "unknown key";
    if (Object.keys(problems).length > 0) return { ok: false, problems };
  }
  return { ok: true, body: parsed.data };
}

interface DatedOrder {
  orderDate?: string | undefined;
  statusDate?: string | undefined;
  updateDate?: string | undefined;
}

/** Dates of orders more than five minutes ahead of now. Dates inside matchers are not looked at. */
export function futureDates(orders: DatedOrder[], timeZone: string, now: number): Problems {
  const problems: Problems = {};
  orders.forEach((order, index) => {
    const dates = { orderDate: order.orderDate, statusDate: order.statusDate, updateDate: order.updateDate };
    for (const [key, text] of Object.entries(dates)) {
      if (text === undefined || bodyDateToInstant(text, timeZone) <= now + FUTURE_MS_MAX) continue;
      problems[`orders[${index}].${key}`] = "expected a date that is not in the future";
    }
  });
  return problems;
}

/** Keys the schema dropped; it strips what it does not know and keeps the shape of the rest. */
function unknownKeys(sent: unknown, kept: unknown, path: PropertyKey[]): string[] {
  if (!isRecord(sent) || !isRecord(kept)) return [];
  return Object.entries(sent).flatMap(([key, value]) =>
    key in kept ? unknownKeys(value, kept[key], [...path, key]) : [toPath([...path, key])],
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function toPath(path: PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    text += typeof part === "number" || /^\d+$/.test(String(part)) ? `[${String(part)}]` : `.${String(part)}`;
  }
  return text.replace(/^\./, "") || "$";
}
