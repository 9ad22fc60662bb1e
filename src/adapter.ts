/**
 * The contract an ERP adapter fulfils. An adapter is pure: it never reads a clock, a database or the network. Only the
 * `api` of an ERP that has one reaches out, and only through the context it is given.
 */
import type { z } from "zod";
import type { Attribution } from "./attribution/attribution.ts";
import type { Deal } from "./deal.ts";
import type { Lead } from "./lead.ts";

export type { Attribution, Lead };

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
  /**
   * The deal as it should stand in Calltouch. `unborn`: why it is not made there as long as there is none. `waits`: what a
   * person must change before all of its documents count.
   */
  | { kind: "deal"; deal: Deal; hold?: Hold; unborn?: Notice; waits?: Notice; warnings: Notice[] }
  /** Calltouch should not have this deal any more. */
  | { kind: "deletion"; warnings: Notice[] }
  /** There is nothing to send yet; the documents are kept, and the deal waits as held. */
  | { kind: "skipped"; reason: Notice };

/** As long as Calltouch has the deal in this status, no change of it is told, or of its money alone. */
export interface Hold {
  except?: "money";
  notice: Notice;
}

/** What exchange rules go by: the deal's documents as they stand. Null: the documents do not say. */
export interface Facts {
  territory: string | null;
  warehouse: string | null;
  organization: string | null;
  orderType: string | null;
  department: string | null;
  repairType: string | null;
  /** `groups` is the path of the item's group from the root, one name each. */
  items: readonly { kind: string | null; groups: readonly string[] }[];
}

/**
 * Reads a wall-clock time of the ERP, `YYYY-MM-DDTHH:mm:ss`, in the connection's time zone; a time that ends with `Z` or
 * `+03:00` is taken as given. Returns epoch milliseconds.
 */
export type ToInstant = (local: string) => number;

export interface FoldContext<Settings> {
  settings: Settings;
  toInstant: ToInstant;
  /** The account wants the kinds of the items as tags of the deal. */
  itemKindTags: boolean;
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
  /** What exchange rules go by at the moment that decides: as the deal stands in its present status. Pure. */
  facts(documents: readonly Document[], context: FoldContext<Settings>): Facts;
  /**
   * The order number of a deal the bridge has never seen, when it follows from the guid alone; else undefined.
   */
  orderNumberOf?(guid: string): string;
  /** For an ERP that has an API of its own: the bridge reads its documents and writes into it. */
  api?: ErpApi<Settings>;
}

/**
 * Effects only through the context. Everything may be called again after a crash at any step, and must then change
 * nothing: what it makes, it makes under an id that follows from what it was asked.
 */
export interface ErpApi<Settings = unknown> {
  /** Names of settings that are sealed at rest and never shown. */
  secrets: readonly string[];
  /** Checks the access, makes what is missing in the ERP, and says in Russian what it could not do. `hookUrl`: where its webhooks go. */
  setup(context: ApiContext<Settings>, hookUrl: string | undefined): Promise<ApiResult<SetupReport>>;
  /** The next portion of what has changed; called again with the memory it returned until `isDone`. */
  poll(context: ApiContext<Settings>): Promise<ApiResult<Pulled>>;
  /** What a webhook names, as keys for `pull`. Addresses in it are never followed. `memory` is what the last setup or poll returned. */
  readHook(body: unknown, memory: unknown): HookReading;
  /** Reads again what webhooks have named. */
  pull(keys: readonly string[], context: ApiContext<Settings>): Promise<ApiResult<Pulled>>;
  /** Whether the settings want an order for this lead. Pure. `wait`: not known before the call is over. */
  judgeLead(lead: Lead, settings: Settings): { kind: "take" } | { kind: "wait" } | { kind: "skip"; reason: Notice };
  /** Finds or makes the client and the order of a lead that `judgeLead` takes. */
  placeLead(lead: Lead, context: ApiContext<Settings>): Promise<ApiResult<Placed>>;
  /** Writes the advertising source into the document where it says nothing yet. `lead`: all that is known of the lead it was matched to. */
  writeAttribution(
    guid: string,
    attribution: Attribution,
    context: ApiContext<Settings>,
    lead?: Lead,
  ): Promise<ApiResult<Written>>;
}

export interface ApiContext<Settings = unknown> {
  /** The ERP's account is one of a connection's settings; ids the adapter makes follow from this and from what they are for. */
  connectionId: string;
  /** The ERP's address as configured, without a slash at the end. */
  baseUrl: string;
  /** Secrets opened. */
  settings: Settings;
  /** IANA name of the connection's zone. */
  timeZone: string;
  /** Documents older than this are not read by themselves. Epoch milliseconds. */
  sinceAt: number;
  /** Refuses every address not under `baseUrl`, and follows no redirect out of it. */
  fetch(request: Request): Promise<Response>;
  now(): number;
  random(): number;
  sleep(ms: number): Promise<void>;
  timeout(ms: number): AbortSignal;
  /** Ids, counts and codes only. */
  log(event: {
    level: "debug" | "info" | "warn" | "error";
    event: string;
    [field: string]: string | number | boolean;
  }): void;
  /** What the adapter returned as its memory last time; undefined the first time. JSON. */
  memory: unknown;
  /** Nothing more may be started: the requests or the time of this run are used up. */
  isSpent(): boolean;
  /** The documents the bridge has of these guids, as the adapter's schema returned them. */
  known(guids: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  /** The next of all documents the bridge has, by guid; those of the first page come after "". */
  knownAfter(guid: string, limit: number): Promise<ReadonlyMap<string, unknown>>;
}

export type ApiResult<T> =
  | { kind: "done"; value: T }
  /** The requests or the time of this run are used up: it goes on in the next. */
  | { kind: "spent" }
  /** Limits or an outage: nothing is asked of this ERP for so long. */
  | { kind: "later"; afterMs: number; reason: Notice }
  /** The access is refused. Tried again now and then, and at once when the settings change. */
  | { kind: "halted"; reason: Notice };

export interface Pulled {
  /** For the adapter's own schema. */
  documents: readonly unknown[];
  /** Kept once the documents are stored. */
  memory: unknown;
  isDone: boolean;
}

export type HookReading = { kind: "keys"; keys: readonly string[] } | { kind: "refused"; reason: string };

export type Placed =
  /** `documents` are the order as it stands now. */
  | { kind: "placed"; guid: string; documents: readonly unknown[]; memory: unknown }
  /** A person must change something first. */
  | { kind: "refused"; reason: Notice; memory: unknown };

export type Written =
  | { kind: "written" | "nothing"; memory: unknown }
  | { kind: "refused"; reason: Notice; memory: unknown };

export interface SetupReport {
  ok: boolean;
  fields: readonly { name: string; state: "found" | "created" | "missing" }[];
  states: readonly { id: string; name: string; type: string }[];
  organizations: readonly { id: string; name: string }[];
  /** In Russian: what is wrong and who must do what. */
  problems: readonly string[];
  /** Whether webhooks will come. */
  hooks: "ready" | "absent";
  memory: unknown;
}

/** Keeps the document and settings types tied together inside an adapter while the core sees one plain type. */
export function defineAdapter<Document, Settings>(adapter: Adapter<Document, Settings>): Adapter<Document, Settings> {
  return adapter;
}
