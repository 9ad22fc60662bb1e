/** Deal → request body. Pure; the key order is that of the request Calltouch itself recommends. */
import type { Contacts, Deal } from "../deal.ts";
import {
  cut,
  cutDistinct,
  cutOptional,
  present,
  someOf,
  toDateTime,
  toMoney,
  toMoneyFromZero,
  type WireContext,
} from "./format.ts";
import { toMatching } from "./matching.ts";
import { type CreateOrder, type DealChange, LENGTH_MAX, type OrderContacts, type UpdateOrder } from "./order.ts";

/** One item of `orders` of client-order/create. */
export function toCreateOrder(deal: Deal, context: WireContext): CreateOrder {
  return present({
    matching: toMatching(deal, context),
    orderNumber: deal.orderNumber,
    funnel: cutOptional(deal.funnel, LENGTH_MAX.label),
    status: cut(deal.status, LENGTH_MAX.label),
    statusDate: toDateTime(deal.statusAt, context),
    orderDate: toDateTime(deal.orderAt, context),
    currency: cutOptional(deal.currency, LENGTH_MAX.label),
    revenue: optional(deal.revenueKopecks, toMoneyFromZero),
    margin: optional(deal.marginKopecks, toMoney),
    manager: cutOptional(deal.manager, LENGTH_MAX.label),
    orderLink: deal.orderLink,
    orderName: cutOptional(deal.orderName, LENGTH_MAX.name),
    comment: optional(deal.comment, (text) => ({ text: cut(text, LENGTH_MAX.comment) })),
    addTags: toTags(deal.tags),
    customFields: toCustomFields(deal.customFields),
    products: toProducts(deal.products),
    orderContacts: deal.showContacts ? toOrderContacts(deal.contacts) : undefined,
  });
}

/** One item of `orders` of client-order/update. It never holds orderDate, which would move the deal in reports. */
export function toUpdateOrder(change: DealChange, context: WireContext): UpdateOrder {
  return present({
    reMatching: optional(change.reMatching, (sought) => toMatching(sought, context)),
    orderNumber: change.orderNumber,
    funnel: cutOptional(change.funnel, LENGTH_MAX.label),
    status: cutOptional(change.status?.text, LENGTH_MAX.label),
    statusDate: optional(change.status?.at, (at) => toDateTime(at, context)),
    updateDate: toDateTime(change.updateAt, context),
    revenue: optional(change.revenueKopecks, toMoneyFromZero),
    margin: optional(change.marginKopecks, toMoney),
    manager: cutOptional(change.manager, LENGTH_MAX.label),
    orderLink: change.orderLink,
    orderName: cutOptional(change.orderName, LENGTH_MAX.name),
    addTags: optional(toTags(change.addedTags ?? []), (tags) => ({ overwrite: false as const, tags })),
    customFields: toCustomFields(change.customFields ?? []),
    orderContacts: optional(change.contacts, toOrderContacts),
  });
}

/** The body of client-order/delete. */
export function toDeleteBody(orderNumbers: readonly string[]): { orderNumbers: string[] } {
  return { orderNumbers: [...orderNumbers] };
}

function toTags(tags: readonly string[]): CreateOrder["addTags"] {
  return cutDistinct(tags, LENGTH_MAX.tag)?.map((tag) => ({ tag }));
}

function toCustomFields(fields: Deal["customFields"]): CreateOrder["customFields"] {
  return someOf(
    fields
      .filter(({ value }) => value !== "")
      .map(({ field, value }) => ({ field: field.toWellFormed(), value: value.toWellFormed() })),
  );
}

function toProducts(products: Deal["products"]): CreateOrder["products"] {
  return someOf(
    products.map((product) =>
      present({
        name: cut(product.name, LENGTH_MAX.name),
        price: toMoneyFromZero(product.priceKopecks),
        brand: cutOptional(product.brand, LENGTH_MAX.label),
        category: cutOptional(product.category, LENGTH_MAX.label),
        quantity: product.quantity,
      }),
    ),
  );
}

/** The first phone and e-mail are the main ones; undefined when there is nothing to show. */
function toOrderContacts(contacts: Contacts): OrderContacts | undefined {
  const [phoneNumber, ...phones] = new Set(contacts.phones);
  const [email, ...emails] = new Set(contacts.emails);
  const fio = cutOptional(contacts.name, LENGTH_MAX.name);
  if (fio === undefined && phoneNumber === undefined && email === undefined) return undefined;
  const hasOthers = phones.length + emails.length > 0;
  return present({
    mainContacts: present({ fio, phoneNumber, email }),
    otherContacts: hasOthers ? present({ phoneNumber: someOf(phones), email: someOf(emails) }) : undefined,
  });
}

function optional<T, R>(value: T | undefined, to: (value: T) => R): R | undefined {
  return value === undefined ? undefined : to(value);
}
