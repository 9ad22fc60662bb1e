/** The grammar of create, update and delete bodies. */
import * as z from "zod";
import type { Knobs } from "./knobs.ts";
import { bodyDate, createMatcherSchema, email, phone } from "./matcher.ts";

const ITEMS_MAX = 100;

const text = z.string().min(1);
const flag = z.boolean();
const customFields = z.array(z.object({ field: text, value: z.union([z.string(), z.number()]) })).min(1);
const texts = z.array(text).min(1).optional();

/** A decimal with a dot and at most two digits after it, as text or as a JSON number; it is kept as text. */
const amount = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^-?\d{1,15}(\.\d{1,2})?$/, { error: "expected a decimal such as 100000.50" }));

const orderContacts = z.object({
  mainContacts: z
    .object({
      fio: text.optional(),
      phoneNumber: phone.optional(),
      email: email.optional(),
      waPhone: phone.optional(),
      tgId: text.optional(),
      tgUsername: text.optional(),
      vkId: text.optional(),
    })
    .optional(),
  otherContacts: z
    .object({
      phoneNumber: z.array(phone).min(1).optional(),
      email: z.array(email).min(1).optional(),
      waPhone: z.array(phone).min(1).optional(),
      tgId: texts,
      tgUsername: texts,
      vkId: texts,
    })
    .optional(),
});
export type OrderContacts = z.infer<typeof orderContacts>;

const product = z.object({
  name: text,
  price: amount,
  brand: text.optional(),
  category: text.optional(),
  variant: text.optional(),
  quantity: z.int().min(1).optional(),
});
export type Product = z.infer<typeof product>;

export function createBodySchemas(knobs: Knobs) {
  const orderNumberText = z.string().min(1).max(knobs.orderNumberMax);
  const orderNumber = knobs.rejectNumericOrderNumber
    ? orderNumberText
    : z.union([z.string(), z.number()]).transform(String).pipe(orderNumberText);
  const name = z.string().min(1).max(knobs.nameMax);
  const comment = z.object({ text: text.max(knobs.commentMax) });
  const tagList = z.array(z.object({ tag: z.string().min(1).max(knobs.tagMax) })).min(1);
  const tagChange = z.object({ overwrite: flag, tags: tagList });
  const eitherTags = z.union([tagList, tagChange]);
  const matchers = z.array(createMatcherSchema(knobs)).min(1);
  const revenue = knobs.allowNegativeRevenue
    ? amount
    : amount.refine((value) => !value.startsWith("-"), { error: "expected no negative revenue" });

  const fields = {
    orderNumber,
    funnel: name.optional(),
    statusDate: bodyDate.optional(),
    currency: z
      .string()
      .regex(/^[A-Za-z]{3}$/)
      .optional(),
    revenue: revenue.optional(),
    margin: amount.optional(),
    manager: name.optional(),
    orderLink: z.url({ protocol: /^https?$/ }).optional(),
    orderName: text.optional(),
    products: z.array(product).min(1).optional(),
    orderContacts: orderContacts.optional(),
    customFields: customFields.optional(),
    addTagsToLead: tagChange.optional(),
    addCustomFieldsToLead: z.object({ overwrite: flag, customFields }).optional(),
    leadManager: z.object({ manager: name, overwrite: flag }).optional(),
  };
  const create = z.object({
    ...fields,
    matching: matchers,
    status: name,
    orderDate: bodyDate,
    comment: comment.optional(),
    addTags: (knobs.strictShapes ? tagList : eitherTags).optional(),
  });
  const dated = <Order extends { status?: string | undefined; statusDate?: string | undefined }>(
    order: z.ZodType<Order>,
  ) =>
    order.refine(
      ({ status, statusDate }) => !knobs.requireStatusDate || status === undefined || statusDate !== undefined,
      {
        path: ["statusDate"],
        error: "expected beside status",
      },
    );
  const update = z.object({
    ...fields,
    reMatching: matchers.optional(),
    status: name.optional(),
    updateDate: knobs.requireUpdateDate ? bodyDate : bodyDate.optional(),
    addNewComment: comment.optional(),
    addTags: (knobs.strictShapes ? tagChange : eitherTags).optional(),
    /** The spelling of older editions. */
    addTagsToLeads: tagChange.optional(),
  });
  return {
    create: z.object({ crm: text, orders: z.array(dated(create)).min(1).max(ITEMS_MAX) }),
    update: z.object({ crm: text.optional(), orders: z.array(dated(update)).min(1).max(ITEMS_MAX) }),
    delete: z.object({ orderNumbers: z.array(orderNumber).min(1).max(ITEMS_MAX) }),
  };
}
export type BodySchemas = ReturnType<typeof createBodySchemas>;
export type CreateOrder = z.infer<BodySchemas["create"]>["orders"][number];
export type UpdateOrder = z.infer<BodySchemas["update"]>["orders"][number];
export type AddTags = NonNullable<CreateOrder["addTags"] | UpdateOrder["addTags"]>;

/** Either shape of `addTags` as one change; an array appends. */
export function toTagChange(addTags: AddTags): { overwrite: boolean; tags: string[] } {
  if (Array.isArray(addTags)) return { overwrite: false, tags: addTags.map(({ tag }) => tag) };
  return { overwrite: addTags.overwrite, tags: addTags.tags.map(({ tag }) => tag) };
}
