/** Which webhooks a lead causes, by itself and by hand. */

import type { Clock } from "../clock.ts";
import type { Cabinet, Cabinets } from "./cabinets.ts";
import { type HookParameters, type HookPhase, toHookParameters, toTestParameters } from "./hook.ts";
import type { HookSender, HookTarget, SentHook } from "./hook-sender.ts";
import type { KnobPanel } from "./knobs.ts";
import type { Lead } from "./lead.ts";

export interface HookEvent {
  phase: HookPhase;
  /** Of an edit: names of parameters. */
  changedFields?: string[] | undefined;
}

export interface HookControl {
  /** Null switches the webhooks of the site off. */
  setHook(siteId: string, target: HookTarget | null): void;
  /**
   * Tells of a lead by hand: the end of a call that was going on, an edit, an old event once more.
   * @throws Error when there is no such lead or more than one, or its site has no webhook.
   */
  emitHook(leadId: number, event: HookEvent): void;
  /** The test button of the cabinet. */
  testHook(siteId: string, body: "placeholders" | "empty"): void;
  /** Resolves when every webhook so far has been answered or has failed. */
  hooksSent(): Promise<void>;
  hooks(): SentHook[];
}

export interface HookDependencies {
  cabinets: Cabinets;
  clock: Clock;
  knobs: KnobPanel;
  sender: HookSender;
}

export function createHookControl({ cabinets, clock, knobs, sender }: HookDependencies) {
  const targets = new Map<string, HookTarget>();

  function targetOf(siteId: string): HookTarget {
    const target = targets.get(siteId);
    if (!target) throw new Error(`no webhook for site ${siteId}`);
    return target;
  }

  function send(siteId: string, hooks: HookParameters[]): void {
    const { hookCopies, hookOrder } = knobs.current();
    const ordered = hookOrder === "reversed" ? hooks.toReversed() : hooks;
    const copies = ordered.flatMap((hook) => Array.from({ length: hookCopies }, () => hook));
    sender.send(siteId, targetOf(siteId), copies);
  }

  function toParameters(lead: Lead, { phase, changedFields = [] }: HookEvent): HookParameters {
    const cabinet = cabinets.get(lead.siteId);
    if (!cabinet) throw new Error(`no site ${lead.siteId}`);
    const { hiddenNumber } = knobs.current();
    const dealId = dealIdOf(lead, cabinet);
    return toHookParameters(lead, phase, {
      site: cabinet.site,
      now: clock.now(),
      dealId,
      hiddenNumber,
      changedFields,
    });
  }

  const control: HookControl = {
    setHook(siteId, target) {
      if (!cabinets.get(siteId)) throw new Error(`no site ${siteId}`);
      if (target) targets.set(siteId, target);
      else targets.delete(siteId);
    },
    emitHook(leadId, event) {
      const leads = cabinets.all().flatMap((cabinet) => cabinet.leads.all().filter(({ id }) => id === leadId));
      const [lead] = leads;
      if (!lead || leads.length > 1) throw new Error(`${leads.length} leads have the id ${leadId}`);
      send(lead.siteId, [toParameters(lead, event)]);
    },
    testHook: (siteId, body) => send(siteId, [body === "empty" ? {} : toTestParameters()]),
    hooksSent: sender.sent,
    hooks: sender.all,
  };

  return {
    control,
    /** What Calltouch sends of a new lead without being asked. Nothing for a chat: that is another family of webhooks. */
    announce(lead: Lead): void {
      if (!targets.has(lead.siteId)) return;
      send(
        lead.siteId,
        phasesOf(lead, clock.now()).map((phase) => toParameters(lead, { phase })),
      );
    },
  };
}

function phasesOf(lead: Lead, now: number): HookPhase[] {
  switch (lead.kind) {
    case "call":
      return lead.finishedAt <= now ? ["callconnected", "calldisconnected"] : ["callconnected"];
    case "request":
      return ["request"];
    case "chat":
      return [];
    default:
      return lead.kind satisfies never;
  }
}

function dealIdOf({ kind, id }: Lead, { deals }: Cabinet): number | null {
  const linked = deals.all().find(({ link, isDeleted }) => !isDeleted && link.kind === kind && link.id === id);
  return linked?.calltouchOrderId ?? null;
}
