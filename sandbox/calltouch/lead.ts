/** Leads (calls, requests, chats) of a site, found by id or by contact. */
import * as z from "zod";

export const leadKind = z.enum(["call", "request", "chat"]);
export type LeadKind = z.infer<typeof leadKind>;

const texts = z.array(z.string().min(1));
export const leadInput = z.strictObject({
  siteId: z.string().min(1),
  kind: leadKind,
  id: z.int().positive().optional(),
  /** Epoch milliseconds. */
  at: z.number(),
  phones: texts.optional(),
  emails: texts.optional(),
  waPhones: texts.optional(),
  tgIds: texts.optional(),
  tgUsernames: texts.optional(),
  vkIds: texts.optional(),
  tags: texts.optional(),
  unique: z.boolean().optional(),
  session: z
    .strictObject({
      source: z.string(),
      medium: z.string(),
      utmSource: z.string().optional(),
      utmMedium: z.string().optional(),
      utmCampaign: z.string().optional(),
      utmContent: z.string().optional(),
      utmTerm: z.string().optional(),
      keyword: z.string().optional(),
    })
    .nullish(),
  /** The lead cannot be matched until this long after `at`. */
  visibleAfterMs: z.number().min(0).optional(),
});
export type LeadInput = z.input<typeof leadInput>;
export type LeadSession = NonNullable<LeadInput["session"]>;

export interface Lead {
  siteId: string;
  kind: LeadKind;
  id: number;
  at: number;
  visibleAt: number;
  /** Digits only. */
  phones: string[];
  emails: string[];
  tags: string[];
  unique: boolean;
  session: LeadSession | null;
  manager: string | null;
  customFields: { field: string; value: string }[];
}

export interface Contacts {
  phones?: string[] | undefined;
  emails?: string[] | undefined;
  waPhones?: string[] | undefined;
  tgIds?: string[] | undefined;
  tgUsernames?: string[] | undefined;
  vkIds?: string[] | undefined;
}

/** Digits only, with the country: 8 (915) 888-11-22 → 79158881122. */
export function normalizePhone(phone: string): string {
  const digits = phone.replace(/\D/g, "");
  if (digits.length === 11 && digits.startsWith("8")) return `7${digits.slice(1)}`;
  return digits.length === 10 ? `7${digits}` : digits;
}

export interface LeadBook {
  /** @throws Error when the site already has a lead of this kind and id. */
  add(lead: Lead, contacts: Contacts): void;
  replace(lead: Lead): void;
  get(kind: LeadKind, id: number): Lead | undefined;
  byContacts(contacts: Contacts): Lead[];
  all(): Lead[];
}

export function createLeadBook(): LeadBook {
  const leads = new Map<string, Lead>();
  const keysByContact = new Map<string, Set<string>>();
  const keyOf = (kind: LeadKind, id: number) => `${kind}:${id}`;
  return {
    add(lead, contacts) {
      const key = keyOf(lead.kind, lead.id);
      if (leads.has(key)) throw new Error(`the site already has ${lead.kind} ${lead.id}`);
      leads.set(key, lead);
      for (const contact of toContactKeys(contacts)) {
        const keys = keysByContact.get(contact) ?? new Set();
        keysByContact.set(contact, keys.add(key));
      }
    },
    replace: (lead) => void leads.set(keyOf(lead.kind, lead.id), lead),
    get: (kind, id) => leads.get(keyOf(kind, id)),
    byContacts(contacts) {
      const keys = new Set(toContactKeys(contacts).flatMap((contact) => [...(keysByContact.get(contact) ?? [])]));
      return [...keys].flatMap((key) => leads.get(key) ?? []);
    },
    all: () => [...leads.values()],
  };
}

function toContactKeys(contacts: Contacts): string[] {
  return [
    ...(contacts.phones ?? []).map((phone) => `phone:${normalizePhone(phone)}`),
    ...(contacts.emails ?? []).map((email) => `email:${email.toLowerCase()}`),
    ...(contacts.waPhones ?? []).map((phone) => `wa:${normalizePhone(phone)}`),
    ...(contacts.tgIds ?? []).map((id) => `tg:${id}`),
    ...(contacts.tgUsernames ?? []).map((name) => `tgUsername:${name.replace(/^@/, "").toLowerCase()}`),
    ...(contacts.vkIds ?? []).map((id) => `vk:${id}`),
  ];
}
