/** What MoySklad's documentation leaves open, as switches. The defaults are the strictest reading that is still plausible. */
import * as z from "zod";

const knobs = z.strictObject({
  /** Whether `Accept` must be the exact documented value, or may also be plain JSON, anything, or absent. */
  accept: z.enum(["strict", "tolerant"]).default("strict"),
  /** What happens to a body field the entity does not have. Read-only fields are always ignored. */
  unknownFields: z.enum(["reject", "ignore"]).default("reject"),
  /** Whether hrefs of api.moysklad.ru are accepted beside those of the sandbox's own base. */
  officialHrefs: z.boolean().default(false),
  /** Whether linking a payment to an order bumps the order's `updated` and fires its UPDATE webhook. */
  paymentTouchesOrder: z.boolean().default(false),
  /** The same for shipments and returns. */
  shipmentTouchesOrder: z.boolean().default(false),
  /** Whether an order's `payedSum` counts payments linked to its shipments and invoices. */
  payedSumIncludesIndirect: z.boolean().default(true),
  /** Whether `search` compares phones as they were typed, or by their digits. */
  phoneSearch: z.enum(["raw", "digits"]).default("raw"),
  /** Whether `filter=email=` tells capital letters apart. */
  emailCaseSensitive: z.boolean().default(true),
  /** Whether a list without a word about `archived` leaves archived entities out. */
  archivedDefault: z.enum(["excluded", "included"]).default("excluded"),
  /** How `/metadata` shows its attributes: as the meta of a collection, or as a plain array. */
  attributesShape: z.enum(["meta", "array"]).default("meta"),
  /** What repeating a POST with the same `syncId` does to an entity that exists. */
  syncIdRepeat: z.enum(["ignore", "update"]).default("ignore"),
  /** Error code of a reference to a state that was deleted. */
  deadStateCode: z.literal([2013, 11001]).default(2013),
  /** Status of an array of which some items failed: that of the first failed one, or 200. */
  bulkFailure: z.enum(["error", "ok"]).default("error"),
  /** Whether two documents of one type may not have the same number. */
  uniqueNumbers: z.boolean().default(false),
  /** Which webhook fires when a document comes back from the recycle bin. */
  restoreFires: z.enum(["none", "CREATE", "UPDATE"]).default("none"),
  /** Whether `X-RateLimit-Limit` and `-Remaining` count units, or requests at their present weight. */
  rateLimitHeaders: z.enum(["units", "requests"]).default("units"),
  /** Units per request of a user token, whatever the date says; null goes by the date. */
  userWeight: z.int().positive().nullable().default(null),
  /** Units per three seconds; what the vendor grants is 45. */
  bucketUnits: z.int().positive().default(45),
  /** Whether 429 answers are HTML instead of JSON. */
  rateLimitHtml: z.boolean().default(false),
  /** The vendor's automatic bans: whether a hundred PUTs a minute are too many to one object, or to all of one type. */
  bans: z.enum(["off", "object", "type"]).default("type"),
  /** Whether answers are compressed; a server may answer plainly although it was offered gzip. */
  gzip: z.boolean().default(true),
  /** How long every answer takes. */
  latencyMs: z.int().min(0).default(0),
});
export type Knobs = z.infer<typeof knobs>;
export type KnobsPatch = z.input<typeof knobs>;

export interface KnobPanel {
  current(): Knobs;
  set(patch: KnobsPatch): Knobs;
}

/** @throws ZodError when a patch names an unknown knob or an impossible value. */
export function createKnobPanel(initial: KnobsPatch = {}): KnobPanel {
  let current = knobs.parse(initial);
  return {
    current: () => current,
    set(patch) {
      current = knobs.parse({ ...current, ...patch });
      return current;
    },
  };
}
