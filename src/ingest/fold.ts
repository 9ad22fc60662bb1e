/** Folds every deal that a request touches, from its stored and its new documents, into rows to be written. */
import type { Adapter, Facts, Fold, Notice } from "../adapter.ts";
import { attribution } from "../attribution/attribution.ts";
import type { Connection } from "../database/connections.ts";
import type { DealRow, DealWrite, DocumentRow, DocumentWrite } from "../database/documents.ts";
import { type Deal, deal as dealSchema, ORDER_NUMBER_LENGTH_MAX } from "../deal.ts";
import { splitDeal, type WantedDeal, wantedDeal } from "../difference.ts";
import { hashContacts, openDocument, sealDocument, sealPersonal } from "../personal.ts";
import type { Vault } from "../vault.ts";
import { toWallClock } from "../zone.ts";
import { type DocumentState, formatStamp } from "./judge.ts";
import { CLOSED, mayExist, type Placement, place } from "./placement.ts";
import { ACCEPTED, DEAL_MOVED, errorOf, INTERNAL, NUMBER_TAKEN, type Outcome } from "./result.ts";
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

/** How one deal came to be what it is, for whoever wants it explained. */
export interface Trace {
  key: string;
  /** Null when the deal has no documents left. */
  facts: Facts | null;
  route: Route;
  fold: Fold;
  /** The whole deal with its route; null when there is none to be sent. */
  deal: Deal | null;
  placement: Placement;
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

class DealError extends Error {
  readonly outcome: Outcome;
  constructor(outcome: Outcome, cause?: unknown) {
    super(outcome.code, { cause });
    this.outcome = outcome;
  }
}

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
  const deals = await Promise.allSettled(
    keys.map((key) => foldDeal(request, key, stored, states, clashes.get(key) ?? 0)),
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
      folded.outcomes.set(state.guid, { ...outcome, ...DEAL_MOVED });
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
  request: FoldRequest,
  key: string,
  stored: Stored,
  states: ReadonlyMap<string, DocumentState>,
  clashCount: number,
): Promise<{ write: DealWrite; outcome: Outcome; trace: Trace }> {
  const { adapter, connection, toInstant, vault, now, isManual } = request;
  const row = stored.deals.find((candidate) => candidate.key === key);
  const known = row?.wanted ? wantedDeal.safeParse(JSON.parse(row.wanted)).data : undefined;
  const kept = stored.documents.filter(({ guid, dealKey }) => dealKey === key && !states.has(guid));
  const members: Member[] = await Promise.all(kept.map((document) => openMember(request, document)));
  for (const state of states.values()) if (state.dealKey === key) members.push(state);
  const documents = members.map(({ document }) => document);

  const { facts, fold, route } = foldDocuments(request, documents, row, known);
  const deal = fold.kind === "deal" ? withRoute(fold.deal, route) : null;
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
    changedAt: parts?.wanted.changedAt ?? now,
    dueAt: DUE_AT_ONCE,
    reopened,
    rematch: isRematched,
  };
  return { write, outcome: toOutcome(fold, placement, row), trace: { key, facts, route, fold, deal, placement } };
}

function foldDocuments(
  { adapter, connection, toInstant, routing }: FoldRequest,
  documents: readonly unknown[],
  row: DealRow | undefined,
  known: WantedDeal | undefined,
): { facts: Facts | null; fold: Fold; route: Route } {
  const context = { settings: adapter.settings.parse(connection.settings), toInstant, itemKindTags: false };
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

type Parts = Awaited<ReturnType<typeof toParts>>;

/** Some documents no longer tell their contacts: what was known of them stays known, and Calltouch is not told that they are fewer. */
function withKnownContacts(parts: Parts, row: DealRow, known: WantedDeal | undefined): Parts {
  const digest = known?.contactsDigest;
  const wanted = digest === undefined ? parts.wanted : { ...parts.wanted, contactsDigest: digest };
  return { ...parts, wanted, contactHashes: [...new Set([...row.contactHashes, ...parts.contactHashes])].sort() };
}

async function toParts(vault: Vault, connectionId: string, key: string, deal: Deal) {
  const parsed = dealSchema.safeParse(deal);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new DealError(errorOf("DEAL", `Из документов не складывается сделка: поле ${path}`), parsed.error);
  }
  const { wanted, personal } = splitDeal(parsed.data);
  const contactHashes = await hashContacts(vault, personal.contacts);
  const isShown = deal.showContacts && (contactHashes.length > 0 || personal.contacts.name !== undefined);
  const shown = isShown ? { contactsDigest: await vault.hash(JSON.stringify(personal.contacts)) } : {};
  const sealed = await sealPersonal(vault, { connectionId, key }, personal);
  const complete: WantedDeal = { ...wanted, ...shown };
  return { wanted: complete, contactHashes, sealed };
}

/**
 * The document's own number; when other deals of the site have it, with the year, then with a part of its guid. A deal
 * made anew gets another one: whether Calltouch takes the number of a deleted deal is not known.
 */
function numberOf(wanted: WantedDeal, key: string, clashCount: number, timeZone: string, reopened: number): string {
  const { year } = toWallClock(wanted.orderAt, timeZone);
  const number = reopened === 0 ? wanted.orderNumber : `${wanted.orderNumber}/${reopened + 1}`;
  const variant = [number, `${number}/${year}`, `${number}/${year}/${key.slice(0, 8)}`][clashCount];
  if (variant === undefined) throw new DealError(NUMBER_TAKEN);
  if (variant.length > ORDER_NUMBER_LENGTH_MAX) {
    throw new DealError(errorOf("NUMBER_TOO_LONG", "Номер документа слишком длинный для Calltouch"));
  }
  return variant;
}

function toOutcome(fold: Fold, placement: Placement, row?: DealRow): Outcome {
  const dealId = row?.calltouchId ? { dealId: row.calltouchId } : {};
  const skipped = ({ code, message }: Notice): Outcome => ({ result: "skipped", code, message, ...dealId });
  const isHeld = placement.status === "held" || (placement.status === "dead" && placement.reasonCode === CLOSED.code);
  if (isHeld || (fold.kind === "deletion" && placement.status === "delivered")) {
    return skipped({ code: placement.reasonCode ?? "HELD", message: placement.reason ?? "" });
  }
  if (placement.untold) return skipped(placement.untold);
  if (fold.kind === "skipped") return skipped(fold.reason);
  const [first] = fold.warnings;
  if (!first) return { ...ACCEPTED, ...dealId };
  return { ...ACCEPTED, code: first.code, message: fold.warnings.map(({ message }) => message).join(". "), ...dealId };
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
