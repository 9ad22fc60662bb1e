/** One database: what drizzle builds and what libSQL runs. The only folder that knows SQL. */
import type { Client } from "@libsql/client";
import { createAccounts } from "./accounts.ts";
import { createActedDeals } from "./acted-deals.ts";
import { createAttributions } from "./attributions.ts";
import { createAudit } from "./audit.ts";
import { createClaims } from "./claims.ts";
import { createConnections } from "./connections.ts";
import { createDeals } from "./deals.ts";
import { createDocuments } from "./documents.ts";
import { createErpKeys } from "./erp-keys.ts";
import { createExchanges } from "./exchanges.ts";
import { createJobItems } from "./job-items.ts";
import { createJobs } from "./jobs.ts";
import { createJournals } from "./journals.ts";
import { createKeyring } from "./keyring.ts";
import { createLeads } from "./leads.ts";
import { createOrm } from "./orm.ts";
import { createPeriods } from "./periods.ts";
import { createPersonalData } from "./personal-data.ts";
import { createReviews } from "./reviews.ts";
import { createRules } from "./rules.ts";
import { createSlots } from "./slots.ts";

export type Database = ReturnType<typeof createDatabase>;

export function createDatabase(client: Client) {
  const orm = createOrm(client);
  return {
    keyring: createKeyring(orm),
    accounts: createAccounts(client, orm),
    connections: createConnections(client, orm),
    rules: createRules(orm),
    reviews: createReviews(orm),
    erpKeys: createErpKeys(orm),
    audit: createAudit(orm),
    documents: createDocuments(client, orm),
    claims: createClaims(client),
    deals: createDeals(client, orm),
    actedDeals: createActedDeals(client, orm),
    attributions: createAttributions(client, orm),
    slots: createSlots(client),
    periods: createPeriods(client),
    jobs: createJobs(client, orm),
    jobItems: createJobItems(client),
    exchanges: createExchanges(client, orm),
    leads: createLeads(client, orm),
    journals: createJournals(client, orm),
    personalData: createPersonalData(client, orm),
    /** @throws when the database does not answer. */
    ping: async () => {
      await client.execute("SELECT 1");
    },
  };
}
