/**
 * Calltouch's API of deals and leads. The client sends one request per call and says what the answer means; it neither repeats
 * nor waits: the limits of the address and the points of the site belong to whoever calls it.
 */
import { type OrderAnswer, toOrderAnswers, type WriteStep } from "./answer.ts";
import { exchange } from "./exchange.ts";
import {
  type CallsQuery,
  type JournalPage,
  type RequestsQuery,
  toCallsPage,
  toCallsParameters,
  toRequestsPage,
  toRequestsParameters,
} from "./journals.ts";
import { type ListPage, type ListQuery, toListPage, toListParameters } from "./listing.ts";
import { type CreateOrder, ORDERS_PER_REQUEST_MAX, type UpdateOrder } from "./order.ts";
import { isBodyWanted, type Reply, toReply } from "./reply.ts";
import { toDeleteBody } from "./wire.ts";

export interface CalltouchClient {
  /** `crm` is what Calltouch shows as the deals' CRM. At most 100 orders, as in update and delete. */
  create(crm: string, orders: readonly CreateOrder[]): Promise<Reply<OrderAnswer[]>>;
  update(orders: readonly UpdateOrder[]): Promise<Reply<OrderAnswer[]>>;
  delete(orderNumbers: readonly string[]): Promise<Reply<OrderAnswer[]>>;
  list(query: ListQuery): Promise<Reply<ListPage>>;
  calls(query: CallsQuery): Promise<Reply<JournalPage>>;
  requests(query: RequestsQuery): Promise<Reply<JournalPage>>;
}

export interface CalltouchClientOptions {
  /** `https://api.calltouch.ru`, or a stand-in, with or without a path. */
  baseUrl: string;
  siteId: string;
  token: string;
  /** IANA name of the zone of the site. */
  timeZone: string;
  fetch: (request: Request) => Promise<Response>;
  /** For one request together with the reading of its answer; 10 s unless given. */
  timeoutMs?: number;
  /** Largest answer read; 1 MiB, and 16 MiB for a page of the listing or a journal, unless given. */
  answerBytesMax?: number;
  /** Epoch milliseconds; without it a Retry-After given as a date is ignored. */
  now?: () => number;
  /** A clock of one's own for the timeout. */
  timeout?: (ms: number) => AbortSignal;
}

const WRITE_ANSWER_BYTES_MAX = 1_048_576;
const READ_ANSWER_BYTES_MAX = 16 * 1_048_576;
const TIMEOUT_MS = 10_000;

/** @throws Error when the base URL is none, or when the site's id or the token cannot stand in a header. */
export function createCalltouchClient(options: CalltouchClientOptions): CalltouchClient {
  const { siteId, token, timeZone, timeoutMs = TIMEOUT_MS } = options;
  const timeout = options.timeout ?? ((ms: number) => AbortSignal.timeout(ms));
  // The error a runtime throws for such a header repeats the header.
  if (!isHeaderValue(siteId) || !isHeaderValue(token))
    throw new Error("the site's id or token has impossible characters");
  const { origin, pathname } = parseBaseUrl(options.baseUrl);
  const baseUrl = origin + pathname.replace(/\/+$/, "");

  async function send<T>(
    url: string,
    init: { method: string; headers: Record<string, string>; body?: string },
    answerBytesMax: number,
    decode: (body: unknown) => T | undefined,
  ): Promise<Reply<T>> {
    const signal = timeout(timeoutMs);
    // A redirect is not followed: it would carry the token and the contacts to wherever it points.
    const request = new Request(url, { ...init, redirect: "manual", signal });
    const bytesMax = options.answerBytesMax ?? answerBytesMax;
    const answer = await exchange(request, { fetch: options.fetch, signal, answerBytesMax: bytesMax, isBodyWanted });
    return toReply(answer, decode, { now: options.now?.(), token });
  }

  async function write(step: WriteStep, body: object, sent: readonly string[]): Promise<Reply<OrderAnswer[]>> {
    if (sent.length === 0) return { kind: "answered", value: [] };
    if (sent.length > ORDERS_PER_REQUEST_MAX) throw new Error(`${sent.length} orders in one request`);
    const headers = { "Access-Token": token, SiteId: siteId, "Content-Type": "application/json" };
    return send(
      `${baseUrl}/lead-service/v1/api/client-order/${step}`,
      { method: "POST", headers, body: JSON.stringify(body) },
      WRITE_ANSWER_BYTES_MAX,
      (answer) => toOrderAnswers(answer, sent, step, token),
    );
  }

  function read<T>(
    path: string,
    parameters: URLSearchParams,
    decode: (body: unknown) => T | undefined,
  ): Promise<Reply<T>> {
    parameters.set("clientApiId", token);
    const url = `${baseUrl}/calls-service/RestAPI/${path}?${parameters}`;
    return send(url, { method: "GET", headers: { Accept: "application/json" } }, READ_ANSWER_BYTES_MAX, decode);
  }

  const sitePath = encodeURIComponent(siteId);
  return {
    create: (crm, orders) => write("create", { crm, orders }, numbersOf(orders)),
    update: (orders) => write("update", { orders }, numbersOf(orders)),
    delete: (orderNumbers) => write("delete", toDeleteBody(orderNumbers), orderNumbers),
    list: (query) =>
      read(`${sitePath}/orders-diary/orders`, toListParameters(query, timeZone), (body) => toListPage(body, timeZone)),
    calls: (query) =>
      read(`${sitePath}/calls-diary/calls`, toCallsParameters(query, timeZone), (body) =>
        toCallsPage(body, query, timeZone),
      ),
    requests: (query) =>
      read("requests", toRequestsParameters(query, siteId, timeZone), (body) => toRequestsPage(body, query, timeZone)),
  };
}

function numbersOf(orders: readonly { orderNumber: string }[]): string[] {
  return orders.map(({ orderNumber }) => orderNumber);
}

function parseBaseUrl(text: string): URL {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw new Error("the base URL is not an http(s) URL");
  return new URL(text);
}

function isHeaderValue(value: string): boolean {
  return /^[\x21-\x7e]+$/.test(value);
}
