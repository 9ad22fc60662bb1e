/** The sandbox's controls, over its port: prepare it, and see what Calltouch has in the end. */
import * as z from "zod";

export const SITE = { siteId: "41234", token: "torture-site-token" };
const POINTS = { hourlyPoints: 1_000_000_000, dailyPoints: 1_000_000_000 };

const deals = z.array(
  z.object({
    orderNumber: z.string(),
    status: z.string(),
    revenue: z.string().nullable(),
    isDeleted: z.boolean(),
    creates: z.number(),
  }),
);
export type CalltouchDeal = z.infer<typeof deals>[number];

const requests = z.array(
  z.object({
    at: z.number(),
    operation: z.enum(["create", "update", "delete", "list"]),
    items: z.number(),
    status: z.number().nullable(),
  }),
);
export type CalltouchRequest = z.infer<typeof requests>[number];

export interface Knobs {
  listingLagMs: number;
  latencyMs: number;
}

export type Calltouch = ReturnType<typeof createCalltouch>;

export function createCalltouch(url: string) {
  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${url}/__sandbox${path}`, { method, ...init });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`The sandbox refused ${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }
  return {
    /** A second create makes a second deal: nothing but the bridge prevents it. */
    async prepare(knobs: Knobs): Promise<void> {
      await call("POST", "/sites", { ...SITE, ...POINTS });
      await call("PATCH", "/knobs", { ...knobs, duplicateCreate: "allow" });
    },
    deals: async (): Promise<CalltouchDeal[]> => deals.parse(await call("GET", `/deals?siteId=${SITE.siteId}`)),
    requests: async (): Promise<CalltouchRequest[]> => requests.parse(await call("GET", "/requests")),
  };
}
