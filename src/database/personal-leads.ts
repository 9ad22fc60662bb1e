/** What leads say of people: those kept long enough, those of one person, and its removal. */
import type { Client } from "@libsql/client";
import { toJson } from "./json.ts";

export interface PersonalLead {
  id: number;
  connectionId: string;
  kind: "call" | "request";
  leadId: number;
  sealed: string | null;
}

const COLUMNS = "id, connection_id, kind, lead_id, sealed";
/** One that was still to be placed is not placed any more, and a journal that tells of it again changes nothing. */
const IS_OPEN = "status IN ('waiting', 'due')";
const FORGOTTEN = `sealed = NULL, contact_hashes = '[]', personal_at = NULL,
  reason_code = CASE WHEN ${IS_OPEN} THEN 'FORGOTTEN' ELSE reason_code END,
  reason = CASE WHEN ${IS_OPEN} THEN 'Данные клиента удалены по его просьбе' ELSE reason END,
  status = CASE WHEN ${IS_OPEN} THEN 'skipped' ELSE status END`;

export function createPersonalLeads(client: Client) {
  return {
    /**
     * Leaves of leads received at this instant or before what recognises the client; returns how many. One that is still
     * to be placed keeps what it needs.
     */
    async expire(before: number, limit: number): Promise<number> {
      const { rowsAffected } = await client.execute({
        sql: `UPDATE leads SET sealed = NULL, personal_at = NULL
               WHERE id IN (SELECT id FROM leads INDEXED BY leads_personal
                             WHERE personal_at IS NOT NULL AND personal_at <= :before AND status <> 'due'
                             ORDER BY personal_at LIMIT :limit)`,
        args: { before, limit },
      });
      return rowsAffected;
    },

    /** Leads that know one of these contacts by its hash, after the one with this id. Walks through all leads. */
    async findByHashes(hashes: readonly string[], afterId: number, limit: number): Promise<PersonalLead[]> {
      const { rows } = await client.execute({
        sql: `SELECT ${COLUMNS} FROM leads
               WHERE id > :afterId
                 AND EXISTS (SELECT 1 FROM json_each(:hashes) AS hash WHERE instr(leads.contact_hashes, hash.value) > 0)
               ORDER BY id LIMIT :limit`,
        args: { afterId, limit, hashes: toJson(hashes) },
      });
      return rows.map(toPersonalLead);
    },

    /** A page of the leads that still say anything, after the one with this id. */
    async listAfter(afterId: number, limit: number): Promise<PersonalLead[]> {
      const { rows } = await client.execute({
        sql: `SELECT ${COLUMNS} FROM leads WHERE id > :afterId AND sealed IS NOT NULL ORDER BY id LIMIT :limit`,
        args: { afterId, limit },
      });
      return rows.map(toPersonalLead);
    },

    /** Leaves nothing a person could be recognised by, not even in leads that are still to be placed. */
    async forget(ids: readonly number[]): Promise<void> {
      await client.execute({
        sql: `UPDATE leads SET ${FORGOTTEN} WHERE id IN (SELECT value FROM json_each(:ids))`,
        args: { ids: toJson(ids) },
      });
    },
  };
}

function toPersonalLead({ id, connection_id, kind, lead_id, sealed }: Record<string, unknown>): PersonalLead {
  return {
    id: Number(id),
    connectionId: String(connection_id),
    kind: kind === "call" ? "call" : "request",
    leadId: Number(lead_id),
    sealed: sealed === null ? null : String(sealed),
  };
}
