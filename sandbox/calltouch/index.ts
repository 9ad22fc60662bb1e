/** A stand-in for Calltouch's API of deals and leads and for its webhooks, stricter than the documentation wherever that is silent. */
import { Hono } from "hono";
import { createClock } from "../clock.ts";
import { fetchFrom, realSleep, type Sleep } from "../network.ts";
import { createRequestLog } from "../request-log.ts";
import { createApi } from "./api.ts";
import { createCabinets } from "./cabinets.ts";
import { createControl, type SandboxControl } from "./control.ts";
import { createControlApi } from "./control-api.ts";
import { createFaultQueue } from "./fault.ts";
import { createHookControl } from "./hook-control.ts";
import { createHookSender, type Send } from "./hook-sender.ts";
import { createKnobPanel, type KnobsPatch } from "./knobs.ts";
import type { LoggedRequest } from "./logged-request.ts";
import { createRateGate } from "./rate-gate.ts";

export type { HandDeal, SandboxControl } from "./control.ts";
export type { Link, SandboxDeal } from "./deal-book.ts";
export type { Fault } from "./fault.ts";
export type { HookParameters, HookPhase } from "./hook.ts";
export type { HookEvent } from "./hook-control.ts";
export type { HookTarget, SentHook } from "./hook-sender.ts";
export type { Knobs, KnobsPatch } from "./knobs.ts";
export type { Lead, LeadInput } from "./lead.ts";
export type { LoggedRequest } from "./logged-request.ts";
export type { PointsLeft, SiteInput, SitePatch } from "./site.ts";

export interface CalltouchSandbox {
  /** The HTTP API, with the controls under `/__sandbox`. */
  app: Hono;
  /** As a network would: rejects when the caller aborts, and with a TypeError when a fault breaks the connection. */
  fetch(request: Request): Promise<Response>;
  control: SandboxControl;
}

export interface SandboxOptions {
  /** Epoch milliseconds. Without it the clock is real and can be moved by `control.setClock` and `advance`. */
  now?: () => number;
  /** Waits; the signal says that nobody waits for the answer any more. */
  sleep?: Sleep;
  /** In [0, 1): the gaps between ids. Without it ids are contiguous. */
  random?: () => number;
  knobs?: KnobsPatch;
  /** Sends a webhook; without it over the network, for ten seconds at most. */
  send?: Send;
}

const HOOK_TIMEOUT_MS = 10_000;

export function createCalltouchSandbox(options: SandboxOptions = {}): CalltouchSandbox {
  const clock = createClock(options.now);
  const cabinets = createCabinets(options.random ?? (() => 0));
  const faults = createFaultQueue();
  const log = createRequestLog<LoggedRequest>();
  const knobs = createKnobPanel(options.knobs);
  const dropped = new WeakSet<Response>();
  const sender = createHookSender(options.send ?? send, clock);
  const hooks = createHookControl({ cabinets, clock, knobs, sender });
  const control = createControl({ cabinets, clock, faults, log, knobs, hooks });

  const app = new Hono();
  app.route("/__sandbox", createControlApi(control));
  app.route(
    "/",
    createApi({
      cabinets,
      clock,
      sleep: options.sleep ?? realSleep,
      gate: createRateGate(),
      faults,
      log,
      knobs,
      dropped,
    }),
  );

  return {
    app,
    control,
    fetch: (request) => fetchFrom(app.fetch, request, dropped),
  };
}

const send: Send = (request) => fetch(request, { signal: AbortSignal.timeout(HOOK_TIMEOUT_MS) });
