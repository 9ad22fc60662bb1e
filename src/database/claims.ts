/** Deals on their way to Calltouch: claimed and settled. Every settle names the lease the claim was made under. */
import type { Client } from "@libsql/client";
import * as z from "zod";
import { type DeliveredDeal, deliveredDeal, type WantedDeal, wantedDeal } from "../difference.ts";
import { LEASE_MS } from "./accounts.ts";
import { storedJson, toJson } from "./json.ts";
import { DOUBTS, STEPS } from "./schema.ts";

/** As many as Calltouch takes in one request. */
export const CLAIM_DEALS_MAX = 100;

/** When a new deal's attribution is asked for first: its lead may come a little later than the document. */
export const ATTRIBUTION_FIRST_MS = 300_000;

export type Step = (typeof STEPS)[number];

export interface ClaimedDeal {
  id: number;
  connectionId: string;
  key: string;
  adapter: string;
  orderNumber: string;
  orderAt: number;
  step: Step;
  revision: number;
  wanted: WantedDeal | null;
  delivered: DeliveredDeal | null;
  sealed: string | null;
  changedAt: number;
  updatedInCalltouchAt: number;
  closed: boolean;
  doubt: (typeof DOUBTS)[number] | null;
  doubtRevision: number | null;
  refusal: string | null;
  /** Calltouch is to look for its lead once more. */
  rematch: boolean;
}

/** How one send ended for one deal. What is left out stays as it is, but a doubt not repeated is over. */
export interface Settlement {
  id: number;
  /** The revision that was sent. A later one stays due whatever happened to this. */
  revision: number;
  status: "due" | "delivered" | "dead" | "held";
  dueAt: number;
  reasonCode?: string;
  reason?: string;
  /** What Calltouch has now; null when it no longer has the deal. */
  delivered?: DeliveredDeal | null;
  calltouchId?: number;
  updatedInCalltouchAt?: number;
  doubt?: { kind: (typeof DOUBTS)[number]; revision: number; refusal?: string };
  closed?: true;
  /** The lead has been looked for again, or cannot be. */
  isRematched?: true;
}

/** What a deal can be settled by when the rest of it cannot be read. */
const claimedIdentity = z.object({
  id: z.number(),
  revision: z.number(),
  doubt: z.enum(DOUBTS).nullable(),
  doubt_revision: z.number().nullable(),
  refusal: z.string().nullable(),
});

const claimedRow = claimedIdentity.extend({
  connection_id: z.string(),
  key: z.string(),
  adapter: z.string(),
  order_number: z.string().nullable(),
  order_at: z.number().nullable(),
  step: z.enum(STEPS),
  wanted: storedJson(wantedDeal),
  delivered: storedJson(deliveredDeal),
  sealed: z.string().nullable(),
  changed_at: z.number(),
  updated_in_calltouch_at: z.number(),
  closed: z.number(),
  rematch: z.number(),
});

/** Written by another version, say: sending the document again replaces what is wanted. */
export const UNREADABLE = {
  status: "dead",
  reasonCode: "UNREADABLE",
  reason: "Данные сделки не читаются. Отправьте документ ещё раз",
} as const;

/** Beside `r`, a settlement: the deal was kept from being sent while it was on its way, and now Calltouch has it as it is. */
const IS_HELD_IN_VAIN = `(status = 'held' AND reason_code IN ('AUTO_OFF', 'DRY_RUN') AND NOT rematch
                          AND wanted = r.value->>'delivered')`;

export function createClaims(client: Client) {
  /** Writes down how a send ended. A deal that someone else has taken in the meantime is left alone. */
  async function settle(lease: string, settlements: readonly Settlement[]): Promise<number> {
    if (settlements.length === 0) return 0;
    const { rowsAffected } = await client.execute({
      sql: `UPDATE deals SET
              lease = NULL,
              delivered = CASE WHEN r.value->>'setsDelivered' THEN r.value->>'delivered' ELSE delivered END,
              delivered_revision = CASE WHEN r.value->>'setsDelivered' THEN r.value->>'revision' ELSE delivered_revision END,
              calltouch_id = coalesce(r.value->>'calltouchId', calltouch_id),
              updated_in_calltouch_at = max(updated_in_calltouch_at, coalesce(r.value->>'updatedInCalltouchAt', 0)),
              doubt = r.value->>'doubt',
              doubt_revision = r.value->>'doubtRevision',
              refusal = r.value->>'refusal',
              closed = max(closed, coalesce(r.value->>'closed', 0)),
              personal_at = max(personal_at, r.value->>'dueAt'),
              status = CASE WHEN r.value->>'closed' AND wanted IS NOT NULL THEN 'dead'
                            WHEN ${IS_HELD_IN_VAIN} THEN 'delivered'
                            WHEN status <> 'due' THEN status
                            WHEN revision = r.value->>'revision' THEN r.value->>'status' ELSE 'due' END,
              reason_code = CASE WHEN ${IS_HELD_IN_VAIN} THEN NULL
                                 WHEN (status = 'due' AND revision = r.value->>'revision') OR r.value->>'closed'
                                 THEN r.value->>'reasonCode' ELSE reason_code END,
              reason = CASE WHEN ${IS_HELD_IN_VAIN} THEN NULL
                            WHEN (status = 'due' AND revision = r.value->>'revision') OR r.value->>'closed'
                            THEN r.value->>'reason' ELSE reason END,
              rematch = CASE WHEN r.value->>'isRematched' AND revision = r.value->>'revision' THEN 0 ELSE rematch END,
              attribution_at = CASE WHEN r.value->>'isRematched' AND rematch
                                    THEN min(coalesce(attribution_at, r.value->>'dueAt' + :firstLookMs),
                                             r.value->>'dueAt' + :firstLookMs)
                                    WHEN NOT r.value->>'setsDelivered' THEN attribution_at
                                    WHEN r.value->>'delivered' IS NULL THEN NULL
                                    WHEN delivered IS NULL AND attribution_at IS NULL
                                    THEN r.value->>'dueAt' + :firstLookMs ELSE attribution_at END,
              due_at = r.value->>'dueAt'
            FROM json_each(:settlements) AS r
           WHERE deals.id = r.value->>'id' AND deals.lease = :lease`,
      args: { lease, firstLookMs: ATTRIBUTION_FIRST_MS, settlements: toJson(settlements.map(toSettlementRow)) },
    });
    return rowsAffected;
  }

  return {
    settle,

    /**
     * Takes up to `max` due deals of one account and one step, the step that has waited longest, and says that the holder
     * is alive; null when the lease is lost. Deals in doubt are taken together whatever `max`: a lookup risks nothing and
     * costs the same for all. A deal that cannot be read is dead and does not hold up the others.
     */
    async claim(
      accountId: string,
      lease: string,
      now: number,
      max: number = CLAIM_DEALS_MAX,
    ): Promise<ClaimedDeal[] | null> {
      const [renewed, claimed] = await client.batch(
        [
          {
            sql: "UPDATE accounts SET lease_until = :until WHERE id = :accountId AND lease = :lease RETURNING id",
            args: { accountId, lease, until: now + LEASE_MS },
          },
          {
            sql: `WITH first AS (
                    SELECT step FROM deals INDEXED BY deals_due
                     WHERE account_id = :accountId AND status = 'due' AND lease IS NULL AND due_at <= :now
                     ORDER BY due_at LIMIT 1)
                  UPDATE deals SET lease = :lease
                   WHERE id IN (
                     SELECT id FROM deals INDEXED BY deals_due_step
                      WHERE account_id = :accountId AND status = 'due' AND lease IS NULL AND due_at <= :now
                        AND step = (SELECT step FROM first)
                      ORDER BY due_at LIMIT CASE WHEN (SELECT step FROM first) = 'lookup' THEN :all ELSE :max END)
                     AND EXISTS (SELECT 1 FROM accounts WHERE id = :accountId AND lease = :lease)
                  RETURNING id, connection_id, key, order_number, order_at, step, revision, wanted, delivered, sealed,
                            changed_at, updated_in_calltouch_at, closed, doubt, doubt_revision, refusal, rematch,
                            (SELECT adapter FROM connections WHERE connections.id = deals.connection_id) AS adapter`,
            args: { accountId, lease, now, max, all: CLAIM_DEALS_MAX },
          },
        ],
        "write",
      );
      if (!renewed?.rows.length) return null;
      const deals: ClaimedDeal[] = [];
      const unreadable: Settlement[] = [];
      for (const row of claimed?.rows ?? []) {
        const read = claimedRow.safeParse(row);
        if (read.success) deals.push(toClaimedDeal(read.data));
        else unreadable.push({ ...toIdentity(row), ...UNREADABLE, dueAt: now });
      }
      await settle(lease, unreadable);
      return deals.sort((left, right) => left.id - right.id);
    },

    /** Gives back everything still claimed under this lease: it was not sent. */
    async unclaim(accountId: string, lease: string): Promise<void> {
      await client.execute({
        sql: "UPDATE deals SET lease = NULL WHERE account_id = :accountId AND lease = :lease",
        args: { accountId, lease },
      });
    },

    /** Gives these back to be looked at again, not before `dueAt`; nothing else about them changes. */
    async postpone(lease: string, ids: readonly number[], dueAt: number): Promise<void> {
      await client.execute({
        sql: `UPDATE deals SET lease = NULL, due_at = max(due_at, :dueAt)
               WHERE id IN (SELECT value FROM json_each(:ids)) AND lease = :lease`,
        args: { lease, dueAt, ids: JSON.stringify(ids) },
      });
    },
  };
}

/** A doubt stays: Calltouch may have the deal whether we can read it or not. */
function toIdentity(row: unknown): Pick<Settlement, "id" | "revision" | "doubt"> {
  const { id, revision, doubt: kind, doubt_revision, refusal } = claimedIdentity.parse(row);
  if (kind === null) return { id, revision };
  const doubt = { kind, revision: doubt_revision ?? revision, ...(refusal === null ? {} : { refusal }) };
  return { id, revision, doubt };
}

function toClaimedDeal(claimed: z.infer<typeof claimedRow>): ClaimedDeal {
  return {
    id: claimed.id,
    connectionId: claimed.connection_id,
    key: claimed.key,
    adapter: claimed.adapter,
    // A deal becomes due only with a wanted deal, and every wanted deal has been given its number and date.
    orderNumber: claimed.order_number ?? "",
    orderAt: claimed.order_at ?? 0,
    step: claimed.step,
    revision: claimed.revision,
    wanted: claimed.wanted,
    delivered: claimed.delivered,
    sealed: claimed.sealed,
    changedAt: claimed.changed_at,
    updatedInCalltouchAt: claimed.updated_in_calltouch_at,
    closed: claimed.closed === 1,
    doubt: claimed.doubt,
    doubtRevision: claimed.doubt_revision,
    refusal: claimed.refusal,
    rematch: claimed.rematch === 1,
  };
}

function toSettlementRow(settlement: Settlement) {
  const { delivered, doubt } = settlement;
  return {
    id: settlement.id,
    revision: settlement.revision,
    status: settlement.status,
    dueAt: settlement.dueAt,
    reasonCode: settlement.reasonCode ?? null,
    reason: settlement.reason ?? null,
    setsDelivered: delivered === undefined ? 0 : 1,
    delivered: delivered ? JSON.stringify(delivered) : null,
    calltouchId: settlement.calltouchId ?? null,
    updatedInCalltouchAt: settlement.updatedInCalltouchAt ?? null,
    doubt: doubt?.kind ?? null,
    doubtRevision: doubt?.revision ?? null,
    refusal: doubt?.refusal ?? null,
    closed: settlement.closed ? 1 : 0,
    isRematched: settlement.isRematched ? 1 : 0,
  };
}
