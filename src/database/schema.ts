/** The tables as drizzle sees them. `migrations/` creates them; a test compares the two. */

import { sql } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Notice } from "../adapter.ts";

export const PAUSES = ["transport", "limited", "points", "unauthorized"] as const;
export const STATUSES = ["due", "delivered", "held", "dead"] as const;
export const DOUBTS = ["unknown", "refused"] as const;
export const JOB_STATUSES = ["running", "done", "cancelled", "failed"] as const;
export const LEAD_STATUSES = ["waiting", "due", "placed", "skipped", "dead"] as const;
export const STEPS = ["lookup", "create", "delete", "update"] as const;

export const keyring = sqliteTable("keyring", {
  id: text().primaryKey(),
  dataKey: text("data_key").notNull(),
  hashKey: text("hash_key").notNull(),
  createdAt: integer("created_at").notNull(),
});

export const accounts = sqliteTable("accounts", {
  id: text().primaryKey(),
  name: text().notNull(),
  siteId: text("site_id").notNull(),
  /** Sealed. */
  token: text().notNull(),
  timeZone: text("time_zone").notNull(),
  hourlyPoints: integer("hourly_points").notNull(),
  dailyPoints: integer("daily_points").notNull(),
  /** What one request costs; Calltouch does not publish it. */
  requestPoints: integer("request_points").notNull(),
  /** The share of the points that only deliveries may use. */
  livePercent: integer("live_percent").notNull(),
  /** How long a new deal may be missing from Calltouch's listing. */
  listingLagMs: integer("listing_lag_ms").notNull(),
  createdAt: integer("created_at").notNull(),
  lease: text(),
  leaseUntil: integer("lease_until").notNull().default(0),
  pause: text({ enum: PAUSES }),
  pausedUntil: integer("paused_until").notNull().default(0),
  /** Transport failures in a row. */
  failures: integer().notNull().default(0),
  /** Off: what arrives is kept and waits for a person. */
  autoExchange: integer("auto_exchange", { mode: "boolean" }).notNull().default(true),
  /** Whether the ERP shows its users what became of their documents. */
  showMessages: integer("show_messages", { mode: "boolean" }).notNull().default(true),
  itemKindTags: integer("item_kind_tags", { mode: "boolean" }).notNull().default(false),
  /** The journals of leads: read up to here, null before the first reading, and when to read again. */
  journalFrom: integer("journal_from"),
  journalAt: integer("journal_at").notNull().default(0),
  /** How often the address of its webhook has been replaced; part of what the address is made of. */
  hookVersion: integer("hook_version").notNull().default(0),
  /** Why the last reading of the journals did not come to its end. */
  journalTrouble: text("journal_trouble", { mode: "json" }).$type<Notice>(),
});

export const connections = sqliteTable("connections", {
  id: text().primaryKey(),
  adapter: text().notNull(),
  name: text().notNull(),
  accountId: text("account_id").notNull(),
  timeZone: text("time_zone").notNull(),
  /** Documents entered before this instant are kept and not sent. */
  sinceAt: integer("since_at").notNull(),
  dryRun: integer("dry_run", { mode: "boolean" }).notNull(),
  settings: text({ mode: "json" }).$type<unknown>().notNull(),
  /** The ERP bases that may post; empty until the first one has introduced itself. */
  infobases: text({ mode: "json" }).$type<string[]>().notNull(),
  createdAt: integer("created_at").notNull(),
  /** Held deals with a greater id are to be folded again; null: none. */
  reviewAfter: integer("review_after"),
  /** Grows with every change of what its deals are folded by: rules, settings and the flags of accounts. */
  policy: integer().notNull().default(0),
  /** The settings that are secret, sealed together; null: none. */
  secrets: text(),
  /** As an account's. */
  hookVersion: integer("hook_version").notNull().default(0),
});

/** Conditions that are null hold for every deal. */
export const rules = sqliteTable("rules", {
  id: text().primaryKey(),
  connectionId: text("connection_id").notNull(),
  /** Null: the connection's own. */
  accountId: text("account_id"),
  skip: integer({ mode: "boolean" }).notNull(),
  territory: text(),
  warehouse: text(),
  organization: text(),
  itemKind: text("item_kind"),
  itemGroup: text("item_group"),
  orderType: text("order_type"),
  department: text(),
  repairType: text("repair_type"),
  leadTag: text("lead_tag"),
  funnel: text(),
  priority: integer().notNull(),
  createdAt: integer("created_at").notNull(),
});

export const erpKeys = sqliteTable("erp_keys", {
  id: text().primaryKey(),
  connectionId: text("connection_id").notNull(),
  hash: text().notNull(),
  createdAt: integer("created_at").notNull(),
  /** Null: it does not. */
  expiresAt: integer("expires_at"),
  /** To within a minute. */
  lastUsedAt: integer("last_used_at"),
  revokedAt: integer("revoked_at"),
});

/** Who changed what; never the secrets themselves. */
export const audit = sqliteTable("audit", {
  id: integer().primaryKey(),
  at: integer().notNull(),
  actor: text().notNull(),
  action: text().notNull(),
  subjectKind: text("subject_kind").notNull(),
  subjectId: text("subject_id").notNull(),
  before: text({ mode: "json" }).$type<unknown>(),
  after: text({ mode: "json" }).$type<unknown>(),
});

export const documents = sqliteTable("documents", {
  connectionId: text("connection_id").notNull(),
  guid: text().notNull(),
  dealKey: text("deal_key").notNull(),
  stamp: text(),
  digest: text().notNull(),
  enteredAt: integer("entered_at").notNull(),
  /** Sent by a person: exempt from the connection's first-launch date. */
  manual: integer({ mode: "boolean" }).notNull(),
  sealed: text().notNull(),
  receivedAt: integer("received_at").notNull(),
  /** Resealed without what identifies a person; a later state of the document brings it again. */
  stripped: integer({ mode: "boolean" }).notNull().default(false),
});

export const deals = sqliteTable("deals", {
  id: integer().primaryKey(),
  connectionId: text("connection_id").notNull(),
  key: text().notNull(),
  accountId: text("account_id").notNull(),
  siteId: text("site_id").notNull(),
  /** Assigned once, never changed, never used again. */
  orderNumber: text("order_number"),
  /** The deal's date in Calltouch; fixed when the deal is first sent, because lookups go by it. */
  orderAt: integer("order_at"),
  status: text({ enum: STATUSES }).notNull(),
  reasonCode: text("reason_code"),
  reason: text(),
  /** Null: Calltouch should not have it. */
  wanted: text(),
  revision: integer().notNull(),
  /** The write that made this revision; the documents of the same write are stored only when it won. */
  writer: text().notNull(),
  /** Null: Calltouch does not have it. */
  delivered: text(),
  deliveredRevision: integer("delivered_revision"),
  /** Contacts, the client's name and the comment. */
  sealed: text(),
  contactHashes: text("contact_hashes", { mode: "json" }).$type<string[]>().notNull(),
  changedAt: integer("changed_at").notNull(),
  updatedInCalltouchAt: integer("updated_in_calltouch_at").notNull().default(0),
  calltouchId: integer("calltouch_id"),
  /** Deleted in Calltouch, by us or by a person: never created again by itself. */
  closed: integer({ mode: "boolean" }).notNull().default(false),
  doubt: text({ enum: DOUBTS }),
  doubtRevision: integer("doubt_revision"),
  refusal: text(),
  dueAt: integer("due_at").notNull(),
  lease: text(),
  step: text({ enum: STEPS }).generatedAlwaysAs(sql`see migrations`, { mode: "virtual" }),
  createdAt: integer("created_at").notNull(),
  /** The last change, by our clock, while personal data is kept with the deal or its documents; null when none is. */
  personalAt: integer("personal_at"),
  /** The exchange rule that chose its account, lead tag and funnel; null when the connection has none. */
  ruleId: text("rule_id"),
  /** How often a person has had it made anew after its deletion; part of its number. */
  reopened: integer().notNull().default(0),
  attribution: text(),
  /** Grows with every change of an attribution within the connection. */
  attributionSeq: integer("attribution_seq"),
  /** When to ask for the attribution next; null: not any more. */
  attributionAt: integer("attribution_at"),
  attributionStep: integer("attribution_step").notNull().default(0),
  /** Calltouch is to look for the deal's lead once more. */
  rematch: integer({ mode: "boolean" }).notNull().default(false),
});

export const jobs = sqliteTable("jobs", {
  id: text().primaryKey(),
  connectionId: text("connection_id").notNull(),
  fromAt: integer("from_at").notNull(),
  toAt: integer("to_at").notNull(),
  actions: text({ mode: "json" }).$type<readonly string[]>().notNull(),
  dryRun: integer("dry_run", { mode: "boolean" }).notNull(),
  status: text({ enum: JOB_STATUSES }).notNull(),
  reason: text(),
  /** Everything before it has been gone through. */
  positionAt: integer("position_at").notNull(),
  counts: text({ mode: "json" }).$type<Record<string, number>>().notNull(),
  createdAt: integer("created_at").notNull(),
  finishedAt: integer("finished_at"),
  nextAt: integer("next_at").notNull(),
  lease: text(),
  leaseUntil: integer("lease_until").notNull().default(0),
});

export const jobItems = sqliteTable("job_items", {
  jobId: text("job_id").notNull(),
  dealId: integer("deal_id").notNull(),
  action: text().notNull(),
});

export const exchanges = sqliteTable("exchanges", {
  connectionId: text("connection_id").primaryKey(),
  /** The adapter's own. */
  memory: text({ mode: "json" }).$type<unknown>(),
  pollAt: integer("poll_at").notNull(),
  /** The attributions up to this one have been written into the ERP. */
  attributionSeq: integer("attribution_seq").notNull().default(0),
  pausedUntil: integer("paused_until").notNull().default(0),
  failures: integer().notNull().default(0),
  reasonCode: text("reason_code"),
  reason: text(),
  lease: text(),
  leaseUntil: integer("lease_until").notNull().default(0),
});

export const hookEvents = sqliteTable("hook_events", {
  connectionId: text("connection_id").notNull(),
  key: text().notNull(),
  receivedAt: integer("received_at").notNull(),
});

export const leads = sqliteTable("leads", {
  id: integer().primaryKey(),
  connectionId: text("connection_id").notNull(),
  kind: text({ enum: ["call", "request"] }).notNull(),
  leadId: integer("lead_id").notNull(),
  at: integer().notNull(),
  status: text({ enum: LEAD_STATUSES }).notNull(),
  reasonCode: text("reason_code"),
  reason: text(),
  /** Null once what identifies a person has expired. */
  sealed: text(),
  contactHashes: text("contact_hashes", { mode: "json" }).$type<string[]>().notNull(),
  /** The order made for it. */
  guid: text(),
  attempts: integer().notNull().default(0),
  dueAt: integer("due_at").notNull(),
  receivedAt: integer("received_at").notNull(),
  personalAt: integer("personal_at"),
});

export const egress = sqliteTable("egress", { id: text().primaryKey(), nextAt: integer("next_at").notNull() });

export const points = sqliteTable("points", {
  siteId: text("site_id").notNull(),
  dayAt: integer("day_at").notNull(),
  hourAt: integer("hour_at").notNull(),
  used: integer().notNull(),
});
