/** Bridges with one mistake each, in exchange rules and in what is held back. */
import { rewrite } from "./mutants.ts";
import type { Mutation } from "./process.ts";

export const dalionMutants: Record<string, Mutation> = {
  "hold ignored": {
    adapter: (adapter) => ({
      ...adapter,
      toDeal(documents, context) {
        const fold = adapter.toDeal(documents, context);
        if (fold.kind !== "deal") return fold;
        const { hold: _, ...unheld } = fold;
        return unheld;
      },
    }),
  },
  "account not pinned": {
    statement: rewrite(
      "INSERT INTO deals (connection_id, key, account_id",
      "ELSE deals.account_id END",
      "ELSE excluded.account_id END",
    ),
    database: (database) => ({
      ...database,
      documents: {
        ...database.documents,
        async write(context, dealWrites, documentWrites) {
          const [rule] = await database.rules.list(context.connectionId);
          const accountId = rule?.accountId;
          const moved = accountId ? dealWrites.map((write) => ({ ...write, accountId })) : dealWrites;
          return database.documents.write(context, moved, documentWrites);
        },
      },
    }),
  },
  "review does not restart": {
    database: (database) => ({
      ...database,
      reviews: {
        ...database.reviews,
        async advance(connectionId, _, to) {
          await database.connections.update(connectionId, { reviewAfter: to });
          return true;
        },
      },
    }),
  },
};
