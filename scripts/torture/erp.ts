/** An ERP under load, as 1C is: no answer, or an answer without a word about a document, and it sends the same again. */
import * as z from "zod";
import type { Ledger, Sending } from "./ledger.ts";
import { sleep } from "./processes.ts";
import type { Random } from "./random.ts";

const BATCH_DOCUMENTS_MAX = 10;
const ANSWER_MS_MAX = 30_000;

const answer = z.object({
  results: z.array(
    z.object({
      index: z.number(),
      result: z.enum(["accepted", "unchanged", "skipped", "stale", "error"]),
      code: z.string(),
      retry: z.boolean().optional(),
    }),
  ),
});

export interface ErpOptions {
  ledger: Ledger;
  random: Random;
  key: string;
  /** One address after the other is tried. */
  urls: readonly string[];
  clients: number;
  /** Between two batches of one client, at most. */
  pauseMsMax: number;
}

export interface Erp {
  counts: { posts: number; silences: number; refusals: Map<number, number> };
  problems: readonly string[];
  /** No new documents; resolves when everything sent has been acknowledged, or gives up at the deadline. */
  stop(deadlineAt: number): Promise<void>;
}

export function startErp({ ledger, random, key, urls, clients, pauseMsMax }: ErpOptions): Erp {
  const counts = { posts: 0, silences: 0, refusals: new Map<number, number>() };
  const problems: string[] = [];
  let isStopping = false;
  let givesUpAt = Number.POSITIVE_INFINITY;
  let turn = 0;

  async function work(): Promise<void> {
    while (!isStopping) {
      const batch = ledger.take(random.between(1, BATCH_DOCUMENTS_MAX));
      await deliver(batch);
      ledger.release(batch);
      await sleep(random.between(0, pauseMsMax));
    }
  }

  async function deliver(batch: readonly Sending[]): Promise<void> {
    for (let pending = batch; pending.length > 0 && Date.now() < givesUpAt; ) {
      pending = await post(pending);
      if (pending.length > 0) await sleep(random.between(50, 300));
    }
  }

  /** What has to be sent again. */
  async function post(batch: readonly Sending[]): Promise<readonly Sending[]> {
    turn += 1;
    counts.posts += 1;
    const url = urls[turn % urls.length] ?? "";
    const got = await exchange(`${url}/v1/alfa-auto/documents`, key, { documents: batch.map(({ body }) => body) });
    if (got === null) {
      counts.silences += 1;
      return batch;
    }
    if (got.status !== 200) {
      counts.refusals.set(got.status, (counts.refusals.get(got.status) ?? 0) + 1);
      if (got.status >= 500 || got.status === 429) return batch;
      // Sending it again cannot help: its documents stay unacknowledged.
      problems.push(`a post was answered ${got.status}: ${got.text}`);
      return [];
    }
    const parsed = answer.safeParse(JSON.parse(got.text));
    if (!parsed.success) {
      problems.push(`an answer cannot be read: ${got.text.slice(0, 300)}`);
      return batch;
    }
    const results = new Map(parsed.data.results.map((result) => [result.index, result]));
    return batch.filter((sending, index) => {
      const result = results.get(index);
      if (!result || result.result === "error") {
        if (result?.retry !== true)
          problems.push(`${sending.document.guid} was refused: ${result?.code ?? "no result"}`);
        return true;
      }
      const isOld = sending.state !== sending.document.states.at(-1);
      const isRepeatedInBatch = batch.some(({ document }, at) => at !== index && document === sending.document);
      if (isOld && !isRepeatedInBatch && result.result === "accepted") {
        problems.push(`${sending.document.guid}: an older state was accepted over a newer one`);
      }
      ledger.acknowledge(sending, result.result, result.code);
      return false;
    });
  }

  const working = Promise.all(Array.from({ length: clients }, work));
  return {
    counts,
    problems,
    async stop(deadlineAt) {
      isStopping = true;
      givesUpAt = deadlineAt;
      await working;
    },
  };
}

/** Null when no whole answer came. */
export async function exchange(
  url: string,
  key: string,
  body: object,
): Promise<{ status: number; text: string } | null> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    return { status: response.status, text: await response.text() };
  } catch {
    return null;
  }
}
