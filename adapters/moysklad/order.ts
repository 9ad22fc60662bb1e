/** The order made for a lead, as MoySklad's API takes it. Pure. */
import type { Lead } from "../../src/adapter.ts";
import { toMoscow } from "./date.ts";
import type { Memory } from "./memory.ts";
import { FIELDS_PATH, STATES_PATH } from "./metadata.ts";
import { type FieldValues, ORDER_FIELDS, valuesOfLead } from "./order-fields.ts";
import { type Reference, toReference } from "./reference.ts";
import type { MoyskladSettings } from "./settings.ts";

const DESCRIPTION_LENGTH_MAX = 4_096;

export interface OrderBody {
  organization: Reference;
  agent: Reference;
  syncId: string;
  externalCode: string;
  moment?: string;
  state?: Reference;
  description: string;
  attributes: FieldValue[];
}

export interface FieldValue {
  meta: Reference["meta"];
  value: unknown;
}

export interface OrderParts {
  lead: Lead;
  baseUrl: string;
  memory: Memory;
  settings: MoyskladSettings;
  organizationId: string;
  agentId: string;
  syncId: string;
}

/** Ties the order, and the counterparty made with it, to the lead: `ct:call:700112233`. */
export function toLeadCode({ kind, id }: Pick<Lead, "kind" | "id">): string {
  return `ct:${kind}:${id}`;
}

export function toOrderBody(parts: OrderParts): OrderBody {
  const { lead, baseUrl, memory, settings } = parts;
  const { initialState } = settings;
  // A chosen state that was deleted: MoySklad's own first one is taken, and setup says so.
  const isStateKnown = initialState !== undefined && memory.initialStateId === initialState;
  return {
    organization: toReference(baseUrl, `/entity/organization/${parts.organizationId}`, "organization"),
    agent: toReference(baseUrl, `/entity/counterparty/${parts.agentId}`, "counterparty"),
    syncId: parts.syncId,
    externalCode: toLeadCode(lead),
    moment: toMoscow(lead.at),
    ...(isStateKnown ? { state: toReference(baseUrl, `${STATES_PATH}/${initialState}`, "state") } : {}),
    description: toDescription(lead),
    attributes: toAttributes(parts),
  };
}

/** Of the fields the merchant has. */
export function toFieldValues(values: FieldValues, memory: Memory, baseUrl: string): FieldValue[] {
  return ORDER_FIELDS.flatMap(({ code }) => {
    const [id, value] = [memory.attributes[code], values[code]];
    return id === undefined || value === undefined ? [] : [toFieldValue(id, value, baseUrl)];
  });
}

/** A default stands where the lead says nothing. */
function toAttributes({ lead, memory, settings, baseUrl }: OrderParts): FieldValue[] {
  const values = valuesOfLead(lead);
  const filled = new Set(ORDER_FIELDS.map(({ code }) => values[code] && memory.attributes[code]));
  const defaults = Object.entries(settings.defaults ?? {}).flatMap(([name, value]) => {
    const id = memory.defaults[name];
    return id === undefined || filled.has(id) ? [] : [toFieldValue(id, value, baseUrl)];
  });
  return [...toFieldValues(values, memory, baseUrl), ...defaults];
}

function toFieldValue(id: string, value: unknown, baseUrl: string): FieldValue {
  return { meta: toReference(baseUrl, `${FIELDS_PATH}/${id}`, "attributemetadata").meta, value };
}

/** What a manager reads first: where the order comes from; then what the client wrote. */
export function toDescription(lead: Lead): string {
  const lines = [toHeadline(lead), lead.name && `Имя: ${lead.name}`, lead.subject, lead.comment];
  return lines
    .filter((line) => line !== undefined && line !== "")
    .join("\n")
    .slice(0, DESCRIPTION_LENGTH_MAX)
    .toWellFormed();
}

export function toHeadline({ kind, phone, email }: Lead): string {
  if (kind === "call") {
    return phone === undefined
      ? "Заказ по звонку из Calltouch со скрытого номера"
      : `Заказ по звонку из Calltouch с номера +${phone}`;
  }
  const from = [phone && `номера +${phone}`, email && `почты ${email}`].filter((part) => part !== undefined);
  return from.length === 0
    ? "Заказ по заявке из Calltouch без телефона и почты"
    : `Заказ по заявке из Calltouch с ${from.join(" и ")}`;
}
