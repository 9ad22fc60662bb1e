/** The journals of calls and requests, read every few minutes: webhooks are faster, but the journals are the truth. */
import type { CalltouchClient } from "../calltouch/client.ts";
import { JOURNAL_PAGE_ROWS_MAX, type JournalPage } from "../calltouch/journals.ts";
import type { Reply } from "../calltouch/reply.ts";
import type { JournalAccount } from "../database/leads.ts";
import { createReader, type Reader, type ReaderDependencies } from "../dispatcher/reader.ts";
import type { Lead } from "../lead.ts";
import { type LeadDependencies, receiveLeads } from "./receive.ts";

export const JOURNAL_EVERY_MS = 300_000;
/** A lead may show up in its journal this much later than it happened: a long call, a slow journal. */
export const OVERLAP_MS = 2 * 3_600_000;
const FIRST_LOOK_MS = 24 * 3_600_000;
/** After a long silence of the bridge or of Calltouch it is caught up in portions: the journals give three months at most. */
const WINDOW_MS_MAX = 30 * 24 * 3_600_000;
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
  for (const due of await database.leads.journalsDue(taking, platform.now())) {
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
  if (!account || !(await database.leads.claimJournal(accountId, now, now + READING_MS))) return 0;
  const reader = createReader(dependencies, account, budget);
  const from = Math.max((journalFrom ?? now - FIRST_LOOK_MS) - OVERLAP_MS, 0);
  const to = Math.min(now, from + WINDOW_MS_MAX);
  let count = 0;
  for (const journal of JOURNALS) {
    const read = await readJournal(reader, journal, { from, to }, async (leads) => {
      count += await receiveLeads(dependencies, accountId, leads, "journal");
    });
    if (read === "done") continue;
    await database.leads.setJournal(accountId, read === "limit" ? platform.now() : read);
    return count;
  }
  await database.leads.setJournal(accountId, to < now ? now : now + JOURNAL_EVERY_MS, to);
  return count;
}

/** `done`, when to go on, or `limit`: with the next run. */
async function readJournal(
  reader: Reader,
  journal: Journal,
  { from, to }: { from: number; to: number },
  take: (leads: readonly Lead[]) => Promise<void>,
): Promise<"done" | "limit" | number> {
  for (let page = 1; ; page += 1) {
    const read = await reader.ask(
      (client) => journal(client, { from, to, page, limit: JOURNAL_PAGE_ROWS_MAX }),
      "journal",
    );
    if (read.kind === "later") return read.until;
    if (read.kind === "limit") return "limit";
    await take(read.value.leads);
    if (read.value.isLast) return "done";
  }
}
