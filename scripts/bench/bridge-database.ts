/** The bridge's database from outside: what it has stored, and the minutes that a measurement does not wait for. */
import { createClient } from "@libsql/client";

const BUSY_TIMEOUT_MS = 5_000;

export function openBridgeDatabase(databaseUrl: string) {
  const client = createClient({ url: databaseUrl, timeout: BUSY_TIMEOUT_MS });
  const count = async (sql: string, args: (string | number)[] = []): Promise<number> =>
    Number((await client.execute({ sql, args })).rows[0]?.[0]);

  return {
    /** Whether this call waits for its turn to become an order. */
    hasDueLead: async (leadId: number) =>
      (await count("SELECT count(*) FROM leads WHERE lead_id = ? AND status = 'due'", [leadId])) === 1,
    dueLeads: () => count("SELECT count(*) FROM leads WHERE status = 'due'"),
    /** Whether a webhook's news of this order waits to be read. */
    hasOrderEvent: async (orderId: string) =>
      (await count("SELECT count(*) FROM hook_events WHERE instr(key, ?) > 0", [orderId])) === 1,
    isPaused: async (now: number) => (await count("SELECT count(*) FROM exchanges WHERE paused_until > ?", [now])) > 0,
    /** Five minutes pass for the polls. */
    letPollsBeDue: async () => void (await client.execute("UPDATE exchanges SET poll_at = 0")),
    /** Whether the poll has come to its end, and so has the run it was part of. */
    hasPolled: async (now: number) =>
      (await count("SELECT count(*) FROM exchanges WHERE poll_at > ? AND lease IS NULL", [now])) > 0,
    /** The first asking is due for every deal. */
    letAttributionsBeDue: async () => void (await client.execute("UPDATE deals SET attribution_at = 1")),
    dealsAsked: () => count("SELECT count(*) FROM deals WHERE attribution_step > 0"),
    dealsDelivered: () => count("SELECT count(*) FROM deals WHERE status = 'delivered' AND delivered IS NOT NULL"),
    close: () => client.close(),
  };
}
