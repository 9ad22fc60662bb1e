/** Documents in, deals due: read, judge, fold, write by compare-and-set, and again for what met another writer. */
import type { Adapter } from "../adapter.ts";
import { toHex } from "../bytes.ts";
import type { Connection } from "../database/connections.ts";
import type { Database } from "../database/database.ts";
import type { DealRow, DealWrite } from "../database/documents.ts";
import type { Platform } from "../platform.ts";
import { compileRules } from "../rules.ts";
import type { Vault } from "../vault.ts";
import { localToInstant } from "../zone.ts";
import { foldDeals } from "./fold.ts";
import { type Incoming, judge } from "./judge.ts";
import { BUSY, type DocumentResult, explain, GUID_TAKEN, type Outcome, UNCHANGED } from "./result.ts";
import type { Routing } from "./route.ts";

export interface IngestDependencies {
  platform: Pick<Platform, "now" | "randomBytes" | "log">;
  database: Database;
  vault: Vault;
}

export interface IngestRequest {
  adapter: Adapter;
  connection: Connection;
  /** The connection's own. */
  account: { siteId: string };
  /** As the ERP sent them, not validated. */
  documents: readonly unknown[];
  /** Sent by a person: never stale, never too old. */
  isManual: boolean;
}

type Stored = Awaited<ReturnType<Database["documents"]["read"]>>;

/** Compare-and-set rounds for one request. A round is lost only when another request changed the same deal. */
export const ROUNDS_MAX = 8;

/** One result per document, in the order sent. A bad document never spoils the others. @throws when the database fails. */
export async function ingest(dependencies: IngestDependencies, request: IngestRequest): Promise<DocumentResult[]> {
  const { platform, database, vault } = dependencies;
  const { adapter, account, isManual } = request;
  let { connection } = request;
  const toInstant = (local: string) => localToInstant(local, connection.timeZone);
  const parsed = await parseDocuments(vault, adapter, request.documents);
  const { outcomes, guids } = parsed;
  let pending = parsed.valid;
  /** By deal: how many variants of its number turned out to be taken. */
  const clashes = new Map<string, number>();
  let unwritten: readonly DealWrite[] = [];

  for (let round = 0; pending.length > 0 && round < ROUNDS_MAX; round += 1) {
    const keys = pending.map(({ document }) => adapter.dealKey(document));
    const stored = await database.documents.read(
      connection.id,
      pending.map(({ guid }) => guid),
      keys,
    );
    connection = await withPolicy(database, connection, stored.policy);
    await countClashes(database, clashes, unwritten, stored.deals);
    const judged = judge({ adapter, toInstant, isManual }, stored.documents, pending);
    for (const { index, document } of pending) {
      const outcome = judged.settled.get(index);
      if (outcome) outcomes.set(index, withReason(outcome, stored.deals, adapter.dealKey(document)));
    }
    if (judged.states.size === 0) break;

    const now = platform.now();
    const routing = toRouting(connection, stored);
    const context = { adapter, connection, toInstant, vault, now, routing, isManual };
    const folded = await foldDeals(context, stored, judged.states, clashes);
    const writer = toHex(platform.randomBytes(16));
    const written = await database.documents.write(
      { connectionId: connection.id, siteId: account.siteId, writer, now, policy: stored.policy },
      folded.deals,
      folded.documents,
    );
    unwritten = folded.deals.filter(({ key }) => !written.dealKeys.has(key));
    pending = [];
    for (const { incoming, outcome } of judged.waiting) {
      const { index, guid } = incoming;
      const failure = folded.failures.get(guid);
      const success = written.guids.has(guid) ? (outcome ?? folded.outcomes.get(guid)) : undefined;
      const final = failure ?? success;
      if (final) outcomes.set(index, final);
      else pending.push(incoming);
    }
    if (pending.length > 0) pending = await withoutTaken(dependencies, request, pending, outcomes);
  }

  return request.documents.map((_, index) => {
    const guid = guids.get(index);
    return { index, ...(guid === undefined ? {} : { guid }), ...(outcomes.get(index) ?? BUSY) };
  });
}

/** What keeps the deal back is said again to whoever sends the same again. */
function withReason(outcome: Outcome, deals: readonly DealRow[], dealKey: string): Outcome {
  const reason = deals.find(({ key }) => key === dealKey)?.reason;
  return outcome === UNCHANGED && reason ? { ...outcome, message: `${outcome.message}. ${reason}` } : outcome;
}

/** A document that was not written may be another connection's: it would be a second deal of one sale. */
async function withoutTaken(
  { database, platform }: IngestDependencies,
  { connection, account }: IngestRequest,
  pending: readonly Incoming[],
  outcomes: Map<number, Outcome>,
): Promise<Incoming[]> {
  const guids = [...new Set(pending.map(({ guid }) => guid))];
  const taken = await database.documents.takenGuids(connection.id, account.siteId, guids);
  for (const other of new Set(taken.values())) {
    const [guid = "", ...more] = guids.filter((each) => taken.get(each) === other);
    const ids = { connectionId: connection.id, otherConnectionId: other };
    platform.log({ level: "warn", event: "guid-taken", ...ids, guid, documents: more.length + 1 });
  }
  for (const { guid, index } of pending) if (taken.has(guid)) outcomes.set(index, GUID_TAKEN);
  return pending.filter(({ guid }) => !taken.has(guid));
}

/** As its adapter reads them; what cannot be read has its outcome already. */
export async function parseDocuments(vault: Vault, adapter: Adapter, documents: readonly unknown[]) {
  const outcomes = new Map<number, Outcome>();
  const guids = new Map<number, string>();
  const valid: Omit<Incoming, "digest">[] = [];
  for (const [index, raw] of documents.entries()) {
    const { success, data, error } = adapter.document.safeParse(raw);
    const guid = success ? adapter.guid(data) : guidOf(raw);
    if (guid !== undefined) guids.set(index, guid);
    if (!success) outcomes.set(index, explain(error));
    else if (guid !== undefined) valid.push({ index, guid, document: data });
  }
  const digested = valid.map(async (incoming) => ({
    ...incoming,
    digest: await vault.hash(JSON.stringify(incoming.document)),
  }));
  return { outcomes, guids, valid: await Promise.all(digested) };
}

/** The connection as it is now when its settings, its rules or its accounts' flags have changed since it was read. */
export async function withPolicy(database: Database, connection: Connection, policy: number): Promise<Connection> {
  return policy === connection.policy ? connection : ((await database.connections.get(connection.id)) ?? connection);
}

/** What deals are routed by, prepared once for all deals of a request. */
export function toRouting(connection: Connection, stored: Stored): Routing {
  const accounts = new Map(stored.accounts.map((account) => [account.id, account]));
  const own = accounts.get(connection.accountId);
  // Accounts that connections use are not deleted.
  if (!own) throw new Error(`connection ${connection.id} has no account`);
  return { rules: compileRules(stored.rules), accounts, own };
}

/** A deal that was not written although nobody else wrote it may have met a number that another deal of the site has. */
export async function countClashes(
  database: Database,
  clashes: Map<string, number>,
  unwritten: readonly DealWrite[],
  rows: readonly DealRow[],
): Promise<void> {
  const unchanged = unwritten.filter(({ key, readRevision, orderNumber, siteId }) => {
    const row = rows.find((candidate) => candidate.key === key);
    const hasIt = row?.orderNumber === orderNumber && row?.siteId === siteId;
    return orderNumber !== null && !hasIt && (row?.revision ?? 0) === readRevision;
  });
  for (const site of new Set(unchanged.map(({ siteId }) => siteId))) {
    const ofSite = unchanged.filter(({ siteId }) => siteId === site);
    const numbers = ofSite.map(({ orderNumber }) => orderNumber ?? "");
    const taken = await database.documents.takenNumbers(site, numbers);
    for (const { key, orderNumber } of ofSite) {
      if (taken.has(orderNumber ?? "")) clashes.set(key, (clashes.get(key) ?? 0) + 1);
    }
  }
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The guid of a document that is otherwise unreadable, so that 1C knows which one is meant. */
function guidOf(raw: unknown): string | undefined {
  if (typeof raw !== "object" || raw === null || !("guid" in raw)) return undefined;
  return typeof raw.guid === "string" && GUID.test(raw.guid.trim()) ? raw.guid.trim().toLowerCase() : undefined;
}
