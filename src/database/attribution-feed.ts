/** The changes of attributions in the order in which ERPs read them. */
import type { Client } from "@libsql/client";
import * as z from "zod";
import { type Attribution, attribution } from "../attribution/attribution.ts";
import { readableJson } from "./json.ts";

/** How many changes one reading of the feed looks through; most of them may be unmatched. */
export const FEED_SCANNED_MAX = 1_000;
/** Other documents of one deal that are named in the feed. */
const GUIDS_MAX = 20;

export interface FeedRow {
  seq: number;
  guid: string;
  /** Of the deal's other documents. */
  guids: string[];
  orderNumber: string | null;
  calltouchId: number | null;
  attribution: Attribution;
}

export interface Feed {
  rows: FeedRow[];
  /** Everything up to here has been looked through. */
  scannedTo: number;
  /** There may be more after it. */
  more: boolean;
  /** It has been asked for from a place that the feed has not reached: the database is older than the one that gave it. */
  isAhead: boolean;
}

const feedRow = z.object({
  attribution_seq: z.number(),
  key: z.string(),
  guids: readableJson(z.array(z.string())),
  order_number: z.string().nullable(),
  calltouch_id: z.number().nullable(),
  attribution: readableJson(attribution),
});

export function createAttributionFeed(client: Client) {
  return {
    /** What has changed in a connection after `afterSeq`, the earliest first; what is unmatched only when it is wanted. */
    async feed(connectionId: string, afterSeq: number, withUnmatched: boolean): Promise<Feed> {
      const { rows } = await client.execute({
        sql: `SELECT attribution_seq, key, order_number, calltouch_id, attribution,
                     CASE WHEN attribution IS NOT NULL THEN (SELECT json_group_array(guid) FROM (
                       SELECT guid FROM documents INDEXED BY documents_by_deal
                        WHERE documents.connection_id = scanned.connection_id AND deal_key = scanned.key AND guid <> scanned.key
                        ORDER BY guid LIMIT :guids)) END AS guids
                FROM (SELECT attribution_seq, connection_id, key, order_number, calltouch_id,
                             CASE WHEN :withUnmatched OR attribution->>'matched' THEN attribution END AS attribution
                        FROM deals INDEXED BY deals_attribution_feed
                       WHERE connection_id = :connectionId AND attribution_seq > :afterSeq
                       ORDER BY attribution_seq LIMIT :scanned) AS scanned
               ORDER BY attribution_seq`,
        args: {
          connectionId,
          afterSeq,
          withUnmatched: withUnmatched ? 1 : 0,
          guids: GUIDS_MAX,
          scanned: FEED_SCANNED_MAX,
        },
      });
      const scanned = rows.map((row) => feedRow.parse(row));
      const isAhead = scanned.length === 0 && afterSeq > (await lastSeq(connectionId));
      return {
        rows: scanned.flatMap(({ attribution: known, ...row }) => (known ? [toFeedRow(row, known)] : [])),
        scannedTo: scanned.at(-1)?.attribution_seq ?? afterSeq,
        more: scanned.length === FEED_SCANNED_MAX,
        isAhead,
      };
    },
  };

  async function lastSeq(connectionId: string): Promise<number> {
    const { rows } = await client.execute({
      sql: `SELECT max(attribution_seq) AS last FROM deals INDEXED BY deals_attribution_feed
             WHERE connection_id = :connectionId AND attribution_seq IS NOT NULL`,
      args: { connectionId },
    });
    return Number(rows[0]?.["last"] ?? 0);
  }
}

function toFeedRow(row: Omit<z.infer<typeof feedRow>, "attribution">, known: Attribution): FeedRow {
  return {
    seq: row.attribution_seq,
    guid: row.key,
    guids: row.guids ?? [],
    orderNumber: row.order_number,
    calltouchId: row.calltouch_id,
    attribution: known,
  };
}
