import type { Client } from "@libsql/client";
import { asc, eq } from "drizzle-orm";
import { toStorable } from "./json.ts";
import type { Orm } from "./orm.ts";
import { accounts, connections, erpKeys } from "./schema.ts";

export type Connection = typeof connections.$inferSelect;
export type NewConnection = typeof connections.$inferInsert;
export type ConnectionPatch = Partial<
  Pick<Connection, "name" | "timeZone" | "sinceAt" | "dryRun" | "settings" | "infobases">
>;

/** What an authenticated ERP request needs to know, read at once. */
export interface Caller {
  connection: Connection;
  account: { id: string; name: string; siteId: string; pause: string | null; pausedUntil: number };
}

export function createConnections(client: Client, orm: Orm) {
  return {
    /** The connection and its first key, both or neither. */
    async insert(connection: NewConnection, key: typeof erpKeys.$inferInsert): Promise<void> {
      await orm.batch([orm.insert(connections).values(connection), orm.insert(erpKeys).values(key)]);
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
    async update(id: string, patch: ConnectionPatch): Promise<void> {
      if (Object.keys(patch).length === 0) return;
      await orm.update(connections).set(patch).where(eq(connections.id, id));
    },

    /** Takes its keys with it. Its deals stay: their numbers must never be used again. */
    async delete(id: string): Promise<void> {
      await orm.batch([
        orm.delete(erpKeys).where(eq(erpKeys.connectionId, id)),
        orm.delete(connections).where(eq(connections.id, id)),
      ]);
    },

    /** Whose key this is, and the hash it must have. */
    async findByKeyId(keyId: string): Promise<(Caller & { hash: string }) | undefined> {
      const [row] = await orm
        .select({
          hash: erpKeys.hash,
          connection: connections,
          account: {
            id: accounts.id,
            name: accounts.name,
            siteId: accounts.siteId,
            pause: accounts.pause,
            pausedUntil: accounts.pausedUntil,
          },
        })
        .from(erpKeys)
        .innerJoin(connections, eq(connections.id, erpKeys.connectionId))
        .innerJoin(accounts, eq(accounts.id, connections.accountId))
        .where(eq(erpKeys.id, keyId));
      return row;
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
