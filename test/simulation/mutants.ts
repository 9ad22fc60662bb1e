/** Bridges with one mistake each, in what every ERP relies on. The simulation is worth what it catches of these. */
import type { Settlement } from "../../src/database/claims.ts";
import type { Mutation } from "./process.ts";

/** @throws when the statement it is about has changed, so that a mutant cannot quietly become the bridge itself. */
export function rewrite(marker: string, from: string, to: string): (sql: string) => string {
  return (sql) => {
    if (!sql.includes(marker)) return sql;
    if (!sql.includes(from)) throw new Error(`The mutant finds no "${from}" in: ${sql}`);
    return sql.replace(from, to);
  };
}

/** Changes what is written down about a send. */
function resettle(change: (settlement: Settlement) => Settlement): Mutation {
  return {
    database: (database) => ({
      ...database,
      claims: {
        ...database.claims,
        settle: (lease, settlements) => database.claims.settle(lease, settlements.map(change)),
      },
    }),
  };
}

const withoutDoubt = ({ doubt: _, ...settlement }: Settlement): Settlement => settlement;

export const alfaAutoMutants: Record<string, Mutation> = {
  "settle not fenced by the lease": {
    statement: rewrite("json_each(:settlements)", " AND deals.lease = :lease", ""),
  },
  "limit read and then used": {
    database: (database, world) => ({
      ...database,
      slots: {
        ...database.slots,
        async take(request) {
          const { hour, day } = await database.slots.used(request.siteId, request.dayAt, request.hourAt);
          if (hour + request.cost > request.hourlyPoints) return { kind: "hour-used-up" };
          if (day + request.cost > request.dailyPoints) return { kind: "day-used-up" };
          await world.gate("limit read");
          return database.slots.take({ ...request, hourlyPoints: 1e9, dailyPoints: 1e9 });
        },
      },
    }),
  },
  "refused treated as retry": resettle((settlement) =>
    settlement.doubt?.kind === "refused" ? withoutDoubt(settlement) : settlement,
  ),
  "5xx on create treated as retry": resettle((settlement) =>
    settlement.doubt?.kind === "unknown" ? withoutDoubt(settlement) : settlement,
  ),
  "no lookup after unknown": {
    fetch: (fetch) => async (request) =>
      request.method === "GET"
        ? Response.json({ page: 1, pageTotal: 1, pageSize: 1000, recordsTotal: 0, records: [] })
        : fetch(request),
  },
  "lease released without looking": {
    // Always true, whatever is due.
    statement: rewrite(
      "AND NOT EXISTS (\n                 SELECT 1 FROM deals WHERE account_id = :id",
      "AND NOT EXISTS (",
      "AND 1 IN (1) OR 0 IN (",
    ),
  },
  "fold that depends on order": {
    adapter: (adapter) => ({
      ...adapter,
      toDeal: (documents, context) => adapter.toDeal(documents.slice(-1), context),
    }),
  },
};
