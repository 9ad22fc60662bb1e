/** What a merchant has, as plain readable objects. */
import { type Entity, isReference, numberOf, type Scalar, textOf } from "./entity.ts";
import type { Knobs } from "./knobs.ts";
import type { Merchant } from "./merchant.ts";
import { linksOf, payedSumOf, sumOfApplicable } from "./sums.ts";

/** Sums are kopecks, instants epoch milliseconds; "" is not filled. */
export interface SandboxOrder {
  id: string;
  name: string;
  syncId: string;
  externalCode: string;
  description: string;
  agentId: string;
  organizationId: string;
  ownerId: string | null;
  stateId: string | null;
  stateName: string;
  momentAt: number;
  createdAt: number;
  updatedAt: number;
  isDeleted: boolean;
  applicable: boolean;
  sum: number;
  payedSum: number;
  shippedSum: number;
  /** By the field's name; a reference as its id. */
  attributes: Record<string, Scalar>;
  /** Texts of its event feed, oldest first. */
  notes: string[];
}

export interface SandboxCounterparty {
  id: string;
  name: string;
  phone: string;
  email: string;
  companyType: string;
  syncId: string;
  externalCode: string;
  description: string;
  archived: boolean;
  tags: string[];
  contactpersons: { name: string; phone: string; email: string }[];
  createdAt: number;
  updatedAt: number;
}

export interface SandboxAttribute {
  id: string;
  entityType: string;
  name: string;
  type: string;
  description: string;
  required: boolean;
}

export interface SandboxWebhook {
  id: string;
  url: string;
  action: string;
  entityType: string;
  diffType: string;
  enabled: boolean;
}

export interface Snapshots {
  orders(): SandboxOrder[];
  counterparties(): SandboxCounterparty[];
  attributes(): SandboxAttribute[];
  webhooks(): SandboxWebhook[];
  states(): { id: string; entityType: string; name: string; stateType: string }[];
  organizations(): { id: string; name: string; archived: boolean }[];
}

export function createSnapshots(merchant: Merchant, knobs: () => Knobs): Snapshots {
  const { store } = merchant;
  return {
    orders: () => store.of("customerorder").map((order) => toOrder(order, merchant, knobs())),
    counterparties: () => store.of("counterparty").map(toCounterparty),
    attributes: () =>
      store.of("attributemetadata").map((attribute) => ({
        id: attribute.id,
        entityType: textOf(attribute, "entityType"),
        name: textOf(attribute, "name"),
        type: textOf(attribute, "type"),
        description: textOf(attribute, "description"),
        required: attribute.scalars["required"] === true,
      })),
    webhooks: () =>
      store.of("webhook").map((webhook) => ({
        id: webhook.id,
        url: textOf(webhook, "url"),
        action: textOf(webhook, "action"),
        entityType: textOf(webhook, "entityType"),
        diffType: textOf(webhook, "diffType"),
        enabled: webhook.scalars["enabled"] === true,
      })),
    states: () =>
      store.of("state").map((state) => ({
        id: state.id,
        entityType: textOf(state, "entityType"),
        name: textOf(state, "name"),
        stateType: textOf(state, "stateType"),
      })),
    organizations: () =>
      store.of("organization").map((organization) => ({
        id: organization.id,
        name: textOf(organization, "name"),
        archived: organization.scalars["archived"] === true,
      })),
  };
}

function toOrder(order: Entity, { store }: Merchant, { payedSumIncludesIndirect }: Knobs): SandboxOrder {
  const state = store.get(order.references["state"]?.id ?? "");
  const { demands } = linksOf(order, store);
  const attributes = Object.entries(order.attributes).flatMap(([id, value]): [string, Scalar][] => {
    const attribute = store.get(id);
    return attribute ? [[textOf(attribute, "name"), isReference(value) ? value.id : value]] : [];
  });
  return {
    id: order.id,
    name: textOf(order, "name"),
    syncId: textOf(order, "syncId"),
    externalCode: textOf(order, "externalCode"),
    description: textOf(order, "description"),
    agentId: order.references["agent"]?.id ?? "",
    organizationId: order.references["organization"]?.id ?? "",
    ownerId: order.references["owner"]?.id ?? null,
    stateId: state?.id ?? null,
    stateName: state ? textOf(state, "name") : "",
    momentAt: numberOf(order, "moment"),
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    isDeleted: order.deletedAt !== null,
    applicable: order.scalars["applicable"] === true,
    sum: numberOf(order, "sum"),
    payedSum: payedSumOf(order, store, payedSumIncludesIndirect),
    shippedSum: sumOfApplicable(demands),
    attributes: Object.fromEntries(attributes),
    notes: store
      .referrers(order.id)
      .filter(({ type }) => type === "note")
      .map((note) => textOf(note, "description")),
  };
}

function toCounterparty(counterparty: Entity): SandboxCounterparty {
  const people = counterparty.rows["contactpersons"] ?? [];
  return {
    id: counterparty.id,
    name: textOf(counterparty, "name"),
    phone: textOf(counterparty, "phone"),
    email: textOf(counterparty, "email"),
    companyType: textOf(counterparty, "companyType"),
    syncId: textOf(counterparty, "syncId"),
    externalCode: textOf(counterparty, "externalCode"),
    description: textOf(counterparty, "description"),
    archived: counterparty.scalars["archived"] === true,
    tags: [...counterparty.tags],
    contactpersons: people.map((person) => ({
      name: textOf(person, "name"),
      phone: textOf(person, "phone"),
      email: textOf(person, "email"),
    })),
    createdAt: counterparty.createdAt,
    updatedAt: counterparty.updatedAt,
  };
}
