/** The entities of one merchant, with the indexes that keep ten thousand of them quick. */
import type { Entity } from "./entity.ts";
import { textOf } from "./entity.ts";

export interface Store {
  get(id: string): Entity | undefined;
  /** In the order they were first put. */
  of(type: string): Entity[];
  put(entity: Entity): void;
  remove(id: string): void;
  /** Entities that name this one in a reference or an operation. */
  referrers(id: string): Entity[];
  bySyncId(type: string, syncId: string): Entity | undefined;
  /** The next free document number: five digits and more. */
  nextNumber(type: string): string;
}

export function createStore(): Store {
  const byType = new Map<string, Map<string, Entity>>();
  const byId = new Map<string, Entity>();
  const referrersById = new Map<string, Set<string>>();
  const idBySyncId = new Map<string, string>();
  const numbers = new Map<string, number>();

  const unlink = (entity: Entity) => {
    for (const target of targetsOf(entity)) referrersById.get(target)?.delete(entity.id);
    const key = syncKey(entity.type, textOf(entity, "syncId"));
    if (idBySyncId.get(key) === entity.id) idBySyncId.delete(key);
  };

  return {
    get: (id) => byId.get(id),
    of: (type) => [...(byType.get(type)?.values() ?? [])],
    put(entity) {
      const before = byId.get(entity.id);
      if (before) unlink(before);
      byId.set(entity.id, entity);
      const peers = byType.get(entity.type) ?? new Map<string, Entity>();
      byType.set(entity.type, peers.set(entity.id, entity));
      for (const target of targetsOf(entity)) {
        const referrers = referrersById.get(target) ?? new Set<string>();
        referrersById.set(target, referrers.add(entity.id));
      }
      const syncId = textOf(entity, "syncId");
      if (syncId !== "") idBySyncId.set(syncKey(entity.type, syncId), entity.id);
    },
    remove(id) {
      const entity = byId.get(id);
      if (!entity) return;
      unlink(entity);
      byId.delete(id);
      byType.get(entity.type)?.delete(id);
    },
    referrers: (id) => [...(referrersById.get(id) ?? [])].flatMap((referrer) => byId.get(referrer) ?? []),
    bySyncId(type, syncId) {
      const id = idBySyncId.get(syncKey(type, syncId));
      return id === undefined ? undefined : byId.get(id);
    },
    nextNumber(type) {
      const next = (numbers.get(type) ?? 0) + 1;
      numbers.set(type, next);
      return String(next).padStart(5, "0");
    },
  };
}

function targetsOf(entity: Entity): string[] {
  const references = Object.values(entity.references).map(({ id }) => id);
  return [...references, ...entity.operations.map(({ target }) => target.id)];
}

function syncKey(type: string, syncId: string): string {
  return `${type}:${syncId.toLowerCase()}`;
}
