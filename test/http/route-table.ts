/** Every route of the bridge, as the app itself knows them. */
import { adapters } from "../../adapters/index.ts";
import { createDatabase } from "../../src/database/database.ts";
import { createApp } from "../../src/http/app.ts";
import { createFailures } from "../../src/http/failures.ts";
import { createWrappedKeys, openVault } from "../../src/vault.ts";
import { ADMIN_TOKEN, CALLTOUCH_URL, ENCRYPTION_KEY, type Scene } from "../scene.ts";

export interface Route {
  method: string;
  /** With its parameters as they were declared: `/admin/accounts/:id`. */
  path: string;
}

export async function readRoutes({ platform, client }: Scene): Promise<Route[]> {
  const { randomBytes } = platform;
  const vault = await openVault(ENCRYPTION_KEY, await createWrappedKeys(ENCRYPTION_KEY, randomBytes), randomBytes);
  const app = createApp({
    platform,
    database: createDatabase(client),
    vault,
    adapters: new Map(adapters.map((adapter) => [adapter.id, adapter])),
    adminToken: ADMIN_TOKEN,
    nudge: () => {},
    nudgeExchange: () => {},
    tick: async () => {},
    failures: createFailures(),
    calltouchUrl: CALLTOUCH_URL,
    erpUrls: {},
  });
  // A route stands there once for each of its handlers.
  const routes = new Map(app.routes.map(({ method, path }) => [`${method} ${path}`, { method, path }]));
  return [...routes.values()].filter(({ method }) => method !== "ALL");
}
