/** What people type into the web interface. Instants are epoch milliseconds, money is kopecks. */
import * as z from "zod";
import { STATE_TYPES } from "./kinds.ts";

const kopecks = z.number().min(0);
const instant = z.int();
const text = z.string();

export const organizationInput = z.strictObject({ name: text, archived: z.boolean().optional() });
export type OrganizationInput = z.input<typeof organizationInput>;

export const employeeInput = z.strictObject({
  name: text,
  firstName: text.optional(),
  email: text.optional(),
  phone: text.optional(),
  uid: text.optional(),
});
export type EmployeeInput = z.input<typeof employeeInput>;

export const stateInput = z.strictObject({
  name: text,
  stateType: z.enum(STATE_TYPES).optional(),
  entityType: z.enum(["customerorder", "counterparty", "demand"]).optional(),
});
export type StateInput = z.input<typeof stateInput>;

export const statePatch = stateInput.pick({ name: true, stateType: true }).partial();
export type StatePatch = z.input<typeof statePatch>;

const contactPersonInput = z.strictObject({ name: text, phone: text.optional(), email: text.optional() });
export type ContactPersonInput = z.input<typeof contactPersonInput>;

export const counterpartyInput = z.strictObject({
  name: text,
  phone: text.optional(),
  email: text.optional(),
  archived: z.boolean().optional(),
  contactpersons: z.array(contactPersonInput).optional(),
  tags: z.array(text).optional(),
  created: instant.optional(),
});
export type CounterpartyInput = z.input<typeof counterpartyInput>;

export const orderInput = z.strictObject({
  agentId: text,
  /** The first organization when left out. */
  organizationId: text.optional(),
  /** One position of this price; none when left out. */
  sum: kopecks.optional(),
  stateId: text.optional(),
  description: text.optional(),
  name: text.optional(),
  externalCode: text.optional(),
  moment: instant.optional(),
  /** By its name; made when there is none. */
  salesChannel: text.optional(),
});
export type OrderInput = z.input<typeof orderInput>;

export const orderPatch = z.strictObject({
  stateId: text.nullable().optional(),
  sum: kopecks.optional(),
  agentId: text.optional(),
  ownerId: text.optional(),
  organizationId: text.optional(),
  /** By its name; made when there is none. */
  salesChannel: text.optional(),
  applicable: z.boolean().optional(),
  description: text.optional(),
  /** By id or by name; null clears. */
  attributes: z.record(text, z.union([text, z.number(), z.boolean()]).nullable()).optional(),
});
export type OrderPatch = z.input<typeof orderPatch>;

export const paymentInput = z.strictObject({
  kind: z.enum(["paymentin", "cashin"]),
  orderId: text,
  sum: kopecks,
  /** What the payment is linked to: the order, or its first shipment or invoice, made when there is none. */
  via: z.enum(["order", "demand", "invoiceout"]).optional(),
});
export type PaymentInput = z.input<typeof paymentInput>;

export const demandInput = z.strictObject({ orderId: text, sum: kopecks });
export const salesReturnInput = z.strictObject({ demandId: text, sum: kopecks });

const refundKind = z.enum(["paymentout", "cashout"]);
export const refundInput = z.union([
  z.strictObject({ kind: refundKind, salesReturnId: text, sum: kopecks }),
  z.strictObject({ kind: refundKind, orderId: text, sum: kopecks }),
]);
export type RefundInput = z.input<typeof refundInput>;
