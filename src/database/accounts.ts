import type { Client } from "@libsql/client";
import { and, asc, eq, exists, inArray, ne, or, sql } from "drizzle-orm";
import { type AuditEntry, toAuditRow, writeAudited } from "./audit.ts";
import type { Orm } from "./orm.ts";
import { REVIEW } from "./reviews.ts";
import { accounts, connections, type PAUSES, rules } from "./schema.ts";

export type Account = typeof accounts.$inferSelect;
export type NewAccount = typeof accounts.$inferInsert;
export type AccountPatch = Partial<
  Pick<
    Account,
    | "name"
    | "siteId"
    | "token"
    | "timeZone"
    | "hourlyPoints"
    | "dailyPoints"
    | "requestPoints"
    | "livePercent"
    | "listingLagMs"
    | "autoExchange"
    | "showMessages"
    | "itemKindTags"
    | "hookVersion"
  >
>;
export type PauseKind = (typeof PAUSES)[number];

/** How long a dispatcher may keep an account without saying that it is alive: a slot's wait, one request and a margin. */
export const LEASE_MS = 15_000;

/** Held by nobody and run out: the next dispatcher takes the account at once, with whatever the former one had claimed. */
const SUPERSEDED = "superseded";

export function createAccounts(client: Client, orm: Orm) {
  /** Held deals are folded again when the exchange is switched on, or their tags become others. */
  function reviewWhenLetThrough(id: string, { autoExchange, itemKindTags }: AccountPatch) {
    const isSwitchedOn = autoExchange === true ? eq(accounts.autoExchange, false) : undefined;
    const hasOtherTags = itemKindTags === undefined ? undefined : ne(accounts.itemKindTags, itemKindTags);
    const changed = orm
      .select({ id: accounts.id })
      .from(accounts)
      .where(and(eq(accounts.id, id), or(isSwitchedOn, hasOtherTags) ?? sql`FALSE`));
    const ruled = orm.select({ id: rules.connectionId }).from(rules).where(eq(rules.accountId, id));
    // A deal stays with its account when no rule names it any more, and may be on its way to being held.
    const isKept = sql`EXISTS (SELECT 1 FROM deals WHERE deals.connection_id = ${connections.id} AND deals.account_id = ${id})`;
    return orm
      .update(connections)
      .set(REVIEW)
      .where(and(exists(changed), or(eq(connections.accountId, id), inArray(connections.id, ruled), isKept)));
  }

  return {
    async insert(account: NewAccount, audit?: AuditEntry): Promise<void> {
      await writeAudited(orm, orm.insert(accounts).values(account), audit);
    },
    list: (): Promise<Account[]> => orm.select().from(accounts).orderBy(asc(accounts.createdAt), asc(accounts.id)),
    async get(id: string): Promise<Account | undefined> {
      const [account] = await orm.select().from(accounts).where(eq(accounts.id, id));
      return account;
    },
    async isNameTaken(name: string): Promise<boolean> {
      const rows = await orm.select({ id: accounts.id }).from(accounts).where(eq(accounts.name, name));
      return rows.length > 0;
    },
    /** A new token is a reason to try again at once, and to disregard a turn that still goes on under the old one. */
    async update(id: string, patch: AccountPatch, audit?: AuditEntry): Promise<void> {
      if (Object.keys(patch).length === 0) return;
      const resumed =
        patch.token === undefined
          ? {}
          : { pause: null, pausedUntil: 0, failures: 0, journalAt: 0, lease: SUPERSEDED, leaseUntil: 0 };
      const write = orm
        .update(accounts)
        .set({ ...patch, ...resumed })
        .where(eq(accounts.id, id));
      // Before the write, while it can be told what changes.
      await orm.batch([reviewWhenLetThrough(id, patch), write, ...(audit ? [toAuditRow(orm, audit)] : [])]);
    },

    /**
     * False when a connection or an exchange rule still uses it, or a connection has deals that wait for it or have been
     * sent to it: whatever is still to be said of them goes the same way.
     */
    async delete(id: string, audit?: AuditEntry): Promise<boolean> {
      const isUnused = sql`NOT EXISTS (SELECT 1 FROM ${connections} WHERE ${connections.accountId} = ${id})
                       AND NOT EXISTS (SELECT 1 FROM ${rules} WHERE ${rules.accountId} = ${id})
                       AND NOT EXISTS (SELECT 1 FROM deals WHERE account_id = ${id}
                                        AND (status = 'due' OR delivered IS NOT NULL OR doubt IS NOT NULL OR closed)
                                        AND connection_id IN (SELECT id FROM ${connections}))`;
      const write = orm
        .delete(accounts)
        .where(and(eq(accounts.id, id), isUnused))
        .returning({ id: accounts.id });
      return (await writeAudited(orm, write, audit)).length > 0;
    },

    /**
     * Accounts with something to do now: due deals and no pause, or a holder that died and left deals behind.
     * Those another dispatcher holds are left out.
     */
    async due(now: number): Promise<string[]> {
      const { rows } = await client.execute({
        sql: `SELECT id FROM accounts
               WHERE (lease IS NULL OR lease_until <= :now) AND paused_until <= :now
                 AND (lease IS NOT NULL OR EXISTS (
                   SELECT 1 FROM deals WHERE account_id = accounts.id AND status = 'due' AND lease IS NULL AND due_at <= :now))
               ORDER BY id`,
        args: { now },
      });
      return rows.map((row) => String(row["id"]));
    },

    /**
     * Takes the account for one dispatcher; false when another has it or it is paused. What the former holder had
     * claimed and never settled comes back: a create may have reached Calltouch, so it is in doubt; an update or a
     * deletion may have, so nothing is certain of what Calltouch has.
     */
    async acquire(id: string, lease: string, now: number): Promise<Account | undefined> {
      const [taken] = await client.batch(
        [
          {
            sql: `UPDATE accounts SET lease = :lease, lease_until = :until
                   WHERE id = :id AND (lease IS NULL OR lease_until <= :now) AND paused_until <= :now RETURNING id`,
            args: { id, lease, now, until: now + LEASE_MS },
          },
          {
            sql: `UPDATE deals SET lease = NULL,
                         delivered = CASE WHEN step IN ('update', 'delete') THEN '{}' ELSE delivered END,
                         doubt = CASE WHEN step = 'create' THEN 'unknown' ELSE doubt END,
                         doubt_revision = CASE WHEN step = 'create' THEN revision ELSE doubt_revision END,
                         due_at = CASE WHEN step = 'create'
                                       THEN :now + (SELECT listing_lag_ms FROM accounts WHERE id = :id) ELSE due_at END
                   WHERE account_id = :id AND lease IS NOT NULL AND lease <> :lease
                     AND EXISTS (SELECT 1 FROM accounts WHERE id = :id AND lease = :lease)`,
            args: { id, lease, now },
          },
        ],
        "write",
      );
      if (!taken || taken.rows.length === 0) return undefined;
      const [account] = await orm.select().from(accounts).where(eq(accounts.id, id));
      return account;
    },

    /**
     * Gives the account back, unless a deal became due in the meantime: then false, and the holder goes on.
     * This is what keeps a wake-up from being lost between the last claim and the release.
     */
    async releaseIfIdle(id: string, lease: string, now: number): Promise<boolean> {
      const { rows } = await client.execute({
        sql: `UPDATE accounts SET lease = NULL
               WHERE id = :id AND lease = :lease AND NOT EXISTS (
                 SELECT 1 FROM deals WHERE account_id = :id AND status = 'due' AND lease IS NULL AND due_at <= :now)
           RETURNING id`,
        args: { id, lease, now },
      });
      return rows.length > 0;
    },

    /** Gives the account back whatever is due: the dispatcher has reached one of its own limits. */
    async release(id: string, lease: string): Promise<void> {
      await client.execute({
        sql: "UPDATE accounts SET lease = NULL WHERE id = :id AND lease = :lease",
        args: { id, lease },
      });
    },

    /** Gives the account back and lets nobody take it before `until`. */
    async pause(id: string, lease: string, pause: PauseKind, until: number, failures: number): Promise<void> {
      await client.execute({
        sql: `UPDATE accounts SET lease = NULL, pause = :pause, paused_until = :until, failures = :failures
               WHERE id = :id AND lease = :lease`,
        args: { id, lease, pause, until, failures },
      });
    },

    /** Calltouch answered: whatever was wrong is over. */
    async recover(id: string, lease: string): Promise<void> {
      await client.execute({
        sql: "UPDATE accounts SET pause = NULL, failures = 0 WHERE id = :id AND lease = :lease",
        args: { id, lease },
      });
    },
  };
}
