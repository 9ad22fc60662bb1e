/** Deals as people and connections see them: held, tried again, found, listed, counted. */
import type { Client } from "@libsql/client";
import { and, eq, inArray, isNotNull, not, sql } from "drizzle-orm";
import type { Notice } from "../adapter.ts";
import { type AuditEntry, writeAudited } from "./audit.ts";
import { toJson } from "./json.ts";
import type { Orm } from "./orm.ts";
import { accounts, connections, deals } from "./schema.ts";

export function createDeals(client: Client, orm: Orm) {
  return {
    /** Holds what waits to be sent; what is under way ends as it will. */
    async holdDue(connectionId: string, { code, message }: Notice): Promise<void> {
      await client.execute({
        sql: `UPDATE deals SET status = 'held', reason_code = :code, reason = :message
               WHERE connection_id = :connectionId AND status = 'due'`,
        args: { connectionId, code, message },
      });
    },

    /** The deals these documents belong to. */
    findByGuids: (connectionId: string, guids: readonly string[]) =>
      orm
        .select({
          guid: sql<string>`json_each.value`,
          orderNumber: deals.orderNumber,
          status: deals.status,
          reasonCode: deals.reasonCode,
          reason: deals.reason,
          calltouchId: deals.calltouchId,
          wanted: deals.wanted,
          delivered: deals.delivered,
          attribution: deals.attribution,
          step: deals.step,
        })
        // CROSS keeps this order; the other one walks through all documents of the connection.
        .from(
          sql`json_each(${toJson(guids)}) CROSS JOIN documents
              ON documents.connection_id = ${connectionId} AND documents.guid = json_each.value`,
        )
        .innerJoin(deals, sql`${deals.connectionId} = ${connectionId} AND ${deals.key} = documents.deal_key`),

    /** Which connections hold a document of this guid, and what has become of its deal. */
    holdersOf: (guid: string) =>
      orm
        .select({
          connectionId: sql<string>`documents.connection_id`,
          connection: connections.name,
          orderNumber: deals.orderNumber,
          status: deals.status,
          code: deals.reasonCode,
          message: deals.reason,
          dealId: deals.calltouchId,
        })
        .from(sql`documents`)
        .innerJoin(deals, sql`${deals.connectionId} = documents.connection_id AND ${deals.key} = documents.deal_key`)
        .leftJoin(connections, sql`${connections.id} = documents.connection_id`)
        .where(sql`documents.guid = ${guid}`),

    /** One deal as the operator sees it: nothing that identifies the client. */
    async get(id: number) {
      const [row] = await orm
        .select({
          id: deals.id,
          connectionId: deals.connectionId,
          guid: deals.key,
          orderNumber: deals.orderNumber,
          orderAt: deals.orderAt,
          status: deals.status,
          code: deals.reasonCode,
          message: deals.reason,
          dealId: deals.calltouchId,
          isDelivered: sql<boolean>`${deals.delivered} IS NOT NULL`.mapWith(Boolean),
          closed: deals.closed,
          accountId: deals.accountId,
          account: accounts.name,
          ruleId: deals.ruleId,
          attribution: deals.attribution,
        })
        .from(deals)
        .leftJoin(accounts, eq(accounts.id, deals.accountId))
        .where(eq(deals.id, id));
      return row;
    },

    /** The documents of one deal, without what is in them. */
    documentsOf: (connectionId: string, key: string, limit: number) =>
      orm
        .select({
          guid: sql<string>`guid`,
          stamp: sql<string | null>`stamp`,
          enteredAt: sql<number>`entered_at`,
          receivedAt: sql<number>`received_at`,
          manual: sql<boolean>`manual`.mapWith(Boolean),
        })
        // Left to itself SQLite walks through all documents of the connection.
        .from(sql`documents INDEXED BY documents_by_deal`)
        .where(sql`connection_id = ${connectionId} AND deal_key = ${key}`)
        .orderBy(sql`guid`)
        .limit(limit),

    /** Deals that wait for a person or a rule, oldest first, after the one with this id. */
    listHeldOrDead: (status: "held" | "dead", afterId: number, limit: number) =>
      orm
        .select({
          id: deals.id,
          connectionId: deals.connectionId,
          guid: deals.key,
          orderNumber: deals.orderNumber,
          status: deals.status,
          code: deals.reasonCode,
          message: deals.reason,
          dealId: deals.calltouchId,
        })
        .from(deals)
        // Written out, not bound: a partial index answers only a condition it can see.
        .where(sql`${sql.raw(`deals.status = '${status}'`)} AND ${deals.id} > ${afterId}`)
        .orderBy(deals.id)
        .limit(limit),

    /** Makes a held or dead deal due again; false when there is none, it is closed or of a trial, or nothing of it is to be sent. */
    async retry(id: number, now: number, audit?: AuditEntry): Promise<boolean> {
      const isTrial = sql`EXISTS (SELECT 1 FROM ${connections} WHERE ${connections.id} = ${deals.connectionId} AND dry_run)`;
      const isWaiting = and(inArray(deals.status, ["held", "dead"]), eq(deals.closed, false), isNotNull(deals.wanted));
      const write = orm
        .update(deals)
        .set({ status: "due", reasonCode: null, reason: null, dueAt: sql`max(${deals.dueAt}, ${now})` })
        .where(and(eq(deals.id, id), isWaiting, not(isTrial)))
        .returning({ id: deals.id });
      return (await writeAudited(orm, write, audit)).length > 0;
    },

    /** How one deal stands. */
    async statusOf(id: number): Promise<{ status: string; code: string | null } | undefined> {
      const [row] = await orm
        .select({ status: deals.status, code: deals.reasonCode })
        .from(deals)
        .where(eq(deals.id, id));
      return row;
    },

    async hasDue(connectionId: string): Promise<boolean> {
      const { rows } = await client.execute({
        sql: "SELECT 1 FROM deals WHERE connection_id = ? AND status = 'due' LIMIT 1",
        args: [connectionId],
      });
      return rows.length > 0;
    },

    /** How many deals of each status every connection has. */
    countByStatus: () =>
      orm
        .select({ connectionId: deals.connectionId, status: deals.status, count: sql<number>`count(*)` })
        .from(deals)
        .innerJoin(connections, sql`${connections.id} = ${deals.connectionId}`)
        .groupBy(deals.connectionId, deals.status),
  };
}
