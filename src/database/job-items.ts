/** The deals a job has to do with: what is planned for each, and what has become of it. */
import type { Client } from "@libsql/client";
import * as z from "zod";
import type { Held } from "./job-window.ts";
import { toJson } from "./json.ts";

/**
 * `to-…` is planned, `creating` and `updating` have been released and wait to be delivered. `there`: Calltouch had the
 * deal already. A failure of the deal itself stands with the deal; another one brings its code.
 */
export type ItemAction =
  | "to-create"
  | "to-update"
  | "creating"
  | "updating"
  | "created"
  | "updated"
  | "there"
  | "failed"
  | `failed:${string}`;

/** Planned deals that travel together: of one account, and one kind of request. */
export interface PlannedGroup {
  accountId: string;
  action: "to-create" | "to-update";
  count: number;
}

export interface PlannedDeal {
  dealId: number;
  key: string;
}

export interface ItemCounts {
  created: number;
  updated: number;
  there: number;
  failed: number;
  waiting: number;
}

export interface FailedItem {
  dealId: number;
  guid: string;
  /** Of the job's own failure; null when the deal itself says what is wrong with it. */
  failure: string | null;
  status: string;
  code: string | null;
  message: string | null;
}

const groupRow = z.object({ account_id: z.string(), action: z.enum(["to-create", "to-update"]), count: z.number() });
const plannedRow = z.object({ deal_id: z.number(), key: z.string() });
const countRow = z.object({ state: z.string(), count: z.number() });
const failedRow = z.object({
  deal_id: z.number(),
  key: z.string(),
  state: z.string(),
  status: z.string(),
  reason_code: z.string().nullable(),
  reason: z.string().nullable(),
});

/** Beside the item and its deal: what the item would be called if it were settled now. */
const STATE = `CASE WHEN item.action NOT IN ('creating', 'updating') OR deals.status = 'due' THEN item.action
                    WHEN deals.status <> 'delivered' THEN 'failed'
                    WHEN item.action = 'creating' THEN 'created' ELSE 'updated' END`;
const ITEMS = "job_items AS item CROSS JOIN deals ON deals.id = item.deal_id";

export function createJobItems(client: Client) {
  return {
    /** Writes down what has become of what was released. */
    async settle(jobId: string): Promise<void> {
      await client.execute({
        sql: `UPDATE job_items SET action = settled.state
                FROM (SELECT item.deal_id, ${STATE} AS state FROM ${ITEMS}
                       WHERE item.job_id = :jobId AND item.action IN ('creating', 'updating')) AS settled
               WHERE job_items.job_id = :jobId AND job_items.deal_id = settled.deal_id
                 AND job_items.action <> settled.state`,
        args: { jobId },
      });
    },

    async planned(jobId: string): Promise<PlannedGroup[]> {
      const { rows } = await client.execute({
        sql: `SELECT deals.account_id, item.action, count(*) AS count FROM ${ITEMS}
               WHERE item.job_id = :jobId AND item.action IN ('to-create', 'to-update')
               GROUP BY deals.account_id, item.action ORDER BY deals.account_id, item.action`,
        args: { jobId },
      });
      return rows.map((row) => {
        const { account_id: accountId, action, count } = groupRow.parse(row);
        return { accountId, action, count };
      });
    },

    async portion(jobId: string, { accountId, action }: PlannedGroup, limit: number): Promise<PlannedDeal[]> {
      const { rows } = await client.execute({
        sql: `SELECT item.deal_id, deals.key FROM ${ITEMS}
               WHERE item.job_id = :jobId AND item.action = :action AND deals.account_id = :accountId
               ORDER BY item.deal_id LIMIT :limit`,
        args: { jobId, action, accountId, limit },
      });
      return rows.map(toPlannedDeal);
    },

    /**
     * What has been released goes behind what is due by itself. False when the job has been cancelled, or somebody else
     * has it.
     */
    async mark(
      { id, lease }: Held,
      items: readonly { dealId: number; action: ItemAction }[],
      dueAt: number,
    ): Promise<boolean> {
      const [, marked] = await client.batch(
        [
          {
            sql: `UPDATE deals SET due_at = :dueAt
                   WHERE id IN (SELECT value->>'dealId' FROM json_each(:items)
                                 WHERE value->>'action' IN ('creating', 'updating'))
                     AND status = 'due' AND lease IS NULL AND due_at < :dueAt`,
            args: { items: toJson(items), dueAt },
          },
          {
            // By IN: joined with what was brought, SQLite walks through all items of the job.
            sql: `UPDATE job_items SET action = (SELECT value->>'action' FROM json_each(:items)
                                                  WHERE value->>'dealId' = job_items.deal_id)
                   WHERE job_id = :id AND deal_id IN (SELECT value->>'dealId' FROM json_each(:items))
                     AND EXISTS (SELECT 1 FROM jobs WHERE id = :id AND lease = :lease AND status = 'running')
               RETURNING deal_id`,
            args: { id, lease, items: toJson(items) },
          },
        ],
        "write",
      );
      return (marked?.rows.length ?? 0) > 0;
    },

    /** Released deals that are not on their way yet. */
    async unsent(jobId: string, afterDealId: number, limit: number): Promise<PlannedDeal[]> {
      const { rows } = await client.execute({
        sql: `SELECT item.deal_id, deals.key FROM ${ITEMS}
               WHERE item.job_id = :jobId AND item.deal_id > :afterDealId AND item.action IN ('creating', 'updating')
                 AND deals.status = 'due' AND deals.lease IS NULL AND deals.doubt IS NULL
               ORDER BY item.deal_id LIMIT :limit`,
        args: { jobId, afterDealId, limit },
      });
      return rows.map(toPlannedDeal);
    },

    /** But for those that have been sent, or are being sent, all the same. */
    async drop(jobId: string, dealIds: readonly number[]): Promise<void> {
      await client.execute({
        sql: `DELETE FROM job_items WHERE job_id = :jobId AND deal_id IN (
                SELECT id FROM deals WHERE id IN (SELECT value FROM json_each(:dealIds))
                   AND status <> 'delivered' AND lease IS NULL AND doubt IS NULL)`,
        args: { jobId, dealIds: toJson(dealIds) },
      });
    },

    /** How many are released and not settled yet, by their accounts. */
    async waiting(jobId: string): Promise<Map<string, number>> {
      const { rows } = await client.execute({
        sql: `SELECT deals.account_id, count(*) AS count FROM ${ITEMS}
               WHERE item.job_id = :jobId AND item.action IN ('creating', 'updating') GROUP BY deals.account_id`,
        args: { jobId },
      });
      return new Map(rows.map((row) => [String(row["account_id"]), Number(row["count"])]));
    },

    async counts(jobId: string): Promise<ItemCounts> {
      const { rows } = await client.execute({
        sql: `SELECT ${STATE} AS state, count(*) AS count FROM ${ITEMS} WHERE item.job_id = :jobId GROUP BY 1`,
        args: { jobId },
      });
      const counts: ItemCounts = { created: 0, updated: 0, there: 0, failed: 0, waiting: 0 };
      for (const row of rows) {
        const { state, count } = countRow.parse(row);
        counts[toCounted(state)] += count;
      }
      return counts;
    },

    async failed(jobId: string, afterDealId: number, limit: number): Promise<FailedItem[]> {
      const { rows } = await client.execute({
        sql: `SELECT item.deal_id, deals.key, ${STATE} AS state, deals.status, deals.reason_code, deals.reason FROM ${ITEMS}
               WHERE item.job_id = :jobId AND item.deal_id > :afterDealId AND ${STATE} LIKE 'failed%'
               ORDER BY item.deal_id LIMIT :limit`,
        args: { jobId, afterDealId, limit },
      });
      return rows.map(toFailedItem);
    },
  };
}

function toPlannedDeal(value: unknown): PlannedDeal {
  const { deal_id: dealId, key } = plannedRow.parse(value);
  return { dealId, key };
}

function toCounted(state: string): keyof ItemCounts {
  if (state === "created" || state === "updated" || state === "there") return state;
  return state.startsWith("failed") ? "failed" : "waiting";
}

function toFailedItem(value: unknown): FailedItem {
  const row = failedRow.parse(value);
  const failure = row.state.startsWith("failed:") ? row.state.slice("failed:".length) : null;
  return {
    dealId: row.deal_id,
    guid: row.key,
    failure,
    status: row.status,
    code: row.reason_code,
    message: row.reason,
  };
}
