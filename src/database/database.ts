/** One database: what drizzle builds and what libSQL runs. The only folder that knows SQL. */
import type { Client } from "@libsql/client";
import { createAccounts } from "./accounts.ts";
import { createAudit } from "./audit.ts";
import { createClaims } from "./claims.ts";
import { createConnections } from "./connections.ts";
import { createDeals } from "./deals.ts";
import { createDocuments } from "./documents.ts";
import { createErpKeys } from "./erp-keys.ts";
import { createKeyring } from "./keyring.ts";
import { createOrm } from "./orm.ts";
import { createPersonalData } from "./personal-data.ts";
import { createSlots } from "./slots.ts";

export type Database = ReturnType<typeof createDatabase>;

export function createDatabase(client: Client) {
  const orm = createOrm(client);
  return {
    keyring: createKeyring(orm),
    accounts: createAccounts(client, orm),
    connections: createConnections(client, orm),
    erpKeys: createErpKeys(orm),
    audit: createAudit(orm),
    documents: createDocuments(client, orm),
    claims: createClaims(client),
    deals: createDeals(client, orm),
    slots: createSlots(client),
    personalData: createPersonalData(client, orm),
    /** @throws when the database does not answer. */
    ping: async () => {
      await client.execute("SELECT 1");
    },
  };
}
