/**
 * What payments, shipments and returns are linked to. An address is read for its id and never followed. One that was
 * unlinked or removed no longer says whose sum it has changed, so the links of the latest are remembered. Pure.
 */
import * as z from "zod";

const KEPT_MAX = 100;
const TAIL = /\/entity\/([a-z]+)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

export interface Link {
  type: string;
  id: string;
}

/** Links of an entity, by its id. */
export type Links = ReadonlyMap<string, readonly Link[]>;

const link = z.object({ type: z.string(), id: z.guid() });
const kept = z.array(z.tuple([z.guid(), z.array(link)])).max(KEPT_MAX);

const reference = z.object({ meta: z.object({ href: z.string() }) });
const entity = z.object({
  id: z.guid(),
  operations: z.array(reference).nullish().catch(null),
  customerOrder: reference.nullish().catch(null),
  demand: reference.nullish().catch(null),
});

export function parseLinks(raw: unknown): Links {
  return new Map(kept.safeParse(raw).data ?? []);
}

/** For the memory: JSON. */
export function toKept(links: Links): unknown {
  return [...links];
}

export function addLinks(links: Links, entities: readonly unknown[]): Links {
  const all = new Map(links);
  for (const raw of entities) {
    const { id } = entity.safeParse(raw).data ?? {};
    const now = linksOf(raw);
    if (id === undefined) continue;
    // The latest stand last.
    all.delete(id);
    if (now.length > 0) all.set(id, now);
  }
  return new Map([...all].slice(-KEPT_MAX));
}

/** Of the entities as they are, and as they were remembered. */
export function linksNowAndBefore(links: Links, entities: readonly unknown[], ids: readonly string[]): Link[] {
  return [...entities.flatMap(linksOf), ...ids.flatMap((id) => links.get(id) ?? [])];
}

export function linksOf(raw: unknown): Link[] {
  const { operations, customerOrder, demand } = entity.safeParse(raw).data ?? {};
  return [...(operations ?? []), customerOrder, demand].flatMap((each) => {
    const [, type, id] = TAIL.exec(each?.meta.href ?? "") ?? [];
    return type && id ? [{ type, id: id.toLowerCase() }] : [];
  });
}
