/**
 * The bodies Calltouch is sent, with every limit they keep. The types are used everywhere; the schemas themselves are
 * for whoever wants to check a body, our tests first.
 */
import * as z from "zod";
import { contacts, deal, instant, ORDER_NUMBER_LENGTH_MAX } from "../deal.ts";

/** create, update and delete take up to this many deals in one request. */
export const ORDERS_PER_REQUEST_MAX = 100;

/** Longest texts sent. Calltouch publishes no limits: 255 and 126 are what proven clients cut to, the others are cautious. */
export const LENGTH_MAX = { comment: 255, customSource: 126, tag: 100, label: 100, name: 255 } as const;

const dateTime = z.string().regex(/^\d{2}-\d{2}-\d{4} \d{2}:\d{2}:\d{2}$/);
const money = z.string().regex(/^\d+\.\d{2}$/);
const signedMoney = z.string().regex(/^-?\d+\.\d{2}$/);
const label = z.string().min(1).max(LENGTH_MAX.label);
const name = z.string().min(1).max(LENGTH_MAX.name);
const tag = z.string().min(1).max(LENGTH_MAX.tag);
const customSource = z.string().min(1).max(LENGTH_MAX.customSource);
const text = z.string().min(1);
const texts = z.array(text).min(1);
const leadTags = { tags: z.array(tag).min(1).optional(), tagsLogic: z.literal("and").optional() };
const typeToMatch = deal.shape.matching.shape.typeToMatch;
const searchDepth = deal.shape.matching.shape.searchDepthMinutes;

const matcher = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("call"),
    callParams: z.strictObject({ callId: z.int().positive(), ...leadTags }),
  }),
  z.strictObject({
    type: z.literal("request"),
    requestParams: z.strictObject({ requestId: z.int().positive(), ...leadTags }),
  }),
  z.strictObject({
    type: z.literal("callContact"),
    callContactParams: z.strictObject({
      phones: texts,
      date: dateTime,
      ...leadTags,
      callTypeToMatch: typeToMatch,
      searchDepth,
    }),
  }),
  z.strictObject({
    type: z.literal("requestContact"),
    requestContactParams: z.strictObject({
      emails: texts.optional(),
      phones: texts.optional(),
      date: dateTime,
      ...leadTags,
      requestTypeToMatch: typeToMatch,
      searchDepth,
    }),
  }),
  z.strictObject({
    type: z.literal("customSources"),
    customSourceParams: z.strictObject({
      source: customSource,
      medium: customSource,
      campaign: customSource.optional(),
      content: customSource.optional(),
      term: customSource.optional(),
    }),
  }),
]);
export type Matcher = z.infer<typeof matcher>;

const customFields = z.array(z.strictObject({ field: text, value: text })).min(1);
const tags = z.array(z.strictObject({ tag })).min(1);

const product = z.strictObject({
  name,
  price: money,
  brand: label.optional(),
  category: label.optional(),
  quantity: z.int().positive(),
});

const orderContacts = z.strictObject({
  mainContacts: z
    .strictObject({ fio: name.optional(), phoneNumber: text.optional(), email: text.optional() })
    .refine((main) => Object.keys(main).length > 0),
  otherContacts: z
    .strictObject({ phoneNumber: texts.optional(), email: texts.optional() })
    .refine((other) => Object.keys(other).length > 0)
    .optional(),
});
export type OrderContacts = z.infer<typeof orderContacts>;

const orderNumber = z.string().min(1).max(ORDER_NUMBER_LENGTH_MAX);

/** One item of `orders` of client-order/create. */
export const createOrder = z.strictObject({
  matching: z.array(matcher).min(1),
  orderNumber,
  funnel: label.optional(),
  status: label,
  statusDate: dateTime,
  orderDate: dateTime,
  currency: label.optional(),
  revenue: money.optional(),
  margin: signedMoney.optional(),
  manager: label.optional(),
  orderLink: text.optional(),
  orderName: name.optional(),
  comment: z.strictObject({ text: z.string().min(1).max(LENGTH_MAX.comment) }).optional(),
  addTags: tags.optional(),
  customFields: customFields.optional(),
  products: z.array(product).min(1).optional(),
  orderContacts: orderContacts.optional(),
});
export type CreateOrder = z.infer<typeof createOrder>;

/** One item of `orders` of client-order/update. What is not in it stays as it is in Calltouch. */
export const updateOrder = z.strictObject({
  reMatching: z.array(matcher).min(1).optional(),
  orderNumber,
  funnel: label.optional(),
  status: label.optional(),
  statusDate: dateTime.optional(),
  updateDate: dateTime,
  revenue: money.optional(),
  margin: signedMoney.optional(),
  manager: label.optional(),
  orderLink: text.optional(),
  orderName: name.optional(),
  addTags: z.strictObject({ overwrite: z.literal(false), tags }).optional(),
  customFields: customFields.optional(),
  orderContacts: orderContacts.optional(),
});
export type UpdateOrder = z.infer<typeof updateOrder>;

/** What has changed in a deal Calltouch already has. Comment and products can be given only at its creation. */
export const dealChange = z.strictObject({
  orderNumber: deal.shape.orderNumber,
  updateAt: instant,
  status: z.strictObject({ text: deal.shape.status, at: deal.shape.statusAt }).optional(),
  revenueKopecks: deal.shape.revenueKopecks,
  marginKopecks: deal.shape.marginKopecks,
  manager: deal.shape.manager,
  funnel: deal.shape.funnel,
  orderName: deal.shape.orderName,
  orderLink: deal.shape.orderLink,
  /** Only the tags the deal did not have yet: they are added, none is taken away. */
  addedTags: deal.shape.tags.optional(),
  customFields: deal.shape.customFields.optional(),
  /** Given only when the contacts are to be seen in the deal itself. */
  contacts: contacts.optional(),
  /** Given only when Calltouch is to look for the lead once more. */
  reMatching: z.strictObject({ matching: deal.shape.matching, contacts }).optional(),
});
export type DealChange = z.infer<typeof dealChange>;
