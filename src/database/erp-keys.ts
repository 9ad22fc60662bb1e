/** The keys ERPs come with. A connection may have several, so that one is replaced while the other still works. */
import { and, asc, eq, gt, isNull, lte, or, sql } from "drizzle-orm";
import { type AuditEntry, writeAudited } from "./audit.ts";
import type { Connection } from "./connections.ts";
import { type Orm, preparedOnce } from "./orm.ts";
import { accounts, connections, erpKeys } from "./schema.ts";

export type NewErpKey = typeof erpKeys.$inferInsert;
export type ErpKey = Omit<typeof erpKeys.$inferSelect, "hash" | "connectionId">;

/** What an authenticated ERP request needs to know, read at once. */
export interface Caller {
  connection: Connection;
  account: {
    id: string;
    name: string;
    siteId: string;
    pause: string | null;
    pausedUntil: number;
    showMessages: boolean;
  };
}

/** How much later than the truth `lastUsedAt` may be: a write for every request would cost more than it tells. */
export const LAST_USE_EVERY_MS = 60_000;

export function createErpKeys(orm: Orm) {
  const find = preparedOnce(() => prepareFind(orm));
  return {
    async insert(key: NewErpKey, audit?: AuditEntry): Promise<void> {
      await writeAudited(orm, orm.insert(erpKeys).values(key), audit);
    },

    /** The connection's keys, the oldest first, without their hashes. */
    list: (connectionId: string): Promise<ErpKey[]> =>
      orm
        .select({
          id: erpKeys.id,
          createdAt: erpKeys.createdAt,
          expiresAt: erpKeys.expiresAt,
          lastUsedAt: erpKeys.lastUsedAt,
          revokedAt: erpKeys.revokedAt,
        })
        .from(erpKeys)
        .where(eq(erpKeys.connectionId, connectionId))
        .orderBy(asc(erpKeys.createdAt), asc(erpKeys.id)),

    /** Ends the key at once; its row stays. False when the connection has no such key or it has ended before. */
    async revoke(connectionId: string, id: string, now: number, audit?: AuditEntry): Promise<boolean> {
      const write = orm
        .update(erpKeys)
        .set({ revokedAt: now })
        .where(and(eq(erpKeys.id, id), eq(erpKeys.connectionId, connectionId), isNull(erpKeys.revokedAt)))
        .returning({ id: erpKeys.id });
      return (await writeAudited(orm, write, audit)).length > 0;
    },

    /** Remembers that the key was used, unless that is known well enough. */
    async touch(id: string, now: number): Promise<void> {
      const isOutdated = or(isNull(erpKeys.lastUsedAt), lte(erpKeys.lastUsedAt, now - LAST_USE_EVERY_MS));
      await orm
        .update(erpKeys)
        .set({ lastUsedAt: now })
        .where(and(eq(erpKeys.id, id), isOutdated));
    },

    /**
     * Whose key this is, and the hash it must have. One that has expired or was revoked is not found, so that it cannot be
     * told from one that never was.
     */
    async find(id: string, now: number): Promise<(Caller & { hash: string; lastUsedAt: number | null }) | undefined> {
      const [row] = await find().all({ id, now });
      return row;
    },
  };
}

function prepareFind(orm: Orm) {
  const [id, now] = [sql.placeholder("id"), sql.placeholder("now")];
  return orm
    .select({
      hash: erpKeys.hash,
      lastUsedAt: erpKeys.lastUsedAt,
      connection: connections,
      account: {
        id: accounts.id,
        name: accounts.name,
        siteId: accounts.siteId,
        pause: accounts.pause,
        pausedUntil: accounts.pausedUntil,
        showMessages: accounts.showMessages,
      },
    })
    .from(erpKeys)
    .innerJoin(connections, eq(connections.id, erpKeys.connectionId))
    .innerJoin(accounts, eq(accounts.id, connections.accountId))
    .where(
      and(eq(erpKeys.id, id), isNull(erpKeys.revokedAt), or(isNull(erpKeys.expiresAt), gt(erpKeys.expiresAt, now))),
    )
    .prepare();
}
