/** The contract an ERP adapter fulfils. An adapter is pure: it never reads a clock, a database or the network. */
import type { z } from "zod";
import type { Deal } from "./deal.ts";

/** A stable Latin code and a short Russian sentence that says what to do. */
export interface Notice {
  code: string;
  message: string;
}

/** A greater value is newer; values of different kinds do not compare. */
export interface Stamp {
  kind: "version" | "date";
  value: number;
}

export type Fold =
  /** The deal as it should stand in Calltouch. With `hold` it is kept but not sent until something changes. */
  | { kind: "deal"; deal: Deal; hold?: Notice; warnings: Notice[] }
  /** Calltouch should not have this deal any more. */
  | { kind: "deletion"; warnings: Notice[] }
  /** There is nothing to send yet; the documents are kept, and the deal waits as held. */
  | { kind: "skipped"; reason: Notice };

/**
 * Reads a wall-clock time of the ERP, `YYYY-MM-DDTHH:mm:ss`, in the connection's time zone; a time that ends with `Z` or
 * `+03:00` is taken as given. Returns epoch milliseconds.
 */
export type ToInstant = (local: string) => number;

export interface FoldContext<Settings> {
  settings: Settings;
  toInstant: ToInstant;
}

export interface Adapter<Document = unknown, Settings = unknown> {
  /** Also its path: POST /v1/{id}/documents. */
  id: string;
  /** What Calltouch shows as the CRM. */
  crm: string;
  /** Tolerant: only the fields used. Parsing is idempotent: what it returns can be stored as JSON and parsed again. */
  document: z.ZodType<Document>;
  /** Strict: ours. Parses `{}` into the defaults. */
  settings: z.ZodType<Settings>;
  guid(document: Document): string;
  /** Whose deal this is: the document's own guid, or its base's. */
  dealKey(document: Document): string;
  /** Orders the states of one document. Null when the ERP gave nothing to go by. */
  stamp(document: Document, toInstant: ToInstant): Stamp | null;
  /** When the document was entered, epoch milliseconds; decides whether it is older than the connection's first launch. */
  enteredAt(document: Document, toInstant: ToInstant): number;
  /**
   * Folds all documents of one deal, in any order, into the deal. Deterministic and independent of the order of the list.
   * The list is never empty.
   */
  toDeal(documents: readonly Document[], context: FoldContext<Settings>): Fold;
  /**
   * The document without what identifies a person: client, phones, e-mails and texts people type freely. What the fold
   * needs of it beside other documents stays: type, numbers, dates, sums, states. Pure; its output parses like any other.
   */
  withoutPersonalData(document: Document): Document;
}

/** Keeps the document and settings types tied together inside an adapter while the core sees one plain type. */
export function defineAdapter<Document, Settings>(adapter: Adapter<Document, Settings>): Adapter<Document, Settings> {
  return adapter;
}
