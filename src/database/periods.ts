/** The deals of a period, by their dates in Calltouch, as jobs and the reconciliation compare them. */
import type { Client } from "@libsql/client";
import * as z from "zod";
import { STATUSES } from "./schema.ts";

export interface PeriodDeal {
  id: number;
  key: string;
  accountId: string;
  siteId: string;
  orderNumber: string | null;
  calltouchId: number | null;
  orderAt: number;
  status: (typeof STATUSES)[number];
  reasonCode: string | null;
  reason: string | null;
  revision: number;
  closed: boolean;
  /** Calltouch has it, as far as the bridge knows. */
  isDelivered: boolean;
  /** It is being sent just now, or it is not known whether it was. */
  isInFlight: boolean;
  /** When anything about it was last written, as far as the row tells. */
  touchedAt: number;
  /** What is compared; null when Calltouch should not have it, or when it cannot be read. */
  wanted: ComparedDeal | null;
}

export interface ComparedDeal {
  status: string;
  revenueKopecks?: number;
  funnel?: string;
  manager?: string;
}

export interface SkippedReason {
  code: string;
  message: string;
  count: number;
}

const text = z.string().nullable();
const dealRow = z.object({
  id: z.number(),
  key: z.string(),
  account_id: z.string(),
  site_id: z.string(),
  order_number: text,
  calltouch_id: z.number().nullable(),
  order_at: z.number(),
  status: z.enum(STATUSES),
  reason_code: text,
  reason: text,
  revision: z.number(),
  closed: z.number(),
  is_delivered: z.number(),
  is_in_flight: z.number(),
  touched_at: z.number(),
  wanted_status: text,
  wanted_revenue: z.number().nullable(),
  wanted_funnel: text,
  wanted_manager: text,
});
const skippedRow = z.object({ code: text, message: text, count: z.number() });

const wanted = (field: string) => `CASE WHEN json_valid(wanted) THEN json_extract(wanted, '$.${field}') END`;

export function createPeriods(client: Client) {
  return {
    /** From `from` on and before `to`, the earliest first. */
    async deals(connectionId: string, from: number, to: number, limit: number): Promise<PeriodDeal[]> {
      const { rows } = await client.execute({
        sql: `SELECT id, key, account_id, site_id, order_number, calltouch_id, order_at, status, reason_code, reason,
                     revision, closed, delivered IS NOT NULL AS is_delivered, lease IS NOT NULL OR doubt IS NOT NULL AS is_in_flight,
                     max(created_at, coalesce(personal_at, 0), updated_in_calltouch_at) AS touched_at,
                     ${wanted("status")} AS wanted_status, ${wanted("revenueKopecks")} AS wanted_revenue,
                     ${wanted("funnel")} AS wanted_funnel, ${wanted("manager")} AS wanted_manager
                FROM deals INDEXED BY deals_by_order_at
               WHERE connection_id = :connectionId AND order_at >= :from AND order_at < :to
               ORDER BY order_at LIMIT :limit`,
        args: { connectionId, from, to, limit },
      });
      return rows.map(toPeriodDeal);
    },

    /** Of deals that were never folded into one, because nothing of them is to be sent: those entered in the period. */
    async skipped(connectionId: string, from: number, to: number): Promise<SkippedReason[]> {
      const { rows } = await client.execute({
        sql: `SELECT reason_code AS code, reason AS message, count(*) AS count
                FROM deals INDEXED BY deals_held_of_connection
               WHERE connection_id = :connectionId AND status = 'held' AND order_at IS NULL AND EXISTS (
                 SELECT 1 FROM documents INDEXED BY documents_by_deal
                  WHERE documents.connection_id = deals.connection_id AND deal_key = deals.key
                    AND entered_at >= :from AND entered_at < :to)
               GROUP BY reason_code, reason ORDER BY count DESC, reason_code`,
        args: { connectionId, from, to },
      });
      return rows.map((row) => {
        const { code, message, count } = skippedRow.parse(row);
        return { code: code ?? "", message: message ?? "", count };
      });
    },
  };
}

function toPeriodDeal(value: unknown): PeriodDeal {
  const row = dealRow.parse(value);
  return {
    id: row.id,
    key: row.key,
    accountId: row.account_id,
    siteId: row.site_id,
    orderNumber: row.order_number,
    calltouchId: row.calltouch_id,
    orderAt: row.order_at,
    status: row.status,
    reasonCode: row.reason_code,
    reason: row.reason,
    revision: row.revision,
    closed: row.closed === 1,
    isDelivered: row.is_delivered === 1,
    isInFlight: row.is_in_flight === 1,
    touchedAt: row.touched_at,
    wanted: toCompared(row),
  };
}

function toCompared(row: z.infer<typeof dealRow>): ComparedDeal | null {
  if (row.wanted_status === null) return null;
  return {
    status: row.wanted_status,
    ...(row.wanted_revenue === null ? {} : { revenueKopecks: row.wanted_revenue }),
    ...(row.wanted_funnel === null ? {} : { funnel: row.wanted_funnel }),
    ...(row.wanted_manager === null ? {} : { manager: row.wanted_manager }),
  };
}
