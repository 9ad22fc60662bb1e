/** Applies the items of a create, an update or a delete, one after another and each for itself. */
import type { DealBook, SandboxDeal } from "./deal-book.ts";
import { findLink, type MatchingContext } from "./matching.ts";
import { mergeOrder, mergeTags, toDeal } from "./merge.ts";
import { type CreateOrder, toTagChange, type UpdateOrder } from "./order.ts";

export interface Item {
  orderNumber?: string;
  calltouchOrderId?: number;
  error?: string | null;
}

export interface WriteContext extends MatchingContext {
  siteId: string;
  deals: DealBook;
  nextDealId(): number;
  /** A number whose item a fault refuses. */
  refusedNumber: string | null;
}

export function createOrder(order: CreateOrder, crm: string, context: WriteContext): Item {
  const { deals, knobs } = context;
  const { orderNumber } = order;
  if (orderNumber === context.refusedNumber) return refused(orderNumber, "internal error");
  const live = deals.live(orderNumber);
  if (live && knobs.duplicateCreate === "error") return refused(orderNumber, "order with this number already exists");
  if (!live && deals.newest(orderNumber) && !knobs.reuseDeletedNumber) {
    return refused(orderNumber, "order with this number was deleted");
  }
  const link = findLink(order.matching, context) ?? (knobs.createUnmatched ? { kind: "none" as const } : null);
  if (!link) return refused(orderNumber, "lead not found");

  const deal =
    live && knobs.duplicateCreate === "upsert"
      ? { ...mergeOrder(live, order, context), crm, link, updatedAt: context.now }
      : toDeal(order, crm, link, context);
  const comments = order.comment ? [...deal.comments, order.comment.text] : deal.comments;
  const tags = order.addTags ? mergeTags(deal.tags, toTagChange(order.addTags)) : deal.tags;
  deals.put({ ...deal, comments, tags });
  deals.countCreate(orderNumber);
  touchLead(deal, order, context);
  return accepted(deal);
}

export function updateOrder(order: UpdateOrder, context: WriteContext): Item {
  const { deals, knobs, now } = context;
  const { orderNumber } = order;
  const live = deals.live(orderNumber);
  if (orderNumber === context.refusedNumber) return refused(orderNumber, "internal error");
  if (!live) return refused(orderNumber, "order not found");
  const merged = mergeOrder(live, order, context);
  const isOlder =
    merged.lastUpdateDateAt !== null &&
    live.lastUpdateDateAt !== null &&
    merged.lastUpdateDateAt < live.lastUpdateDateAt;
  if (isOlder && knobs.olderUpdate === "error") return refused(orderNumber, "order has a newer update");

  const found = order.reMatching ? findLink(order.reMatching, context) : null;
  const missed = order.reMatching && !knobs.keepLinkOnMiss ? { kind: "none" as const } : live.link;
  const deal: SandboxDeal = {
    ...merged,
    link: found ?? missed,
    tags: order.addTags ? mergeTags(live.tags, toTagChange(order.addTags)) : live.tags,
    comments: order.addNewComment ? [...live.comments, order.addNewComment.text] : live.comments,
    updatedAt: order.updateDate === undefined ? now : (merged.lastUpdateDateAt ?? now),
  };
  deals.put(deal);
  touchLead(deal, { ...order, addTagsToLead: order.addTagsToLead ?? order.addTagsToLeads }, context);
  return accepted(deal);
}

export function deleteOrder(orderNumber: string, context: WriteContext): Item {
  const { deals, knobs, now } = context;
  if (orderNumber === context.refusedNumber) return refused(orderNumber, "internal error");
  const live = deals.live(orderNumber);
  if (live) {
    deals.put({ ...live, isDeleted: true, updatedAt: now });
    return accepted(live);
  }
  return knobs.deleteUnknown === "ok" ? { orderNumber, error: null } : refused(orderNumber, "order not found");
}

type LeadChange = Pick<CreateOrder, "addTagsToLead" | "addCustomFieldsToLead" | "leadManager">;

function touchLead(deal: SandboxDeal, change: LeadChange, { leads }: WriteContext): void {
  if (deal.link.kind === "custom" || deal.link.kind === "none") return;
  const lead = leads.get(deal.link.kind, deal.link.id);
  if (!lead) return;
  const { addTagsToLead, addCustomFieldsToLead, leadManager } = change;
  const fields = addCustomFieldsToLead?.customFields.map(({ field, value }) => ({ field, value: String(value) })) ?? [];
  const kept = addCustomFieldsToLead?.overwrite ? [] : lead.customFields;
  leads.replace({
    ...lead,
    tags: addTagsToLead ? mergeTags(lead.tags, toTagChange(addTagsToLead)) : lead.tags,
    manager: leadManager && (leadManager.overwrite || lead.manager === null) ? leadManager.manager : lead.manager,
    customFields: addCustomFieldsToLead
      ? [...kept.filter((old) => !fields.some(({ field }) => field === old.field)), ...fields]
      : lead.customFields,
  });
}

function refused(orderNumber: string, error: string): Item {
  return { orderNumber, error };
}

function accepted({ orderNumber, calltouchOrderId }: SandboxDeal): Item {
  return { orderNumber, calltouchOrderId, error: null };
}
