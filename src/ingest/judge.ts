/** Which of the documents of a request say something new. Pure. */
import type { Adapter, Stamp } from "../adapter.ts";
import type { DocumentRow } from "../database/documents.ts";
import { type Outcome, STALE, UNCHANGED } from "./result.ts";

/** A document that passed its adapter's schema. */
export interface Incoming {
  index: number;
  guid: string;
  /** Keyed digest of the whole document. */
  digest: string;
  document: unknown;
}

/** The newest state of one document in this request, to be stored. */
export interface DocumentState {
  guid: string;
  document: unknown;
  digest: string;
  stamp: Stamp | null;
  manual: boolean;
  dealKey: string;
  /** The deal it belonged to before, when that is another one. */
  movedFrom: string | null;
}

export interface Judgement {
  /** Nothing to store for these: the stored state is the same or newer. */
  settled: Map<number, Outcome>;
  /** These wait for the write of their document's state; an outcome known already is given then. */
  waiting: { incoming: Incoming; outcome?: Outcome }[];
  states: Map<string, DocumentState>;
}

interface Known {
  digest: string;
  stamp: Stamp | null;
  manual: boolean;
}

export interface JudgeContext {
  adapter: Adapter;
  toInstant: (local: string) => number;
  isManual: boolean;
}

/** In the order sent: of two states of one document in a request the second is judged by the first. */
export function judge(context: JudgeContext, stored: readonly DocumentRow[], pending: readonly Incoming[]): Judgement {
  const { adapter, toInstant, isManual } = context;
  const rows = new Map(stored.map((row) => [row.guid, row]));
  const judgement: Judgement = { settled: new Map(), waiting: [], states: new Map() };
  for (const incoming of pending) {
    const { index, guid, digest, document } = incoming;
    const row = rows.get(guid);
    const state = judgement.states.get(guid);
    const stamp = adapter.stamp(document, toInstant);
    const outcome = judgeOne({ digest, stamp, manual: isManual }, state ?? (row ? toKnown(row) : undefined));
    if (outcome && !state) {
      judgement.settled.set(index, outcome);
      continue;
    }
    judgement.waiting.push(outcome ? { incoming, outcome } : { incoming });
    if (outcome) continue;
    const dealKey = adapter.dealKey(document);
    const movedFrom = row && row.dealKey !== dealKey ? row.dealKey : null;
    const manual = isManual || (row?.manual ?? false);
    judgement.states.set(guid, { guid, document, digest, stamp, manual, dealKey, movedFrom });
  }
  return judgement;
}

/** Undefined when it says something new. What a person sends by hand always does. */
function judgeOne(incoming: Known, known: Known | undefined): Outcome | undefined {
  if (!known || incoming.manual) return undefined;
  if (known.digest === incoming.digest) return UNCHANGED;
  return isOlder(incoming.stamp, known.stamp) ? STALE : undefined;
}

function isOlder(stamp: Stamp | null, than: Stamp | null): boolean {
  return stamp !== null && than !== null && stamp.kind === than.kind && stamp.value < than.value;
}

function toKnown(row: DocumentRow): Known {
  return { digest: row.digest, stamp: parseStamp(row.stamp), manual: row.manual };
}

export function formatStamp(stamp: Stamp | null): string | null {
  return stamp && `${stamp.kind}:${stamp.value}`;
}

function parseStamp(text: string | null): Stamp | null {
  const match = /^(version|date):(\d+)$/.exec(text ?? "");
  return match ? { kind: match[1] === "version" ? "version" : "date", value: Number(match[2]) } : null;
}
