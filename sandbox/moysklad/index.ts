/** A stand-in for MoySklad's JSON API 1.2, stricter than its documentation wherever that is silent. */
import { Hono } from "hono";
import { createClock } from "../clock.ts";
import { fetchFrom, realSleep, type Sleep } from "../network.ts";
import { createRequestLog } from "../request-log.ts";
import { createApi } from "./api.ts";
import { createBanWatch } from "./bans.ts";
import { createControl, type MoyskladControl } from "./control.ts";
import { createControlApi } from "./control-api.ts";
import { createFaultQueue } from "./fault.ts";
import { createHrefs, OFFICIAL_BASE } from "./hrefs.ts";
import { createIds } from "./ids.ts";
import { createKnobPanel, type KnobsPatch } from "./knobs.ts";
import type { LoggedRequest } from "./logged-request.ts";
import { createPrincipals } from "./principals.ts";
import { createRateGate } from "./rate-gate.ts";
import { unpacked } from "./respond.ts";
import { createWebhookSender } from "./webhook-sender.ts";

export type { MoyskladControl } from "./control.ts";
export type { Fault } from "./fault.ts";
export type { Knobs, KnobsPatch } from "./knobs.ts";
export type { LoggedRequest } from "./logged-request.ts";
export type { People } from "./people.ts";
export type { AccountInput, AccountPatch } from "./principals.ts";
export type { SandboxAttribute, SandboxCounterparty, SandboxOrder, SandboxWebhook } from "./snapshots.ts";
export type { Delivery } from "./webhook-sender.ts";

export interface MoyskladSandbox {
  /** The HTTP API, with the controls under `/__sandbox`. */
  app: Hono;
  /** As a network would: unpacks gzip, rejects when the caller aborts, and with a TypeError when a fault breaks the connection. */
  fetch(request: Request): Promise<Response>;
  control: MoyskladControl;
}

export interface MoyskladSandboxOptions {
  /** Epoch milliseconds. Without it the clock is real and can be moved by `control.setClock` and `advance`. */
  now?: () => number;
  /** Waits for faults and latency; the signal says that nobody waits for the answer any more. */
  sleep?: Sleep;
  /** Measures the 1500 ms a webhook's receiver has; real time unless given, for a `sleep` may return at once. */
  webhookTimer?: Sleep;
  /** The base as hrefs show it; requests are taken at its path, on any host. */
  baseUrl?: string;
  /** Where webhooks go. */
  send?: (request: Request) => Promise<Response>;
  knobs?: KnobsPatch;
}

export function createMoyskladSandbox(options: MoyskladSandboxOptions = {}): MoyskladSandbox {
  const clock = createClock(options.now);
  const ids = createIds();
  const principals = createPrincipals(ids);
  const faults = createFaultQueue();
  const log = createRequestLog<LoggedRequest>();
  const knobs = createKnobPanel(options.knobs);
  const hrefs = createHrefs(options.baseUrl ?? OFFICIAL_BASE, () => knobs.current().officialHrefs);
  const sleep = options.sleep ?? realSleep;
  const dropped = new WeakSet<Response>();
  const sender = createWebhookSender({
    send: options.send ?? ((request) => fetch(request)),
    sleep,
    timer: options.webhookTimer ?? realSleep,
    now: clock.now,
    hrefs,
    faults,
  });
  const control = createControl({ principals, ids, clock, faults, log, knobs, sender });
  const limits = { gate: createRateGate(), bans: createBanWatch() };

  const app = new Hono();
  app.route("/__sandbox", createControlApi(control));
  app.route("/", createApi({ principals, ids, hrefs, clock, sleep, ...limits, faults, log, knobs, sender, dropped }));

  return {
    app,
    control,
    fetch: async (request) => unpacked(await fetchFrom(app.fetch, request, dropped)),
  };
}
