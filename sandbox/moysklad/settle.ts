/** The end of a session: what it changed goes into the audit and out to the webhooks. */
import type { AuditedValue, AuditRecord } from "./audit.ts";
import { type Entity, textOf } from "./entity.ts";
import type { Change, Session } from "./session.ts";
import type { Store } from "./store.ts";
import type { WebhookSender } from "./webhook-sender.ts";

const UNAUDITED = new Set(["webhook", "note", "state", "attributemetadata"]);

export function settle(session: Session, sender: WebhookSender): void {
  if (session.changes.length === 0) return;
  const { merchant, actor, now, ids } = session;
  const contextId = ids.next();
  for (const change of session.changes) {
    if (UNAUDITED.has(change.entity.type)) continue;
    merchant.audit.add({
      contextId,
      eventType: change.eventType,
      entity: { type: change.entity.type, id: change.entity.id },
      name: textOf(change.entity, "name"),
      uid: actor.uid,
      source: actor.source,
      at: now,
      diff: toDiff(change, merchant.store),
    });
  }
  sender.tell(session, contextId);
}

function toDiff({ eventType, entity, before, fields }: Change, store: Store): AuditRecord["diff"] {
  if (eventType !== "update" || !before) return {};
  const own = fields.flatMap((name) => {
    const was = auditedValue(before, name);
    const is = auditedValue(entity, name);
    return was === null && is === null ? [] : [[name, { before: was, after: is }] as const];
  });
  const ids = new Set([...Object.keys(before.attributes), ...Object.keys(entity.attributes)]);
  const added = [...ids].flatMap((id) => {
    const attribute = store.get(id);
    const was = before.attributes[id] ?? null;
    const is = entity.attributes[id] ?? null;
    return attribute && was !== is ? [[textOf(attribute, "name"), { before: was, after: is }] as const] : [];
  });
  return Object.fromEntries([...own, ...added]);
}

function auditedValue(entity: Entity, name: string): AuditedValue | null {
  return entity.scalars[name] ?? entity.references[name] ?? null;
}
