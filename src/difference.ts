/** What must be said to Calltouch so that what it has becomes what is wanted. Pure. */
import * as z from "zod";
import { type Deal, deal } from "./deal.ts";

/**
 * A deal without what identifies a person: contacts, their holder's name and the comment are sealed beside it, and only
 * a keyed digest tells that they changed.
 */
export const wantedDeal = deal
  .omit({ contacts: true, comment: true })
  .extend({ contactsDigest: z.string().optional() });
export type WantedDeal = z.infer<typeof wantedDeal>;

/**
 * What Calltouch is known to have. Every field may be missing: after a lookup we know that the deal exists, and nothing
 * else about it.
 */
export const deliveredDeal = wantedDeal.partial();
export type DeliveredDeal = z.infer<typeof deliveredDeal>;

/** The fields Calltouch can change after creation, and only those that differ. */
export interface DealDifference {
  status?: { text: string; at: number };
  revenueKopecks?: number;
  marginKopecks?: number;
  manager?: string;
  funnel?: string;
  orderName?: string;
  orderLink?: string;
  addedTags?: string[];
  customFields?: { field: string; value: string }[];
  contacts?: true;
}

/** Null when there is nothing to say. Removed tags and emptied fields are nothing to say: Calltouch only adds and replaces. */
export function differenceOf(delivered: DeliveredDeal, wanted: WantedDeal): DealDifference | null {
  const difference: DealDifference = {};
  if (delivered.status !== wanted.status || delivered.statusAt !== wanted.statusAt) {
    difference.status = { text: wanted.status, at: wanted.statusAt };
  }
  for (const field of ["revenueKopecks", "marginKopecks"] as const) {
    const value = wanted[field];
    if (value !== undefined && value !== delivered[field]) difference[field] = value;
  }
  for (const field of ["manager", "funnel", "orderName", "orderLink"] as const) {
    const value = wanted[field];
    if (value !== undefined && value !== delivered[field]) difference[field] = value;
  }
  const addedTags = wanted.tags.filter((tag) => !delivered.tags?.includes(tag));
  if (addedTags.length > 0) difference.addedTags = addedTags;
  const customFields = wanted.customFields.filter(
    ({ field, value }) =>
      value !== "" && !delivered.customFields?.some((had) => had.field === field && had.value === value),
  );
  if (customFields.length > 0) difference.customFields = customFields;
  if (wanted.contactsDigest !== undefined && wanted.contactsDigest !== delivered.contactsDigest) {
    difference.contacts = true;
  }
  return Object.keys(difference).length === 0 ? null : difference;
}

/** What Calltouch certainly has while it is not known whether this difference reached it. */
export function withoutDifference(delivered: DeliveredDeal, difference: DealDifference): DeliveredDeal {
  const { addedTags: _, customFields, contacts, status, ...fields } = difference;
  const certain: DeliveredDeal = { ...delivered };
  for (const field of ["revenueKopecks", "marginKopecks", "manager", "funnel", "orderName", "orderLink"] as const) {
    if (fields[field] !== undefined) delete certain[field];
  }
  if (status) {
    delete certain.status;
    delete certain.statusAt;
  }
  if (contacts) delete certain.contactsDigest;
  if (customFields && certain.customFields) {
    const sent = new Set(customFields.map(({ field }) => field));
    certain.customFields = certain.customFields.filter(({ field }) => !sent.has(field));
  }
  return certain;
}

/** The part of a deal that is compared and stored in the open, and the part that is sealed. */
export function splitDeal(whole: Deal): {
  wanted: Omit<WantedDeal, "contactsDigest">;
  personal: Pick<Deal, "contacts" | "comment">;
} {
  const { contacts, comment, ...wanted } = whole;
  return { wanted, personal: { contacts, ...(comment === undefined ? {} : { comment }) } };
}
