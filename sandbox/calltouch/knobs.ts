/** Everything the documentation leaves open, as switches. The defaults are the strictest reading that is still plausible. */
import * as z from "zod";

const status = z.int().min(400).max(599);
const cost = z.int().min(0);
const length = z.int().positive();

const knobs = z.strictObject({
  /** HTTP status of the 11th request within one second. */
  rateLimitStatus: status.default(429),
  /** `Retry-After` of a rate-limited answer; null sends none. */
  retryAfterSeconds: z.int().positive().nullable().default(null),
  /** HTTP status for a missing, unknown or revoked token, an unknown site, or a site with its API switched off. */
  authStatus: z.literal([401, 403]).default(401),
  /** HTTP status when the hour's or the day's points do not cover the request. */
  pointsStatus: status.default(429),
  /** Points per request, by method. */
  costs: z
    .strictObject({
      create: cost.default(1),
      update: cost.default(1),
      delete: cost.default(1),
      list: cost.default(1),
      calls: cost.default(1),
      requests: cost.default(1),
    })
    .prefault({}),
  /** Multiplies the cost of a write by the number of its items. */
  costPerItem: z.boolean().default(false),
  /** Whether a deal no matcher placed is created without a source instead of being refused. */
  createUnmatched: z.boolean().default(false),
  /** What a create does with a number that exists: refuses it, updates the deal, or makes a second deal. */
  duplicateCreate: z.enum(["error", "upsert", "allow"]).default("error"),
  /** Whether the number of a deleted deal may be created again. */
  reuseDeletedNumber: z.boolean().default(false),
  /** What a delete answers for a number that is unknown or already deleted. */
  deleteUnknown: z.enum(["error", "ok"]).default("error"),
  /** Whether a key the method does not know refuses the whole body. */
  rejectUnknownKeys: z.boolean().default(false),
  /** Whether an `orderNumber` sent as a JSON number refuses the body; otherwise it is read as text. */
  rejectNumericOrderNumber: z.boolean().default(false),
  /** Whether `addTags` of the other method (array in create, object in update) refuses the body. */
  strictShapes: z.boolean().default(true),
  /** Longest `comment.text` and `addNewComment.text`. */
  commentMax: length.default(255),
  /** Longest field of `customSourceParams`. */
  sourceMax: length.default(128),
  /** Longest tag. */
  tagMax: length.default(100),
  /** Longest status, funnel and manager. */
  nameMax: length.default(100),
  /** Longest `orderNumber`. */
  orderNumberMax: length.default(100),
  /** Deepest `searchDepth`, minutes. */
  searchDepthMax: length.default(262_800),
  /** Whether a revenue below zero is accepted; a margin may always be negative. */
  allowNegativeRevenue: z.boolean().default(false),
  /** Whether a status without its `statusDate` refuses the body. */
  requireStatusDate: z.boolean().default(true),
  /** Whether an update without `updateDate` refuses the body. */
  requireUpdateDate: z.boolean().default(true),
  /** What an update does whose `updateDate` is before the deal's last one. */
  olderUpdate: z.enum(["accept", "error"]).default("accept"),
  /** How long after the matching date a lead may still be, minutes. */
  futureToleranceMinutes: z.int().min(0).default(0),
  /** Whether `searchDepth` reaches as far after the matching date as before it. */
  matchBothSides: z.boolean().default(false),
  /** Whether a `reMatching` that finds nothing keeps the old link. */
  keepLinkOnMiss: z.boolean().default(true),
  /** How the listing writes the visit of a deal without a source. */
  visitNullStyle: z.enum(["null", "objectOfNulls"]).default("null"),
  /** How the listing writes a client's phones. */
  phonesStyle: z.enum(["string", "array"]).default("string"),
  /** How the listing writes a deal's tags. */
  tagsStyle: z.enum(["strings", "groups"]).default("strings"),
  /** How long after its creation a deal first shows in the listing. */
  listingLagMs: z.int().min(0).default(0),
  /** Which id the listing's `orderNumber` filter means. */
  listingOrderNumber: z.enum(["ours", "calltouch"]).default("ours"),
  /** Whether the listing still shows deleted deals, marked `isDeleted`. */
  listDeleted: z.boolean().default(true),
  /** Whether `dateFrom` must be before, not equal to, `dateTo`. */
  strictDateOrder: z.boolean().default(true),
  /** Whether the day `dateTo` belongs to the listing. */
  dateToInclusive: z.boolean().default(true),
  /** Whether a listing of more than one day needs `page`. */
  onlyOneDayWithoutPage: z.boolean().default(true),
  /** How long after it began a lead first shows in its journal. */
  journalLagMs: z.int().min(0).default(0),
  /** Whether hours below ten have two digits in the dates of the journals. */
  journalPaddedHours: z.boolean().default(true),
  /** Whether the journals write numbers and booleans as themselves or as texts. */
  journalScalars: z.enum(["plain", "texts"]).default("plain"),
  /** What stands for the number of a caller who hides it, in journal and webhook; null is null and "null". */
  hiddenNumber: z.string().nullable().default("anonymous"),
  /** Whether the day `dateTo` belongs to the journal of requests; to that of calls it is known to belong. */
  requestsDateToInclusive: z.boolean().default(false),
  /** Whether `page` and `limit` cut the journal of requests or change nothing. */
  requestsPaging: z.enum(["honoured", "ignored"]).default("honoured"),
  /** How often each webhook is sent: 0 loses it, 2 doubles it. */
  hookCopies: z.int().min(0).max(5).default(1),
  /** The order of the webhooks one event causes. */
  hookOrder: z.enum(["inOrder", "reversed"]).default("inOrder"),
  /** Whether items of an answer carry `orderNumber`. */
  echoOrderNumber: z.boolean().default(true),
  /** Whether accepted items carry `error: null`. */
  errorNullOnSuccess: z.boolean().default(true),
  /** What happens to an order, status or update date more than five minutes ahead. Impossible dates are always refused. */
  futureDates: z.enum(["reject", "accept"]).default("reject"),
  /** How long every answer takes. */
  latencyMs: z.int().min(0).default(0),
});
export type Knobs = z.infer<typeof knobs>;

/** A patch may name any knob, and any of the costs. */
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
      current = knobs.parse({ ...current, ...patch, costs: { ...current.costs, ...patch.costs } });
      return current;
    },
  };
}
