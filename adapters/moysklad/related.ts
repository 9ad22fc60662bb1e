/** From payments, shipments and returns to the orders they belong to. */
import * as z from "zod";
import type { MoyskladClient } from "./client.ts";
import { ALSO_DELETED, PAGE_ROWS } from "./cursor.ts";
import { toFilter } from "./filter.ts";
import { type Link, linksOf } from "./links.ts";

/** A return leads to a shipment, a shipment to its order. */
const STEPS_MAX = 3;
const STEPS: ReadonlySet<string> = new Set(["demand", "invoiceout", "salesreturn"]);
const list = z.object({ rows: z.array(z.unknown()) });

/** Rows of these ids; those that are gone for good are not among them. */
export async function readByIds(
  client: MoyskladClient,
  type: string,
  ids: readonly string[],
  query: Readonly<Record<string, string>> = {},
): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (let start = 0; start < ids.length; start += PAGE_ROWS) {
    const chunk = ids.slice(start, start + PAGE_ROWS);
    const filter = toFilter([...chunk.map((id) => ["id", "=", id] as const), ...ALSO_DELETED]);
    const answer = await client.get(`/entity/${type}`, { filter, limit: String(PAGE_ROWS), ...query });
    rows.push(...list.parse(answer).rows);
  }
  return rows;
}

/** Ids of the orders these links lead to. Costs nothing for links to orders themselves, and to what belongs to none. */
export async function findOrders(client: MoyskladClient, links: readonly Link[]): Promise<string[]> {
  const orders = new Set<string>();
  let frontier = links;
  for (let step = 0; step < STEPS_MAX && frontier.length > 0; step += 1) {
    const next = new Map<string, Set<string>>();
    for (const { type, id } of frontier) {
      if (type === "customerorder") orders.add(id);
      else if (STEPS.has(type)) next.set(type, (next.get(type) ?? new Set()).add(id));
    }
    const found: unknown[] = [];
    for (const [type, ids] of next) found.push(...(await readByIds(client, type, [...ids])));
    frontier = found.flatMap(linksOf);
  }
  return [...orders];
}
