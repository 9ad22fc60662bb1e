/** Leads (calls, requests, chats) of a site, found by id or by contact. */
import * as z from "zod";

export const leadKind = z.enum(["call", "request", "chat"]);
export type LeadKind = z.infer<typeof leadKind>;

/** The number every client of the sandbox calls. */
export const TRACKED_NUMBER = "74991121187";

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
  /** Given by hand or through the API. */
  tags: texts.optional(),
  /** Given by Calltouch itself: for keys pressed during the call, and for the number that was called. */
  autoTags: z.strictObject({ tone: texts.optional(), number: texts.optional() }).optional(),
  unique: z.boolean().optional(),
  /** Of a call or a request: whether it counts as a target one. */
  target: z.boolean().optional(),
  name: z.string().min(1).optional(),
  /** Of a request: the form's name, what was written into it, and the site's own number of it. */
  subject: z.string().min(1).optional(),
  comment: z.string().min(1).optional(),
  requestNumber: z.string().min(1).optional(),
  /** Of a call. Epoch milliseconds; the call is still going on before it. Over at once when left out. */
  finishedAt: z.number().optional(),
  durationSeconds: z.int().min(0).optional(),
  waitingSeconds: z.int().min(0).optional(),
  answered: z.boolean().optional(),
  /** Whether Calltouch called the client, not the client the shop. */
  callback: z.boolean().optional(),
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
      guaClientId: z.string().optional(),
      yaClientId: z.string().optional(),
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
  autoTags: { tone: string[]; number: string[] };
  unique: boolean;
  target: boolean;
  name: string | null;
  subject: string | null;
  comment: string | null;
  requestNumber: string;
  finishedAt: number;
  durationSeconds: number;
  waitingSeconds: number;
  answered: boolean;
  callback: boolean;
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

export function toLead(input: LeadInput, id: number): Lead {
  return {
    siteId: input.siteId,
    kind: input.kind,
    id,
    at: input.at,
    visibleAt: input.at + (input.visibleAfterMs ?? 0),
    phones: (input.phones ?? []).map(normalizePhone),
    emails: input.emails ?? [],
    tags: input.tags ?? [],
    autoTags: { tone: input.autoTags?.tone ?? [], number: input.autoTags?.number ?? [] },
    unique: input.unique ?? true,
    target: input.target ?? true,
    name: input.name ?? null,
    subject: input.subject ?? null,
    comment: input.comment ?? null,
    requestNumber: input.requestNumber ?? String(id),
    finishedAt: input.finishedAt ?? input.at,
    durationSeconds: input.durationSeconds ?? 60,
    waitingSeconds: input.waitingSeconds ?? 5,
    answered: input.answered ?? true,
    callback: input.callback ?? false,
    session: input.session ?? null,
    manager: null,
    customFields: [],
  };
}

/** The tags a matcher sees, whoever gave them. */
export function allTags({ autoTags, tags }: Lead): string[] {
  return [...autoTags.tone, ...autoTags.number, ...tags];
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
