/** Entities as the API answers them: fields without a value are absent, references are metas unless expanded. */
import { type Entity, isReference, type Reference, type Row, type Scalar, textOf } from "./entity.ts";
import type { Hrefs } from "./hrefs.ts";
import { toPath } from "./hrefs.ts";
import { type Field, kindOfStored, ROW_FIELDS } from "./kinds.ts";
import type { Knobs } from "./knobs.ts";
import type { Merchant } from "./merchant.ts";
import { toMoscowDate } from "./moscow-date.ts";
import { linksOf, payedSumOf, sumOfApplicable } from "./sums.ts";

/** What to show in full instead of its meta, level by level. */
export interface Expand {
  [field: string]: Expand;
}

const EXPAND_DEPTH_MAX = 3;
export const EXPAND_LIMIT_MAX = 100;

export interface View {
  merchant: Merchant;
  /** Who looks; null for a solution. */
  employeeId: string | null;
  hrefs: Hrefs;
  knobs: Knobs;
}

export function parseExpand(text: string | undefined): Expand {
  const tree: Expand = {};
  for (const path of (text ?? "").split(",").map((part) => part.trim())) {
    if (path === "") continue;
    let level = tree;
    for (const name of path.split(".").slice(0, EXPAND_DEPTH_MAX)) {
      level[name] ??= {};
      level = level[name];
    }
  }
  return tree;
}

export function render(entity: Entity, expand: Expand, view: View): Record<string, unknown> {
  const { merchant, hrefs } = view;
  const kind = kindOfStored(entity.type);
  const body: Record<string, unknown> = {
    meta: hrefs.toMeta(entity),
    id: entity.id,
    accountId: merchant.accountId,
  };
  for (const [name, field] of Object.entries(kind.fields)) {
    const value = renderField(entity, name, field, expand, view);
    if (value !== undefined) body[name] = value;
  }
  if (entity.type === "note") body["created"] = toMoscowDate(entity.createdAt);
  if (!("shared" in kind.fields)) return body;
  body["created"] = toMoscowDate(entity.createdAt);
  body["updated"] = toMoscowDate(entity.updatedAt);
  if (entity.deletedAt !== null) body["deleted"] = toMoscowDate(entity.deletedAt);
  const attributes = renderAttributes(entity, view);
  if (attributes.length > 0) body["attributes"] = attributes;
  if (entity.type === "counterparty") addOfCounterparty(body, entity, view);
  if (kind.isDocument) addOfDocument(body, entity, expand, view);
  return body;
}

export function renderRow(parent: Entity, name: string, row: Row, expand: Expand, view: View): Record<string, unknown> {
  const of = name === "positions" ? "position" : "contactperson";
  const body: Record<string, unknown> = {
    meta: {
      href: view.hrefs.of(`${toPath(parent)}/${name}/${row.id}`),
      type: of === "position" ? `${parent.type}position` : of,
      mediaType: "application/json",
    },
    id: row.id,
    accountId: view.merchant.accountId,
  };
  for (const [key, field] of Object.entries(ROW_FIELDS[of])) {
    const reference = row.references[key];
    const value = reference ? renderReference(reference, expand[key], view) : row.scalars[key];
    if (value !== undefined && field.kind !== "rows") body[key] = value;
  }
  return body;
}

export function toCollection(path: string, type: string, size: number, view: View): { meta: object } {
  const meta = { href: view.hrefs.of(path), type, mediaType: "application/json", size, limit: 1_000, offset: 0 };
  return { meta };
}

function renderField(entity: Entity, name: string, field: Field, expand: Expand, view: View): unknown {
  switch (field.kind) {
    case "reference": {
      const reference = entity.references[name];
      return reference && renderReference(reference, expand[name], view);
    }
    case "moment": {
      const at = entity.scalars[name];
      return typeof at === "number" ? toMoscowDate(at) : undefined;
    }
    case "rows": {
      const rows = entity.rows[name] ?? [];
      const type = field.of === "position" ? `${entity.type}position` : field.of;
      const collection = toCollection(`${toPath(entity)}/${name}`, type, rows.length, view);
      const inside = expand[name];
      return inside
        ? { ...collection, rows: rows.map((row) => renderRow(entity, name, row, inside, view)) }
        : collection;
    }
    case "operations": {
      const operations = entity.operations.flatMap(({ target, linkedSum }) => {
        const found = renderReference(target, expand[name], view);
        return found ? [{ ...found, linkedSum }] : [];
      });
      return operations.length > 0 ? operations : undefined;
    }
    case "tags":
      return [...entity.tags];
    case "rate":
      return renderRate(entity, expand[name], view);
    case "account":
      return undefined;
    default:
      return entity.scalars[name];
  }
}

function renderRate({ rate }: Entity, expand: Expand | undefined, view: View): unknown {
  const currency = rate?.currency ?? { type: "currency", id: view.merchant.currencyId };
  const shown = renderReference(currency, expand?.["currency"], view);
  return rate && rate.value !== 1 ? { currency: shown, value: rate.value } : { currency: shown };
}

/** Undefined when what it pointed to is gone, as a deleted state. */
function renderReference(reference: Reference, expand: Expand | undefined, view: View): object | undefined {
  const entity = view.merchant.store.get(reference.id);
  if (!entity) return undefined;
  return expand ? render(entity, expand, view) : { meta: view.hrefs.toMeta(entity) };
}

function renderAttributes(entity: Entity, view: View): object[] {
  const { store } = view.merchant;
  return Object.entries(entity.attributes).flatMap(([id, value]) => {
    const attribute = store.get(id);
    if (!attribute) return [];
    const { name, type } = attribute.scalars;
    return [{ meta: view.hrefs.toMeta(attribute), id, name, type, value: renderAttributeValue(value, type, view) }];
  });
}

function renderAttributeValue(value: Scalar | Reference, type: Scalar | undefined, view: View): unknown {
  if (isReference(value)) {
    const entity = view.merchant.store.get(value.id);
    return entity && { meta: view.hrefs.toMeta(entity), name: textOf(entity, "name") };
  }
  return type === "time" && typeof value === "number" ? toMoscowDate(value) : value;
}

function addOfCounterparty(body: Record<string, unknown>, entity: Entity, view: View): void {
  const path = toPath(entity);
  const notes = view.merchant.store.referrers(entity.id).filter(({ type }) => type === "note");
  body["salesAmount"] = 0;
  body["accounts"] = toCollection(`${path}/accounts`, "account", 0, view);
  body["notes"] = toCollection(`${path}/notes`, "note", notes.length, view);
  body["files"] = toCollection(`${path}/files`, "files", 0, view);
}

function addOfDocument(body: Record<string, unknown>, entity: Entity, expand: Expand, view: View): void {
  const { store } = view.merchant;
  const { payments, demands, invoicesOut, returns } = linksOf(entity, store);
  const addLinks = (name: string, linked: Entity[]) => {
    const inside = expand[name];
    const shown = linked.map((other) => (inside ? render(other, inside, view) : { meta: view.hrefs.toMeta(other) }));
    if (shown.length > 0) body[name] = shown;
  };
  addLinks("payments", payments);
  addLinks("demands", demands);
  addLinks("invoicesOut", invoicesOut);
  addLinks("returns", returns);
  body["printed"] = false;
  body["published"] = false;
  body["files"] = toCollection(`${toPath(entity)}/files`, "files", 0, view);
  if (!("positions" in kindOfStored(entity.type).fields)) return;
  body["payedSum"] = payedSumOf(entity, store, view.knobs.payedSumIncludesIndirect);
  if (entity.type !== "customerorder") return;
  body["shippedSum"] = sumOfApplicable(demands);
  body["invoicedSum"] = sumOfApplicable(invoicesOut);
  body["reservedSum"] = 0;
}
