/** Documents and the deals they fold into, read together and written together. */
import type { Client, InStatement } from "@libsql/client";
import { eq, sql } from "drizzle-orm";
import { toJson } from "./json.ts";
import { type Orm, preparedOnce, readTogether } from "./orm.ts";
import type { Rule } from "./rules.ts";
import { accounts, connections, deals, documents, rules, type STATUSES } from "./schema.ts";

export type DocumentRow = typeof documents.$inferSelect;
export type DealRow = typeof deals.$inferSelect;

/** A document to be stored with the deal it belongs to; `movedFrom` is the deal it belonged to before, if another. */
export interface DocumentWrite {
  guid: string;
  dealKey: string;
  movedFrom: string | null;
  stamp: string | null;
  digest: string;
  enteredAt: number;
  manual: boolean;
  sealed: string;
}

/** A new revision of a deal, made from the revision that was read; 0 when there was none. */
export interface DealWrite {
  key: string;
  readRevision: number;
  /** Another one than was read only for a deal that Calltouch has never been sent. */
  accountId: string;
  siteId: string;
  ruleId: string | null;
  orderNumber: string | null;
  orderAt: number | null;
  status: (typeof STATUSES)[number];
  reasonCode: string | null;
  reason: string | null;
  wanted: string | null;
  sealed: string | null;
  contactHashes: readonly string[];
  changedAt: number;
  dueAt: number;
  /** One more than was read: the deal begins anew, under this number. */
  reopened: number;
  /** Calltouch is to look for its lead once more. */
  rematch: boolean;
}

export interface WriteContext {
  connectionId: string;
  /** Of the connection's own account: no other connection of this site may have the documents. */
  siteId: string;
  /** Unique for each attempt. */
  writer: string;
  now: number;
  /** From now on the documents of these deals count as sent by a person. */
  marksManual?: boolean;
  /** The connection's policy when the deals were folded: under another one none of them is written. */
  policy: number;
}

/** Nothing of the deal has been sent or is on its way, so that it may still go to another account. */
const IS_MOVABLE = `(deals.lease IS NULL AND deals.delivered IS NULL AND deals.doubt IS NULL AND deals.closed = 0)`;
/** As it was read: a deal that has been claimed since goes on by the rule it was claimed under. */
const IS_ROUTE_KEPT = "(excluded.account_id = deals.account_id AND excluded.rule_id IS deals.rule_id)";
const IS_REOPENED = "(excluded.reopened > deals.reopened)";

/**
 * Beside `d`, a document of the caller: the same document of another connection of the site. Whoever has a document
 * already keeps it, and a connection that was deleted holds none. CROSS keeps the search going by the guid.
 */
const HELD_BY_OTHER = `documents AS other ON other.guid = d.guid AND other.connection_id <> :connectionId
            CROSS JOIN connections ON connections.id = other.connection_id
            CROSS JOIN accounts ON accounts.id = connections.account_id AND accounts.site_id = :siteId
                 WHERE NOT EXISTS (SELECT 1 FROM documents AS own
                                    WHERE own.connection_id = :connectionId AND own.guid = d.guid)`;

export function createDocuments(client: Client, orm: Orm) {
  const read = preparedOnce(() => prepareRead(client, orm));
  /** By connection. Every change of its rules raises its policy, so they are read again only under another one. */
  const routed = new Map<string, { policy: number; rules: Rule[] }>();
  return {
    /**
     * Every document and deal that shares a key with these, in one snapshot: compare-and-set needs both of the same
     * moment. And the connection's exchange rules, with the accounts that rules and deals name.
     */
    async read(connectionId: string, guids: readonly string[], dealKeys: readonly string[]) {
      const known = routed.get(connectionId);
      const { own, ...stored } = await read()({
        connectionId,
        guids: toJson(guids),
        dealKeys: toJson(dealKeys),
        knownPolicy: known?.policy ?? -1,
      });
      const policy = own[0]?.policy ?? 0;
      const rules = known?.policy === policy ? known.rules : stored.rules;
      routed.set(connectionId, { policy, rules });
      return { ...stored, rules, policy };
    },

    /** Which of these order numbers deals of the site have already. */
    async takenNumbers(siteId: string, numbers: readonly string[]): Promise<Set<string>> {
      const { rows } = await client.execute({
        sql: "SELECT order_number FROM deals WHERE site_id = ? AND order_number IN (SELECT value FROM json_each(?))",
        args: [siteId, toJson(numbers)],
      });
      return new Set(rows.map((row) => String(row["order_number"])));
    },

    /** Of these documents those that another connection of the site has, and which connection that is. */
    async takenGuids(connectionId: string, siteId: string, guids: readonly string[]): Promise<Map<string, string>> {
      const { rows } = await client.execute({
        sql: `SELECT d.guid, other.connection_id FROM (SELECT value AS guid FROM json_each(:guids)) AS d
              CROSS JOIN ${HELD_BY_OTHER}`,
        args: { connectionId, siteId, guids: toJson(guids) },
      });
      return new Map(rows.map((row) => [String(row["guid"]), String(row["connection_id"])]));
    },

    /**
     * Writes deals by compare-and-set, and each document only if every deal it concerns was written here. A document
     * that another connection of the site has is never written: the database writes one batch at a time, so of two
     * connections that come with a new one at once the second finds it. Returns what was written; the rest met another
     * writer, a taken order number or a taken document and must be read and folded again.
     */
    async write(context: WriteContext, dealWrites: readonly DealWrite[], documentWrites: readonly DocumentWrite[]) {
      const places = documentWrites.map(({ guid, dealKey, movedFrom }) => ({ guid, dealKey, movedFrom }));
      const [writtenDeals, writtenDocuments] = await client.batch(
        [
          {
            // A document that has gone to another deal since it was read, or that another connection has, takes its
            // deals out of this write. CROSS keeps the joins from walking through all documents.
            sql: `WITH astray AS (
                    SELECT d.value->>'dealKey' AS deal_key, d.value->>'movedFrom' AS moved_from
                      FROM json_each(:places) AS d
                CROSS JOIN documents AS stored ON stored.connection_id = :connectionId AND stored.guid = d.value->>'guid'
                     WHERE stored.deal_key <> coalesce(d.value->>'movedFrom', d.value->>'dealKey')
                     UNION ALL
                    SELECT d.deal_key, d.moved_from
                      FROM (SELECT value->>'guid' AS guid, value->>'dealKey' AS deal_key, value->>'movedFrom' AS moved_from
                              FROM json_each(:places)) AS d
                CROSS JOIN ${HELD_BY_OTHER})
                  INSERT INTO deals (connection_id, key, account_id, site_id, order_number, order_at, status, reason_code, reason,
                                     wanted, revision, writer, sealed, contact_hashes, changed_at, due_at, created_at,
                                     personal_at, rule_id, reopened, rematch)
                  SELECT :connectionId, r.value->>'key', r.value->>'accountId', r.value->>'siteId',
                         r.value->>'orderNumber', r.value->>'orderAt',
                         r.value->>'status', r.value->>'reasonCode', r.value->>'reason', r.value->>'wanted',
                         r.value->>'readRevision' + 1, :writer, r.value->>'sealed', r.value->>'contactHashes',
                         r.value->>'changedAt', r.value->>'dueAt', :now, :now, r.value->>'ruleId',
                         r.value->>'reopened', r.value->>'rematch'
                    FROM json_each(:deals) AS r
                   WHERE r.value->>'key' NOT IN (
                     SELECT deal_key FROM astray UNION SELECT moved_from FROM astray WHERE moved_from IS NOT NULL)
                     AND coalesce((SELECT policy FROM connections WHERE id = :connectionId), :policy) = :policy
                  ON CONFLICT (connection_id, key) DO UPDATE SET
                         account_id = excluded.account_id, site_id = excluded.site_id, rule_id = excluded.rule_id,
                         order_number = CASE WHEN ${IS_REOPENED} OR deals.site_id <> excluded.site_id
                                             THEN excluded.order_number
                                             ELSE coalesce(deals.order_number, excluded.order_number) END,
                         order_at = CASE WHEN deals.order_at IS NULL OR ${IS_REOPENED}
                                           OR (deals.delivered IS NULL AND deals.doubt IS NULL AND deals.lease IS NULL
                                               AND excluded.order_at IS NOT NULL)
                                         THEN excluded.order_at ELSE deals.order_at END,
                         status = excluded.status, reason_code = excluded.reason_code, reason = excluded.reason,
                         wanted = excluded.wanted, revision = excluded.revision, writer = excluded.writer,
                         sealed = excluded.sealed, contact_hashes = excluded.contact_hashes,
                         changed_at = excluded.changed_at, personal_at = excluded.personal_at,
                         due_at = CASE WHEN deals.doubt IS NULL THEN excluded.due_at
                                       ELSE max(deals.due_at, excluded.due_at) END,
                         reopened = excluded.reopened,
                         closed = CASE WHEN ${IS_REOPENED} THEN 0 ELSE deals.closed END,
                         calltouch_id = CASE WHEN ${IS_REOPENED} THEN NULL ELSE deals.calltouch_id END,
                         updated_in_calltouch_at = CASE WHEN ${IS_REOPENED} THEN 0 ELSE deals.updated_in_calltouch_at END,
                         attribution = CASE WHEN ${IS_REOPENED} THEN NULL ELSE deals.attribution END,
                         attribution_step = CASE WHEN ${IS_REOPENED} THEN 0 ELSE deals.attribution_step END,
                         rematch = CASE WHEN ${IS_REOPENED} THEN 0 ELSE max(deals.rematch, excluded.rematch) END
                   WHERE deals.revision = excluded.revision - 1 AND (${IS_MOVABLE} OR ${IS_ROUTE_KEPT})
                     AND ((deals.order_number IS NOT NULL AND deals.site_id = excluded.site_id AND NOT ${IS_REOPENED})
                          OR excluded.order_number IS NULL OR NOT EXISTS (
                       SELECT 1 FROM deals AS other
                        WHERE other.site_id = excluded.site_id AND other.order_number = excluded.order_number))
                  ON CONFLICT (site_id, order_number) DO NOTHING
                  RETURNING key`,
            args: {
              connectionId: context.connectionId,
              siteId: context.siteId,
              writer: context.writer,
              now: context.now,
              policy: context.policy,
              deals: toJson(dealWrites),
              places: toJson(places),
            },
          },
          {
            sql: `INSERT INTO documents (connection_id, guid, deal_key, stamp, digest, entered_at, manual, sealed, received_at)
                  SELECT :connectionId, r.value->>'guid', r.value->>'dealKey', r.value->>'stamp', r.value->>'digest',
                         r.value->>'enteredAt', r.value->>'manual', r.value->>'sealed', :now
                    FROM json_each(:documents) AS r
                   WHERE EXISTS (SELECT 1 FROM deals WHERE connection_id = :connectionId AND key = r.value->>'dealKey'
                                    AND writer = :writer)
                     AND (r.value->>'movedFrom' IS NULL
                       OR EXISTS (SELECT 1 FROM deals WHERE connection_id = :connectionId AND key = r.value->>'movedFrom'
                                     AND writer = :writer))
                     AND NOT EXISTS (SELECT 1 FROM documents AS stored
                                      WHERE stored.connection_id = :connectionId AND stored.guid = r.value->>'guid'
                                        AND stored.deal_key NOT IN (r.value->>'dealKey', coalesce(r.value->>'movedFrom', '')))
                  ON CONFLICT (connection_id, guid) DO UPDATE SET
                         deal_key = excluded.deal_key, stamp = excluded.stamp, digest = excluded.digest,
                         entered_at = excluded.entered_at, manual = excluded.manual, sealed = excluded.sealed,
                         received_at = excluded.received_at, stripped = 0
                  RETURNING guid`,
            args: {
              connectionId: context.connectionId,
              writer: context.writer,
              now: context.now,
              documents: toJson(documentWrites),
            },
          },
          ...(context.marksManual ? [toManualMark(context, dealWrites)] : []),
        ],
        "write",
      );
      return {
        dealKeys: new Set(writtenDeals?.rows.map((row) => String(row["key"]))),
        guids: new Set(writtenDocuments?.rows.map((row) => String(row["guid"]))),
      };
    },
  };
}

function prepareRead(client: Client, orm: Orm) {
  const connectionId = sql.placeholder("connectionId");
  const keys = sql`(
        SELECT value FROM json_each(${sql.placeholder("dealKeys")})
        UNION SELECT deal_key FROM documents
               WHERE connection_id = ${connectionId}
                 AND guid IN (SELECT value FROM json_each(${sql.placeholder("guids")})))`;
  return readTogether(client, {
    deals: orm
      .select()
      .from(deals)
      .where(sql`${deals.connectionId} = ${connectionId} AND ${deals.key} IN ${keys}`)
      .prepare(),
    // Left to itself SQLite walks through all documents of the connection to find those of a deal.
    documents: orm
      .select()
      .from(documents)
      .where(sql`documents.rowid IN (
          SELECT rowid FROM documents INDEXED BY documents_by_deal
           WHERE connection_id = ${connectionId} AND deal_key IN ${keys})`)
      .prepare(),
    rules: orm
      .select()
      .from(rules)
      .where(sql`${rules.connectionId} = ${connectionId}
          AND (SELECT policy FROM connections WHERE id = ${connectionId}) <> ${sql.placeholder("knownPolicy")}`)
      .prepare(),
    accounts: orm
      .select({
        id: accounts.id,
        siteId: accounts.siteId,
        autoExchange: accounts.autoExchange,
        itemKindTags: accounts.itemKindTags,
      })
      .from(accounts)
      .where(sql`${accounts.id} IN (
          SELECT account_id FROM connections WHERE id = ${connectionId}
          UNION SELECT account_id FROM rules WHERE connection_id = ${connectionId}
          UNION SELECT account_id FROM deals WHERE connection_id = ${connectionId} AND key IN ${keys})`)
      .prepare(),
    own: orm.select({ policy: connections.policy }).from(connections).where(eq(connections.id, connectionId)).prepare(),
  });
}

function toManualMark({ connectionId, writer }: WriteContext, dealWrites: readonly DealWrite[]): InStatement {
  return {
    sql: `UPDATE documents SET manual = 1
           WHERE (connection_id, guid) IN (
             SELECT documents.connection_id, documents.guid
               FROM json_each(:keys) AS k
         CROSS JOIN deals ON deals.connection_id = :connectionId AND deals.key = k.value AND deals.writer = :writer
         CROSS JOIN documents INDEXED BY documents_by_deal
                 ON documents.connection_id = :connectionId AND documents.deal_key = k.value)`,
    args: { connectionId, writer, keys: toJson(dealWrites.map(({ key }) => key)) },
  };
}
