/** One merchant's account with all its data, and the users and solutions that may use its API. */
import type { AuditTrail } from "./audit.ts";
import { createAuditTrail } from "./audit.ts";
import type { Entity, Scalar } from "./entity.ts";
import type { Ids } from "./ids.ts";
import { createStore, type Store } from "./store.ts";

export type Tariff = "paid" | "free";
export type AuthKind = "user" | "solution";

export interface Merchant {
  accountId: string;
  tariff: Tariff;
  store: Store;
  audit: AuditTrail;
  groupId: string;
  currencyId: string;
  /** What positions made by the controls are made of. */
  productId: string;
}

/** A user or a solution of one merchant: whoever holds the token, or logs in. */
export interface Principal {
  merchant: Merchant;
  token: string;
  login: string;
  password: string;
  isAdmin: boolean;
  authKind: AuthKind;
  apiEnabled: boolean;
  tokenRevoked: boolean;
  /** Null for a solution. */
  employeeId: string | null;
}

export function createMerchant(accountId: string, ids: Ids, now: number): Merchant {
  const store = createStore();
  const add = (type: string, name: string) => {
    const entity = createEntity(type, ids.next(), now, { name, shared: true, archived: false });
    store.put(entity);
    return entity.id;
  };
  return {
    accountId,
    tariff: "paid",
    store,
    audit: createAuditTrail(),
    groupId: add("group", "Основной"),
    currencyId: add("currency", "руб"),
    productId: add("product", "Товар"),
  };
}

export function createEntity(type: string, id: string, now: number, scalars: Record<string, Scalar> = {}): Entity {
  return {
    type,
    id,
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
    scalars,
    references: {},
    tags: [],
    rows: {},
    operations: [],
    rate: null,
    attributes: {},
  };
}
