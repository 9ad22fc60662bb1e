/** The API behind its gate: headers, authentication, limits, fault, body, commit, answer, log. */
import { Hono } from "hono";
import type { Clock } from "../clock.ts";
import { createLine, html, type Sleep } from "../network.ts";
import type { RequestLog } from "../request-log.ts";
import { ApiError, toErrorBody } from "./api-error.ts";
import { type Answer, type Ask, toRefusal } from "./ask.ts";
import type { BanWatch } from "./bans.ts";
import type { FaultQueue } from "./fault.ts";
import {
  acceptsGzip,
  checkAccept,
  checkHeaderSize,
  endOf,
  findPrincipal,
  parseBody,
  parseDisabledPrefix,
} from "./gatekeeper.ts";
import type { Hrefs } from "./hrefs.ts";
import type { Ids } from "./ids.ts";
import type { KnobPanel } from "./knobs.ts";
import type { LoggedRequest } from "./logged-request.ts";
import type { Principal } from "./merchant.ts";
import type { Principals } from "./principals.ts";
import { type RateGate, unitsOf, weightOf } from "./rate-gate.ts";
import { answerThrough, authHeaders, gzipped, type Limits, limited, limitHeaders, toResponse } from "./respond.ts";
import { route } from "./routes.ts";
import type { Session } from "./session.ts";
import { settle } from "./settle.ts";
import type { WebhookSender } from "./webhook-sender.ts";

export interface ApiDependencies {
  principals: Principals;
  ids: Ids;
  hrefs: Hrefs;
  clock: Clock;
  sleep: Sleep;
  gate: RateGate;
  bans: BanWatch;
  faults: FaultQueue;
  log: RequestLog<LoggedRequest>;
  knobs: KnobPanel;
  sender: WebhookSender;
  /** Answers that stand for a broken connection. */
  dropped: WeakSet<Response>;
}

export function createApi(dependencies: ApiDependencies): Hono {
  const { base } = dependencies.hrefs;
  const basePath = new URL(base).pathname.replace(/\/$/, "");
  const api = new Hono();
  api.all(`${basePath}/*`, (c) => answer(c.req.raw, basePath, dependencies));
  return api;
}

async function answer(request: Request, basePath: string, dependencies: ApiDependencies): Promise<Response> {
  const { knobs, log, dropped, bans, clock, sleep } = dependencies;
  const url = new URL(request.url);
  const path = url.pathname.slice(basePath.length);
  const entry: LoggedRequest = {
    at: clock.now(),
    method: request.method,
    path,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(request.headers),
    token: "",
    units: 0,
    status: null,
    codes: [],
  };
  log.add(entry);

  if (!acceptsGzip(request)) {
    entry.status = 415;
    return new Response(null, { status: 415 });
  }
  const { response, principal, leave } = await admit(request, url, path, entry, dependencies);
  const { latencyMs, gzip, bans: putsOf } = knobs.current();
  const noted = { method: request.method, path: path + url.search, status: response.status, at: entry.at };
  if (principal && putsOf !== "off" && bans.note(principal, noted, putsOf)) principal.apiEnabled = false;
  if (latencyMs > 0) await createLine(request.signal, sleep, dropped).wait(latencyMs);
  leave?.();
  if (dropped.has(response)) return response;
  if (!request.signal.aborted) entry.status = response.status;
  return gzip ? gzipped(response) : response;
}

/** Up to the limits nothing waits: whoever arrives first is counted first. */
async function admit(
  request: Request,
  url: URL,
  path: string,
  entry: LoggedRequest,
  dependencies: ApiDependencies,
): Promise<{ response: Response; principal: Principal | null; leave?: () => void }> {
  const { knobs, gate, principals } = dependencies;
  const { userWeight, bucketUnits, rateLimitHtml, rateLimitHeaders } = knobs.current();
  let principal: Principal | null = null;
  try {
    checkAccept(request, path, knobs.current());
    principal = findPrincipal(request, path, principals);
  } catch (error) {
    return { response: refused(error, entry), principal };
  }
  entry.token = principal.token;
  const units = unitsOf(principal.authKind, path, entry.at, userWeight);
  const slot = gate.enter(principal, units, bucketUnits, entry.at);
  const divisor = rateLimitHeaders === "units" ? 1 : weightOf(principal.authKind, entry.at, userWeight);
  const toLimits = (retryAfterMs: number | null): Limits => ({
    limit: Math.floor(bucketUnits / divisor),
    remaining: Math.floor(slot.remainingUnits / divisor),
    retryAfterMs,
  });
  if (!slot.run) {
    const code = slot.limit === "parallel" ? 1073 : 1049;
    entry.codes = [code];
    const limits = toLimits(slot.limit === "parallel" ? null : slot.retryAfterMs);
    return { response: rateLimitHtml ? html(429, limitHeaders(limits)) : limited(code, limits), principal };
  }
  entry.units = units;
  const { leave } = slot;
  try {
    return { response: await serve(request, url, path, entry, principal, toLimits(0), dependencies), principal, leave };
  } catch (error) {
    leave();
    throw error;
  }
}

async function serve(
  request: Request,
  url: URL,
  path: string,
  entry: LoggedRequest,
  principal: Principal,
  limits: Limits,
  dependencies: ApiDependencies,
): Promise<Response> {
  const { faults, sleep, dropped } = dependencies;
  const headers = limitHeaders(limits);
  const text = await request.text();
  const fault = faults.takeForRequest(request.method, path, principal.token);
  const commit = (): Answer => {
    try {
      checkHeaderSize(request);
      const body = parseBody(text, request);
      if (body !== undefined) entry.body = body;
      return withPlaces(commitAsk(toAsk(request, url, path, body, principal, dependencies), dependencies), text, entry);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return withPlaces(toRefusal(error), text, entry);
    }
  };
  return answerThrough(fault, commit, {
    ...createLine(request.signal, sleep, dropped),
    seal: (sealed) => toResponse(sealed, headers),
    revokeToken() {
      principal.tokenRevoked = true;
    },
  });
}

function toAsk(
  request: Request,
  url: URL,
  path: string,
  body: unknown,
  principal: Principal,
  { knobs, hrefs, ids, clock, principals }: ApiDependencies,
): Ask {
  const { merchant, employeeId, isAdmin, authKind, login } = principal;
  const current = knobs.current();
  const actor = {
    uid: login,
    source: "remap-1.2" as const,
    employeeId,
    isAdmin,
    authKind,
    disabledPrefix: parseDisabledPrefix(request),
  };
  const session: Session = { merchant, actor, now: clock.now(), knobs: current, ids, changes: [] };
  return {
    method: request.method,
    path,
    segments: path.split("/").slice(1),
    query: url.searchParams,
    body,
    principal,
    session,
    view: { merchant, employeeId, hrefs, knobs: current },
    reading: {
      merchant,
      hrefs,
      deadStateCode: current.deadStateCode,
      rejectsUnknown: current.unknownFields === "reject",
      nextId: ids.next,
    },
    rotateToken: () => principals.rotate(principal),
  };
}

function commitAsk(ask: Ask, { sender }: ApiDependencies): Answer {
  const answered = route(ask);
  settle(ask.session, sender);
  return answered;
}

/** The vendor says where in the body a required field was missed. */
function withPlaces(answered: Answer, text: string, entry: LoggedRequest): Answer {
  const errors = errorsOf(answered.body);
  entry.codes = errors.flatMap(({ code }) => (typeof code === "number" ? [code] : []));
  for (const error of errors) if (error["code"] === 3000) Object.assign(error, endOf(text));
  return answered;
}

function errorsOf(body: unknown): Record<string, unknown>[] {
  if (Array.isArray(body)) return body.flatMap(errorsOf);
  if (typeof body !== "object" || body === null || !("errors" in body) || !Array.isArray(body.errors)) return [];
  return body.errors;
}

function refused(error: unknown, entry: LoggedRequest): Response {
  if (!(error instanceof ApiError)) throw error;
  const code = error.problems[0]?.code ?? 0;
  entry.codes = [code];
  const body = toErrorBody(error.problems);
  return toResponse({ status: error.status, body }, code === 1062 ? {} : authHeaders(code));
}
