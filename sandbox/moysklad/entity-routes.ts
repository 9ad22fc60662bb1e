/** `/entity/{type}` and what lies under it. */
import { ApiError, refuse, toErrorBody } from "./api-error.ts";
import { type Answer, type Ask, byMethod, ok } from "./ask.ts";
import { changeBy, createFrom, moveToTrash, removeForGood } from "./change.ts";
import { createPatch, type Entity, isRecord } from "./entity.ts";
import { toPath } from "./hrefs.ts";
import { isGuid } from "./ids.ts";
import { type Kind, kindOfStored, noteKind } from "./kinds.ts";
import { listEntities, parsePage, parsePageExpand, toPage } from "./listing.ts";
import { readBody, readContactPerson } from "./read-body.ts";
import { readTarget, wrongType } from "./read-field.ts";
import { parseExpand, render, renderRow } from "./render.ts";
import { checkWebhookRights } from "./webhook-rules.ts";

const ITEMS_MAX = 1_000;
const COLLECTION_PAGE = { limitDefault: 1_000, limitMax: 1_000 };

export function answerEntity(kind: Kind, ask: Ask): Answer {
  const [, , id, collection, more] = ask.segments;
  if (kind.type === "webhook" && ask.method !== "GET") {
    checkWebhookRights(ask.principal.isAdmin, ask.principal.merchant.tariff);
  }
  if (id === undefined) {
    return byMethod(ask, {
      GET: () => ok(listEntities(kind, ask.path, ask.query, ask.view)),
      POST: () => post(kind, ask),
      PUT: () => {
        throw refuse(1012, "Для изменения нужен идентификатор в адресе");
      },
    });
  }
  if (id === "delete" && collection === undefined) return byMethod(ask, { POST: () => deleteMany(kind, ask) });
  if (!isGuid(id)) throw refuse(1000, `Неверный идентификатор: ${id}`);
  if (collection !== undefined) return answerCollection(kind, collection, more, ask);
  return byMethod(ask, {
    GET: () => ok(render(findEntity(kind.type, id, ask), parseExpand(ask.query.get("expand") ?? ""), ask.view)),
    POST: () => {
      throw refuse(1006, "При создании идентификатор в адресе не указывают");
    },
    PUT: () => ok(shown(put(kind, findEntity(kind.type, id, ask), ask.body, ask), ask)),
    DELETE: () => {
      removeForGood(findEntity(kind.type, id, ask), ask.session);
      return ok();
    },
  });
}

/** One object, or an array whose items succeed and fail each on its own. */
export function post(kind: Kind, ask: Ask, entityType?: string): Answer {
  if (!Array.isArray(ask.body)) return ok(shown(create(kind, ask.body, ask, entityType), ask));
  return toBulk(ask.body, ask, (item) => {
    const isUpdate = isRecord(item) && item["meta"] !== undefined;
    if (!isUpdate) return shown(create(kind, item, ask, entityType), ask);
    const { id } = readTarget(item, "meta", ask.view.hrefs);
    return shown(put(kind, findEntity(kind.type, id, ask), item, ask), ask);
  });
}

export function put(kind: Kind, before: Entity, body: unknown, ask: Ask): Entity {
  if (!isRecord(body)) throw wrongType("body");
  if ("syncId" in kind.fields && "syncId" in body) throw refuse(1047, "syncId изменить нельзя", "syncId");
  return changeBy(before, readBody(kind, body, ask.reading), ask.session);
}

/** @throws ApiError 1021. */
export function findEntity(type: string, id: string, { view }: Ask): Entity {
  const entity = view.merchant.store.get(id);
  if (entity?.type !== type) throw refuse(1021, `Объект не найден: ${id}`);
  return entity;
}

function create(kind: Kind, body: unknown, ask: Ask, entityType?: string): Entity {
  if (!isRecord(body)) throw wrongType("body");
  const syncId = body["syncId"];
  const existing =
    "syncId" in kind.fields && typeof syncId === "string"
      ? ask.view.merchant.store.bySyncId(kind.type, syncId)
      : undefined;
  if (!existing) return createFrom(kind, readBody(kind, body, ask.reading), ask.session, entityType);
  if (ask.view.knobs.syncIdRepeat === "ignore") return existing;
  const { syncId: _, ...rest } = body;
  return put(kind, existing, rest, ask);
}

export function shown(entity: Entity, ask: Ask): object {
  return render(entity, parseExpand(ask.query.get("expand") ?? ""), ask.view);
}

function toBulk(items: unknown[], ask: Ask, write: (item: unknown) => object): Answer {
  if (items.length > ITEMS_MAX) throw refuse(2007, `В массиве больше ${ITEMS_MAX} элементов`);
  let status = 200;
  const results = items.map((item) => {
    try {
      return write(item);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (status === 200 && ask.view.knobs.bulkFailure === "error") status = error.status;
      return toErrorBody(error.problems);
    }
  });
  return { status, body: results };
}

function deleteMany(kind: Kind, ask: Ask): Answer {
  if (!Array.isArray(ask.body)) throw wrongType("body");
  return toBulk(ask.body, ask, (item) => {
    const { id } = readTarget(item, "meta", ask.view.hrefs);
    removeForGood(findEntity(kind.type, id, ask), ask.session);
    return { info: `Сущность '${kind.type}' с UUID: ${id} успешно удалена` };
  });
}

function answerCollection(kind: Kind, name: string, more: string | undefined, ask: Ask): Answer {
  const owner = findEntity(kind.type, ask.segments[2] ?? "", ask);
  if (more === undefined && name === "trash" && kind.isDocument) {
    return byMethod(ask, {
      POST: () => {
        if (owner.deletedAt === null) moveToTrash(owner, ask.session);
        return ok();
      },
    });
  }
  if (more === undefined && name === "notes" && "shared" in kind.fields) {
    return byMethod(ask, { GET: () => listNotes(owner, ask), POST: () => addNote(owner, ask) });
  }
  const field = Object.hasOwn(kind.fields, name) ? kind.fields[name] : undefined;
  if (more === undefined && field?.kind === "rows") {
    const isOpen = field.of === "contactperson";
    const routes = { GET: () => listRows(owner, name, ask) };
    return byMethod(ask, isOpen ? { ...routes, POST: () => addContactPerson(owner, ask) } : routes);
  }
  throw refuse(1002, `Неопознанный путь: ${ask.path}`);
}

function listRows(owner: Entity, name: string, { path, query, view }: Ask): Answer {
  const page = parsePage(query, COLLECTION_PAGE);
  const expand = parsePageExpand(query);
  const type = name === "positions" ? `${owner.type}position` : "contactperson";
  const toRow = (row: Entity["rows"][string][number]) => renderRow(owner, name, row, expand, view);
  return ok(toPage(path, type, [...(owner.rows[name] ?? [])], page, query, view, toRow));
}

/** Answers an array, as the vendor does. */
function addContactPerson(owner: Entity, ask: Ask): Answer {
  const items = Array.isArray(ask.body) ? ask.body : [ask.body];
  const added = items.map((item) => readContactPerson(item, ask.reading));
  const contactpersons = [...(owner.rows["contactpersons"] ?? []), ...added];
  changeBy(owner, createPatch({ rows: { contactpersons } }), ask.session);
  return ok(added.map((row) => renderRow(owner, "contactpersons", row, {}, ask.view)));
}

function listNotes(owner: Entity, ask: Ask): Answer {
  const notes = ask.view.merchant.store.referrers(owner.id).filter(({ type }) => type === "note");
  const page = parsePage(ask.query, COLLECTION_PAGE);
  const type = "note";
  return ok(
    toPage(`${toPath(owner)}/notes`, type, notes.toReversed(), page, ask.query, ask.view, (note) => shown(note, ask)),
  );
}

function addNote(owner: Entity, ask: Ask): Answer {
  const { session, body, reading } = ask;
  const items = Array.isArray(body) ? body : [body];
  const patches = items.map((item) => {
    if (!isRecord(item)) throw wrongType("body");
    const patch = readBody(kindOfStored("note"), item, reading);
    const author = session.actor.employeeId;
    const subject = { type: owner.type, id: owner.id };
    const own: typeof patch.references =
      author === null ? { subject } : { subject, author: { type: "employee", id: author } };
    return { ...patch, references: { ...patch.references, ...own } };
  });
  return ok(patches.map((patch) => shown(createFrom(noteKind, patch, session), ask)));
}
