/** What an order of a request does to a deal: sent fields replace, fields not sent stay. */
import type { Link, SandboxDeal } from "./deal-book.ts";
import type { CreateOrder, UpdateOrder } from "./order.ts";
import { bodyDateToInstant } from "./wire-date.ts";

interface Place {
  siteId: string;
  timeZone: string;
  now: number;
}

export function toDeal(
  order: CreateOrder,
  crm: string,
  link: Link,
  context: Place & { nextDealId(): number },
): SandboxDeal {
  const empty: SandboxDeal = {
    siteId: context.siteId,
    calltouchOrderId: context.nextDealId(),
    orderNumber: order.orderNumber,
    origin: "API",
    crm,
    status: order.status,
    statusDate: null,
    statusAt: null,
    orderDate: order.orderDate,
    orderAt: bodyDateToInstant(order.orderDate, context.timeZone),
    currency: null,
    revenue: null,
    margin: null,
    manager: null,
    funnel: null,
    orderName: null,
    orderLink: null,
    tags: [],
    comments: [],
    customFields: [],
    products: [],
    contacts: null,
    link,
    isDeleted: false,
    createdAt: context.now,
    updatedAt: context.now,
    lastUpdateDateAt: null,
    creates: 0,
  };
  return mergeOrder(empty, order, context);
}

/** All but tags, comments and the link, whose rules differ between create and update. */
export function mergeOrder(deal: SandboxDeal, order: CreateOrder | UpdateOrder, { timeZone }: Place): SandboxDeal {
  const updateDate = "updateDate" in order ? order.updateDate : undefined;
  return {
    ...deal,
    status: order.status ?? deal.status,
    statusDate: order.statusDate ?? deal.statusDate,
    statusAt: order.statusDate === undefined ? deal.statusAt : bodyDateToInstant(order.statusDate, timeZone),
    currency: order.currency ?? deal.currency,
    revenue: order.revenue ?? deal.revenue,
    margin: order.margin ?? deal.margin,
    manager: order.manager ?? deal.manager,
    funnel: order.funnel ?? deal.funnel,
    orderName: order.orderName ?? deal.orderName,
    orderLink: order.orderLink ?? deal.orderLink,
    products: order.products ?? deal.products,
    contacts: order.orderContacts ?? deal.contacts,
    customFields: mergeFields(deal.customFields, order.customFields ?? []),
    lastUpdateDateAt: updateDate === undefined ? deal.lastUpdateDateAt : bodyDateToInstant(updateDate, timeZone),
  };
}

export function mergeTags(old: string[], { overwrite, tags }: { overwrite: boolean; tags: string[] }): string[] {
  return [...new Set(overwrite ? tags : [...old, ...tags])];
}

function mergeFields(
  old: SandboxDeal["customFields"],
  sent: { field: string; value: string | number }[],
): SandboxDeal["customFields"] {
  const values = new Map(old.map(({ field, value }) => [field, value]));
  for (const { field, value } of sent) values.set(field, String(value));
  return [...values].map(([field, value]) => ({ field, value }));
}
