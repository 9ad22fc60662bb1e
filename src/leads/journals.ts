/** The journals of calls and requests, read every few minutes: webhooks are faster, but the journals are the truth. */
import type { CalltouchClient } from "../calltouch/client.ts";
import { JOURNAL_PAGE_ROWS_MAX, type JournalPage } from "../calltouch/journals.ts";
import type { Reply } from "../calltouch/reply.ts";
import type { JournalAccount } from "../database/journals.ts";
import { createReader, type Reader, type ReaderDependencies, type ReadStop } from "../dispatcher/reader.ts";
import { type LeadDependencies, receiveLeads } from "./receive.ts";

export const JOURNAL_EVERY_MS = 300_000;
/** A lead may show up in its journal this much later than it happened: a long call, a slow journal. */
export const OVERLAP_MS = 2 * 3_600_000;
const FIRST_LOOK_MS = 24 * 3_600_000;
/** While a lead waits for what only its journal tells. */
const JOURNAL_SOON_MS = 20_000;
/** After a long silence it is caught up in portions, each so small that any run, be it a Worker's, reads all of its pages. */
const WINDOW_MS_MAX = 24 * 3_600_000;
/** Two journals of a day or two; more pages are read in the next run. */
const READING_MS = 60_000;

export type JournalDependencies = LeadDependencies & ReaderDependencies;

type Journal = (
  client: CalltouchClient,
  query: { from: number; to: number; page: number; limit: number },
) => Promise<Reply<JournalPage>>;

const JOURNALS: readonly Journal[] = [
  (client, query) => client.calls(query),
  (client, { from, to }) => client.requests({ from, to }),
];

/** Returns how many leads were new. One bad account does not stop the others. */
export async function readJournals(
  dependencies: JournalDependencies,
  budget: { endsAt: number; requestsLeft: number; isSpent?: (() => boolean) | undefined },
): Promise<number> {
  const { platform, database, adapters } = dependencies;
  const taking = [...adapters.values()].flatMap(({ id, api }) => (api ? [id] : []));
  let count = 0;
  for (const due of await database.journals.due(taking, platform.now())) {
    try {
      count += await readAccount(dependencies, due, budget);
    } catch (error) {
      const name = error instanceof Error ? error.name : "unknown";
      platform.log({ level: "error", event: "journal-failed", account: due.accountId, error: name });
    }
    if (budget.requestsLeft <= 0 || budget.isSpent?.() === true) break;
  }
  return count;
}

async function readAccount(
  dependencies: JournalDependencies,
  { accountId, journalFrom }: JournalAccount,
  budget: Parameters<typeof readJournals>[1],
): Promise<number> {
  const { platform, database } = dependencies;
  const now = platform.now();
  const account = await database.accounts.get(accountId);
  // Whoever comes after this one died waits that long at most.
  const claimed = now + READING_MS;
  if (!account || !(await database.journals.claim(accountId, now, claimed))) return 0;
  const reader = createReader(dependencies, account, budget);
  const reached = journalFrom ?? now - FIRST_LOOK_MS;
  const from = Math.max(reached - OVERLAP_MS, 0);
  const to = Math.min(now, reached + WINDOW_MS_MAX);
  const release = (nextAt: number, end: Parameters<typeof database.journals.release>[3]) =>
    database.journals.release(accountId, claimed, nextAt, end);
  let count = 0;
  for (const journal of JOURNALS) {
    const read = await readJournal(reader, journal, { from, to }, async ({ leads, unreadable }) => {
      if (unreadable > 0)
        platform.log({ level: "warn", event: "journal-unreadable", account: accountId, rows: unreadable });
      count += await receiveLeads(dependencies, accountId, leads, "journal");
    });
    if (read === "done") continue;
    if (read.kind === "limit") await release(platform.now(), {});
    else await release(read.until, { trouble: read.reason });
    return count;
  }
  const isAwaited = await database.journals.isAwaited(accountId, platform.now());
  const pauseMs = isAwaited ? JOURNAL_SOON_MS : JOURNAL_EVERY_MS;
  await release(to < now ? now : now + pauseMs, { from: to });
  return count;
}

/** `done`, or why not. */
async function readJournal(
  reader: Reader,
  journal: Journal,
  { from, to }: { from: number; to: number },
  take: (page: JournalPage) => Promise<void>,
): Promise<"done" | ReadStop> {
  for (let page = 1; ; page += 1) {
    const read = await reader.ask(
      (client) => journal(client, { from, to, page, limit: JOURNAL_PAGE_ROWS_MAX }),
      "journal",
    );
    if (read.kind !== "read") return read;
    await take(read.value);
    if (read.value.isLast) return "done";
  }
}
