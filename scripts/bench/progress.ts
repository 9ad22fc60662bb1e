/** How much has reached Calltouch, asked for in a way that costs the sandbox nothing while it is being measured. */
import * as z from "zod";
import { SITE } from "../torture/calltouch.ts";
import { sleep } from "../torture/processes.ts";
import type { Stage } from "./stage.ts";

const DEALS_PER_REQUEST_MAX = 100;

const points = z.object({ hourLeft: z.number(), dayLeft: z.number() });

export async function createProgress({ control, calltouch }: Pick<Stage, "control" | "calltouch">) {
  /** The day's: the hour's may begin anew at any moment. */
  const pointsLeft = async () => points.parse(await control("GET", `/sites/${SITE.siteId}/points`)).dayLeft;
  const leftAtStart = await pointsLeft();

  return {
    /** When all had arrived, by performance.now(). The deals are counted only once as many requests as they need have come. */
    async untilArrived(deals: number, untilAt: number, pollMs: number): Promise<number> {
      for (; performance.now() < untilAt; await sleep(pollMs)) {
        if (leftAtStart - (await pointsLeft()) < Math.ceil(deals / DEALS_PER_REQUEST_MAX)) continue;
        const seenAt = performance.now();
        const arrived = await calltouch.deals();
        if (arrived.some(({ creates }) => creates !== 1)) throw new Error("A deal was created twice");
        if (arrived.length >= deals) return seenAt;
      }
      throw new Error(`Not all of ${deals} deals arrived in time`);
    },
  };
}
