/** People at work in the web interface of one merchant, and what there is to see. */
import { changeBy, createFrom, moveToTrash, removeForGood, restore } from "./change.ts";
import { createPatch, type Entity, type Patch, type Reference, type Row, type Scalar, textOf } from "./entity.ts";
import type { Ids } from "./ids.ts";
import { attributeKind, kindOfStored, stateKind } from "./kinds.ts";
import type { Knobs } from "./knobs.ts";
import type { Merchant } from "./merchant.ts";
import type {
  ContactPersonInput,
  CounterpartyInput,
  EmployeeInput,
  OrderInput,
  OrderPatch,
  OrganizationInput,
  PaymentInput,
  RefundInput,
  StateInput,
  StatePatch,
} from "./people-input.ts";
import type { Session } from "./session.ts";
import { createSnapshots, type Snapshots } from "./snapshots.ts";

/** Ids are the new entities'. @throws Error for an id that is not there, ApiError for what MoySklad itself refuses. */
export interface People extends Snapshots {
  accountId: string;
  addOrganization(input: OrganizationInput): string;
  addEmployee(input: EmployeeInput): string;
  addState(input: StateInput): string;
  changeState(id: string, patch: StatePatch): void;
  removeState(id: string): void;
  addCounterparty(input: CounterpartyInput): string;
  changeCounterparty(id: string, patch: { name?: string; phone?: string; email?: string; archived?: boolean }): void;
  addOrder(input: OrderInput): string;
  changeOrder(id: string, patch: OrderPatch): void;
  deleteOrder(id: string, options?: { hard?: boolean }): void;
  restoreOrder(id: string): void;
  addPayment(input: PaymentInput): string;
  /** To the recycle bin. */
  removePayment(id: string): void;
  addDemand(input: { orderId: string; sum: number }): string;
  addSalesReturn(input: { demandId: string; sum: number }): string;
  addRefund(input: RefundInput): string;
  /** Makes a custom field of orders obligatory; creates it when there is none of that name. */
  requireAttribute(name: string): string;
  renameAttribute(id: string, name: string): void;
  removeAttribute(id: string): void;
}

export interface PeopleDependencies {
  merchant: Merchant;
  employeeId: string | null;
  ids: Ids;
  knobs: () => Knobs;
  now: () => number;
  settle(session: Session): void;
}

export function createPeople({ merchant, employeeId, ids, knobs, now, settle }: PeopleDependencies): People {
  const { store } = merchant;
  const act = <T>(work: (session: Session) => T): T => {
    const person = store.get(employeeId ?? "") ?? store.of("employee")[0];
    const actor = {
      uid: person ? textOf(person, "uid") : "",
      source: "app" as const,
      employeeId: person?.id ?? null,
      isAdmin: true,
      authKind: "user" as const,
      disabledPrefix: null,
    };
    const session = { merchant, actor, now: now(), knobs: knobs(), ids, changes: [] };
    const result = work(session);
    settle(session);
    return result;
  };
  const get = (type: string, id: string): Entity => {
    const found = store.get(id);
    return found?.type === type ? found : fail(type, id);
  };
  const add = (type: string, patch: Patch) => act((session) => createFrom(kindOfStored(type), patch, session).id);
  const change = (before: Entity, patch: Partial<Patch>) => {
    act((session) => changeBy(before, createPatch(patch), session));
  };
  const find = (id: string, ...types: string[]): Entity => {
    const found = store.get(id);
    return found && types.includes(found.type) ? found : fail(types.join(" or "), id);
  };
  const organizationOr = (wanted?: string) =>
    wanted ?? store.of("organization")[0]?.id ?? fail("organization", "at all");
  const position = (sum: number): Row => ({
    id: ids.next(),
    scalars: { quantity: 1, price: sum },
    references: { assortment: { type: "product", id: merchant.productId } },
  });
  const channelId = (name: string) =>
    store.of("saleschannel").find((channel) => textOf(channel, "name") === name)?.id ??
    add("saleschannel", createPatch({ scalars: { name } }));
  /** The parties of a document that follows an order or a shipment. */
  const partiesOf = (document: Entity): Record<string, Reference> => {
    const { organization, agent } = document.references;
    return organization && agent ? { organization, agent } : fail("parties of", document.id);
  };
  const addFollowing = (type: string, field: string, base: Entity, sum: number) => {
    const references = { ...partiesOf(base), [field]: { type: base.type, id: base.id } };
    return add(type, createPatch({ references, rows: { positions: [position(sum)] } }));
  };
  const pay = (type: string, target: Entity, sum: number) =>
    add(
      type,
      createPatch({
        scalars: { sum },
        references: partiesOf(target),
        operations: [{ target: { type: target.type, id: target.id }, linkedSum: sum }],
      }),
    );
  const attributesOf = (values: Record<string, Scalar | null>): Patch["attributes"] =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => {
        const isNamed = ({ id, scalars }: Entity) =>
          scalars["entityType"] === "customerorder" && (id === key || scalars["name"] === key);
        return [store.of("attributemetadata").find(isNamed)?.id ?? fail("attribute", key), value];
      }),
    );

  return {
    ...createSnapshots(merchant, knobs),
    accountId: merchant.accountId,
    addOrganization: ({ name, archived = false }) => add("organization", createPatch({ scalars: { name, archived } })),
    addEmployee: ({ name, ...rest }) =>
      add("employee", createPatch({ scalars: { name, lastName: name, ...given(rest) } })),
    addState: ({ name, stateType = "Regular", entityType = "customerorder" }) =>
      act((session) => createFrom(stateKind, createPatch({ scalars: { name, stateType } }), session, entityType).id),
    changeState: (id, patch) => change(get("state", id), { scalars: given(patch) }),
    removeState: (id) => act((session) => removeForGood(get("state", id), session)),
    addCounterparty({ created, contactpersons = [], tags = [], ...scalars }) {
      const rows = { contactpersons: contactpersons.map((person) => toContactPerson(person, ids)) };
      const id = add("counterparty", createPatch({ scalars: given(scalars), rows, tags }));
      if (created !== undefined) store.put({ ...get("counterparty", id), createdAt: created });
      return id;
    },
    changeCounterparty: (id, patch) => change(get("counterparty", id), { scalars: given(patch) }),
    addOrder({ agentId, organizationId: wanted, sum = 0, stateId, salesChannel, ...scalars }) {
      const references = {
        agent: { type: "counterparty", id: get("counterparty", agentId).id },
        organization: { type: "organization", id: organizationOr(wanted) },
        ...(stateId === undefined ? {} : { state: { type: "state", id: get("state", stateId).id } }),
        ...(salesChannel === undefined ? {} : { salesChannel: { type: "saleschannel", id: channelId(salesChannel) } }),
      };
      const positions = sum === 0 ? [] : [position(sum)];
      return add("customerorder", createPatch({ scalars: given(scalars), references, rows: { positions } }));
    },
    changeOrder(
      id,
      { stateId, agentId, ownerId, organizationId, salesChannel, sum, applicable, description, attributes },
    ) {
      const state = stateId === null ? null : stateId && { type: "state", id: get("state", stateId).id };
      change(get("customerorder", id), {
        scalars: given({ applicable, description }),
        references: {
          ...(state === undefined || state === "" ? {} : { state }),
          ...(agentId === undefined ? {} : { agent: { type: "counterparty", id: get("counterparty", agentId).id } }),
          ...(ownerId === undefined ? {} : { owner: { type: "employee", id: get("employee", ownerId).id } }),
          ...(organizationId === undefined
            ? {}
            : { organization: { type: "organization", id: get("organization", organizationId).id } }),
          ...(salesChannel === undefined
            ? {}
            : { salesChannel: { type: "saleschannel", id: channelId(salesChannel) } }),
        },
        ...(sum === undefined ? {} : { rows: { positions: [position(sum)] } }),
        ...(attributes === undefined ? {} : { attributes: attributesOf(attributes) }),
      });
    },
    deleteOrder(id, { hard = false } = {}) {
      const order = get("customerorder", id);
      act((session) => (hard ? removeForGood(order, session) : moveToTrash(order, session)));
    },
    restoreOrder: (id) => void act((session) => restore(get("customerorder", id), session)),
    addPayment({ kind, orderId, sum, via = "order" }) {
      const order = get("customerorder", orderId);
      if (via === "order") return pay(kind, order, sum);
      const linked = store.referrers(order.id).find(({ type, deletedAt }) => type === via && deletedAt === null);
      return pay(kind, linked ?? get(via, addFollowing(via, "customerOrder", order, sum)), sum);
    },
    removePayment: (id) =>
      void act((session) => moveToTrash(find(id, "paymentin", "cashin", "paymentout", "cashout"), session)),
    addDemand: ({ orderId, sum }) => addFollowing("demand", "customerOrder", get("customerorder", orderId), sum),
    addSalesReturn: ({ demandId, sum }) => addFollowing("salesreturn", "demand", get("demand", demandId), sum),
    addRefund: ({ kind, sum, ...target }) =>
      pay(
        kind,
        "orderId" in target ? get("customerorder", target.orderId) : get("salesreturn", target.salesReturnId),
        sum,
      ),
    requireAttribute(name) {
      const isNamed = ({ scalars }: Entity) => scalars["entityType"] === "customerorder" && scalars["name"] === name;
      const known = store.of("attributemetadata").find(isNamed);
      if (known) change(known, { scalars: { required: true } });
      const patch = createPatch({ scalars: { name, type: "string", required: true } });
      return known?.id ?? act((session) => createFrom(attributeKind, patch, session, "customerorder").id);
    },
    renameAttribute: (id, name) => change(get("attributemetadata", id), { scalars: { name } }),
    removeAttribute: (id) => act((session) => removeForGood(get("attributemetadata", id), session)),
  };
}

function toContactPerson(input: ContactPersonInput, ids: Ids): Row {
  return { id: ids.next(), scalars: given(input), references: {} };
}

function given(values: Record<string, Scalar | undefined>): Record<string, Scalar> {
  const entries = Object.entries(values).flatMap(([name, value]): [string, Scalar][] =>
    value === undefined ? [] : [[name, value]],
  );
  return Object.fromEntries(entries);
}

function fail(type: string, id: string): never {
  throw new Error(`no ${type} ${id}`);
}
