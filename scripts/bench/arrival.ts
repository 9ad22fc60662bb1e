/** From the first byte of a post to the deal being in Calltouch. */
import { sleep } from "../torture/processes.ts";
import { createPostings } from "./documents.ts";
import { judge, percentile, round } from "./goal.ts";
import { openLine, requireAccepted } from "./load.ts";
import { type Stage, startStage } from "./stage.ts";

const DOCUMENTS = 30;
const ARRIVAL_MS_MAX = 30_000;
const POLL_MS = 5;
/** The bridge is idle again, and the timer of its ticks stands somewhere else each time. */
const PAUSE_MS = { least: 400, most: 800 };

export async function measureArrival({ note }: { note: (text: string) => void }): Promise<object> {
  const stage = await startStage();
  try {
    const line = await openLine(stage);
    const next = createPostings();
    const arrivalsMs: number[] = [];
    for (let count = 0; count < DOCUMENTS; count += 1) {
      const { least, most } = PAUSE_MS;
      await sleep(least + ((most - least) * count) / DOCUMENTS);
      const { body, orderNumbers } = next(1);
      const sentAt = performance.now();
      requireAccepted(await line.post(body), 1);
      await untilArrived(stage, orderNumbers[0] ?? "");
      arrivalsMs.push(performance.now() - sentAt);
    }
    line.close();
    note(`${DOCUMENTS} documents, the slowest after ${round(Math.max(...arrivalsMs))} ms`);
    return {
      documents: DOCUMENTS,
      p50Ms: judge(percentile(arrivalsMs, 50), "<", 1_000),
      p99Ms: judge(percentile(arrivalsMs, 99), "<", 1_000),
      note: `looked for every ${POLL_MS} ms; by nearest rank, so p99 is the slowest`,
    };
  } finally {
    await stage.stop();
  }
}

async function untilArrived({ control }: Stage, orderNumber: string): Promise<void> {
  const path = `/deals?orderNumber=${encodeURIComponent(orderNumber)}`;
  for (const until = performance.now() + ARRIVAL_MS_MAX; performance.now() < until; await sleep(POLL_MS)) {
    const found = await control("GET", path);
    if (Array.isArray(found) && found.length > 0) return;
  }
  throw new Error(`${orderNumber} did not arrive within ${ARRIVAL_MS_MAX} ms`);
}
