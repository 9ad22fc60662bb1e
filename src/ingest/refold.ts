/** Folds deals again from their stored documents: what they are folded by has changed, or a person has asked for it. */
import type { Adapter } from "../adapter.ts";
import { toHex } from "../bytes.ts";
import type { Connection } from "../database/connections.ts";
import type { DealWrite } from "../database/documents.ts";
import { localToInstant } from "../zone.ts";
import { foldDeals } from "./fold.ts";
import { countClashes, type IngestDependencies, ROUNDS_MAX, toRouting, withPolicy } from "./ingest.ts";
import { BUSY, type Outcome } from "./result.ts";

export interface RefoldRequest {
  adapter: Adapter;
  connection: Connection;
  /** Of the connection's own account. */
  account: { siteId: string };
  /** At most a hundred, all of them with documents. */
  keys: readonly string[];
  /** A person has asked for it: nothing but a rule or a trial keeps the deals back. */
  isManual: boolean;
  /** Also what arrives for these deals later counts as asked for. */
  marksManual?: boolean;
  /** Deals that were deleted begin anew, under another number. */
  isReopening?: boolean;
}

/** What became of each deal, by its key; a key without documents is left out. @throws when the database fails. */
export async function refold(
  { platform, database, vault }: IngestDependencies,
  request: RefoldRequest,
): Promise<Map<string, Outcome>> {
  const { adapter, account, isManual, marksManual = false, isReopening = false } = request;
  let { connection } = request;
  const toInstant = (local: string) => localToInstant(local, connection.timeZone);
  const outcomes = new Map<string, Outcome>();
  const clashes = new Map<string, number>();
  let unwritten: readonly DealWrite[] = [];
  let pending = [...new Set(request.keys)];

  for (let round = 0; pending.length > 0 && round < ROUNDS_MAX; round += 1) {
    const stored = await database.documents.read(connection.id, [], pending);
    connection = await withPolicy(database, connection, stored.policy);
    await countClashes(database, clashes, unwritten, stored.deals);
    const keys = pending.filter((key) => stored.documents.some(({ dealKey }) => dealKey === key));
    if (keys.length === 0) return outcomes;
    const now = platform.now();
    const routing = toRouting(connection, stored);
    const context = { adapter, connection, toInstant, vault, now, routing, isManual, isReopening };
    const folded = await foldDeals(context, stored, new Map(), clashes, keys);
    const writer = toHex(platform.randomBytes(16));
    const { policy } = stored;
    const place = { connectionId: connection.id, siteId: account.siteId, writer, now, marksManual, policy };
    const written = await database.documents.write(place, folded.deals, []);
    for (const { key, outcome } of folded.results) {
      if (outcome.result === "error" || written.dealKeys.has(key)) outcomes.set(key, outcome);
    }
    unwritten = folded.deals.filter(({ key }) => !written.dealKeys.has(key));
    pending = keys.filter((key) => !outcomes.has(key));
  }
  for (const key of pending) outcomes.set(key, BUSY);
  return outcomes;
}
