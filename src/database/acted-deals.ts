/** Deals that a person acts on by hand: how they stand, and what is written past the fold. */
import type { Client } from "@libsql/client";
import { type SQL, sql } from "drizzle-orm";
import type { Notice } from "../adapter.ts";
import { toJson } from "./json.ts";
import type { Orm } from "./orm.ts";
import { deals } from "./schema.ts";

export type ActedDeal = Awaited<ReturnType<ReturnType<typeof createActedDeals>["byIds"]>>[number];

export interface Closing {
  /** Unique for each attempt. */
  writer: string;
  /** Why it stands as it stands, once Calltouch does not have it. */
  notice: Notice;
}

/** How far back it is looked for a deal that Calltouch has listed. */
const LISTED_SCANNED_MAX = 100;

const isTrue = (condition: SQL) => sql<boolean>`${condition}`.mapWith(Boolean);

const columns = {
  id: deals.id,
  key: deals.key,
  accountId: deals.accountId,
  siteId: deals.siteId,
  orderNumber: deals.orderNumber,
  orderAt: deals.orderAt,
  status: deals.status,
  reasonCode: deals.reasonCode,
  reason: deals.reason,
  calltouchId: deals.calltouchId,
  closed: deals.closed,
  dueAt: deals.dueAt,
  attribution: deals.attribution,
  isWanted: isTrue(sql`${deals.wanted} IS NOT NULL`),
  /** Calltouch has it, as far as the bridge knows. */
  isDelivered: isTrue(sql`${deals.delivered} IS NOT NULL`),
  isInDoubt: isTrue(sql`${deals.doubt} IS NOT NULL`),
  /** It is being sent just now. */
  isInFlight: isTrue(sql`${deals.lease} IS NOT NULL`),
  /** When anything about it was last written, as far as the row tells. */
  touchedAt: sql<number>`max(${deals.createdAt}, coalesce(${deals.personalAt}, 0), ${deals.updatedInCalltouchAt})`,
};

export function createActedDeals(client: Client, orm: Orm) {
  return {
    /** The deals these documents belong to. */
    byGuids: (connectionId: string, guids: readonly string[]) =>
      orm
        .select({ guid: sql<string>`json_each.value`, ...columns })
        // CROSS keeps this order; the other one walks through all documents of the connection.
        .from(
          sql`json_each(${toJson(guids)}) CROSS JOIN documents
              ON documents.connection_id = ${connectionId} AND documents.guid = json_each.value`,
        )
        .innerJoin(deals, sql`${deals.connectionId} = ${connectionId} AND ${deals.key} = documents.deal_key`),

    byIds: (connectionId: string, ids: readonly number[]) =>
      orm
        .select(columns)
        .from(deals)
        // The plus keeps the search going by the ids.
        .where(
          sql`${deals.id} IN (SELECT value FROM json_each(${toJson(ids)})) AND +${deals.connectionId} = ${connectionId}`,
        ),

    /**
     * Of these deals nothing is known any more but that Calltouch has them, so that the next fold says everything again.
     * What is under way or in doubt is left alone.
     */
    async forgetDelivered(connectionId: string, ids: readonly number[]): Promise<void> {
      await client.execute({
        sql: `UPDATE deals SET delivered = '{}'
               WHERE id IN (SELECT value FROM json_each(:ids)) AND +connection_id = :connectionId
                 AND delivered IS NOT NULL AND wanted IS NOT NULL AND closed = 0 AND lease IS NULL AND doubt IS NULL`,
        args: { connectionId, ids: toJson(ids) },
      });
    },

    /**
     * Calltouch is not to have these deals, now or later. Those that it has, or may have, become due; what is under way
     * ends first, and a doubt is looked up first.
     */
    async close(connectionId: string, ids: readonly number[], { writer, notice }: Closing): Promise<void> {
      const isGone = "delivered IS NULL AND doubt IS NULL AND lease IS NULL";
      await client.execute({
        sql: `UPDATE deals SET closed = 1, wanted = NULL, rematch = 0, revision = revision + 1, writer = :writer,
                     status = CASE WHEN ${isGone} THEN 'delivered' ELSE 'due' END,
                     reason_code = CASE WHEN ${isGone} THEN :code END,
                     reason = CASE WHEN ${isGone} THEN :message END,
                     due_at = CASE WHEN doubt IS NULL THEN 0 ELSE due_at END
               WHERE id IN (SELECT value FROM json_each(:ids)) AND +connection_id = :connectionId`,
        args: { connectionId, ids: toJson(ids), writer, code: notice.code, message: notice.message },
      });
    },

    /** The number of a deal that Calltouch's listing of this site has shown; undefined when none of late is known. */
    async listedNumber(connectionId: string, siteId: string): Promise<string | undefined> {
      const { rows } = await client.execute({
        sql: `SELECT order_number FROM (
                SELECT order_number, site_id, closed FROM deals INDEXED BY deals_attribution_feed
                 WHERE connection_id = :connectionId AND attribution_seq IS NOT NULL
                 ORDER BY attribution_seq DESC LIMIT :scanned)
               WHERE site_id = :siteId AND closed = 0 AND order_number IS NOT NULL LIMIT 1`,
        args: { connectionId, siteId, scanned: LISTED_SCANNED_MAX },
      });
      const number = rows[0]?.["order_number"];
      return typeof number === "string" ? number : undefined;
    },
  };
}
