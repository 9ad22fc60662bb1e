/**
 * The shared deal: what Calltouch should know about one sale, whatever ERP it came from.
 *
 * document     one ERP document, in the last state the ERP sent
 * adapter      the module that turns one ERP's documents into deals
 * deal         this model
 * account      a name for a Calltouch siteId, its token and its flags
 * site         a Calltouch siteId: order numbers and points belong to it
 * connection   one ERP base: its adapter, keys, time zone and settings
 * lead         a call or a request in Calltouch
 * attribution  source, medium, campaign and keyword of the lead a deal was matched to
 * points       Calltouch's hourly and daily budget
 * tick         one bounded run of the dispatcher
 * claim        take due deals for one send;  lease: who holds them and until when;  settle: write down how it ended
 * verdict      what Calltouch's answer means for one deal
 * due          waits for its time;  delivered: Calltouch has it;  held: waits for a person or a rule;  dead: a person must look
 */
import * as z from "zod";

/** Longest order number Calltouch is trusted with; it is the deal's identity, so it is refused rather than cut. */
export const ORDER_NUMBER_LENGTH_MAX = 100;

/** Epoch milliseconds, UTC, between 1970 and 2100. */
export const instant = z.int().min(0).max(4_102_444_800_000);
const kopecks = z.int().min(-1e15).max(1e15);
const text = z.string().min(1).max(2_000);

export const contacts = z.strictObject({
  name: text.optional(),
  /** Digits only, in the international form: 79031234567. */
  phones: z.array(z.string().regex(/^\d{10,15}$/)).max(20),
  emails: z.array(z.string().min(3).max(254)).max(20),
});
export type Contacts = z.infer<typeof contacts>;

/** How Calltouch is asked to find the lead of a deal, and the source it gets when there is none. */
export const matching = z.strictObject({
  /** The lead nearest to this instant is taken. */
  at: instant,
  typeToMatch: z.enum(["nearest", "nearestUniq"]),
  searchDepthMinutes: z.int().min(1).max(262_800),
  /** Only leads that carry all of these tags. */
  leadTags: z.array(text).max(20),
  /** Set when the deal came from a known lead. */
  lead: z.strictObject({ kind: z.enum(["call", "request"]), id: z.int().positive() }).optional(),
  /** Always the last matcher, so a deal always lands. */
  customSource: z.strictObject({
    source: text,
    medium: text,
    campaign: text.optional(),
    content: text.optional(),
    term: text.optional(),
  }),
});

export const product = z.strictObject({
  name: text,
  priceKopecks: kopecks,
  quantity: z.int().positive(),
  category: text.optional(),
  brand: text.optional(),
});

export const deal = z.strictObject({
  orderNumber: z.string().min(1).max(ORDER_NUMBER_LENGTH_MAX),
  /** The date of the deal. */
  orderAt: instant,
  matching,
  status: text,
  statusAt: instant,
  /** When the ERP last changed anything in it; carried into the update's date, never compared. */
  changedAt: instant,
  currency: text.optional(),
  revenueKopecks: kopecks.optional(),
  marginKopecks: kopecks.optional(),
  manager: text.optional(),
  funnel: text.optional(),
  orderName: text.optional(),
  orderLink: z.url().max(2_000).optional(),
  tags: z.array(text).max(100),
  customFields: z.array(z.strictObject({ field: text, value: z.string().max(2_000) })).max(100),
  products: z.array(product).max(500),
  /** Whether the contacts are also written into the deal itself, not only used to find its lead. */
  showContacts: z.boolean(),
  contacts,
  comment: z.string().min(1).max(4_000).optional(),
});
export type Deal = z.infer<typeof deal>;
