/** Which held deals are to be folded again, and how far that has come. */
import { and, asc, eq, getTableColumns, gt, isNotNull, sql } from "drizzle-orm";
import type { Connection } from "./connections.ts";
import type { Orm } from "./orm.ts";
import { accounts, connections, deals } from "./schema.ts";

/**
 * What asks for a review, set on a connection. A deal folded by the policy before must not be written as held after it:
 * the review may be over by then, and nobody would take that deal up.
 */
export const REVIEW = { reviewAfter: 0, policy: sql`${connections.policy} + 1` };

export function createReviews(orm: Orm) {
  return {
    /** Connections under review, with the site of their own account. */
    async connections(): Promise<{ connection: Connection; account: { siteId: string } }[]> {
      const rows = await orm
        .select({ ...getTableColumns(connections), siteId: accounts.siteId })
        .from(connections)
        .innerJoin(accounts, eq(accounts.id, connections.accountId))
        .where(isNotNull(connections.reviewAfter));
      return rows.map(({ siteId, ...connection }) => ({ connection, account: { siteId } }));
    },

    held: (connectionId: string, afterId: number, limit: number): Promise<{ id: number; key: string }[]> =>
      orm
        .select({ id: deals.id, key: deals.key })
        .from(deals)
        // Written out, not bound: a partial index answers only a condition it can see.
        .where(and(eq(deals.connectionId, connectionId), sql`deals.status = 'held'`, gt(deals.id, afterId)))
        .orderBy(asc(deals.id))
        .limit(limit),

    /** Null: the review is over. False when it has been started again since `from` was read. */
    async advance(connectionId: string, from: number, to: number | null): Promise<boolean> {
      const rows = await orm
        .update(connections)
        .set({ reviewAfter: to })
        .where(and(eq(connections.id, connectionId), eq(connections.reviewAfter, from)))
        .returning({ id: connections.id });
      return rows.length > 0;
    },
  };
}
