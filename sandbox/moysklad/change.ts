/** Creating, changing and removing entities, for API requests and for people in the web interface alike. */
import { refuse } from "./api-error.ts";
import { toDefaultReferences, toDefaults } from "./defaults.ts";
import { type Entity, isRecord, type Patch, textOf } from "./entity.ts";
import { type Kind, kindOfStored } from "./kinds.ts";
import { createEntity } from "./merchant.ts";
import { checkOperations, required, withoutNulls } from "./read-body.ts";
import type { Session } from "./session.ts";
import { sumPositions } from "./sums.ts";
import { touchOrders } from "./touch-orders.ts";
import { checkWebhook } from "./webhook-rules.ts";

/** @param entityType for states and attributes: whose they are */
export function createFrom(kind: Kind, patch: Patch, session: Session, entityType?: string): Entity {
  const { merchant, ids, now } = session;
  const blank = createEntity(kind.type, ids.next(), now, toDefaults(kind, patch, session, entityType));
  const draft = { ...blank, references: toDefaultReferences(kind, session) };
  const entity = checked(kind, applyPatch(kind, draft, patch), null, session);
  merchant.store.put(entity);
  const fields = changedFields(kind, blank, entity);
  session.changes.push({ action: "CREATE", eventType: "create", entity, before: null, fields });
  touchOrders(entity, null, session);
  return entity;
}

/** Every accepted change bumps `updated`, even one that changes nothing. */
export function changeBy(before: Entity, patch: Patch, session: Session): Entity {
  const kind = kindOfStored(before.type);
  const applied = applyPatch(kind, before, patch);
  const entity = { ...checked(kind, applied, before, session), updatedAt: session.now };
  session.merchant.store.put(entity);
  const fields = changedFields(kind, before, entity);
  session.changes.push({ action: "UPDATE", eventType: "update", entity, before, fields });
  touchOrders(entity, before, session);
  return entity;
}

/** @throws ApiError 1028 while something else needs it. */
export function removeForGood(entity: Entity, session: Session): void {
  const { store } = session.merchant;
  const notes = store.referrers(entity.id).filter(({ type }) => type === "note");
  const isFree = entity.type === "state" || entity.type === "attributemetadata" || entity.deletedAt !== null;
  if (!isFree && store.referrers(entity.id).length > notes.length) {
    throw refuse(1028, "Объект используется, удалить его нельзя");
  }
  for (const { id } of [...notes, entity]) store.remove(id);
  const action = entity.deletedAt === null ? "DELETE" : null;
  session.changes.push({ action, eventType: "delete", entity, before: entity, fields: [] });
  touchOrders(entity, null, session);
}

export function moveToTrash(before: Entity, session: Session): Entity {
  const entity = { ...before, deletedAt: session.now, updatedAt: session.now };
  session.merchant.store.put(entity);
  session.changes.push({ action: "DELETE", eventType: "puttorecyclebin", entity, before, fields: [] });
  touchOrders(entity, null, session);
  return entity;
}

export function restore(before: Entity, session: Session): Entity {
  const entity = { ...before, deletedAt: null, updatedAt: session.now };
  session.merchant.store.put(entity);
  const { restoreFires } = session.knobs;
  const action = restoreFires === "none" ? null : restoreFires;
  session.changes.push({ action, eventType: "restorefromrecyclebin", entity, before, fields: [] });
  touchOrders(entity, null, session);
  return entity;
}

function applyPatch(kind: Kind, before: Entity, patch: Patch): Entity {
  const entity: Entity = {
    ...before,
    scalars: withoutNulls({ ...before.scalars, ...patch.scalars }),
    references: withoutNulls({ ...before.references, ...patch.references }),
    rows: { ...before.rows, ...patch.rows },
    attributes: withoutNulls({ ...before.attributes, ...patch.attributes }),
    tags: patch.tags ?? before.tags,
    operations: patch.operations ?? before.operations,
    rate: patch.rate ?? before.rate,
  };
  if (!("positions" in kind.fields)) return entity;
  const { vatEnabled, vatIncluded } = entity.scalars;
  const sums = sumPositions(entity.rows["positions"] ?? [], vatEnabled === true, vatIncluded === true);
  return { ...entity, scalars: { ...entity.scalars, ...sums } };
}

/** @throws ApiError when the entity as a whole would break a rule. */
function checked(kind: Kind, entity: Entity, before: Entity | null, session: Session): Entity {
  for (const name of kind.required) {
    if (entity.scalars[name] === undefined && entity.references[name] === undefined) throw required(name);
  }
  if (kind.isDocument && entity.scalars["name"] === undefined) throw required("name");
  const { merchant, actor, knobs } = session;
  const peers = () => merchant.store.of(kind.type).filter(({ id }) => id !== entity.id);
  // A person is asked by the web interface; what the controls do stands for one who answered.
  if (actor.source !== "app") checkRequiredAttributes(kind, entity, before, session);
  if (kind.isDocument && knobs.uniqueNumbers && before?.scalars["name"] !== entity.scalars["name"]) {
    if (peers().some(({ scalars }) => scalars["name"] === entity.scalars["name"])) throw taken("name");
  }
  if (kind.type === "state" || kind.type === "attributemetadata") {
    const isTaken = peers().some(
      ({ scalars }) =>
        scalars["entityType"] === entity.scalars["entityType"] && scalars["name"] === entity.scalars["name"],
    );
    if (isTaken) throw taken("name");
    if (before && before.scalars["type"] !== entity.scalars["type"]) throw refuse(3001, "Тип поля не изменить", "type");
  }
  if ("operations" in kind.fields) checkOperations(entity);
  if (kind.type === "webhook") checkWebhook(entity, peers(), actor, merchant.tariff);
  return entity.type === "employee" ? withFullName(entity) : entity;
}

function checkRequiredAttributes(kind: Kind, entity: Entity, before: Entity | null, { merchant }: Session): void {
  if (!kind.hasAttributes) return;
  for (const { id, scalars } of merchant.store.of("attributemetadata")) {
    const isRequired = scalars["entityType"] === kind.type && scalars["required"] === true;
    const wasGiven = before === null || before.attributes[id] !== undefined;
    if (isRequired && wasGiven && entity.attributes[id] === undefined) throw required(String(scalars["name"]));
  }
}

function taken(name: string): Error {
  return refuse(3006, `Нарушена уникальность поля '${name}'`, name);
}

function withFullName(entity: Entity): Entity {
  const names = ["lastName", "firstName", "middleName"]
    .map((name) => textOf(entity, name))
    .filter((name) => name !== "");
  const fullName = names.length > 0 ? names.join(" ") : textOf(entity, "name");
  const initials = names.slice(1).map((name) => `${name.slice(0, 1)}.`);
  const shortFio = [names[0] ?? fullName, initials.join("")].filter((part) => part !== "").join(" ");
  return { ...entity, scalars: { ...entity.scalars, fullName, shortFio } };
}

function changedFields(kind: Kind, before: Entity, after: Entity): string[] {
  const writable = Object.entries(kind.fields).flatMap(([name, field]) => (field.readOnly ? [] : [name]));
  const names = kind.hasAttributes ? [...writable, "attributes"] : writable;
  return names.filter((name) => stampOf(before, name) !== stampOf(after, name));
}

function stampOf(entity: Entity, name: string): string {
  const { tags, operations, rate, attributes } = entity;
  const own: Record<string, unknown> = { tags, operations, rate, attributes };
  // Rows get new ids whenever they are replaced; only what is in them counts.
  const rows = entity.rows[name]?.map(({ scalars, references }) => ({ scalars, references }));
  const value = own[name] ?? rows ?? entity.scalars[name] ?? entity.references[name] ?? null;
  return JSON.stringify(isRecord(value) || Array.isArray(value) ? value : [value]);
}
