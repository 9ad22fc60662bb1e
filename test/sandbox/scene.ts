/** A sandbox with one site, a clock moved by hand and short ways to call it. */
import { type CalltouchSandbox, createCalltouchSandbox, type KnobsPatch } from "../../sandbox/calltouch/index.ts";

export const SITE = "12345";
export const TOKEN = "token-1";
/** 14-05-2025 12:00:00 in Moscow. */
export const NOON = Date.UTC(2025, 4, 14, 9);
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; undefined when it is no JSON. */
  json: unknown;
  /** `data.orders`, or nothing. */
  items: Record<string, unknown>[];
  /** Records of a listing in either shape. */
  records: Record<string, unknown>[];
}

/** A webhook as its receiver saw it. */
export interface ReceivedHook {
  method: string;
  url: string;
  contentType: string | null;
  body: string;
  /** Of the query or of the form. */
  parameters: Record<string, string>;
}

export interface Scene {
  sandbox: CalltouchSandbox;
  /** The webhooks received so far, once all have been sent. */
  received(): Promise<ReceivedHook[]>;
  clock: { now: number; slept: number[] };
  post(
    operation: "create" | "update" | "delete",
    body: unknown,
    headers?: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Answer>;
  create(...orders: unknown[]): Promise<Answer>;
  update(...orders: unknown[]): Promise<Answer>;
  remove(...orderNumbers: string[]): Promise<Answer>;
  list(query: Record<string, string>, siteId?: string): Promise<Answer>;
  calls(query: Record<string, string>): Promise<Answer>;
  requests(query: Record<string, string>): Promise<Answer>;
  deal(orderNumber: string): ReturnType<CalltouchSandbox["control"]["deal"]>;
}

export function createScene(knobs: KnobsPatch = {}): Scene {
  const slept: number[] = [];
  const clock = { now: NOON, slept };
  const received: ReceivedHook[] = [];
  const sandbox = createCalltouchSandbox({
    now: () => clock.now,
    send: async (request) => {
      received.push(await toReceivedHook(request));
      return new Response("ok");
    },
    sleep: async (ms) => {
      clock.slept.push(ms);
    },
    knobs,
  });
  sandbox.control.addSite({ siteId: SITE, token: TOKEN });
  let address = 0;

  const send = async (path: string, init: RequestInit) => {
    address += 1;
    // Each request from an address of its own: the rate gate is tested where it is meant.
    const headers = new Headers({ "x-forwarded-for": `10.0.0.${address}` });
    new Headers(init.headers).forEach((value, name) => {
      headers.set(name, value);
    });
    return toAnswer(await sandbox.fetch(new Request(`https://calltouch.test${path}`, { ...init, headers })));
  };

  const post: Scene["post"] = (operation, body, headers = {}, signal) =>
    send(`/lead-service/v1/api/client-order/${operation}`, {
      method: "POST",
      headers: { "Access-Token": TOKEN, SiteId: SITE, "Content-Type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });

  const read = (path: string, query: Record<string, string>) =>
    send(`/calls-service/RestAPI/${path}?${new URLSearchParams({ clientApiId: TOKEN, ...query })}`, {});

  return {
    sandbox,
    clock,
    async received() {
      await sandbox.control.hooksSent();
      return received;
    },
    post,
    create: (...orders) => post("create", { crm: "CRM", orders }),
    update: (...orders) => post("update", { orders }),
    remove: (...orderNumbers) => post("delete", { orderNumbers }),
    list: (query, siteId = SITE) => read(`${siteId}/orders-diary/orders`, query),
    calls: (query) => read(`${SITE}/calls-diary/calls`, query),
    requests: (query) => read("requests", { siteId: SITE, ...query }),
    deal: (orderNumber) => sandbox.control.deal(SITE, orderNumber),
  };
}

export const customSources = {
  type: "customSources",
  customSourceParams: { source: "офлайн-визит", medium: "офлайн-визит", campaign: "офлайн-визит" },
};

export function callContact(params: object = {}) {
  const callContactParams = {
    phones: ["79157771122"],
    date: "14-05-2025 11:00:00",
    callTypeToMatch: "nearest",
    searchDepth: 120,
    ...params,
  };
  return { type: "callContact", callContactParams };
}

/** An order that lands without a lead. */
export function order(orderNumber: string, change: object = {}) {
  const dates = { statusDate: "14-05-2025 11:00:00", orderDate: "14-05-2025 11:00:00" };
  return { matching: [customSources], orderNumber, status: "Запись", ...dates, ...change };
}

async function toReceivedHook(request: Request): Promise<ReceivedHook> {
  const body = await request.text();
  const { method, url } = request;
  const sent = method === "POST" ? new URLSearchParams(body) : new URL(url).searchParams;
  const contentType = request.headers.get("content-type");
  return { method, url, contentType, body, parameters: Object.fromEntries(sent) };
}

async function toAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const json = parse(text);
  return {
    status: response.status,
    headers: response.headers,
    text,
    json,
    items: itemsOf(json),
    records: recordsOf(json),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function itemsOf(json: unknown): Record<string, unknown>[] {
  if (!isRecord(json) || !isRecord(json["data"])) return [];
  return recordsIn(json["data"]["orders"]);
}

function recordsOf(json: unknown): Record<string, unknown>[] {
  return recordsIn(isRecord(json) && !Array.isArray(json) ? json["records"] : json);
}

function recordsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
