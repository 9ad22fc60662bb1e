/** `/entity/{type}/metadata`: the custom fields and the states a merchant gave an entity type. */
import { refuse } from "./api-error.ts";
import { type Answer, type Ask, byMethod, ok } from "./ask.ts";
import { removeForGood } from "./change.ts";
import { type Entity, isRecord } from "./entity.ts";
import { findEntity, post, put, shown } from "./entity-routes.ts";
import { isGuid } from "./ids.ts";
import { attributeKind, type Kind, stateKind } from "./kinds.ts";
import { parsePage, toPage } from "./listing.ts";
import { parseExpand, render, toCollection } from "./render.ts";

const PAGE = { limitDefault: 1_000, limitMax: 1_000 };

export function answerMetadata(kind: Kind, ask: Ask): Answer {
  const [, , , section, id, more] = ask.segments;
  if (section === undefined) return byMethod(ask, { GET: () => ok(toMetadata(kind, ask)) });
  const own = section === "attributes" ? attributeKind : stateKind;
  const isKnown = (section === "attributes" && kind.hasAttributes) || (section === "states" && kind.hasStates);
  if (!isKnown || more !== undefined) throw refuse(1002, `Неопознанный путь: ${ask.path}`);
  if (ask.method !== "GET") checkRights(section, ask);
  if (id === undefined) {
    const create = { POST: () => post(own, ask, kind.type) };
    return byMethod(ask, section === "attributes" ? { ...create, GET: () => listAttributes(kind, ask) } : create);
  }
  if (!isGuid(id)) throw refuse(1000, `Неверный идентификатор: ${id}`);
  const entity = findEntity(own.type, id, ask);
  if (entity.scalars["entityType"] !== kind.type) throw refuse(1021, `Объект не найден: ${id}`);
  return byMethod(ask, {
    GET: () => ok(shown(entity, ask)),
    PUT: () => ok(shown(put(own, entity, ask.body, ask), ask)),
    DELETE: () => {
      removeForGood(entity, ask.session);
      return ok();
    },
  });
}

function checkRights(section: string, { principal, body }: Ask): void {
  if (principal.isAdmin) return;
  if (section === "states") throw refuse(1016, "Статусы меняет только администратор");
  const isRequired = isRecord(body) && body["required"] === true;
  throw refuse(isRequired ? 14013 : 14010, "Доп. поля меняет только администратор");
}

function toMetadata(kind: Kind, ask: Ask): object {
  const { view, query } = ask;
  const attributes = ofKind("attributemetadata", kind, ask);
  const states = ofKind("state", kind, ask);
  const toBody = (entity: Entity) => render(entity, {}, view);
  const collection = toCollection(
    `/entity/${kind.type}/metadata/attributes`,
    "attributemetadata",
    attributes.length,
    view,
  );
  const isExpanded = parseExpand(query.get("expand") ?? "")["attributes"] !== undefined;
  const asMeta = isExpanded ? { ...collection, rows: attributes.map(toBody) } : collection;
  const asArray = attributes.length > 0 ? attributes.map(toBody) : undefined;
  return {
    meta: { href: view.hrefs.of(`/entity/${kind.type}/metadata`), mediaType: "application/json" },
    ...(kind.hasAttributes ? { attributes: view.knobs.attributesShape === "meta" ? asMeta : asArray } : {}),
    ...(states.length > 0 ? { states: states.map(toBody) } : {}),
    createShared: false,
  };
}

function listAttributes(kind: Kind, ask: Ask): Answer {
  const { path, query, view } = ask;
  const attributes = ofKind("attributemetadata", kind, ask);
  const toRow = (entity: Entity) => render(entity, {}, view);
  return ok(toPage(path, "attributemetadata", attributes, parsePage(query, PAGE), query, view, toRow));
}

function ofKind(type: string, kind: Kind, { view }: Ask): Entity[] {
  return view.merchant.store.of(type).filter(({ scalars }) => scalars["entityType"] === kind.type);
}
