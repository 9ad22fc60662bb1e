/** The history of one entity, and of everything. */
import { refuse } from "./api-error.ts";
import { type Answer, type Ask, ok } from "./ask.ts";
import type { AuditedValue, AuditRecord } from "./audit.ts";
import { isReference, textOf } from "./entity.ts";
import { type Operator, parseFilter } from "./filter.ts";
import type { Kind } from "./kinds.ts";
import { parsePage, toPage } from "./listing.ts";
import { parseMoscowDate, toMoscowDate } from "./moscow-date.ts";
import type { View } from "./render.ts";

const AUDIT_PAGE = { limitDefault: 25, limitMax: 100 };

/** `GET /entity/{type}/{id}/audit`, newest first; still answered when the entity is gone. */
export function answerAudit(kind: Kind, { segments, path, query, view }: Ask): Answer {
  const records = view.merchant.audit.of(segments[2] ?? "").filter(({ entity }) => entity.type === kind.type);
  if (records.length === 0 && !view.merchant.store.get(segments[2] ?? "")) throw refuse(1021, "Объект не найден");
  const page = parsePage(query, AUDIT_PAGE);
  return ok(toPage(path, "auditevent", records, page, query, view, (record) => toEvent(record, view)));
}

/** `GET /audit` and `GET /audit/{id}/events`. */
export function answerContexts({ segments, path, query, view }: Ask): Answer {
  const page = parsePage(query, AUDIT_PAGE);
  const records = view.merchant.audit.all();
  const [, contextId, events] = segments;
  if (contextId !== undefined) {
    const own = records.filter((record) => record.contextId === contextId);
    if (events !== "events" || own.length === 0) throw refuse(1021, "Контекст аудита не найден");
    return ok(toPage(path, "auditevent", own, page, query, view, (record) => toEvent(record, view)));
  }
  const wanted = records.filter(toFilter(query.get("filter") ?? ""));
  const contexts = [...Map.groupBy(wanted, (record) => record.contextId).values()];
  return ok(toPage(path, "audit", contexts, page, query, view, (group) => toContext(group, view)));
}

/** @throws ApiError 1034 or 1035, whether there is anything to filter or not. */
function toFilter(text: string): (record: AuditRecord) => boolean {
  const tests = parseFilter(text).map(({ field, operator, value }) => {
    if (field === "moment") return toMomentTest(operator, value);
    if (operator !== "=") throw refuse(1034, "У этого поля бывает только равенство", "filter");
    switch (field) {
      case "entityType":
        return (record: AuditRecord) => record.entity.type === value;
      case "eventType":
      case "uid":
      case "source":
        return (record: AuditRecord) => record[field] === value;
      default:
        throw refuse(1034, `Фильтровать по '${field}' нельзя`, "filter");
    }
  });
  return (record) => tests.every((test) => test(record));
}

function toMomentTest(operator: Operator, value: string): (record: AuditRecord) => boolean {
  const wanted = parseMoscowDate(value, true);
  if (wanted === null) throw refuse(1035, `Неверный формат даты: ${value}`, "filter");
  switch (operator) {
    case ">=":
      return ({ at }) => at >= wanted;
    case "<=":
      return ({ at }) => at <= wanted;
    case ">":
      return ({ at }) => at > wanted;
    case "<":
      return ({ at }) => at < wanted;
    case "=":
      return ({ at }) => at === wanted;
    default:
      throw refuse(1034, "Это условие к дате не подходит", "filter");
  }
}

function toContext(group: AuditRecord[], { hrefs, merchant }: View): object | null {
  const [first] = group;
  if (!first) return null;
  return {
    meta: { href: hrefs.of(`/audit/${first.contextId}`), type: "audit", mediaType: "application/json" },
    id: first.contextId,
    accountId: merchant.accountId,
    uid: first.uid,
    source: first.source,
    moment: toMoscowDate(first.at),
    eventType: first.eventType,
    entityType: first.entity.type,
    objectCount: group.length,
    events: { meta: { href: hrefs.of(`/audit/${first.contextId}/events`), type: "auditevent", size: group.length } },
  };
}

function toEvent(record: AuditRecord, view: View): object {
  const { hrefs } = view;
  const diff = Object.entries(record.diff).map(([name, { before, after }]) => [
    name,
    { ...shown("oldValue", before, view), ...shown("newValue", after, view) },
  ]);
  return {
    source: record.source,
    eventType: record.eventType,
    entityType: record.entity.type,
    uid: record.uid,
    moment: toMoscowDate(record.at),
    name: record.name,
    audit: { meta: { href: hrefs.of(`/audit/${record.contextId}`), type: "audit", mediaType: "application/json" } },
    entity: {
      meta: {
        href: hrefs.of(`/entity/${record.entity.type}/${record.entity.id}`),
        type: record.entity.type,
        mediaType: "application/json",
      },
    },
    ...(diff.length > 0 ? { diff: Object.fromEntries(diff) } : {}),
  };
}

/** Nothing where there was no value; a reference as its meta and name. */
function shown(key: "oldValue" | "newValue", value: AuditedValue | null, view: View): object {
  if (value === null) return {};
  if (!isReference(value)) return { [key]: value };
  const entity = view.merchant.store.get(value.id);
  return entity ? { [key]: { meta: view.hrefs.toMeta(entity), name: textOf(entity, "name") } } : {};
}
