/** What arrives in small portions still travels in large ones, and never faster than Calltouch allows. */
import { sleep } from "../torture/processes.ts";
import { toRate } from "../torture/rate.ts";
import { createPostings } from "./documents.ts";
import { judge, round } from "./goal.ts";
import { openLine, requireAccepted } from "./load.ts";
import { createProgress } from "./progress.ts";
import { startStage } from "./stage.ts";

const DOCUMENTS = 1_000;
const PORTION = 10;
const MS_MAX = 60_000;
const POLL_MS = 100;

export async function measureThousand({ note }: { note: (text: string) => void }): Promise<object> {
  const stage = await startStage();
  try {
    const line = await openLine(stage);
    const next = createPostings();
    const progress = await createProgress(stage);
    const startedAt = performance.now();
    for (let posted = 0; posted < DOCUMENTS; posted += PORTION) {
      requireAccepted(await line.post(next(PORTION).body), PORTION);
    }
    const postedMs = performance.now() - startedAt;
    line.close();
    note(`${DOCUMENTS} documents taken in ${round(postedMs)} ms`);
    await progress.untilArrived(DOCUMENTS, performance.now() + MS_MAX, POLL_MS);
    const arrivedMs = performance.now() - startedAt;
    // A request too many would come with the next tick.
    await sleep(1_500);
    const requests = await stage.calltouch.requests();
    const { perSecondMax } = toRate(
      requests.map(({ at }) => at),
      { wasLate: () => false },
    );
    return {
      documents: DOCUMENTS,
      postedMs: round(postedMs),
      arrivedMs: round(arrivedMs),
      requests: judge(requests.length, "<=", 14),
      requestsPerSecondMax: judge(perSecondMax, "<=", 5),
      dealsPerRequestMax: judge(Math.max(...requests.map(({ items }) => items)), "<=", 100),
      note: "over one connection, each portion after the answer to the one before, as one 1C does",
    };
  } finally {
    await stage.stop();
  }
}
