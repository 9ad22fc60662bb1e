/** A backlog that has gathered while Calltouch refused the token, once there is a new one. */
import * as z from "zod";
import { SITE } from "../torture/calltouch.ts";
import { sleep } from "../torture/processes.ts";
import { toRate } from "../torture/rate.ts";
import { createPostings } from "./documents.ts";
import { judge, round } from "./goal.ts";
import { openLine, requireAccepted } from "./load.ts";
import { createProgress } from "./progress.ts";
import { type Stage, startStage } from "./stage.ts";

const DEALS = 5_000;
const PORTION = 100;
const PAUSE_MS_MAX = 20_000;
const DRAIN_MS_MAX = 120_000;
const POLL_MS = 20;
/** Calltouch's own limit: five requests a second with a hundred deals each. */
const CALLTOUCH_DEALS_PER_SECOND = 500;
/**
 * What starts 205 ms apart allow: the least distance that keeps six arrivals out of a second on a quiet line. Written here
 * and not taken from the bridge, which could otherwise meet its goal by going slower.
 */
const DEALS_PER_SECOND_MAX = 100_000 / 205;

const account = z.object({ pause: z.string().optional() });

export async function measureDrain({ note }: { note: (text: string) => void }): Promise<object> {
  const stage = await startStage();
  try {
    await stage.control("PATCH", `/sites/${SITE.siteId}`, { tokenRevoked: true });
    const line = await openLine(stage);
    const next = createPostings();
    requireAccepted(await line.post(next(PORTION).body), PORTION);
    await untilPaused(stage);
    for (let posted = PORTION; posted < DEALS; posted += PORTION) {
      requireAccepted(await line.post(next(PORTION).body), PORTION);
    }
    line.close();
    await stage.control("PATCH", `/sites/${SITE.siteId}`, { tokenRevoked: false });
    await stage.control("DELETE", "/requests");
    const progress = await createProgress(stage);
    note(`${DEALS} deals are waiting`);

    const startedAt = performance.now();
    await stage.admin("PATCH", `/accounts/${stage.accountId}`, { token: SITE.token });
    const arrivedAt = await progress.untilArrived(DEALS, startedAt + DRAIN_MS_MAX, POLL_MS);
    const seconds = (arrivedAt - startedAt) / 1_000;
    note(`drained in ${round(seconds, 2)} s`);
    const requests = await stage.calltouch.requests();
    const { perSecondMax } = toRate(
      requests.map(({ at }) => at),
      { wasLate: () => false },
    );
    return {
      deals: DEALS,
      seconds: round(seconds, 3),
      dealsPerSecond: round(DEALS / seconds, 1),
      ratio: judge(DEALS / seconds / DEALS_PER_SECOND_MAX, ">=", 0.95, 4),
      ratioOf: `100 deals every 205 ms: ${round(DEALS_PER_SECOND_MAX, 1)} deals/s`,
      ratioToCalltouchLimit: round(DEALS / seconds / CALLTOUCH_DEALS_PER_SECOND, 4),
      requests: requests.length,
      requestsPerSecondMax: judge(perSecondMax, "<=", 5),
      note: "from the moment the new token is sent to the bridge until the last deal is in the sandbox",
    };
  } finally {
    await stage.stop();
  }
}

async function untilPaused({ url, accountId, admin }: Stage): Promise<void> {
  for (const until = performance.now() + PAUSE_MS_MAX; performance.now() < until; await sleep(POLL_MS)) {
    if (account.parse(await admin("GET", `/accounts/${accountId}`)).pause === "unauthorized") return;
  }
  throw new Error(`The bridge at ${url} did not pause the account whose token was revoked`);
}
