/** Folds every deal that a request touches, from its stored and its new documents, into rows to be written. */
import type { Adapter, Fold } from "../adapter.ts";
import type { Connection } from "../database/connections.ts";
import type { DealRow, DealWrite, DocumentRow, DocumentWrite } from "../database/documents.ts";
import { type Deal, deal as dealSchema, ORDER_NUMBER_LENGTH_MAX } from "../deal.ts";
import { splitDeal, type WantedDeal, wantedDeal } from "../difference.ts";
import { hashContacts, openDocument, sealDocument, sealPersonal } from "../personal.ts";
import type { Vault } from "../vault.ts";
import { toWallClock } from "../zone.ts";
import { type DocumentState, formatStamp } from "./judge.ts";
import { place } from "./placement.ts";
import { ACCEPTED, DEAL_MOVED, errorOf, INTERNAL, NUMBER_TAKEN, type Outcome } from "./result.ts";

export interface FoldRequest {
  adapter: Adapter;
  connection: Connection;
  toInstant: (local: string) => number;
  vault: Vault;
  now: number;
}

export interface Folded {
  deals: DealWrite[];
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

/** `clashes` counts, by deal, the variants of its number that other deals of the site turned out to have. */
export async function foldDeals(
  request: FoldRequest,
  stored: Stored,
  states: ReadonlyMap<string, DocumentState>,
  clashes: ReadonlyMap<string, number>,
): Promise<Folded> {
  const folded: Folded = { deals: [], documents: [], outcomes: new Map(), failures: new Map() };
  // At once: most of the time goes into sealing, which runs beside.
  const keys = [...keysOf(states)];
  const deals = await Promise.allSettled(
    keys.map((key) => foldDeal(request, key, stored, states, clashes.get(key) ?? 0)),
  );
  for (const [index, deal] of deals.entries()) {
    const key = keys[index];
    const concerned = [...states.values()].filter(({ dealKey, movedFrom }) => dealKey === key || movedFrom === key);
    if (deal.status === "fulfilled") {
      folded.deals.push(deal.value.write);
      for (const { guid, dealKey } of concerned) if (dealKey === key) folded.outcomes.set(guid, deal.value.outcome);
    } else {
      const outcome = deal.reason instanceof DealError ? deal.reason.outcome : INTERNAL;
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
): Promise<{ write: DealWrite; outcome: Outcome }> {
  const { adapter, connection, toInstant, vault, now } = request;
  const row = stored.deals.find((candidate) => candidate.key === key);
  const kept = stored.documents.filter(({ guid, dealKey }) => dealKey === key && !states.has(guid));
  const members: Member[] = await Promise.all(kept.map((document) => openMember(request, document)));
  for (const state of states.values()) if (state.dealKey === key) members.push(state);

  const context = { settings: adapter.settings.parse(connection.settings), toInstant };
  const documents = members.map(({ document }) => document);
  const fold: Fold = documents.length === 0 ? { kind: "deletion", warnings: [] } : adapter.toDeal(documents, context);
  const whole = fold.kind === "deal" ? await toParts(vault, connection.id, key, fold.deal) : null;
  const parts = whole && row && kept.some(({ stripped }) => stripped) ? withKnownContacts(whole, row) : whole;
  const isEarly = members.every(
    ({ document, manual }) => !manual && adapter.enteredAt(document, toInstant) < connection.sinceAt,
  );
  const placement = place(fold, parts?.wanted ?? null, row, { isEarly, isTrial: connection.dryRun });
  const write: DealWrite = {
    key,
    readRevision: row?.revision ?? 0,
    orderNumber: row?.orderNumber ?? (parts ? numberOf(parts.wanted, key, clashCount, connection.timeZone) : null),
    // A date in the future is never sent, and lookups go by the date that was.
    orderAt: parts ? Math.min(parts.wanted.orderAt, now) : null,
    ...placement,
    sealed: parts?.sealed ?? row?.sealed ?? null,
    contactHashes: parts?.contactHashes ?? row?.contactHashes ?? [],
    changedAt: parts?.wanted.changedAt ?? now,
    dueAt: DUE_AT_ONCE,
  };
  return { write, outcome: toOutcome(fold, placement, row) };
}

type Parts = Awaited<ReturnType<typeof toParts>>;

/** Some documents no longer tell their contacts: what was known of them stays known, and Calltouch is not told that they are fewer. */
function withKnownContacts(parts: Parts, row: DealRow): Parts {
  const known = row.wanted === null ? undefined : wantedDeal.safeParse(JSON.parse(row.wanted)).data?.contactsDigest;
  const wanted = known === undefined ? parts.wanted : { ...parts.wanted, contactsDigest: known };
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

/** The document's own number; when other deals of the site have it, with the year, then with a part of its guid. */
function numberOf(wanted: WantedDeal, key: string, clashCount: number, timeZone: string): string {
  const { year } = toWallClock(wanted.orderAt, timeZone);
  const number = wanted.orderNumber;
  const variant = [number, `${number}/${year}`, `${number}/${year}/${key.slice(0, 8)}`][clashCount];
  if (variant === undefined) throw new DealError(NUMBER_TAKEN);
  if (variant.length > ORDER_NUMBER_LENGTH_MAX) {
    throw new DealError(errorOf("NUMBER_TOO_LONG", "Номер документа слишком длинный для Calltouch"));
  }
  return variant;
}

function toOutcome(
  fold: Fold,
  placement: { status: string; reasonCode: string | null; reason: string | null },
  row?: DealRow,
): Outcome {
  const dealId = row?.calltouchId ? { dealId: row.calltouchId } : {};
  const isHeld = placement.status === "held" || (placement.status === "dead" && row?.closed);
  if (isHeld || (fold.kind === "deletion" && placement.status === "delivered")) {
    return { result: "skipped", code: placement.reasonCode ?? "HELD", message: placement.reason ?? "", ...dealId };
  }
  if (fold.kind === "skipped")
    return { result: "skipped", code: fold.reason.code, message: fold.reason.message, ...dealId };
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
