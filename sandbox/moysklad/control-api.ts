/** The same controls over HTTP, as JSON under `/__sandbox`, for whoever runs the sandbox on a port. */
import { Hono } from "hono";
import * as z from "zod";
import { addMachineRoutes } from "../machine-routes.ts";
import type { MoyskladControl } from "./control.ts";
import { fault } from "./fault.ts";
import type { People } from "./people.ts";
import {
  counterpartyInput,
  demandInput,
  employeeInput,
  orderInput,
  orderPatch,
  organizationInput,
  paymentInput,
  refundInput,
  salesReturnInput,
  stateInput,
  statePatch,
} from "./people-input.ts";
import { accountInput, accountPatch } from "./principals.ts";

const named = z.strictObject({ name: z.string().min(1) });

/** Whoever acts is chosen by `?token=`; without it the first account. */
export function createControlApi(control: MoyskladControl): Hono {
  const api = new Hono();
  const peopleFor = (token: string | undefined): People => (token === undefined ? control : control.account(token));
  const snapshots = ["orders", "counterparties", "attributes", "webhooks", "states", "organizations"] as const;
  for (const name of snapshots) api.get(`/${name}`, (c) => c.json(peopleFor(c.req.query("token"))[name]()));

  const adders: Record<string, (people: People, body: unknown) => string> = {
    organizations: (people, body) => people.addOrganization(organizationInput.parse(body)),
    employees: (people, body) => people.addEmployee(employeeInput.parse(body)),
    states: (people, body) => people.addState(stateInput.parse(body)),
    counterparties: (people, body) => people.addCounterparty(counterpartyInput.parse(body)),
    orders: (people, body) => people.addOrder(orderInput.parse(body)),
    payments: (people, body) => people.addPayment(paymentInput.parse(body)),
    demands: (people, body) => people.addDemand(demandInput.parse(body)),
    "sales-returns": (people, body) => people.addSalesReturn(salesReturnInput.parse(body)),
    refunds: (people, body) => people.addRefund(refundInput.parse(body)),
    "required-attributes": (people, body) => people.requireAttribute(named.parse(body).name),
  };
  for (const [path, add] of Object.entries(adders)) {
    api.post(`/${path}`, async (c) => c.json({ id: add(peopleFor(c.req.query("token")), await c.req.json()) }, 201));
  }
  const changers: Record<string, (people: People, id: string, body: unknown) => void> = {
    "PATCH /orders/:id": (people, id, body) => people.changeOrder(id, orderPatch.parse(body)),
    "DELETE /orders/:id": (people, id) => people.deleteOrder(id),
    "POST /orders/:id/restore": (people, id) => people.restoreOrder(id),
    "DELETE /payments/:id": (people, id) => people.removePayment(id),
    "PATCH /states/:id": (people, id, body) => people.changeState(id, statePatch.parse(body)),
    "DELETE /states/:id": (people, id) => people.removeState(id),
    "PATCH /attributes/:id": (people, id, body) => people.renameAttribute(id, named.parse(body).name),
    "DELETE /attributes/:id": (people, id) => people.removeAttribute(id),
  };
  for (const [route, change] of Object.entries(changers)) {
    const [method = "", path = ""] = route.split(" ");
    api.on(method, path, async (c) => {
      const body = method === "PATCH" ? await c.req.json() : undefined;
      change(peopleFor(c.req.query("token")), c.req.param("id") ?? "", body);
      return c.json({ ok: true });
    });
  }
  addAccountRoutes(api, control);
  addMachineRoutes(api, fault, control);
  return api;
}

function addAccountRoutes(api: Hono, control: MoyskladControl): void {
  api.post("/accounts", async (c) => {
    control.addAccount(accountInput.parse(await c.req.json()));
    return c.json({ ok: true }, 201);
  });
  api.patch("/accounts/:token", async (c) => {
    control.updateAccount(c.req.param("token"), accountPatch.parse(await c.req.json()));
    return c.json({ ok: true });
  });
  api.get("/deliveries", async (c) => {
    await control.hooksSent();
    return c.json(control.deliveries());
  });
  api.delete("/deliveries", (c) => {
    control.clearDeliveries();
    return c.json({ ok: true });
  });
}
