/** How far Calltouch's journals of leads have been read, account by account, and when they are to be read again. */
import type { Client } from "@libsql/client";
import { and, eq, sql } from "drizzle-orm";
import type { Notice } from "../adapter.ts";
import { toJson } from "./json.ts";
import { IS_HALF_TOLD } from "./leads.ts";
import type { Orm } from "./orm.ts";
import { accounts } from "./schema.ts";

/** Between two readings, however many leads wait for what they tell. */
const GAP_MS = 5_000;

/** An account whose leads somebody wants. */
export interface JournalAccount {
  accountId: string;
  /** Everything before it has been read; null before the first reading. */
  journalFrom: number | null;
}

export function createJournals(client: Client, orm: Orm) {
  return {
    /** Accounts to be read now: those of connections whose ERP takes leads. */
    async due(adapters: readonly string[], now: number): Promise<JournalAccount[]> {
      const { rows } = await client.execute({
        sql: `SELECT id, journal_from FROM accounts
               WHERE journal_at <= :now AND paused_until <= :now AND EXISTS (
                 SELECT 1 FROM connections
                  WHERE account_id = accounts.id AND adapter IN (SELECT value FROM json_each(:adapters)))
               ORDER BY journal_at`,
        args: { now, adapters: toJson(adapters) },
      });
      return rows.map((row) => ({
        accountId: String(row["id"]),
        journalFrom: row["journal_from"] === null ? null : Number(row["journal_from"]),
      }));
    },

    /** Takes the reading of one account until `until`; false when another process has just done so. */
    async claim(accountId: string, now: number, until: number): Promise<boolean> {
      const rows = await orm
        .update(accounts)
        .set({ journalAt: until })
        .where(and(eq(accounts.id, accountId), sql`${accounts.journalAt} <= ${now}`))
        .returning({ id: accounts.id });
      return rows.length > 0;
    },

    /**
     * Ends the reading that was claimed until `claimed`: the next one is at `nextAt`, unless it was wanted sooner meanwhile.
     * `from`: everything before it has been read. `trouble`: why not. Neither: it goes on.
     */
    async release(
      accountId: string,
      claimed: number,
      nextAt: number,
      { from, trouble }: { from?: number; trouble?: Notice },
    ): Promise<void> {
      const reached = sql`max(coalesce(${accounts.journalFrom}, 0), ${from})`;
      await orm
        .update(accounts)
        .set({
          journalAt: sql`CASE WHEN ${accounts.journalAt} = ${claimed} THEN ${nextAt} ELSE ${accounts.journalAt} END`,
          ...(from === undefined ? {} : { journalFrom: reached, journalTrouble: null }),
          ...(trouble === undefined ? {} : { journalTrouble: trouble }),
        })
        .where(eq(accounts.id, accountId));
    },

    /**
     * The journals are to be read at once, also when a reading that may have come too early is under way; but not so often
     * that a flood of requests would use up the points.
     */
    async hasten(accountId: string, now: number): Promise<void> {
      const next = sql`max(${now}, coalesce(${accounts.journalFrom}, 0) + ${GAP_MS})`;
      const journalAt = sql`min(${accounts.journalAt}, ${next})`;
      await orm.update(accounts).set({ journalAt }).where(eq(accounts.id, accountId));
    },

    /** Whether some lead still waits for what its journal tells of it. */
    async isAwaited(accountId: string, now: number): Promise<boolean> {
      const { rows } = await client.execute({
        sql: `SELECT EXISTS (
                SELECT 1 FROM connections AS c CROSS JOIN leads INDEXED BY leads_due ON leads.connection_id = c.id
                 WHERE c.account_id = :accountId AND ${IS_HALF_TOLD}) AS awaited`,
        args: { accountId, now },
      });
      return rows[0]?.["awaited"] === 1;
    },
  };
}
