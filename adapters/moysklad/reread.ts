/** Orders read again by their ids, whether or not they have changed since. */
import * as z from "zod";
import type { ApiContext } from "../../src/adapter.ts";
import type { MoyskladClient } from "./client.ts";
import { toMoscow } from "./date.ts";
import { document, isFromLead, type MoyskladDocument, ORDER_EXPAND } from "./document.ts";
import { createReader, isUnknownDeletion, toDeleted } from "./read-order.ts";
import { readByIds } from "./related.ts";
import type { MoyskladSettings } from "./settings.ts";

type Context = ApiContext<MoyskladSettings>;

const identified = z.object({ id: z.guid() });

/** The orders the bridge makes deals of, read again although they may not have changed themselves. */
export async function readMoved(client: MoyskladClient, context: Context, ids: readonly string[]): Promise<unknown[]> {
  const known = await knownOrders(context, ids);
  const ours = ids.filter((id) => {
    const order = known.get(id);
    return order !== undefined && (context.settings.orders === "all" || isFromLead(order));
  });
  return readOrdersById(client, context, ours, known);
}

/** What the bridge has of these orders. */
export async function knownOrders(context: Context, ids: readonly string[]): Promise<Map<string, MoyskladDocument>> {
  if (ids.length === 0) return new Map();
  const known = [...(await context.known(ids))];
  return new Map(
    known.flatMap(([id, raw]) => {
      const parsed = document.safeParse(raw);
      return parsed.success ? [[id, parsed.data] as const] : [];
    }),
  );
}

/** An order that MoySklad no longer has is deleted, if the bridge ever knew it. */
export async function readOrdersById(
  client: MoyskladClient,
  context: Context,
  ids: readonly string[],
  known: ReadonlyMap<string, MoyskladDocument>,
): Promise<unknown[]> {
  const rows = await readByIds(client, "customerorder", ids, { expand: ORDER_EXPAND });
  const found = new Map(rows.map((raw) => [identified.parse(raw).id.toLowerCase(), raw]));
  const reader = createReader(client, context, { mayStop: false });
  const documents: unknown[] = [];
  for (const id of ids) {
    const raw = found.get(id);
    const before = known.get(id);
    if (isUnknownDeletion(raw, before)) continue;
    if (raw !== undefined) documents.push(await reader.read(raw, before));
    else if (before) documents.push(toDeleted(before, toMoscow(context.now())));
  }
  return documents;
}
