/** What the bridges of a 1C scenario find in their database: two accounts of one site, and a base for each. */
import { alfaAuto } from "../../adapters/alfa-auto/index.ts";
import { dalion } from "../../adapters/dalion/index.ts";
import type { Adapter } from "../../src/adapter.ts";
import type { Connection } from "../../src/database/connections.ts";
import type { Database } from "../../src/database/database.ts";
import { sealToken } from "../../src/token.ts";
import { openVault } from "./process.ts";
import type { Scenario } from "./scenario.ts";

export const SITE = { siteId: "41234", token: "site-token" };
/** They share the site's points and its order numbers. */
export const ACCOUNT_IDS = ["account-a", "account-b"] as const;
export const connectionOf = (family: number) => `connection-${family % ACCOUNT_IDS.length}`;
const CREATED_AT = Date.UTC(2026, 10, 22, 9);

const ADAPTERS: Record<Scenario["kind"], Adapter> = { "alfa-auto": alfaAuto, dalion };
export const adapterOf = ({ kind }: Pick<Scenario, "kind">): Adapter => ADAPTERS[kind];

export async function seed(database: Database, scenario: Scenario): Promise<Connection[]> {
  const connections: Connection[] = [];
  for (const [index, accountId] of ACCOUNT_IDS.entries()) {
    await database.accounts.insert({
      id: accountId,
      name: accountId,
      siteId: SITE.siteId,
      token: await sealToken(openVault, accountId, SITE.token),
      timeZone: "Europe/Moscow",
      hourlyPoints: scenario.hourlyPoints,
      dailyPoints: scenario.dailyPoints,
      requestPoints: 1,
      livePercent: 10,
      listingLagMs: scenario.listingLagMs + 2_000,
      createdAt: CREATED_AT,
    });
    const connection: Connection = {
      id: connectionOf(index),
      adapter: adapterOf(scenario).id,
      name: connectionOf(index),
      accountId,
      timeZone: "Europe/Moscow",
      sinceAt: 0,
      dryRun: false,
      settings: {},
      infobases: [],
      createdAt: CREATED_AT,
      reviewAfter: null,
      secrets: null,
      policy: 0,
      hookVersion: 0,
    };
    const key = { id: accountId, connectionId: connection.id, hash: "", createdAt: CREATED_AT };
    await database.connections.insert(connection, key);
    connections.push(connection);
  }
  return connections;
}
