/** What the adapter keeps between its runs. Read tolerantly: what an older version wrote, or nobody, is as good as nothing. */
import * as z from "zod";

const id = z.guid().nullable().catch(null);
const ids = z.record(z.string(), z.guid()).catch({});

/** How much of MoySklad's limit was left, kept only while that was little. */
const pace = z.object({
  /** When the next request may go out, epoch milliseconds. */
  freeAt: z.int(),
  /** Units of the limit one request takes with this token. */
  cost: z.int().positive(),
});
export type Pace = z.infer<typeof pace>;

/** Fields of others, the cursors of the poll among them, are kept as they are. */
export const memory = z.looseObject({
  /** Of the merchant: every webhook carries it. */
  accountId: id,
  /** Where MoySklad was asked: webhooks that name another address are refused. */
  baseUrl: z.string().nullable().catch(null),
  /** Scheme and host of our webhooks: our own writes are not to come back through them. */
  hookOrigin: z.string().nullable().catch(null),
  webhookIds: z.array(z.guid()).catch([]),
  /** Order fields: our code (`source`, `utm_term` …) → id. */
  attributes: ids,
  /** Order fields named in the setting `defaults`: name → id. */
  defaults: ids,
  /** The only organization there is; null when there are several. */
  organizationId: id,
  /** The state MoySklad gives a new order. */
  initialStateId: id,
  /** When the four above were read, epoch milliseconds, and for which settings. */
  readAt: z.int().nullable().catch(null),
  readFor: z.string().nullable().catch(null),
  pace: pace.nullable().catch(null),
});
export type Memory = z.infer<typeof memory>;

export function parseMemory(raw: unknown): Memory {
  const isObject = typeof raw === "object" && raw !== null && !Array.isArray(raw);
  return memory.parse(isObject ? raw : {});
}
