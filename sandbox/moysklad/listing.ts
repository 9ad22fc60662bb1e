/** A page of entities: filter, search, order, limit, offset, and the envelope around it. */
import { refuse } from "./api-error.ts";
import type { Entity, Scalar } from "./entity.ts";
import { createFilter } from "./filter.ts";
import type { Kind } from "./kinds.ts";
import { EXPAND_LIMIT_MAX, type Expand, parseExpand, render, type View } from "./render.ts";
import { createSearch } from "./search.ts";

export interface PageRules {
  limitDefault: number;
  limitMax: number;
}

export interface Page {
  limit: number;
  offset: number;
}

const ENTITY_PAGE: PageRules = { limitDefault: 1_000, limitMax: 1_000 };

export function listEntities(kind: Kind, path: string, query: URLSearchParams, view: View): object {
  const page = parsePage(query, ENTITY_PAGE);
  const isWanted = createFilter(kind, query.get("filter") ?? "", view);
  const search = query.get("search") ?? "";
  const isFound = search === "" ? () => true : createSearch(kind, search, view.knobs);
  const found = view.merchant.store.of(kind.type).filter((entity) => isWanted(entity) && isFound(entity));
  const sorted = sortBy(kind, query.get("order"), found);
  const expand = parsePageExpand(query);
  return toPage(path, kind.type, sorted, page, query, view, (entity) => render(entity, expand, view));
}

/** Beyond a limit of 100, and without any limit, the vendor forgets `expand` without a word. */
export function parsePageExpand(query: URLSearchParams): Expand {
  const limit = query.get("limit");
  return limit !== null && Number(limit) <= EXPAND_LIMIT_MAX ? parseExpand(query.get("expand") ?? "") : {};
}

/** @throws ApiError 1040. */
export function parsePage(query: URLSearchParams, { limitDefault, limitMax }: PageRules): Page {
  const limit = parseCount(query.get("limit"), limitDefault, "limit");
  const offset = parseCount(query.get("offset"), 0, "offset");
  if (limit < 1 || limit > limitMax) throw refuse(1040, `Параметр limit — от 1 до ${limitMax}`, "limit");
  return { limit, offset };
}

export function toPage<T>(
  path: string,
  type: string,
  all: T[],
  { limit, offset }: Page,
  query: URLSearchParams,
  { hrefs, merchant, employeeId }: View,
  toRow: (item: T) => unknown,
): object {
  const at = (start: number) => {
    const moved = new URLSearchParams(query);
    moved.set("limit", String(limit));
    moved.set("offset", String(start));
    return hrefs.of(`${path}?${moved}`);
  };
  const employee = merchant.store.get(employeeId ?? "");
  const own = query.size > 0 ? `${path}?${query}` : path;
  return {
    ...(employee ? { context: { employee: { meta: hrefs.toMeta(employee) } } } : {}),
    meta: {
      href: hrefs.of(own),
      type,
      mediaType: "application/json",
      size: all.length,
      limit,
      offset,
      ...(offset + limit < all.length ? { nextHref: at(offset + limit) } : {}),
      ...(offset > 0 ? { previousHref: at(Math.max(0, offset - limit)) } : {}),
    },
    rows: all.slice(offset, offset + limit).map(toRow),
  };
}

function parseCount(text: string | null, otherwise: number, name: string): number {
  if (text === null) return otherwise;
  if (!/^\d+$/.test(text)) throw refuse(1040, `Параметр ${name} — целое число`, name);
  return Number(text);
}

/** `order=updated,asc;id,asc`. Without it: the newest first, so that nobody relies on an order that is not documented. */
function sortBy(kind: Kind, text: string | null, entities: Entity[]): Entity[] {
  if (text === null || text === "") return entities.toReversed();
  const keys = text.split(";").map((part) => {
    const [name = "", direction = "asc"] = part.split(",");
    if (!kind.sortable.includes(name) || (direction !== "asc" && direction !== "desc")) {
      throw refuse(1063, `Сортировать по '${part}' нельзя`, "order");
    }
    return { name, sign: direction === "asc" ? 1 : -1 };
  });
  return entities.toSorted((one, other) => {
    for (const { name, sign } of keys) {
      const difference = compare(sortValue(one, name), sortValue(other, name));
      if (difference !== 0) return difference * sign;
    }
    return 0;
  });
}

function sortValue(entity: Entity, name: string): Scalar {
  if (name === "id") return entity.id;
  if (name === "created") return entity.createdAt;
  return name === "updated" ? entity.updatedAt : (entity.scalars[name] ?? "");
}

function compare(one: Scalar, other: Scalar): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one) < String(other) ? -1 : Number(String(one) > String(other));
}
