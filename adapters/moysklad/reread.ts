/** Orders read again by their ids, whether or not they have changed since. */
import * as z from "zod";
import type { ApiContext } from "../../src/adapter.ts";
import type { MoyskladClient } from "./client.ts";
import { document, isFinal, isFromLead, type MoyskladDocument, ORDER_EXPAND } from "./document.ts";
import { toDocuments } from "./read-order.ts";
import { readByIds } from "./related.ts";
import type { MoyskladSettings } from "./settings.ts";

type Context = ApiContext<MoyskladSettings>;
type Known = ReadonlyMap<string, MoyskladDocument>;

const identified = z.object({ id: z.guid() });

/** What the bridge has of these orders. */
export async function knownOrders(context: Context, ids: readonly string[]): Promise<Known> {
  return ids.length === 0 ? new Map() : toKnown(await context.known(ids));
}

export function toKnown(documents: ReadonlyMap<string, unknown>): Known {
  return new Map(
    [...documents].flatMap(([id, raw]) => {
      const parsed = document.safeParse(raw);
      return parsed.success ? [[id, parsed.data] as const] : [];
    }),
  );
}

/** Whether the bridge makes a deal of it. */
export function isOurs(order: MoyskladDocument | undefined, { settings }: Context): boolean {
  return order !== undefined && (settings.orders === "all" || isFromLead(order));
}

export function isOpen({ deleted, state }: MoyskladDocument): boolean {
  return deleted === null && !isFinal(state);
}

/** Documents of those that have changed. `isWhole`: not, when some are left to be read once these are kept. */
export async function readOrdersById(
  client: MoyskladClient,
  context: Context,
  ids: readonly string[],
  known: Known,
): Promise<{ documents: unknown[]; isWhole: boolean }> {
  const rows = await readByIds(client, "customerorder", ids, { expand: ORDER_EXPAND });
  const found = new Map(rows.map((raw) => [identified.parse(raw).id.toLowerCase(), raw]));
  const orders = ids.map((id) => ({ id, raw: found.get(id), known: known.get(id) }));
  const { documents, count } = await toDocuments(client, context, orders);
  return { documents, isWhole: count === ids.length };
}
