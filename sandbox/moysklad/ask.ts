/** A request that passed the gate, as the routes see it, and what they answer. */
import { ApiError, toErrorBody } from "./api-error.ts";
import type { Principal } from "./merchant.ts";
import type { BodyReading } from "./read-body.ts";
import type { View } from "./render.ts";
import type { Session } from "./session.ts";

export interface Ask {
  method: string;
  /** After the base. */
  path: string;
  segments: string[];
  query: URLSearchParams;
  /** Undefined without a body. */
  body: unknown;
  principal: Principal;
  session: Session;
  view: View;
  reading: BodyReading;
  rotateToken(): string;
}

export interface Answer {
  status: number;
  /** Undefined: an empty answer. */
  body?: unknown;
}

/** @throws ApiError 405 when the method is none of those. */
export function byMethod(ask: Ask, routes: Partial<Record<string, () => Answer>>): Answer {
  const route = routes[ask.method];
  if (!route) throw new ApiError([{ error: `Метод ${ask.method} здесь не поддерживается` }], 405);
  return route();
}

export function toRefusal(error: ApiError): Answer {
  return { status: error.status, body: toErrorBody(error.problems) };
}

export function ok(body?: unknown): Answer {
  return { status: 200, body };
}
