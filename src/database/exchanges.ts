/** The exchange with ERPs that have an API of their own: what adapters remember, what webhooks have named, who is at it. */
import type { Client } from "@libsql/client";
import { eq } from "drizzle-orm";
import type { Notice } from "../adapter.ts";
import { toJson } from "./json.ts";
import type { Orm } from "./orm.ts";
import { exchanges } from "./schema.ts";

export type Exchange = typeof exchanges.$inferSelect;

export interface HookEvent {
  key: string;
  receivedAt: number;
}

export function createExchanges(client: Client, orm: Orm) {
  return {
    /** With the first poll due at once; nothing when there is one already. */
    async ensure(connectionId: string, now: number): Promise<void> {
      await orm.insert(exchanges).values({ connectionId, pollAt: now }).onConflictDoNothing();
    },

    async get(connectionId: string): Promise<Exchange | undefined> {
      const [row] = await orm.select().from(exchanges).where(eq(exchanges.connectionId, connectionId));
      return row;
    },

    /**
     * Connections with something to do now that nobody is at; first who was served longest ago, so that one with a long
     * way to catch up does not keep the others waiting. In a trial, and without the automatic exchange, nothing is written.
     */
    async due(now: number): Promise<string[]> {
      const { rows } = await client.execute({
        sql: `SELECT e.connection_id FROM exchanges AS e
                JOIN connections AS c ON c.id = e.connection_id
                JOIN accounts AS a ON a.id = c.account_id
               WHERE (e.lease IS NULL OR e.lease_until <= :now) AND e.paused_until <= :now
                 AND (e.poll_at <= :now
                   OR EXISTS (SELECT 1 FROM hook_events AS h WHERE h.connection_id = e.connection_id)
                   OR c.dry_run = 0 AND a.auto_exchange = 1 AND (
                      EXISTS (SELECT 1 FROM leads AS l INDEXED BY leads_due
                               WHERE l.connection_id = e.connection_id AND l.status = 'due' AND l.due_at <= :now)
                   OR EXISTS (SELECT 1 FROM deals AS d INDEXED BY deals_attribution_feed
                               WHERE d.connection_id = e.connection_id AND d.attribution_seq > e.attribution_seq)))
               ORDER BY e.lease_until, e.connection_id`,
        args: { now },
      });
      return rows.map((row) => String(row["connection_id"]));
    },

    /** Whether a webhook has named something, or a lead is to be placed: what a long run sees to between its portions. */
    async isUrgent(connectionId: string, now: number): Promise<boolean> {
      const { rows } = await client.execute({
        sql: `SELECT EXISTS (SELECT 1 FROM hook_events WHERE connection_id = :connectionId)
                  OR EXISTS (SELECT 1 FROM leads INDEXED BY leads_due
                              WHERE connection_id = :connectionId AND status = 'due' AND due_at <= :now) AS urgent`,
        args: { connectionId, now },
      });
      return rows[0]?.["urgent"] === 1;
    },

    /** Connections whose exchange has met trouble that is not over. */
    async troubled(): Promise<
      { connectionId: string; name: string; pausedUntil: number; code: string; message: string }[]
    > {
      const { rows } = await client.execute(
        `SELECT e.connection_id, c.name, e.paused_until, e.reason_code, e.reason
           FROM exchanges AS e JOIN connections AS c ON c.id = e.connection_id
          WHERE e.reason_code IS NOT NULL ORDER BY e.connection_id`,
      );
      return rows.map((row) => ({
        connectionId: String(row["connection_id"]),
        name: String(row["name"]),
        pausedUntil: Number(row["paused_until"]),
        code: String(row["reason_code"]),
        message: String(row["reason"]),
      }));
    },

    /** Undefined when somebody else has it. `until` must lie behind whatever may still be under way at the end of the run. */
    async acquire(connectionId: string, lease: string, now: number, until: number): Promise<Exchange | undefined> {
      const { rows } = await client.execute({
        sql: `UPDATE exchanges SET lease = :lease, lease_until = :until
               WHERE connection_id = :connectionId AND (lease IS NULL OR lease_until <= :now) RETURNING connection_id`,
        args: { connectionId, lease, now, until },
      });
      return rows.length > 0 ? this.get(connectionId) : undefined;
    },

    /** False when the lease was lost: what was done is done, but another one has gone on from the former memory. */
    async remember(connectionId: string, lease: string, memory: unknown): Promise<boolean> {
      return setUnderLease(connectionId, lease, "memory = :value", toJson(memory));
    },

    async setNextPoll(connectionId: string, lease: string, at: number): Promise<boolean> {
      return setUnderLease(connectionId, lease, "poll_at = :value", at);
    },

    async setAttributionSeq(connectionId: string, lease: string, seq: number): Promise<boolean> {
      return setUnderLease(connectionId, lease, "attribution_seq = :value", seq);
    },

    async release(connectionId: string, lease: string): Promise<void> {
      await setUnderLease(connectionId, lease, "lease = :value", null);
    },

    /** Gives it back after a run that came to its end: former trouble is over. */
    async finish(connectionId: string, lease: string): Promise<void> {
      await setUnderLease(connectionId, lease, "lease = :value, failures = 0, reason_code = NULL, reason = NULL", null);
    },

    /** Gives it back and lets nobody at it before `until`. `isFirst`: the failures in a row are counted anew. */
    async pause(
      connectionId: string,
      lease: string,
      until: number,
      { code, message }: Notice,
      isFirst = false,
    ): Promise<void> {
      await client.execute({
        sql: `UPDATE exchanges SET lease = NULL, paused_until = :until, failures = iif(:isFirst, 0, failures) + 1,
                     reason_code = :code, reason = :message
               WHERE connection_id = :connectionId AND lease = :lease`,
        args: { connectionId, lease, until, isFirst, code, message },
      });
    },

    /**
     * New settings are a reason to try again at once. A run that goes by the former ones loses its lease, and with it the
     * right to pause the exchange.
     */
    async resume(connectionId: string, now: number): Promise<void> {
      await client.execute({
        sql: `UPDATE exchanges SET lease = NULL, paused_until = 0, failures = 0, reason_code = NULL, reason = NULL,
                     poll_at = min(poll_at, :now)
               WHERE connection_id = :connectionId`,
        args: { connectionId, now },
      });
    },

    /** Stores what a webhook has named; the same again only makes it newer, also by a clock that is behind another's. */
    async addEvents(connectionId: string, keys: readonly string[], now: number): Promise<void> {
      await client.execute({
        sql: `INSERT INTO hook_events (connection_id, key, received_at)
              SELECT :connectionId, value, :now FROM json_each(:keys) WHERE true
              ON CONFLICT (connection_id, key) DO UPDATE SET received_at = max(received_at + 1, excluded.received_at)`,
        args: { connectionId, now, keys: toJson(keys) },
      });
    },

    async events(connectionId: string, limit: number): Promise<HookEvent[]> {
      const { rows } = await client.execute({
        sql: "SELECT key, received_at FROM hook_events WHERE connection_id = ? ORDER BY received_at, key LIMIT ?",
        args: [connectionId, limit],
      });
      return rows.map((row) => ({ key: String(row["key"]), receivedAt: Number(row["received_at"]) }));
    },

    /** What was named again since it was read stays. */
    async removeEvents(connectionId: string, events: readonly HookEvent[]): Promise<void> {
      await client.execute({
        sql: `DELETE FROM hook_events
               WHERE connection_id = :connectionId AND (key, received_at) IN (
                 SELECT value->>'key', value->>'receivedAt' FROM json_each(:events))`,
        args: { connectionId, events: toJson(events) },
      });
    },
  };

  async function setUnderLease(connectionId: string, lease: string, set: string, value: string | number | null) {
    const { rows } = await client.execute({
      sql: `UPDATE exchanges SET ${set} WHERE connection_id = :connectionId AND lease = :lease RETURNING connection_id`,
      args: { connectionId, lease, value },
    });
    return rows.length > 0;
  }
}
