/** What a new entity has before anybody fills it in. */
import type { Entity, Patch } from "./entity.ts";
import type { Kind } from "./kinds.ts";
import { toFullMinute } from "./moscow-date.ts";
import type { Session } from "./session.ts";
import { toWebhook } from "./webhook-rules.ts";

export function toDefaults(kind: Kind, patch: Patch, { merchant, ids, now }: Session, entityType?: string) {
  const named = patch.scalars["name"] ?? null;
  const isOwn = entityType === undefined && "shared" in kind.fields;
  return {
    ...(kind.isDocument && named === null ? { name: merchant.store.nextNumber(kind.type) } : {}),
    ...(kind.isDocument ? { moment: toFullMinute(now), applicable: true, sum: 0 } : {}),
    ...(isOwn ? { shared: false, externalCode: ids.code() } : {}),
    ...("archived" in kind.fields ? { archived: false } : {}),
    ...("companyType" in kind.fields ? { companyType: "legal" } : {}),
    ...("vatEnabled" in kind.fields ? { vatEnabled: false, vatIncluded: true } : {}),
    ...(kind.type === "state" ? { color: 15_106_326, stateType: "Regular" } : {}),
    ...(kind.type === "attributemetadata" ? { required: false, show: true } : {}),
    ...(entityType === undefined ? {} : { entityType }),
    ...(kind.type === "webhook" ? toWebhook(patch) : {}),
  };
}

export function toDefaultReferences(kind: Kind, { merchant, actor }: Session): Entity["references"] {
  const first = kind.hasStates
    ? merchant.store.of("state").find(({ scalars }) => scalars["entityType"] === kind.type)
    : undefined;
  const isOwn = "owner" in kind.fields;
  return {
    ...(isOwn && actor.employeeId !== null ? { owner: { type: "employee", id: actor.employeeId } } : {}),
    ...(isOwn ? { group: { type: "group", id: merchant.groupId } } : {}),
    // Only documents start in a state; a counterparty has none until somebody gives it one.
    ...(first && kind.isDocument ? { state: { type: "state", id: first.id } } : {}),
  };
}
