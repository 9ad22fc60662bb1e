/** The methods of the API, deals and leads: gate, fault, commit, answer, log. */
import { Hono } from "hono";
import type { Clock } from "../clock.ts";
import { createLine, type Sleep } from "../network.ts";
import type { RequestLog } from "../request-log.ts";
import { answerThrough, json } from "./answer.ts";
import type { Cabinets } from "./cabinets.ts";
import { commit } from "./commit.ts";
import { type FaultQueue, isRead, type Operation } from "./fault.ts";
import type { KnobPanel } from "./knobs.ts";
import type { LoggedRequest } from "./logged-request.ts";
import type { RateGate } from "./rate-gate.ts";

const CREATE_PATH = "/lead-service/v1/api/client-order/create";
const UPDATE_PATH = "/lead-service/v1/api/client-order/update";
const DELETE_PATH = "/lead-service/v1/api/client-order/delete";
const LIST_PATH = "/calls-service/RestAPI/:siteId/orders-diary/orders";
const CALLS_PATH = "/calls-service/RestAPI/:siteId/calls-diary/calls";
const REQUESTS_PATH = "/calls-service/RestAPI/requests";

export interface ApiDependencies {
  cabinets: Cabinets;
  clock: Clock;
  sleep: Sleep;
  gate: RateGate;
  faults: FaultQueue;
  log: RequestLog<LoggedRequest>;
  knobs: KnobPanel;
  /** Answers that stand for a broken connection. */
  dropped: WeakSet<Response>;
}

export function createApi(dependencies: ApiDependencies): Hono {
  const api = new Hono();
  const write = (request: Request, operation: Operation) =>
    answer(request, operation, header(request, "SiteId"), header(request, "Access-Token"), dependencies);
  api.post(CREATE_PATH, (c) => write(c.req.raw, "create"));
  api.post(UPDATE_PATH, (c) => write(c.req.raw, "update"));
  api.post(DELETE_PATH, (c) => write(c.req.raw, "delete"));
  const read = (request: Request, operation: Operation, siteId: string) =>
    answer(request, operation, siteId, new URL(request.url).searchParams.get("clientApiId") ?? "", dependencies);
  api.get(LIST_PATH, (c) => read(c.req.raw, "list", c.req.param("siteId")));
  api.get(CALLS_PATH, (c) => read(c.req.raw, "calls", c.req.param("siteId")));
  api.get(REQUESTS_PATH, (c) => read(c.req.raw, "requests", c.req.query("siteId") ?? ""));
  return api;
}

async function answer(
  request: Request,
  operation: Operation,
  siteId: string,
  token: string,
  { cabinets, clock, sleep, gate, faults, log, knobs, dropped }: ApiDependencies,
): Promise<Response> {
  const { signal } = request;
  const url = new URL(request.url);
  const ip = header(request, "x-forwarded-for").split(",")[0]?.trim() || "local";
  const arrivedAt = clock.now();
  const entry: LoggedRequest = {
    at: arrivedAt,
    ip,
    method: request.method,
    path: url.pathname,
    operation,
    siteId,
    items: 0,
    status: null,
  };
  log.add(entry);

  // The slot is taken on arrival: reading the body may let a later request overtake this one.
  const slot = gate.take(ip, arrivedAt);
  const text = isRead(operation) ? "" : await request.text();
  const body = parseJson(text);
  const query = Object.fromEntries(url.searchParams);
  const orderNumbers = toOrderNumbers(body);
  entry.items = orderNumbers.length;
  if (isRead(operation)) entry.query = withoutToken(query);
  else entry.body = body;

  if (!slot.run) {
    const { rateLimitStatus, retryAfterSeconds } = knobs.current();
    entry.status = rateLimitStatus;
    const headers: Record<string, string> =
      retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) };
    return json(rateLimitStatus, { error: "too many requests" }, headers);
  }
  if (slot.waitMs > 0) await sleep(slot.waitMs);

  const fault = faults.take(operation, orderNumbers);
  const refusedNumber = fault?.kind === "itemError" ? fault.orderNumber : null;
  const isJson = header(request, "Content-Type").toLowerCase().startsWith("application/json");
  const ask = { operation, siteId, token, body, query, items: orderNumbers.length, isJson, refusedNumber };
  const line = createLine(signal, sleep, dropped);
  const response = await answerThrough(fault, () => commit(ask, cabinets, knobs.current(), clock.now()), line);
  const { latencyMs } = knobs.current();
  if (latencyMs > 0) await line.wait(latencyMs);
  if (!signal.aborted && !dropped.has(response)) entry.status = response.status;
  return response;
}

function header(request: Request, name: string): string {
  return request.headers.get(name) ?? "";
}

/** Undefined when the text is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toOrderNumbers(body: unknown): string[] {
  if (typeof body !== "object" || body === null) return [];
  if ("orderNumbers" in body && Array.isArray(body.orderNumbers)) return body.orderNumbers.map(String);
  if (!("orders" in body) || !Array.isArray(body.orders)) return [];
  return body.orders.map((order: unknown) =>
    typeof order === "object" && order !== null && "orderNumber" in order ? String(order.orderNumber) : "",
  );
}

function withoutToken({ clientApiId: _, ...query }: Record<string, string>): Record<string, string> {
  return query;
}
