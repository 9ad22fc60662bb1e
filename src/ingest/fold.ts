/** Folds every deal that a request touches, from its stored and its new documents, into rows to be written. */
import type { Adapter, Facts, Fold } from "../adapter.ts";
import { attribution } from "../attribution/attribution.ts";
import type { Connection } from "../database/connections.ts";
import type { DealRow, DealWrite, DocumentRow, DocumentWrite } from "../database/documents.ts";
import type { Deal } from "../deal.ts";
import { type WantedDeal, wantedDeal } from "../difference.ts";
import { openDocument, sealDocument } from "../personal.ts";
import type { Vault } from "../vault.ts";
import { DealError, numberOf, type Parts, toParts, withKnownContacts } from "./deal-parts.ts";
import { type DocumentState, formatStamp } from "./judge.ts";
import { toOutcome } from "./outcome.ts";
import { mayExist, place } from "./placement.ts";
import { DEAL_MOVED, DEAL_MOVED_APART, INTERNAL, type Outcome } from "./result.ts";
import { type Route, type Routing, toRoute, withRoute } from "./route.ts";

export interface FoldRequest {
  adapter: Adapter;
  connection: Connection;
  toInstant: (local: string) => number;
  vault: Vault;
  now: number;
  routing: Routing;
  /** Sent by a person. */
  isManual: boolean;
  /** A person wants deleted deals made anew. */
  isReopening?: boolean;
}

/** With the connection's settings, parsed once for all deals. */
interface DealRequest extends FoldRequest {
  settings: ReturnType<Adapter["settings"]["safeParse"]>;
}

/** How one deal came by its route, for whoever wants it explained. */
export interface Trace {
  key: string;
  /** Null when the deal has no documents left. */
  facts: Facts | null;
  route: Route;
}

export interface Folded {
  deals: DealWrite[];
  traces: Trace[];
  /** By deal: the outcome of every document of it that is new, or of none. */
  results: { key: string; outcome: Outcome }[];
  documents: DocumentWrite[];
  /** By document, given once the document is written. */
  outcomes: Map<string, Outcome>;
  /** By document; these are not written at all. */
  failures: Map<string, Outcome>;
}

interface Stored {
  deals: readonly DealRow[];
  documents: readonly DocumentRow[];
}

/** A document with what the core knows of it besides its content. */
interface Member {
  document: unknown;
  manual: boolean;
}

/**
 * Due by any clock. A dispatcher that is about to release the account goes by the time it read before its database
 * answered, and by its own clock; a deal due "now" could be a moment too late for it, and its wake-up would be lost.
 */
const DUE_AT_ONCE = 0;

/**
 * `clashes` counts, by deal, the variants of its number that other deals of the site turned out to have. `others` are
 * deals to be folded again although no document of theirs is new.
 */
export async function foldDeals(
  request: FoldRequest,
  stored: Stored,
  states: ReadonlyMap<string, DocumentState>,
  clashes: ReadonlyMap<string, number>,
  others: readonly string[] = [],
): Promise<Folded> {
  const folded: Folded = {
    deals: [],
    traces: [],
    results: [],
    documents: [],
    outcomes: new Map(),
    failures: new Map(),
  };
  // At once: most of the time goes into sealing, which runs beside.
  const keys = [...new Set([...keysOf(states), ...others])];
  const settings = request.adapter.settings.safeParse(request.connection.settings);
  const deals = await Promise.allSettled(
    keys.map((key) => foldDeal({ ...request, settings }, key, stored, states, clashes.get(key) ?? 0)),
  );
  for (const [index, deal] of deals.entries()) {
    const key = keys[index] ?? "";
    const concerned = [...states.values()].filter(({ dealKey, movedFrom }) => dealKey === key || movedFrom === key);
    if (deal.status === "fulfilled") {
      folded.deals.push(deal.value.write);
      folded.traces.push(deal.value.trace);
      folded.results.push({ key, outcome: deal.value.outcome });
      for (const { guid, dealKey } of concerned) if (dealKey === key) folded.outcomes.set(guid, deal.value.outcome);
    } else {
      const outcome = deal.reason instanceof DealError ? deal.reason.outcome : INTERNAL;
      folded.results.push({ key, outcome });
      for (const { guid } of concerned) folded.failures.set(guid, outcome);
    }
  }
  if (folded.failures.size > 0) return withoutFailures(request, stored, states, clashes, folded.failures);
  const deletions = new Set(
    folded.deals.filter(({ status, wanted }) => status === "due" && wanted === null).map(({ key }) => key),
  );
  folded.documents.push(...(await Promise.all([...states.values()].map((state) => toDocumentWrite(request, state)))));
  for (const state of states.values()) {
    const outcome = folded.outcomes.get(state.guid);
    if (state.movedFrom !== null && deletions.has(state.movedFrom) && outcome?.result === "accepted") {
      const isAlone = !stored.documents.some(({ guid, dealKey }) => dealKey === state.movedFrom && !states.has(guid));
      folded.outcomes.set(state.guid, { ...outcome, ...(isAlone ? DEAL_MOVED : DEAL_MOVED_APART) });
    }
  }
  return folded;
}

/** A document that fits no deal is left out of every deal it touches, also of the one it would have left. */
async function withoutFailures(
  request: FoldRequest,
  stored: Stored,
  states: ReadonlyMap<string, DocumentState>,
  clashes: ReadonlyMap<string, number>,
  failures: ReadonlyMap<string, Outcome>,
): Promise<Folded> {
  const sound = new Map([...states].filter(([guid]) => !failures.has(guid)));
  const folded = await foldDeals(request, stored, sound, clashes);
  return { ...folded, failures: new Map([...failures, ...folded.failures]) };
}

function keysOf(states: ReadonlyMap<string, DocumentState>): Set<string> {
  return new Set(
    [...states.values()].flatMap(({ dealKey, movedFrom }) => (movedFrom ? [dealKey, movedFrom] : [dealKey])),
  );
}

async function foldDeal(
  request: DealRequest,
  key: string,
  stored: Stored,
  states: ReadonlyMap<string, DocumentState>,
  clashCount: number,
): Promise<{ write: DealWrite; outcome: Outcome; trace: Trace }> {
  const { adapter, connection, toInstant, vault, now, isManual } = request;
  const leaving = [...states.values()].filter(({ movedFrom }) => movedFrom === key);
  const row = stored.deals.find((candidate) => candidate.key === key);
  const known = row?.wanted ? wantedDeal.safeParse(JSON.parse(row.wanted)).data : undefined;
  const kept = stored.documents.filter(({ guid, dealKey }) => dealKey === key && !states.has(guid));
  const members: Member[] = await Promise.all(kept.map((document) => openMember(request, document)));
  for (const state of states.values()) if (state.dealKey === key) members.push(state);
  const documents = members.map(({ document }) => document);

  // What stays behind when a deal's own document joins another deal is no deal any more.
  const hasLeft = leaving.some(({ guid }) => guid === key);
  const { facts, fold, route } = foldDocuments(request, hasLeft ? [] : documents, row, known);
  const deal = fold.kind === "deal" ? withoutLeftMargin(withRoute(fold.deal, route), known) : null;
  const whole = deal && (await toParts(vault, connection.id, key, deal));
  const parts = whole && row && kept.some(({ stripped }) => stripped) ? withKnownContacts(whole, row, known) : whole;
  const isReopened = request.isReopening === true && row?.closed === true && !mayExist(row);
  const isRematched = parts !== null && row !== undefined && isToBeRematched(parts, row, known);
  const isEarly = members.every(
    ({ document, manual }) => !isManual && !manual && adapter.enteredAt(document, toInstant) < connection.sinceAt,
  );
  const placement = place(fold, parts?.wanted ?? null, row, {
    known,
    isManual,
    isReopened,
    isRematched,
    routeHold: route.hold,
    isAutoOff: !route.account.autoExchange && !isManual,
    isEarly,
    isTrial: connection.dryRun,
  });
  const reopened = (row?.reopened ?? 0) + (isReopened ? 1 : 0);
  const hasNumber = row?.orderNumber != null && row.siteId === route.account.siteId && !isReopened;
  const { untold: _, ...placed } = placement;
  const write: DealWrite = {
    key,
    readRevision: row?.revision ?? 0,
    accountId: route.account.id,
    siteId: route.account.siteId,
    ruleId: route.ruleId,
    orderNumber: hasNumber
      ? row.orderNumber
      : parts && numberOf(parts.wanted, key, clashCount, connection.timeZone, reopened),
    // A date in the future is never sent, and lookups go by the date that was.
    orderAt: parts ? Math.min(parts.wanted.orderAt, now) : null,
    ...placed,
    sealed: parts?.sealed ?? row?.sealed ?? null,
    contactHashes: parts?.contactHashes ?? row?.contactHashes ?? [],
    // The document that has left is not there to tell when.
    changedAt: leaving.length > 0 ? now : (parts?.wanted.changedAt ?? now),
    dueAt: DUE_AT_ONCE,
    reopened,
    rematch: isRematched,
  };
  return { write, outcome: toOutcome(fold, placement, row), trace: { key, facts, route } };
}

function foldDocuments(
  { adapter, settings, toInstant, routing }: DealRequest,
  documents: readonly unknown[],
  row: DealRow | undefined,
  known: WantedDeal | undefined,
): { facts: Facts | null; fold: Fold; route: Route } {
  if (!settings.success) throw settings.error;
  const context = { settings: settings.data, toInstant, itemKindTags: false };
  const facts = documents.length === 0 ? null : adapter.facts(documents, context);
  const route = toRoute(routing, facts, row, known);
  if (facts === null) return { facts, route, fold: { kind: "deletion", warnings: [] } };
  const { itemKindTags } = route.account;
  return { facts, route, fold: adapter.toDeal(documents, { ...context, itemKindTags }) };
}

/**
 * Another contact or another programme may find the lead that was not found. A deal linked to a lead is left alone, and
 * so is one with contacts whose attribution is not known yet: it may be linked, and will be asked about soon.
 */
function isToBeRematched(parts: Parts, row: DealRow, known: WantedDeal | undefined): boolean {
  if (row.delivered === null || row.closed || parts.contactHashes.length === 0) return false;
  const isNew = parts.contactHashes.some((hash) => !row.contactHashes.includes(hash));
  const source = JSON.stringify(parts.wanted.matching.customSource);
  if (!isNew && (!known || JSON.stringify(known.matching.customSource) === source)) return false;
  if (row.attribution === null) return row.contactHashes.length === 0;
  return !attribution.parse(JSON.parse(row.attribution)).matched;
}

/** Of another status without a word about a margin: the one that was told came from documents that do not count any more. */
function withoutLeftMargin(deal: Deal, known: WantedDeal | undefined): Deal {
  const isLeft = known?.marginKopecks !== undefined && known.status !== deal.status && deal.marginKopecks === undefined;
  return isLeft ? { ...deal, marginKopecks: 0 } : deal;
}

async function openMember({ vault, adapter, connection }: FoldRequest, row: DocumentRow): Promise<Member> {
  return { document: adapter.document.parse(await openDocument(vault, connection.id, row)), manual: row.manual };
}

async function toDocumentWrite(request: FoldRequest, state: DocumentState): Promise<DocumentWrite> {
  const { vault, connection, adapter, toInstant } = request;
  const { guid, document, digest, stamp, manual, dealKey, movedFrom } = state;
  const sealed = await sealDocument(vault, connection.id, guid, document);
  const enteredAt = adapter.enteredAt(document, toInstant);
  return { guid, dealKey, movedFrom, stamp: formatStamp(stamp), digest, enteredAt, manual, sealed };
}
