/** Reads again what webhooks have named, and the orders that payments, shipments and returns belong to. */
import type { ApiContext, ApiResult, Pulled } from "../../src/adapter.ts";
import { type MoyskladClient, RefusedError, withClient } from "./client.ts";
import { parseKeys } from "./hook.ts";
import { addLinks, type Links, linksNowAndBefore, parseLinks, toKept } from "./links.ts";
import { parseMemory } from "./memory.ts";
import { findOrders, readByIds } from "./related.ts";
import { isOurs, knownOrders, readOrdersById } from "./reread.ts";
import type { MoyskladSettings } from "./settings.ts";
import { relevantKinds } from "./sources.ts";

type Context = ApiContext<MoyskladSettings>;

export function pull(keys: readonly string[], context: Context): Promise<ApiResult<Pulled>> {
  return withClient(context, async (client): Promise<Pulled> => {
    const memory = parseMemory(context.memory);
    const kinds = parseKeys(keys);
    const named = kinds.get("customerorder") ?? new Set<string>();
    kinds.delete("customerorder");
    const { moved, links } = await readMovers(client, context, kinds, parseLinks(memory["links"]));
    const known = await knownOrders(context, [...named, ...moved]);
    const ids = [...new Set([...named, ...moved.filter((id) => isOurs(known.get(id), context))])];
    const { documents, isWhole } = await readOrdersById(client, context, ids, known);
    return { documents, memory: { ...memory, links: toKept(links) }, isDone: isWhole };
  });
}

/** The orders whose sums these documents may have changed. */
async function readMovers(
  client: MoyskladClient,
  context: Context,
  kinds: ReadonlyMap<string, ReadonlySet<string>>,
  before: Links,
): Promise<{ moved: string[]; links: Links }> {
  const relevant = relevantKinds(context.settings);
  const moved = new Set<string>();
  let links = before;
  for (const [kind, set] of kinds) {
    if (!relevant.has(kind)) continue;
    try {
      const ids = [...set];
      const entities = await readByIds(client, kind, ids);
      for (const id of await findOrders(client, linksNowAndBefore(links, entities, ids))) moved.add(id);
      links = addLinks(links, entities);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      context.log({ level: "warn", event: "moysklad_refused", kind, status: error.status });
    }
  }
  return { moved: [...moved], links };
}
