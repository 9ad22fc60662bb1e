/** What a racer may be told to do. */
import * as z from "zod";

const base = z.object({ url: z.string(), racer: z.string() });

const job = z.discriminatedUnion("kind", [
  base.extend({ kind: z.enum(["migrate", "keyring"]) }),
  base.extend({
    kind: z.literal("take"),
    count: z.number(),
    request: z.object({
      accountId: z.string(),
      lease: z.string().nullable(),
      siteId: z.string(),
      now: z.number(),
      hourAt: z.number(),
      dayAt: z.number(),
      cost: z.number(),
      hourlyPoints: z.number(),
      dailyPoints: z.number(),
    }),
  }),
  base.extend({ kind: z.enum(["acquire", "infobase"]), ids: z.array(z.string()) }),
  base.extend({
    kind: z.literal("write"),
    ids: z.array(z.string()),
    readRevision: z.number(),
    /** Whether both racers write the same deals, or deals of their own with the same numbers. */
    key: z.enum(["shared", "own"]),
  }),
]);
export type Job = z.infer<typeof job>;
/** Each kind of job without what is filled in for every racer. */
export type JobOf<T> = T extends Job ? Omit<T, "url" | "racer"> : never;

export function parseJob(message: unknown): Job {
  return job.parse(message);
}
