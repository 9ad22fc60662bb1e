/** Bridges with one mistake each, in the exchange with an ERP that has an API. */
import type { Adapter, ErpApi } from "../../src/adapter.ts";
import type { Mutation } from "./process.ts";

const HALF = 0x1_0000_0000;

function withApi(adapter: Adapter, change: (api: ErpApi) => Partial<ErpApi>): Adapter {
  const { api } = adapter;
  if (!api) throw new Error(`the adapter ${adapter.id} has no API`);
  return { ...adapter, api: { ...api, ...change(api) } };
}

export const shopMutants: Record<string, Mutation> = {
  "lead placed without syncId": {
    // Ids follow from the connection's, so of one that is never the same they never repeat either.
    adapter: (adapter) =>
      withApi(adapter, (api) => ({
        placeLead: (lead, context) =>
          api.placeLead(lead, { ...context, connectionId: String(Math.floor(context.random() * HALF)) }),
      })),
  },
  "events removed before they are read": {
    database: (database) => ({
      ...database,
      exchanges: {
        ...database.exchanges,
        async events(connectionId, limit) {
          const events = await database.exchanges.events(connectionId, limit);
          if (events.length > 0) await database.exchanges.removeEvents(connectionId, events);
          return events;
        },
      },
    }),
  },
  "memory remembered before the documents are stored": {
    adapter: (adapter, { exchanges }) =>
      withApi(adapter, (api) => ({
        async poll(context) {
          const polled = await api.poll(context);
          const lease = (await exchanges.get(context.connectionId))?.lease;
          if (polled.kind === "done" && lease)
            await exchanges.remember(context.connectionId, lease, polled.value.memory);
          return polled;
        },
      })),
  },
};
