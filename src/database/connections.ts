import type { Client } from "@libsql/client";
import { asc, eq } from "drizzle-orm";
import { type AuditEntry, toAuditRow, writeAudited } from "./audit.ts";
import type { NewErpKey } from "./erp-keys.ts";
import { toStorable } from "./json.ts";
import type { Orm } from "./orm.ts";
import { REVIEW } from "./reviews.ts";
import { connections, erpKeys, exchanges, hookEvents, leads, rules } from "./schema.ts";

export type Connection = typeof connections.$inferSelect;
export type NewConnection = typeof connections.$inferInsert;
export type ConnectionPatch = Partial<
  Pick<
    Connection,
    "name" | "timeZone" | "sinceAt" | "dryRun" | "settings" | "infobases" | "reviewAfter" | "secrets" | "hookVersion"
  >
>;

/** What deals are folded by: what was held under the former may fare better under these. */
const FOLDED_BY = ["settings", "timeZone", "sinceAt", "dryRun"] as const;

export function createConnections(client: Client, orm: Orm) {
  return {
    /** The connection and its first key, both or neither. */
    async insert(connection: NewConnection, key: NewErpKey, audit?: AuditEntry): Promise<void> {
      const writes = [orm.insert(connections).values(connection), orm.insert(erpKeys).values(key)] as const;
      await orm.batch(audit ? [...writes, toAuditRow(orm, audit)] : writes);
    },
    list: (): Promise<Connection[]> =>
      orm.select().from(connections).orderBy(asc(connections.createdAt), asc(connections.id)),
    async get(id: string): Promise<Connection | undefined> {
      const [connection] = await orm.select().from(connections).where(eq(connections.id, id));
      return connection;
    },
    async isNameTaken(name: string): Promise<boolean> {
      const rows = await orm.select({ id: connections.id }).from(connections).where(eq(connections.name, name));
      return rows.length > 0;
    },
    async update(id: string, patch: ConnectionPatch, audit?: AuditEntry): Promise<void> {
      if (Object.keys(patch).length === 0) return;
      const review = FOLDED_BY.some((name) => patch[name] !== undefined) ? REVIEW : {};
      await writeAudited(
        orm,
        orm
          .update(connections)
          .set({ ...patch, ...review })
          .where(eq(connections.id, id)),
        audit,
      );
    },

    /** Takes all that is its own with it. Its deals stay: their numbers must never be used again. */
    async delete(id: string, audit?: AuditEntry): Promise<void> {
      const writes = [
        orm.delete(erpKeys).where(eq(erpKeys.connectionId, id)),
        orm.delete(rules).where(eq(rules.connectionId, id)),
        orm.delete(exchanges).where(eq(exchanges.connectionId, id)),
        orm.delete(hookEvents).where(eq(hookEvents.connectionId, id)),
        orm.delete(leads).where(eq(leads.connectionId, id)),
        orm.delete(connections).where(eq(connections.id, id)),
      ] as const;
      await orm.batch(audit ? [...writes, toAuditRow(orm, audit)] : writes);
    },

    /** The first base to introduce itself is remembered; false when another one did so first. */
    async rememberFirstInfobase(id: string, infobase: string): Promise<boolean> {
      const { rows } = await client.execute({
        sql: `UPDATE connections SET infobases = json_array(:infobase) WHERE id = :id AND json_array_length(infobases) = 0
              RETURNING id`,
        args: { id, infobase: toStorable(infobase) },
      });
      return rows.length > 0;
    },
  };
}
