/** Personal data kept with deals, documents and leads: what has been kept long enough, whose it is, and its removal. */
import type { Client } from "@libsql/client";
import { sql } from "drizzle-orm";
import { toJson } from "./json.ts";
import type { Orm } from "./orm.ts";
import { createPersonalLeads } from "./personal-leads.ts";
import { connections, documents } from "./schema.ts";

/** A deal as it was read; it is stripped only if it is still the same. */
export interface PersonalDeal {
  id: number;
  connectionId: string;
  key: string;
  revision: number;
  personalAt: number | null;
  /** Null when its connection has been deleted. */
  adapter: string | null;
}

export interface SealedDocument {
  connectionId: string;
  guid: string;
  dealKey: string;
  sealed: string;
  stripped: boolean;
  adapter: string | null;
}

/** `before` is the sealed text that was opened; `sealed` takes its place. */
export interface StrippedDocument {
  connectionId: string;
  guid: string;
  before: string;
  sealed: string;
}

export interface Strip {
  deals: readonly PersonalDeal[];
  documents: readonly StrippedDocument[];
}

const ADAPTER = "(SELECT adapter FROM connections WHERE connections.id = deals.connection_id)";
/** Nothing is to be sent, and nobody is about to find out what Calltouch has. */
const AT_REST = "status <> 'due' AND lease IS NULL AND doubt IS NULL";
/** Calltouch's own words may repeat what it was sent. */
const CLEARED = `sealed = NULL, personal_at = NULL, revision = deals.revision + 1, refusal = NULL,
  reason = CASE WHEN reason_code IN ('CALLTOUCH_REFUSED', 'CALLTOUCH_INVALID') THEN 'Calltouch отклонил сделку'
                ELSE reason END`;

export function createPersonalData(client: Client, orm: Orm) {
  const document = {
    connectionId: documents.connectionId,
    guid: documents.guid,
    dealKey: documents.dealKey,
    sealed: documents.sealed,
    stripped: documents.stripped,
    adapter: connections.adapter,
  };

  /** A new revision of each deal, so that an ingest which has read the contacts reads again. */
  async function strip(stripped: Strip, condition: string, cleared: string): Promise<number> {
    const [done] = await client.batch(
      [
        {
          sql: `UPDATE deals SET ${cleared} FROM json_each(:deals) AS r
                 WHERE deals.id = r.value->>'id' AND deals.revision = r.value->>'revision' AND ${condition}`,
          args: { deals: toJson(stripped.deals) },
        },
        {
          // Only beside a deal that was stripped just now; and a state that came after the reading is another text.
          sql: `UPDATE documents SET sealed = r.value->>'sealed', stripped = 1
                  FROM json_each(:documents) AS r
                 WHERE documents.connection_id = r.value->>'connectionId' AND documents.guid = r.value->>'guid'
                   AND documents.sealed = r.value->>'before'
                   AND EXISTS (SELECT 1 FROM deals WHERE deals.connection_id = documents.connection_id
                                  AND deals.key = documents.deal_key AND deals.personal_at IS NULL)`,
          args: { documents: toJson(stripped.documents) },
        },
      ],
      "write",
    );
    return done?.rowsAffected ?? 0;
  }

  return {
    leads: createPersonalLeads(client),

    /** Deals at rest whose last change was at this instant or before, longest kept first. */
    async expired(before: number, limit: number): Promise<PersonalDeal[]> {
      const { rows } = await client.execute({
        sql: `SELECT id, connection_id, key, revision, personal_at, ${ADAPTER} AS adapter
                FROM deals INDEXED BY deals_personal
               WHERE personal_at IS NOT NULL AND ${AT_REST} AND personal_at <= :before
               ORDER BY personal_at LIMIT :limit`,
        args: { before, limit },
      });
      return rows.map(toPersonalDeal);
    },

    /** Deals that know one of these contacts by its hash, after the one with this id. Walks through all deals. */
    async findByHashes(hashes: readonly string[], afterId: number, limit: number): Promise<PersonalDeal[]> {
      const { rows } = await client.execute({
        sql: `SELECT id, connection_id, key, revision, personal_at, ${ADAPTER} AS adapter FROM deals
               WHERE id > :afterId
                 AND EXISTS (SELECT 1 FROM json_each(:hashes) AS hash WHERE instr(deals.contact_hashes, hash.value) > 0)
               ORDER BY id LIMIT :limit`,
        args: { afterId, limit, hashes: toJson(hashes) },
      });
      return rows.map(toPersonalDeal);
    },

    /** The deals with these keys. */
    async findByKeys(connectionId: string, keys: readonly string[]): Promise<PersonalDeal[]> {
      const { rows } = await client.execute({
        sql: `SELECT id, connection_id, key, revision, personal_at, ${ADAPTER} AS adapter FROM deals
               WHERE connection_id = :connectionId AND key IN (SELECT value FROM json_each(:keys))`,
        args: { connectionId, keys: toJson(keys) },
      });
      return rows.map(toPersonalDeal);
    },

    /** All documents of these deals. */
    documentsOf: (list: readonly PersonalDeal[]): Promise<SealedDocument[]> =>
      orm
        .select(document)
        .from(documents)
        .leftJoin(connections, sql`${connections.id} = ${documents.connectionId}`)
        // CROSS and the index keep it from walking through all documents.
        .where(sql`(${documents.connectionId}, ${documents.guid}) IN (
          SELECT own.connection_id, own.guid
            FROM json_each(${toJson(list.map(({ connectionId, key }) => ({ connectionId, key })))}) AS r
      CROSS JOIN documents AS own INDEXED BY documents_by_deal
              ON own.connection_id = r.value->>'connectionId' AND own.deal_key = r.value->>'key')`),

    /** A page of all documents, in the order of their keys, after this one. */
    documentsAfter: (connectionId: string, guid: string, limit: number): Promise<SealedDocument[]> =>
      orm
        .select(document)
        .from(documents)
        .leftJoin(connections, sql`${connections.id} = ${documents.connectionId}`)
        .where(sql`(${documents.connectionId}, ${documents.guid}) > (${connectionId}, ${guid})`)
        .orderBy(documents.connectionId, documents.guid)
        .limit(limit),

    /** Leaves of these deals what is kept for good, the hashes of contacts too; returns how many. */
    expire: (stripped: Strip): Promise<number> => strip(stripped, AT_REST, CLEARED),

    /** Leaves nothing a person could be recognised by, even in deals that are due; returns how many. */
    forget: (stripped: Strip): Promise<number> =>
      strip(
        stripped,
        "TRUE",
        `${CLEARED}, contact_hashes = '[]', wanted = json_remove(wanted, '$.contactsDigest'),
         delivered = json_remove(delivered, '$.contactsDigest')`,
      ),

    /** Deals that could not be stripped are looked at again after the others. */
    async postpone(ids: readonly number[], personalAt: number): Promise<void> {
      await client.execute({
        sql: `UPDATE deals SET personal_at = :personalAt
               WHERE id IN (SELECT value FROM json_each(:ids)) AND personal_at < :personalAt`,
        args: { ids: toJson(ids), personalAt },
      });
    },
  };
}

function toPersonalDeal(row: Record<string, unknown>): PersonalDeal {
  const { id, connection_id, key, revision, personal_at, adapter } = row;
  return {
    id: Number(id),
    connectionId: String(connection_id),
    key: String(key),
    revision: Number(revision),
    personalAt: personal_at === null ? null : Number(personal_at),
    adapter: adapter === null ? null : String(adapter),
  };
}
