/** Addresses of entities, as answers show them and bodies must name them. */
import { refuse } from "./api-error.ts";
import { type Entity, type Reference, textOf } from "./entity.ts";
import { isGuid } from "./ids.ts";
import { kindOfStored } from "./kinds.ts";

export const OFFICIAL_BASE = "https://api.moysklad.ru/api/remap/1.2";
const WEB = "https://online.moysklad.ru/app";

/** `owner` is set for what lives under an entity type's metadata: states and attributes. */
export interface Target extends Reference {
  owner: string | null;
}

export interface Hrefs {
  base: string;
  of(path: string): string;
  toMeta(entity: Entity): object;
  /** @throws ApiError 1059 for another server, 2013 for an address of nothing. */
  parse(href: string, parameter?: string): Target;
}

/** @param acceptsOfficial whether hrefs of the real server are taken too */
export function createHrefs(base: string, acceptsOfficial: () => boolean): Hrefs {
  const toHref = (path: string) => `${base}${path}`;
  return {
    base,
    of: toHref,
    toMeta(entity) {
      const page = kindOfStored(entity.type).page;
      const owner = textOf(entity, "entityType");
      const isNested = entity.type === "note";
      return {
        href: toHref(toPath(entity)),
        ...(isNested
          ? {}
          : { metadataHref: toHref(`/entity/${isUnderMetadata(entity) ? owner : entity.type}/metadata`) }),
        type: entity.type,
        mediaType: "application/json",
        ...(isNested || isUnderMetadata(entity) || entity.type === "webhook"
          ? {}
          : { uuidHref: `${WEB}/#${page}/edit?id=${entity.id}` }),
      };
    },
    parse(href, parameter) {
      const bases = acceptsOfficial() ? [base, OFFICIAL_BASE] : [base];
      const own = bases.find((candidate) => href.startsWith(`${candidate}/`));
      if (own === undefined) throw refuse(1059, "Ссылка ведёт на другой сервер", parameter);
      const target = parsePath(href.slice(own.length));
      if (!target) throw refuse(2013, `Ссылка ни на что не указывает: ${href}`, parameter);
      return target;
    },
  };
}

export function toPath(entity: Entity): string {
  const owner = textOf(entity, "entityType");
  switch (entity.type) {
    case "state":
      return `/entity/${owner}/metadata/states/${entity.id}`;
    case "attributemetadata":
      return `/entity/${owner}/metadata/attributes/${entity.id}`;
    case "note": {
      const subject = entity.references["subject"];
      return `/entity/${subject?.type}/${subject?.id}/notes/${entity.id}`;
    }
    default:
      return `/entity/${entity.type}/${entity.id}`;
  }
}

function isUnderMetadata({ type }: Entity): boolean {
  return type === "state" || type === "attributemetadata";
}

function parsePath(path: string): Target | null {
  const [, root, type, second, third, fourth, more] = path.split("/");
  if (root !== "entity" || type === undefined || second === undefined || more !== undefined) return null;
  if (second === "metadata" && fourth !== undefined && isGuid(fourth)) {
    if (third === "states") return { type: "state", id: fourth, owner: type };
    if (third === "attributes") return { type: "attributemetadata", id: fourth, owner: type };
    return null;
  }
  return third === undefined && isGuid(second) ? { type, id: second, owner: null } : null;
}
