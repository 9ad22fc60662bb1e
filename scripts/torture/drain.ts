/** Waits until the bridge has nothing left to do for any document, as an ERP would find out: by asking. */
import * as z from "zod";
import { exchange } from "./erp.ts";
import { sleep } from "./processes.ts";

const GUIDS_MAX = 100;
const POLL_MS = 400;

const answer = z.object({
  deals: z.array(
    z.object({
      guid: z.string(),
      status: z.enum(["due", "delivered", "held", "dead", "unknown"]),
      code: z.string().optional(),
      message: z.string(),
    }),
  ),
});
export type DealStatus = z.infer<typeof answer>["deals"][number];

/** What the bridge says of each document; "due" is left only when the deadline has passed. */
export async function drain(
  url: string,
  key: string,
  guids: readonly string[],
  deadlineAt: number,
): Promise<Map<string, DealStatus>> {
  const statuses = new Map<string, DealStatus>();
  // Those at the front are asked about until they are settled: thousands asked at once would keep the bridge from its work.
  for (let waiting = [...guids]; waiting.length > 0 && Date.now() < deadlineAt; ) {
    const answered = await ask(url, key, waiting.slice(0, GUIDS_MAX));
    for (const status of answered) statuses.set(status.guid, status);
    const settled = new Set(answered.filter(({ status }) => status !== "due").map(({ guid }) => guid));
    waiting = waiting.filter((guid) => !settled.has(guid));
    // An answer stays under 8 KB and may say less than was asked.
    if (settled.size === 0 || settled.size < answered.length) await sleep(POLL_MS);
  }
  return statuses;
}

async function ask(url: string, key: string, guids: readonly string[]): Promise<DealStatus[]> {
  const got = await exchange(`${url}/v1/alfa-auto/deals/status`, key, { guids });
  const parsed = got?.status === 200 ? answer.safeParse(JSON.parse(got.text)) : null;
  return parsed?.success ? parsed.data.deals : [];
}
