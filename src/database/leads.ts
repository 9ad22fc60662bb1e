/** Leads on their way into an ERP: each once for a connection, whether a webhook or the journal told of it. */
import type { Client } from "@libsql/client";
import { and, asc, eq, gt, sql } from "drizzle-orm";
import type { Notice } from "../adapter.ts";
import { type AuditEntry, writeAudited } from "./audit.ts";
import type { Connection } from "./connections.ts";
import { toJson } from "./json.ts";
import type { Orm } from "./orm.ts";
import { connections, leads } from "./schema.ts";

export type LeadRow = typeof leads.$inferSelect;

export interface LeadWrite {
  connectionId: string;
  kind: "call" | "request";
  leadId: number;
  at: number;
  status: "waiting" | "due" | "skipped";
  reasonCode: string | null;
  reason: string | null;
  sealed: string;
  contactHashes: readonly string[];
  /** When it is placed by what is known of it; until then its journal may tell more. 0: at once. */
  dueAt: number;
}

/** Not yet due and never tried: the journal may still tell more of it. */
export const IS_HALF_TOLD = "leads.status = 'due' AND leads.due_at > :now AND leads.attempts = 0";

export function createLeads(client: Client, orm: Orm) {
  return {
    /** The connections whose own account this is. */
    connectionsOf: (accountId: string): Promise<Connection[]> =>
      orm.select().from(connections).where(eq(connections.accountId, accountId)),

    async find(connectionId: string, kind: LeadRow["kind"], leadId: number): Promise<LeadRow | undefined> {
      const [row] = await orm
        .select()
        .from(leads)
        .where(and(eq(leads.connectionId, connectionId), eq(leads.kind, kind), eq(leads.leadId, leadId)));
      return row;
    },

    /** A lead known already stays as it is, unless it still waited for its end or its journal. Returns how many are new or changed. */
    async store(writes: readonly LeadWrite[], now: number): Promise<number> {
      if (writes.length === 0) return 0;
      const { rowsAffected } = await client.execute({
        sql: `INSERT INTO leads (connection_id, kind, lead_id, at, status, reason_code, reason, sealed, contact_hashes,
                                 due_at, received_at, personal_at)
              SELECT value->>'connectionId', value->>'kind', value->>'leadId', value->>'at', value->>'status',
                     value->>'reasonCode', value->>'reason', value->>'sealed', value->>'contactHashes', value->>'dueAt', :now, :now
                FROM json_each(:writes) WHERE true
              ON CONFLICT (connection_id, kind, lead_id) DO UPDATE SET
                     at = excluded.at, status = excluded.status, reason_code = excluded.reason_code,
                     reason = excluded.reason, sealed = excluded.sealed, contact_hashes = excluded.contact_hashes,
                     due_at = excluded.due_at, received_at = excluded.received_at, personal_at = excluded.personal_at
               WHERE leads.status = 'waiting' AND excluded.status <> 'waiting'
                  OR ${IS_HALF_TOLD} AND excluded.status <> 'waiting' AND excluded.due_at = 0`,
        args: { now, writes: toJson(writes) },
      });
      return rowsAffected;
    },

    due: (connectionId: string, now: number, limit: number): Promise<LeadRow[]> =>
      orm
        .select()
        .from(leads)
        .where(sql`${leads.connectionId} = ${connectionId} AND leads.status = 'due' AND ${leads.dueAt} <= ${now}`)
        .orderBy(asc(leads.dueAt), asc(leads.id))
        .limit(limit),

    async placed(id: number, guid: string): Promise<void> {
      await orm.update(leads).set({ status: "placed", guid, reasonCode: null, reason: null }).where(eq(leads.id, id));
    },

    /** Waits for a person; unless somebody else has placed it meanwhile. */
    async refused(id: number, { code, message }: Notice): Promise<void> {
      const attempts = sql`${leads.attempts} + 1`;
      await orm
        .update(leads)
        .set({ status: "dead", reasonCode: code, reason: message, attempts })
        .where(and(eq(leads.id, id), eq(leads.status, "due")));
    },

    /** Lets the others go first until then. */
    async postpone(id: number, until: number): Promise<void> {
      const attempts = sql`${leads.attempts} + 1`;
      await orm
        .update(leads)
        .set({ dueAt: until, attempts })
        .where(and(eq(leads.id, id), eq(leads.status, "due")));
    },

    /** Leads that wait for a person, oldest first, after the one with this id. */
    listDead: (afterId: number, limit: number) =>
      orm
        .select({
          id: leads.id,
          connectionId: leads.connectionId,
          kind: leads.kind,
          leadId: leads.leadId,
          at: leads.at,
          code: leads.reasonCode,
          message: leads.reason,
        })
        .from(leads)
        .where(and(sql`leads.status = 'dead'`, gt(leads.id, afterId)))
        .orderBy(asc(leads.id))
        .limit(limit),

    /** False when there is no such lead, or what identifies its client has been dropped. */
    async retry(id: number, audit?: AuditEntry): Promise<boolean> {
      const write = orm
        .update(leads)
        .set({ status: "due", reasonCode: null, reason: null, dueAt: 0, attempts: 0 })
        .where(and(eq(leads.id, id), eq(leads.status, "dead"), sql`${leads.sealed} IS NOT NULL`))
        .returning({ id: leads.id });
      return (await writeAudited(orm, write, audit)).length > 0;
    },

    /** All of a connection's that wait for a person, because what kept them may have been repaired. Returns how many. */
    async retryAll(connectionId: string): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: `UPDATE leads INDEXED BY leads_dead
                 SET status = 'due', reason_code = NULL, reason = NULL, due_at = 0, attempts = 0
               WHERE status = 'dead' AND connection_id = ? AND sealed IS NOT NULL`,
        args: [connectionId],
      });
      return rowsAffected;
    },

    /** Of these leads those that need not be told of any more: neither new nor waiting for more. As `kind:id`. */
    async settled(
      connectionId: string,
      told: readonly { kind: string; id: number }[],
      now: number,
    ): Promise<ReadonlySet<string>> {
      const { rows } = await client.execute({
        sql: `SELECT leads.kind, leads.lead_id FROM json_each(:told) AS t
                CROSS JOIN leads ON leads.connection_id = :connectionId AND leads.kind = t.value->>'kind'
                          AND leads.lead_id = t.value->>'id'
               WHERE leads.status <> 'waiting' AND NOT (${IS_HALF_TOLD})`,
        args: { connectionId, told: toJson(told), now },
      });
      return new Set(rows.map((row) => `${row["kind"]}:${row["lead_id"]}`));
    },

    countByStatus: () =>
      orm
        .select({ connectionId: leads.connectionId, status: leads.status, count: sql<number>`count(*)` })
        .from(leads)
        .groupBy(leads.connectionId, leads.status),
  };
}
