/** Rows to begin with, and rows as they are stored. Every field may be replaced; the rest is of no interest to the test. */
import type { Row as LibsqlRow } from "@libsql/client";
import type { NewAccount } from "../../src/database/accounts.ts";
import type { AuditEntry } from "../../src/database/audit.ts";
import type { ClaimedDeal, Settlement } from "../../src/database/claims.ts";
import type { NewConnection } from "../../src/database/connections.ts";
import type { Database } from "../../src/database/database.ts";
import type { DealWrite, DocumentWrite, WriteContext } from "../../src/database/documents.ts";
import type { Rule } from "../../src/database/rules.ts";
import type { SlotRequest } from "../../src/database/slots.ts";
import type { WantedDeal } from "../../src/difference.ts";

export type Row = Record<string, unknown>;

export function toRow(columns: readonly string[], row: LibsqlRow): Row {
  return Object.fromEntries(columns.map((column, index) => [column, row[index]]));
}

export const NOW = Date.UTC(2026, 10, 22, 9);
export const LAG_MS = 10_000;
export const GUID = "11111111-1111-4111-8111-111111111111";
export const OTHER_GUID = "22222222-2222-4222-8222-222222222222";

export function account(replaced: Partial<NewAccount> = {}): NewAccount {
  return {
    id: "a1",
    name: `Account ${replaced.id ?? "a1"}`,
    siteId: "41234",
    token: "sealed-token",
    timeZone: "Europe/Moscow",
    hourlyPoints: 9_000,
    dailyPoints: 216_000,
    requestPoints: 1,
    livePercent: 10,
    listingLagMs: LAG_MS,
    createdAt: NOW,
    ...replaced,
  };
}

export function connection(replaced: Partial<NewConnection> = {}): NewConnection {
  return {
    id: "c1",
    adapter: "alfa-auto",
    name: `Connection ${replaced.id ?? "c1"}`,
    accountId: "a1",
    timeZone: "Europe/Moscow",
    sinceAt: 0,
    dryRun: false,
    settings: {},
    infobases: [],
    createdAt: NOW,
    reviewAfter: null,
    secrets: null,
    policy: 0,
    hookVersion: 0,
    ...replaced,
  };
}

/** An exchange rule of `c1` without conditions and consequences. */
export function rule(replaced: Partial<Rule> = {}): Rule {
  return {
    id: "r1",
    connectionId: "c1",
    accountId: null,
    skip: false,
    territory: null,
    warehouse: null,
    organization: null,
    itemKind: null,
    itemGroup: null,
    orderType: null,
    department: null,
    repairType: null,
    leadTag: null,
    funnel: null,
    priority: 0,
    createdAt: NOW,
    ...replaced,
  };
}

export const key = (id: string, connectionId: string) => ({ id, connectionId, hash: `hash-${id}`, createdAt: NOW });

export function auditEntry(replaced: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: NOW,
    actor: "admin",
    action: "update",
    subjectKind: "account",
    subjectId: "a1",
    before: { name: "Old" },
    after: { name: "New" },
    ...replaced,
  };
}

/** One account with one connection, `c1` on `a1`. */
export async function insertBasics(database: Database): Promise<void> {
  await database.accounts.insert(account());
  await database.connections.insert(connection(), key("k1", "c1"));
}

export function wanted(replaced: Partial<WantedDeal> = {}): WantedDeal {
  return {
    orderNumber: "N-1",
    orderAt: NOW,
    matching: {
      at: NOW,
      typeToMatch: "nearest",
      searchDepthMinutes: 60,
      leadTags: [],
      customSource: { source: "1c", medium: "crm" },
    },
    status: "Новая",
    statusAt: NOW,
    changedAt: NOW,
    tags: [],
    customFields: [],
    products: [],
    showContacts: false,
    ...replaced,
  };
}

export const WANTED = JSON.stringify(wanted());

export function dealWrite(replaced: Partial<DealWrite> = {}): DealWrite {
  return {
    key: GUID,
    readRevision: 0,
    accountId: "a1",
    siteId: "41234",
    ruleId: null,
    orderNumber: "N-1",
    orderAt: NOW,
    status: "due",
    reasonCode: null,
    reason: null,
    wanted: WANTED,
    sealed: "sealed-personal",
    contactHashes: [],
    changedAt: NOW,
    dueAt: NOW,
    reopened: 0,
    rematch: false,
    ...replaced,
  };
}

export function documentWrite(replaced: Partial<DocumentWrite> = {}): DocumentWrite {
  return {
    guid: GUID,
    dealKey: GUID,
    movedFrom: null,
    stamp: "version:1",
    digest: "digest-1",
    enteredAt: NOW,
    manual: false,
    sealed: "sealed-document",
    ...replaced,
  };
}

export function context(writer: string, replaced: Partial<WriteContext> = {}): WriteContext {
  return { connectionId: "c1", siteId: "41234", writer, now: NOW, policy: 0, ...replaced };
}

let writers = 0;

/** Writes deals without documents, each write under a writer of its own, and says which were written. */
export async function writeDeals(
  database: Database,
  writes: readonly DealWrite[],
  { accountId, ...replaced }: Partial<WriteContext & Pick<DealWrite, "accountId">> = {},
): Promise<string[]> {
  writers += 1;
  const { siteId } = replaced;
  const moved = { ...(accountId === undefined ? {} : { accountId }), ...(siteId === undefined ? {} : { siteId }) };
  const sent = writes.map((write) => ({ ...write, ...moved }));
  const { dealKeys } = await database.documents.write(context(`writer-${writers}`, replaced), sent, []);
  return [...dealKeys];
}

/** `count` deals with keys and numbers of their own, `deal-0` first. */
export function manyDeals(count: number, replaced: (index: number) => Partial<DealWrite> = () => ({})): DealWrite[] {
  return Array.from({ length: count }, (_, index) =>
    dealWrite({ key: `deal-${index}`, orderNumber: `number-${index}`, ...replaced(index) }),
  );
}

export function settlement(deal: Pick<ClaimedDeal, "id" | "revision">, replaced: Partial<Settlement> = {}): Settlement {
  return { id: deal.id, revision: deal.revision, status: "delivered", dueAt: NOW, ...replaced };
}

export function slotRequest(replaced: Partial<SlotRequest> = {}): SlotRequest {
  return {
    accountId: "a1",
    lease: "lease-1",
    siteId: "41234",
    now: NOW,
    hourAt: NOW,
    dayAt: NOW - 12 * 3_600_000,
    cost: 1,
    hourlyPoints: 9_000,
    dailyPoints: 216_000,
    ...replaced,
  };
}

/** Claims, and fails when the lease is lost. */
export async function claimed(database: Database, lease: string, now: number, max?: number): Promise<ClaimedDeal[]> {
  const deals = await database.claims.claim("a1", lease, now, max);
  if (deals === null) throw new Error(`The lease ${lease} is lost`);
  return deals;
}

/** The only one, or the first. */
export function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error("There is none");
  return item;
}
