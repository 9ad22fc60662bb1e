/** Accounts and connections, for the operator. Secrets go in and never come out; a key is shown once. */
import { Hono } from "hono";
import { AppError } from "../error.ts";
import { dayStart, hourStart } from "../zone.ts";
import { createAccountRoutes, toAccountView } from "./accounts.ts";
import { createAuditRoutes } from "./audit.ts";
import { authenticateAdmin } from "./auth.ts";
import { createConnectionRoutes } from "./connections.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { createDealRoutes } from "./deals.ts";
import { createKeyRoutes } from "./keys.ts";
import { createLeadRoutes } from "./leads.ts";
import { createReconciliationRoutes } from "./reconciliation.ts";
import { createRuleRoutes } from "./rules.ts";
import { createSetupRoutes } from "./setup.ts";
import { toTroubleView } from "./trouble.ts";

export function createAdminRoutes(dependencies: HttpDependencies) {
  const { platform, database } = dependencies;
  const routes = new Hono<HttpEnv>();
  routes.use(async (c, next) => {
    const role = await authenticateAdmin(c.req.raw, dependencies);
    if (role === "read" && c.req.method !== "GET") {
      throw new AppError(403, "READ_ONLY", "Этот токен только для просмотра. Для изменений нужен полный");
    }
    await next();
  });

  routes.route("/accounts", createAccountRoutes(dependencies));
  routes.route("/connections", createConnectionRoutes(dependencies));
  routes.route("/connections", createKeyRoutes(dependencies));
  routes.route("/connections", createRuleRoutes(dependencies));
  routes.route("/connections", createReconciliationRoutes(dependencies));
  routes.route("/deals", createDealRoutes(dependencies));
  routes.route("/leads", createLeadRoutes(dependencies));
  routes.route("/", createSetupRoutes(dependencies));
  routes.route("/audit", createAuditRoutes(dependencies));

  routes.get("/summary", async (c) => {
    const now = platform.now();
    const accounts = await Promise.all(
      (await database.accounts.list()).map(async (account) => {
        const { timeZone, siteId } = account;
        const used = await database.slots.used(siteId, dayStart(now, timeZone), hourStart(now, timeZone));
        return { ...toAccountView(account), points: { hourUsed: used.hour, dayUsed: used.day } };
      }),
    );
    return c.json({
      accounts,
      deals: await database.deals.countByStatus(),
      leads: await database.leads.countByStatus(),
      exchanges: (await database.exchanges.troubled()).map(({ connectionId, name, ...trouble }) => ({
        connectionId,
        name,
        ...toTroubleView(trouble),
      })),
    });
  });

  return routes;
}
