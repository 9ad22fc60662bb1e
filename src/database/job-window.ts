/** What one window of a job came to, written down with the place it has reached: all of it or nothing. */
import type { InStatement } from "@libsql/client";
import { ATTRIBUTION_FIRST_MS } from "./claims.ts";
import type { ItemAction } from "./job-items.ts";
import { toJson } from "./json.ts";

/** Who has a job, and which it is. */
export interface Held {
  id: string;
  lease: string;
}

/** What one window came to. */
export interface WindowStep {
  positionAt: number;
  counts: Record<string, number>;
  items: readonly { dealId: number; action: ItemAction }[];
  /** Deals of ours that Calltouch turned out to have. `isSettled`: nothing more is to be said of them. */
  adopted: readonly { id: number; revision: number; calltouchId: number | null; isSettled: boolean }[];
  /** Delivered deals that Calltouch turned out to have otherwise: what differs is not known to be delivered any more. */
  differing: readonly { id: number; revision: number; fields: readonly (typeof DOUBTED)[number][] }[];
}

/** What the listing shows of a deal, as `delivered` names it. */
export const DOUBTED = ["status", "statusAt", "revenueKopecks"] as const;

const IS_MINE = "EXISTS (SELECT 1 FROM jobs WHERE id = :id AND lease = :lease AND status = 'running')";

/** The last of them returns the job, unless it has been cancelled or somebody else has it: then nothing is written. */
export function toWindowWrites({ id, lease }: Held, step: WindowStep, leaseUntil: number, now: number): InStatement[] {
  return [
    toAdoption({ id, lease }, step, now),
    toDoubt({ id, lease }, step),
    {
      sql: `INSERT INTO job_items (job_id, deal_id, action)
            SELECT :id, r.value->>'dealId', r.value->>'action' FROM json_each(:items) AS r WHERE ${IS_MINE}
            ON CONFLICT (job_id, deal_id) DO NOTHING`,
      args: { id, lease, items: toJson(step.items) },
    },
    {
      sql: `UPDATE jobs SET position_at = :positionAt, counts = :counts, reason = NULL, lease_until = :leaseUntil
             WHERE id = :id AND lease = :lease AND status = 'running' RETURNING id`,
      args: { id, lease, leaseUntil, positionAt: step.positionAt, counts: toJson(step.counts) },
    },
  ];
}

/** It exists, and that is all that is known of it: whatever is said of it later is an update. */
function toAdoption({ id, lease }: Held, { adopted }: WindowStep, now: number): InStatement {
  return {
    sql: `UPDATE deals SET delivered = '{}', delivered_revision = deals.revision,
                 calltouch_id = coalesce(r.value->>'calltouchId', calltouch_id),
                 attribution_at = coalesce(attribution_at, :askAt),
                 status = CASE WHEN r.value->>'isSettled' THEN 'delivered' ELSE status END,
                 reason_code = CASE WHEN r.value->>'isSettled' THEN NULL ELSE reason_code END,
                 reason = CASE WHEN r.value->>'isSettled' THEN NULL ELSE reason END
            FROM json_each(:adopted) AS r
           WHERE deals.id = r.value->>'id' AND deals.revision = r.value->>'revision'
             AND delivered IS NULL AND deals.lease IS NULL AND doubt IS NULL AND closed = 0 AND ${IS_MINE}`,
    args: { id, lease, adopted: toJson(adopted), askAt: now + ATTRIBUTION_FIRST_MS },
  };
}

function toDoubt({ id, lease }: Held, { differing }: WindowStep): InStatement {
  const path = (field: string) => `CASE WHEN r.value->>'${field}' THEN '$.${field}' ELSE '$.none' END`;
  const rows = differing.map(({ fields, ...deal }) => ({
    ...deal,
    ...Object.fromEntries(DOUBTED.map((field) => [field, fields.includes(field) ? 1 : 0])),
  }));
  return {
    sql: `UPDATE deals SET delivered = json_remove(delivered, ${DOUBTED.map(path).join(", ")})
            FROM json_each(:differing) AS r
           WHERE deals.id = r.value->>'id' AND deals.revision = r.value->>'revision'
             AND delivered IS NOT NULL AND deals.lease IS NULL AND ${IS_MINE}`,
    args: { id, lease, differing: toJson(rows) },
  };
}
