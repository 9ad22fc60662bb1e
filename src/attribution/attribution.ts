/** The advertising source of a deal, as Calltouch's listing tells it. */
import * as z from "zod";

const text = z.string().min(1).max(2_000).optional();

export const attribution = z.strictObject({
  /** False while Calltouch shows our own fallback source, or none: no lead has been found. */
  matched: z.boolean(),
  lead: z
    .strictObject({ kind: z.enum(["call", "request", "chat"]), id: z.int().positive().optional(), number: text })
    .optional(),
  source: text,
  medium: text,
  campaign: text,
  content: text,
  term: text,
  keyword: text,
});
export type Attribution = z.infer<typeof attribution>;

/** What the client searched for: the keyword, else the utm_term. */
export function queryOf({ keyword, term }: Attribution): string | undefined {
  return keyword ?? term;
}

/** Ready for «Полное наименование источника рекламы»: source, medium, campaign and query. Undefined when nothing is known. */
export function fullNameOf(known: Attribution): string | undefined {
  const parts = [known.source, known.medium, known.campaign, queryOf(known)].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(" / ");
}
