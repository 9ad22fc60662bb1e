/** What one answer of Calltouch means, judged by its shape alone: the texts of its errors are not documented. */
import type { Exchange } from "./exchange.ts";
import { mask } from "./mask.ts";

export type Reply<T> =
  /** 2xx with a body we understand. */
  | { kind: "answered"; value: T }
  /** Connection refused or no such host: Calltouch cannot have seen the request. */
  | { kind: "not-sent"; reason: string }
  /** 429; also 402, which may be how used-up points are answered and must not be taken for a bad deal. */
  | { kind: "limited"; retryAfterMs?: number }
  /** 401, 403. */
  | { kind: "unauthorized"; status: number }
  /** The body was refused as a whole. */
  | { kind: "invalid"; status: number; reason: string }
  /** 5xx, 408, a redirect, HTML, a timeout, a reset, an answer too large or unreadable: it may or may not be done. */
  | { kind: "no-answer"; status?: number; reason: string };

export interface ReplyContext {
  now: number | undefined;
  /** Never shown, even if the answer repeats it. */
  token: string;
}

/** Of the other answers the status says all there is to know. */
export function isBodyWanted(status: number): boolean {
  return isSuccess(status) || isRefusal(status);
}

/** `decode` gets the parsed body, undefined for an empty one, and returns undefined for what it does not understand. */
export function toReply<T>(
  answer: Exchange,
  decode: (body: unknown) => T | undefined,
  context: ReplyContext,
): Reply<T> {
  if (answer.kind !== "response") return answer;
  const { status } = answer;
  if (status === 401 || status === 403) return { kind: "unauthorized", status };
  if (status === 429 || status === 402) return toLimited(answer.retryAfter, context.now);
  if (!isBodyWanted(status)) return { kind: "no-answer", status, reason: `http-${status}` };

  const parsed = parseBody(answer.text);
  const invalid: Reply<T> = { kind: "invalid", status, reason: mask(answer.text, context.token) || `http-${status}` };
  // A body too large is refused by whatever stands in front, in HTML: a smaller batch may pass.
  if (status === 413) return invalid;
  if (!parsed.isJson) return { kind: "no-answer", status, reason: "not-json" };
  if (!isSuccess(status)) return isRefusalBody(status, parsed.body) ? invalid : noAnswer(status);
  if (hasOnlyValidationErrors(parsed.body)) return invalid;
  const value = decode(parsed.body);
  return value === undefined ? noAnswer(status) : { kind: "answered", value };
}

function noAnswer(status: number): { kind: "no-answer"; status: number; reason: string } {
  return { kind: "no-answer", status, reason: "unexpected-shape" };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

function isRefusal(status: number): boolean {
  return status >= 400 && status <= 499 && ![401, 402, 403, 408, 429].includes(status);
}

/** A 404 or 405 without Calltouch's envelope is a gateway that does not know the address, not a verdict on the deals. */
function isRefusalBody(status: number, body: unknown): boolean {
  return isObject(body) && ("data" in body || (status !== 404 && status !== 405));
}

/**
 * Seen with a non-2xx status only, but in place of the orders it means with any status that the body was refused.
 * Beside orders it means nothing: to call such a batch refused would send its accepted orders twice.
 */
function hasOnlyValidationErrors(body: unknown): boolean {
  if (!isObject(body) || !("data" in body) || !isObject(body.data)) return false;
  return "validationErrorData" in body.data && body.data.validationErrorData !== null && !("orders" in body.data);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function parseBody(text: string): { isJson: true; body: unknown } | { isJson: false } {
  if (text.trim() === "") return { isJson: true, body: undefined };
  try {
    return { isJson: true, body: JSON.parse(text) };
  } catch {
    return { isJson: false };
  }
}

const RETRY_AFTER_MS_MAX = 86_400_000;

/** Retry-After is seconds or an HTTP date; what lies in the past or more than a day ahead is ignored. */
function toLimited(retryAfter: string | null, now = Number.NaN): { kind: "limited"; retryAfterMs?: number } {
  const header = retryAfter?.trim() ?? "";
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return waitMs >= 0 && waitMs <= RETRY_AFTER_MS_MAX ? { kind: "limited", retryAfterMs: waitMs } : { kind: "limited" };
}
