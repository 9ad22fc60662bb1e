/** Leave to send one request: a start time on the address's time table and points of the site, both or neither. */
import type { Client } from "@libsql/client";
import { LEASE_MS } from "./accounts.ts";

/** Six starts span 1035 ms: enough for timers and sockets a little late, since Calltouch allows five in a second. */
export const SLOT_SPACING_MS = 207;
/** A slot further away than this is not worth holding an account's lease for. */
export const SLOT_WAIT_MS_MAX = 2_500;

export interface SlotRequest {
  accountId: string;
  /** Null for a request that belongs to no turn of the account. */
  lease: string | null;
  siteId: string;
  now: number;
  /** Starts of the site's current hour and day, epoch milliseconds. */
  hourAt: number;
  dayAt: number;
  cost: number;
  hourlyPoints: number;
  dailyPoints: number;
}

export type Slot =
  | { kind: "taken"; startAt: number }
  /** The address is booked further ahead than is worth waiting for. */
  | { kind: "busy" }
  | { kind: "hour-used-up" }
  | { kind: "day-used-up" }
  | { kind: "lease-lost" };

export function createSlots(client: Client) {
  return {
    /** Also says that the holder of the lease, if any, is alive. One batch: nobody can take the same points or the same start. */
    async take(request: SlotRequest): Promise<Slot> {
      const { accountId, lease, siteId, now, hourAt, dayAt, cost, hourlyPoints, dailyPoints } = request;
      const [renewed, charged, started, state] = await client.batch(
        [
          {
            sql: "UPDATE accounts SET lease_until = :until WHERE id = :accountId AND lease = :lease RETURNING id",
            args: { accountId, lease, until: now + LEASE_MS },
          },
          {
            sql: `INSERT INTO points (site_id, day_at, hour_at, used)
                  SELECT :siteId, :dayAt, :hourAt, :cost
                   WHERE (:lease IS NULL OR EXISTS (SELECT 1 FROM accounts WHERE id = :accountId AND lease = :lease))
                     AND (SELECT next_at FROM egress WHERE id = 'default') <= :now + :waitMax
                     AND coalesce((SELECT used FROM points WHERE site_id = :siteId AND day_at = :dayAt AND hour_at = :hourAt), 0)
                         + :cost <= :hourlyPoints
                     AND coalesce((SELECT sum(used) FROM points WHERE site_id = :siteId AND day_at = :dayAt), 0)
                         + :cost <= :dailyPoints
                  ON CONFLICT (site_id, day_at, hour_at) DO UPDATE SET used = used + excluded.used
                  RETURNING used`,
            args: {
              accountId,
              lease,
              siteId,
              dayAt,
              hourAt,
              cost,
              now,
              waitMax: SLOT_WAIT_MS_MAX,
              hourlyPoints,
              dailyPoints,
            },
          },
          {
            // changes() is 1 only when the statement before this one charged the points.
            sql: `UPDATE egress SET next_at = max(next_at, :now) + :spacing WHERE id = 'default' AND changes() = 1
                  RETURNING next_at - :spacing AS start_at`,
            args: { now, spacing: SLOT_SPACING_MS },
          },
          {
            sql: `SELECT (SELECT next_at FROM egress WHERE id = 'default') > :now + :waitMax AS busy,
                         coalesce((SELECT sum(used) FROM points WHERE site_id = :siteId AND day_at = :dayAt), 0)
                           + :cost > :dailyPoints AS day_used_up`,
            args: { now, waitMax: SLOT_WAIT_MS_MAX, siteId, dayAt, cost, dailyPoints },
          },
        ],
        "write",
      );
      if (lease !== null && !renewed?.rows.length) return { kind: "lease-lost" };
      if (charged?.rows.length) return { kind: "taken", startAt: Number(started?.rows[0]?.["start_at"]) };
      const refusal = state?.rows[0];
      if (refusal?.["busy"] === 1) return { kind: "busy" };
      return refusal?.["day_used_up"] === 1 ? { kind: "day-used-up" } : { kind: "hour-used-up" };
    },

    /** Gives points back for a request that Calltouch certainly did not execute. */
    async refund(siteId: string, dayAt: number, hourAt: number, cost: number): Promise<void> {
      await client.execute({
        sql: `UPDATE points SET used = max(0, used - :cost)
               WHERE site_id = :siteId AND day_at = :dayAt AND hour_at = :hourAt`,
        args: { siteId, dayAt, hourAt, cost },
      });
    },

    /** Points of the site used in this hour and this day. */
    async used(siteId: string, dayAt: number, hourAt: number): Promise<{ hour: number; day: number }> {
      const { rows } = await client.execute({
        sql: `SELECT coalesce(sum(CASE WHEN hour_at = :hourAt THEN used END), 0) AS hour, coalesce(sum(used), 0) AS day
                FROM points WHERE site_id = :siteId AND day_at = :dayAt`,
        args: { siteId, dayAt, hourAt },
      });
      return { hour: Number(rows[0]?.["hour"] ?? 0), day: Number(rows[0]?.["day"] ?? 0) };
    },

    /** Drops the counters of days before this one; returns how many went. */
    async forgetBefore(dayAt: number): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: "DELETE FROM points WHERE (site_id, day_at, hour_at) IN (SELECT site_id, day_at, hour_at FROM points WHERE day_at < ? LIMIT 1000)",
        args: [dayAt],
      });
      return rowsAffected;
    },
  };
}
