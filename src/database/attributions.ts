/** Whose advertising source is to be asked for, and what was learnt of it. */
import type { Client } from "@libsql/client";
import { asc, sql } from "drizzle-orm";
import * as z from "zod";
import { type Attribution, attribution } from "../attribution/attribution.ts";
import { type Deal, deal } from "../deal.ts";
import type { Account } from "./accounts.ts";
import { createAttributionFeed } from "./attribution-feed.ts";
import { readableJson, toJson } from "./json.ts";
import type { Orm } from "./orm.ts";
import { accounts } from "./schema.ts";

export type { FeedRow } from "./attribution-feed.ts";

/** Asked about together; what remains is taken up by the next run. */
export const ASKED_DEALS_MAX = 5_000;
/** Nobody else asks about it until then; whoever does afterwards has it, and what the former one learns is not stored. */
export interface Hold {
  now: number;
  heldUntil: number;
}

export type CustomSource = Deal["matching"]["customSource"];

export interface AskedDeal {
  id: number;
  connectionId: string;
  siteId: string;
  orderNumber: string;
  orderAt: number;
  calltouchId: number | null;
  /** How many times it has been asked about. */
  step: number;
  /** As last seen; null before the first time. */
  attribution: Attribution | null;
  /** Our own fallback sources, as Calltouch was or is to be told. */
  customSources: CustomSource[];
  hasContacts: boolean;
}

export interface HeldDeal extends AskedDeal {
  /** When it was to be asked about; null: not any more. */
  askAt: number | null;
}

/** What one asking came to. */
export interface LearntAttribution {
  id: number;
  step: number;
  /** When to ask again; null: not any more. */
  askAt: number | null;
  /** Given only when it has changed: then it goes to the end of the connection's feed. */
  changed?: Attribution;
  isRematch: boolean;
}

const readAskAt = (value: unknown) => z.number().nullable().parse(value);
const customSource = deal.shape.matching.shape.customSource;

const askedRow = z.object({
  id: z.number(),
  connection_id: z.string(),
  site_id: z.string(),
  order_number: z.string(),
  order_at: z.number(),
  calltouch_id: z.number().nullable(),
  attribution_step: z.number(),
  attribution: readableJson(attribution),
  wanted_source: readableJson(customSource),
  delivered_source: readableJson(customSource),
  has_contacts: z.number(),
});

/** There is nothing to learn of a deal that Calltouch does not have, or whose connection is gone. */
const IS_ASKABLE = `closed = 0 AND delivered IS NOT NULL AND order_number IS NOT NULL AND order_at IS NOT NULL
                    AND EXISTS (SELECT 1 FROM connections WHERE connections.id = deals.connection_id)`;
const sourceIn = (column: "wanted" | "delivered") =>
  `CASE WHEN json_valid(${column}) THEN json_extract(${column}, '$.matching.customSource') END AS ${column}_source`;
const ASKED = `id, connection_id, site_id, order_number, order_at, calltouch_id, attribution, attribution_step,
               ${sourceIn("wanted")}, ${sourceIn("delivered")},
               sealed IS NOT NULL AND contact_hashes <> '[]' AS has_contacts, attribution_at`;

export function createAttributions(client: Client, orm: Orm) {
  return {
    ...createAttributionFeed(client),

    /** Of each site with deals to ask about one account that is not paused. */
    async dueAccounts(now: number): Promise<Account[]> {
      const isDue = sql`EXISTS (SELECT 1 FROM deals INDEXED BY deals_attribution_due
                                 WHERE deals.site_id = ${accounts.siteId} AND deals.attribution_at <= ${now})`;
      const found = await orm
        .select()
        .from(accounts)
        .where(sql`${accounts.pausedUntil} <= ${now} AND ${isDue}`)
        .orderBy(asc(accounts.createdAt), asc(accounts.id));
      return found.filter(({ siteId }, index) => found.findIndex((each) => each.siteId === siteId) === index);
    },

    /** Takes the deals of a site that are to be asked about, those that have waited longest. */
    async holdDue(siteId: string, { now, heldUntil }: Hold): Promise<AskedDeal[]> {
      const { rows } = await client.execute({
        sql: `UPDATE deals SET attribution_at = CASE WHEN ${IS_ASKABLE} THEN :heldUntil END
               WHERE id IN (SELECT id FROM deals INDEXED BY deals_attribution_due
                             WHERE site_id = :siteId AND attribution_at <= :now
                             ORDER BY attribution_at LIMIT :max)
           RETURNING ${ASKED}`,
        args: { siteId, now, heldUntil, max: ASKED_DEALS_MAX },
      });
      return rows.filter((row) => row["attribution_at"] !== null).map(toAskedDeal);
    },

    /** Takes these deals of a connection, whenever they were to be asked about. */
    async hold(connectionId: string, ids: readonly number[], heldUntil: number): Promise<HeldDeal[]> {
      // By their ids: it would rather walk through the connection.
      const these = `id IN (SELECT value FROM json_each(:ids)) AND +connection_id = :connectionId AND ${IS_ASKABLE}`;
      const args = { connectionId, ids: JSON.stringify(ids) };
      const [asked] = await client.batch(
        [
          { sql: `SELECT ${ASKED} FROM deals WHERE ${these}`, args },
          { sql: `UPDATE deals SET attribution_at = :heldUntil WHERE ${these}`, args: { ...args, heldUntil } },
        ],
        "write",
      );
      return (asked?.rows ?? []).map((row) => ({ ...toAskedDeal(row), askAt: readAskAt(row["attribution_at"]) }));
    },

    /**
     * Writes down what was learnt of deals that are still held. One writer at a time has the database, so what changed
     * later has a greater number in the feed, and no reader can have passed it. A deal is matched again only when it is
     * at rest, and in a trial never; `isByHand`: also where the automatic exchange is off. Returns which are.
     */
    async save(learnt: readonly LearntAttribution[], { now, heldUntil }: Hold, isByHand = false): Promise<number[]> {
      if (learnt.length === 0) return [];
      const rematched = learnt.filter(({ isRematch }) => isRematch).map(({ id }) => id);
      const [due] = await client.batch(
        [
          {
            sql: `UPDATE deals SET rematch = 1, status = 'due', due_at = :now
                   WHERE id IN (SELECT value FROM json_each(:ids)) AND attribution_at = :heldUntil
                     AND status = 'delivered' AND lease IS NULL AND closed = 0 AND wanted IS NOT NULL
                     AND EXISTS (SELECT 1 FROM connections WHERE connections.id = deals.connection_id AND dry_run = 0)
                     AND (:isByHand OR EXISTS (
                       SELECT 1 FROM accounts WHERE accounts.id = deals.account_id AND auto_exchange = 1))
               RETURNING id`,
            args: { ids: JSON.stringify(rematched), now, heldUntil, isByHand: isByHand ? 1 : 0 },
          },
          {
            sql: `UPDATE deals SET
                    attribution_step = r.value->>'step',
                    attribution_at = r.value->>'askAt',
                    attribution = coalesce(r.value->>'changed', attribution),
                    attribution_seq = CASE WHEN r.value->>'changed' IS NULL THEN attribution_seq ELSE r.value->>'place' + coalesce(
                      (SELECT max(fed.attribution_seq) FROM deals AS fed INDEXED BY deals_attribution_feed
                        WHERE fed.connection_id = deals.connection_id AND fed.attribution_seq > 0), 0) END
                   FROM json_each(:learnt) AS r
                  WHERE deals.id = r.value->>'id' AND deals.attribution_at = :heldUntil`,
            args: { learnt: toJson(learnt.map(toLearntRow)), heldUntil },
          },
        ],
        "write",
      );
      return (due?.rows ?? []).map((row) => Number(row["id"]));
    },

    /** Deals that are still held are asked about again then. */
    async postpone(ids: readonly number[], heldUntil: number, askAt: number): Promise<void> {
      await client.execute({
        sql: `UPDATE deals SET attribution_at = :askAt
               WHERE id IN (SELECT value FROM json_each(:ids)) AND attribution_at = :heldUntil`,
        args: { ids: JSON.stringify(ids), heldUntil, askAt },
      });
    },
  };
}

function toAskedDeal(value: unknown): AskedDeal {
  const row = askedRow.parse(value);
  return {
    id: row.id,
    connectionId: row.connection_id,
    siteId: row.site_id,
    orderNumber: row.order_number,
    orderAt: row.order_at,
    calltouchId: row.calltouch_id,
    step: row.attribution_step,
    attribution: row.attribution,
    customSources: [row.wanted_source, row.delivered_source].filter((source) => source !== null),
    hasContacts: row.has_contacts === 1,
  };
}

/** `place` keeps the changes of one write apart. */
function toLearntRow({ id, step, askAt, changed }: LearntAttribution, index: number) {
  return { id, step, askAt, changed: changed === undefined ? null : toJson(changed), place: index + 1 };
}
