/** The nine order fields of the customer's table, and how they are recognised among the merchant's own. Pure. */
import type { Lead } from "../../src/adapter.ts";
import type { Field } from "./metadata.ts";

const TAG_SEPARATOR = "|";
const TEXT_LENGTH_MAX = 4_096;
const STRING_LENGTH_MAX = 255;

export const ORDER_FIELDS = [
  { code: "source", name: "Источник", type: "string" },
  { code: "medium", name: "Канал", type: "string" },
  { code: "utm_source", name: "utm_source", type: "string" },
  { code: "utm_medium", name: "utm_medium", type: "string" },
  { code: "utm_campaign", name: "utm_campaign", type: "string" },
  { code: "utm_content", name: "utm_content", type: "string" },
  { code: "utm_term", name: "utm_term", type: "string" },
  { code: "gclid", name: "Google Client ID", type: "string" },
  { code: "tags", name: "Теги", type: "text" },
] as const;
export type OrderField = (typeof ORDER_FIELDS)[number];
export type FieldCode = OrderField["code"];
export type FieldValues = Partial<Record<FieldCode, string>>;

/** MoySklad knows no codes: ours is the field's description, so that it is found again when the merchant renames it. */
export function toDescription(field: OrderField): string {
  return `calltouch:${field.code}`;
}

/** By the id known, else by the description, else by the name. */
export function findField(field: OrderField, fields: readonly Field[], knownId: string | undefined): Field | undefined {
  return (
    fields.find(({ id }) => id === knownId) ??
    fields.find(({ description }) => description === toDescription(field)) ??
    fields.find(({ name }) => name.trim().toLowerCase() === field.name.toLowerCase())
  );
}

/** A line can be kept in a text field too; a text in a line would be cut. */
export function isFitting({ type }: OrderField, found: Field): boolean {
  return found.type === "text" || (type === "string" && found.type === "string");
}

export function valuesOfLead(lead: Lead): FieldValues {
  const tags = lead.tags.join(TAG_SEPARATOR);
  return withoutEmpty({
    source: lead.source,
    medium: lead.medium,
    utm_source: lead.utmSource,
    utm_medium: lead.utmMedium,
    utm_campaign: lead.utmCampaign,
    utm_content: lead.utmContent,
    utm_term: lead.utmTerm,
    gclid: lead.googleClientId,
    tags: tags === "" ? undefined : tags,
  });
}

/** Cut to what MoySklad takes. */
export function withoutEmpty(values: Readonly<Record<string, string | undefined>>): FieldValues {
  const filled: FieldValues = {};
  for (const { code, type } of ORDER_FIELDS) {
    const value = values[code]?.trim() ?? "";
    if (value !== "")
      filled[code] = value.slice(0, type === "text" ? TEXT_LENGTH_MAX : STRING_LENGTH_MAX).toWellFormed();
  }
  return filled;
}
