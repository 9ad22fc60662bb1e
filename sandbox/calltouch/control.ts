/** The controls of the sandbox: seed it, look into it, make it misbehave, move its clock. */
import * as z from "zod";
import { createMachineControl, type MachineControl, type MachineParts } from "../machine-control.ts";
import type { Cabinet, Cabinets } from "./cabinets.ts";
import type { Origin, SandboxDeal } from "./deal-book.ts";
import type { Fault } from "./fault.ts";
import type { createHookControl, HookControl } from "./hook-control.ts";
import type { Knobs, KnobsPatch } from "./knobs.ts";
import { type Lead, type LeadInput, toLead } from "./lead.ts";
import type { LoggedRequest } from "./logged-request.ts";
import { toDeal } from "./merge.ts";
import { type PointsLeft, type SiteInput, type SitePatch, toSite } from "./site.ts";
import { toBodyDate } from "./wire-date.ts";

export const handDeal = z.strictObject({
  siteId: z.string(),
  /** Calltouch's own id when left out. */
  orderNumber: z.string().min(1).optional(),
  origin: z.enum(["UI", "CRM"]).optional(),
  status: z.string().optional(),
  /** Epoch milliseconds; now when left out. */
  orderAt: z.int().optional(),
  revenue: z.string().optional(),
  manager: z.string().optional(),
  tags: z.array(z.string()).optional(),
});
export type HandDeal = z.input<typeof handDeal>;

export interface SandboxControl extends HookControl, MachineControl<LoggedRequest, Fault, Knobs, KnobsPatch> {
  addSite(site: SiteInput): void;
  /** @throws Error for an unknown site, here and below. */
  updateSite(siteId: string, patch: SitePatch): void;
  /** Returns the lead's id. Its webhooks are on their way; `hooksSent` waits for them. */
  addLead(lead: LeadInput): number;
  leads(siteId?: string): Lead[];
  deals(siteId?: string): SandboxDeal[];
  /** The newest deal of this number, deleted or not. */
  deal(siteId: string, orderNumber: string): SandboxDeal | undefined;
  /** False when there was no such deal. */
  deleteDealByHand(siteId: string, orderNumber: string): boolean;
  /** A deal made in the cabinet or by another CRM: listed only with `withAllOrderOrigins`. */
  addDealByHand(deal: HandDeal): SandboxDeal;
  points(siteId: string): PointsLeft;
}

export interface ControlDependencies extends MachineParts<LoggedRequest, Fault, Knobs, KnobsPatch> {
  cabinets: Cabinets;
  hooks: ReturnType<typeof createHookControl>;
}

export function createControl({ cabinets, hooks, ...parts }: ControlDependencies): SandboxControl {
  const { clock } = parts;
  const cabinetOf = (siteId: string): Cabinet => {
    const cabinet = cabinets.get(siteId);
    if (!cabinet) throw new Error(`no site ${siteId}`);
    return cabinet;
  };
  const chosen = (siteId?: string) => (siteId === undefined ? cabinets.all() : [cabinetOf(siteId)]);

  return {
    ...hooks.control,
    ...createMachineControl(parts),
    addSite: (input) => cabinets.open(toSite(input)),
    updateSite(siteId, patch) {
      const { site } = cabinetOf(siteId);
      cabinets.change({
        siteId,
        token: patch.token ?? site.token,
        tokenRevoked: patch.tokenRevoked ?? site.tokenRevoked,
        timeZone: patch.timeZone ?? site.timeZone,
        hourlyPoints: patch.hourlyPoints ?? site.hourlyPoints,
        dailyPoints: patch.dailyPoints ?? site.dailyPoints,
        apiEnabled: patch.apiEnabled ?? site.apiEnabled,
      });
    },
    addLead(input) {
      const lead = toLead(input, input.id ?? cabinets.nextLeadId());
      cabinetOf(input.siteId).leads.add(lead, input);
      hooks.announce(lead);
      return lead.id;
    },
    leads: (siteId) => chosen(siteId).flatMap(({ leads }) => leads.all()),
    deals: (siteId) => chosen(siteId).flatMap(({ deals }) => deals.all()),
    deal: (siteId, orderNumber) => cabinetOf(siteId).deals.newest(orderNumber),
    deleteDealByHand(siteId, orderNumber) {
      const { deals } = cabinetOf(siteId);
      const live = deals.live(orderNumber);
      if (live) deals.put({ ...live, isDeleted: true, updatedAt: clock.now() });
      return live !== undefined;
    },
    addDealByHand(input) {
      const { deals, site } = cabinetOf(input.siteId);
      const deal = toHandDeal(input, cabinets.nextDealId(), site.timeZone, clock.now());
      deals.put(deal);
      return deal;
    },
    points(siteId) {
      const { points, site } = cabinetOf(siteId);
      return points.left(site, clock.now());
    },
  };
}

function toHandDeal(input: HandDeal, id: number, timeZone: string, now: number): SandboxDeal {
  const order = {
    orderNumber: input.orderNumber ?? String(id),
    matching: [],
    status: input.status ?? "Новая",
    orderDate: toBodyDate(input.orderAt ?? now, timeZone),
    revenue: input.revenue,
    manager: input.manager,
  };
  const place = { siteId: input.siteId, timeZone, now, nextDealId: () => id };
  const origin: Origin = input.origin ?? "UI";
  return { ...toDeal(order, "", { kind: "none" }, place), origin, crm: null, tags: input.tags ?? [] };
}
