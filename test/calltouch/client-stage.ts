/** A client of one site, and the fetches it is given. */
import { type CalltouchClientOptions, createCalltouchClient } from "../../src/calltouch/client.ts";
import type { CreateOrder } from "../../src/calltouch/order.ts";
import { toCreateOrder } from "../../src/calltouch/wire.ts";
import { dealWith, MOSCOW } from "./fixture.ts";

export const TOKEN = "secret+token";

export const OPTIONS = {
  baseUrl: "https://calltouch.test",
  siteId: "41234",
  token: TOKEN,
  timeZone: "Europe/Moscow",
  now: () => Date.UTC(2026, 0, 1),
  timeout: () => new AbortController().signal,
};

export function clientOf(fetch: CalltouchClientOptions["fetch"], options: Partial<CalltouchClientOptions> = {}) {
  return createCalltouchClient({ ...OPTIONS, fetch, ...options });
}

export const answering = (body: unknown, init?: ResponseInit) => async () =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), init);
export const orders = (...numbers: string[]): CreateOrder[] =>
  numbers.map((orderNumber) => toCreateOrder(dealWith({ orderNumber }), MOSCOW));
export const failing = (error: unknown) => () => Promise.reject(error);
