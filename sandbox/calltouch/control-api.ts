/** The same controls over HTTP, as JSON under `/__sandbox`, for whoever runs the sandbox on a port. */
import { Hono } from "hono";
import * as z from "zod";
import { addMachineRoutes } from "../machine-routes.ts";
import { handDeal, type SandboxControl } from "./control.ts";
import { fault } from "./fault.ts";
import { hookPhase } from "./hook.ts";
import { hookTarget } from "./hook-sender.ts";
import { leadInput } from "./lead.ts";
import { siteInput, sitePatch } from "./site.ts";

const dealName = z.strictObject({ siteId: z.string(), orderNumber: z.string() });
const dealFilter = z.strictObject({ siteId: z.string().optional(), orderNumber: z.string().optional() });
const siteFilter = z.strictObject({ siteId: z.string().optional() });
const siteHook = hookTarget.extend({ siteId: z.string() });
const hookEvent = z.strictObject({
  leadId: z.int().positive(),
  phase: hookPhase,
  changedFields: z.array(z.string()).optional(),
});
const hookTest = z.strictObject({ siteId: z.string(), body: z.enum(["placeholders", "empty"]) });
const siteName = z.strictObject({ siteId: z.string() });

export function createControlApi(control: SandboxControl): Hono {
  const api = new Hono();
  api.post("/sites", async (c) => {
    control.addSite(siteInput.parse(await c.req.json()));
    return c.json({ ok: true }, 201);
  });
  api.patch("/sites/:siteId", async (c) => {
    control.updateSite(c.req.param("siteId"), sitePatch.parse(await c.req.json()));
    return c.json({ ok: true });
  });
  api.get("/sites/:siteId/points", (c) => c.json(control.points(c.req.param("siteId"))));

  api.post("/leads", async (c) => c.json({ id: control.addLead(leadInput.parse(await c.req.json())) }, 201));
  api.get("/leads", (c) => c.json(control.leads(siteFilter.parse(c.req.query()).siteId)));

  routeHooks(api, control);

  api.get("/deals", (c) => {
    const { siteId, orderNumber } = dealFilter.parse(c.req.query());
    const deals = control.deals(siteId);
    return c.json(orderNumber === undefined ? deals : deals.filter((deal) => deal.orderNumber === orderNumber));
  });
  api.post("/deals", async (c) => c.json(control.addDealByHand(handDeal.parse(await c.req.json())), 201));
  api.delete("/deals", (c) => {
    const { siteId, orderNumber } = dealName.parse(c.req.query());
    return c.json({ deleted: control.deleteDealByHand(siteId, orderNumber) });
  });

  addMachineRoutes(api, fault, control);
  return api;
}

function routeHooks(api: Hono, control: SandboxControl): void {
  api.post("/hooks", async (c) => {
    const { siteId, ...target } = siteHook.parse(await c.req.json());
    control.setHook(siteId, target);
    return c.json({ ok: true }, 201);
  });
  api.delete("/hooks", (c) => {
    control.setHook(siteName.parse(c.req.query()).siteId, null);
    return c.json({ ok: true });
  });
  api.post("/hooks/emit", async (c) => {
    const { leadId, ...event } = hookEvent.parse(await c.req.json());
    control.emitHook(leadId, event);
    return c.json({ ok: true }, 201);
  });
  api.post("/hooks/test", async (c) => {
    const { siteId, body } = hookTest.parse(await c.req.json());
    control.testHook(siteId, body);
    return c.json({ ok: true }, 201);
  });
  api.get("/hooks", async (c) => {
    await control.hooksSent();
    return c.json(control.hooks());
  });
}
