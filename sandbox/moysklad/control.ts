/** The controls of the sandbox: seed it, act as a person in it, look into it, make it misbehave, move its clock. */
import { createMachineControl, type MachineControl, type MachineParts } from "../machine-control.ts";
import type { Fault } from "./fault.ts";
import type { Ids } from "./ids.ts";
import type { Knobs, KnobsPatch } from "./knobs.ts";
import type { LoggedRequest } from "./logged-request.ts";
import { createPeople, type People } from "./people.ts";
import type { AccountInput, AccountPatch, Principals } from "./principals.ts";
import { settle } from "./settle.ts";
import type { Delivery, WebhookSender } from "./webhook-sender.ts";

/** What people do is done in the first account, unless `account` names another. */
export interface MoyskladControl extends People, MachineControl<LoggedRequest, Fault, Knobs, KnobsPatch> {
  addAccount(input: AccountInput): void;
  /** @throws Error for an unknown token, as does `account`. */
  updateAccount(token: string, patch: AccountPatch): void;
  account(token: string): People;
  /** Resolves when all webhooks under way have been answered or given up. */
  hooksSent(): Promise<void>;
  /** Every try of every notification. */
  deliveries(): Delivery[];
  clearDeliveries(): void;
}

export interface ControlDependencies extends MachineParts<LoggedRequest, Fault, Knobs, KnobsPatch> {
  principals: Principals;
  ids: Ids;
  sender: WebhookSender;
}

export function createControl(dependencies: ControlDependencies): MoyskladControl {
  const { principals, ids, clock, knobs, sender } = dependencies;
  const peopleOf = (token?: string): People => {
    const { merchant, employeeId } = principals.get(token);
    return createPeople({
      merchant,
      employeeId,
      ids,
      knobs: knobs.current,
      now: clock.now,
      settle: (session) => settle(session, sender),
    });
  };

  return {
    ...createMachineControl(dependencies),
    ...firstAccount(() => peopleOf()),
    get accountId() {
      return peopleOf().accountId;
    },
    addAccount: (input) => void principals.add(input, clock.now()),
    updateAccount: principals.update,
    account: (token) => peopleOf(token),
    hooksSent: sender.settled,
    deliveries: sender.deliveries,
    clearDeliveries: sender.clear,
  };
}

/** Looked up at each call: the first account is added after the controls are made. */
function firstAccount(people: () => People): Omit<People, "accountId"> {
  return {
    addOrganization: (input) => people().addOrganization(input),
    addEmployee: (input) => people().addEmployee(input),
    addState: (input) => people().addState(input),
    changeState: (id, patch) => people().changeState(id, patch),
    removeState: (id) => people().removeState(id),
    addCounterparty: (input) => people().addCounterparty(input),
    changeCounterparty: (id, patch) => people().changeCounterparty(id, patch),
    addOrder: (input) => people().addOrder(input),
    changeOrder: (id, patch) => people().changeOrder(id, patch),
    deleteOrder: (id, options) => people().deleteOrder(id, options),
    restoreOrder: (id) => people().restoreOrder(id),
    addPayment: (input) => people().addPayment(input),
    removePayment: (id) => people().removePayment(id),
    addDemand: (input) => people().addDemand(input),
    addSalesReturn: (input) => people().addSalesReturn(input),
    addRefund: (input) => people().addRefund(input),
    requireAttribute: (name) => people().requireAttribute(name),
    renameAttribute: (id, name) => people().renameAttribute(id, name),
    removeAttribute: (id) => people().removeAttribute(id),
    orders: () => people().orders(),
    counterparties: () => people().counterparties(),
    attributes: () => people().attributes(),
    webhooks: () => people().webhooks(),
    states: () => people().states(),
    organizations: () => people().organizations(),
  };
}
