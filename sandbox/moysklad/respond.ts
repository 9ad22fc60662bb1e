/** From an answer to bytes: the limit headers, gzip, and the faults that spoil it on the way. */

import { HANG_MS, html, type Line } from "../network.ts";
import { refuse, toErrorBody } from "./api-error.ts";
import { type Answer, toRefusal } from "./ask.ts";
import type { RequestFault } from "./fault.ts";
import { WINDOW_MS } from "./rate-gate.ts";

export interface Limits {
  limit: number;
  remaining: number;
  /** 0 when not limited; null sends no Retry-After, as for parallel requests. */
  retryAfterMs: number | null;
}

/** What an answer passes on its way out. */
export interface Outlet extends Line {
  /** Seals an answer with the headers of the limits. */
  seal(answer: Answer): Response;
  revokeToken(): void;
}

/** @param commit applies the request; called once, or never when the fault comes first. */
export async function answerThrough(fault: RequestFault | null, commit: () => Answer, line: Outlet): Promise<Response> {
  if (!fault) return line.seal(commit());
  switch (fault.kind) {
    case "timeoutBeforeCommit":
      await line.wait(HANG_MS);
      return html(504);
    case "timeoutAfterCommit":
      commit();
      await line.wait(HANG_MS);
      return html(504);
    case "resetBeforeCommit":
      return line.dropped();
    case "resetAfterCommit":
      commit();
      return line.dropped();
    case "status":
      if (fault.afterCommit) commit();
      if (fault.code === undefined) return html(fault.status);
      return line.seal({ status: fault.status, body: toErrorBody([{ code: fault.code, error: "injected" }]) });
    case "html502":
      if (fault.afterCommit) commit();
      return html(502);
    case "maintenance":
      return line.seal(toRefusal(refuse(1074, "Сервис на обслуживании")));
    case "conflict":
      return line.seal(toRefusal(refuse(1065, "Объект изменён параллельным запросом")));
    case "tooManyRequests": {
      if (fault.html) return html(429);
      const code = fault.code ?? 1049;
      const retryAfterMs = code === 1073 ? null : (fault.retryAfterMs ?? WINDOW_MS);
      return limited(code, { limit: 45, remaining: 0, retryAfterMs });
    }
    case "slow":
      await line.wait(fault.ms);
      return line.seal(commit());
    case "truncatedGzip":
      return truncated(line.seal(commit()));
    case "unreadable200":
      commit();
      return html(200);
    case "revokeToken":
      line.revokeToken();
      return toResponse(toRefusal(refuse(1056, "Ошибка аутентификации")), authHeaders(1056));
    default:
      return fault satisfies never;
  }
}

export function toResponse({ status, body }: Answer, headers: Record<string, string> = {}): Response {
  if (body === undefined) return new Response(null, { status, headers });
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json;charset=utf-8", ...headers },
  });
}

/** The vendor's own headers count milliseconds, unlike the standard Retry-After. */
export function limitHeaders({ limit, remaining, retryAfterMs }: Limits): Record<string, string> {
  return {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(Math.max(0, remaining)),
    "x-lognex-retry-timeinterval": String(WINDOW_MS),
    "x-lognex-reset": String(retryAfterMs ?? 0),
    ...(retryAfterMs === null ? {} : { "x-lognex-retry-after": String(retryAfterMs) }),
  };
}

export function authHeaders(code: number): Record<string, string> {
  return { "x-lognex-auth": String(code), "x-lognex-auth-message": "Authentication error" };
}

/** 1049: the bucket is empty; 1073: too many at once. */
export function limited(code: 1049 | 1073, limits: Limits): Response {
  const headers = { ...limitHeaders(limits), "x-lognex-auth": code === 1049 ? "429002" : "429005" };
  const text = code === 1049 ? "Превышено ограничение на количество запросов" : "Слишком много параллельных запросов";
  return toResponse(toRefusal(refuse(code, text)), headers);
}

/** Compresses an answer that has a body and is not compressed yet. */
export function gzipped(response: Response): Response {
  if (!response.body || response.headers.has("content-encoding")) return response;
  const headers = new Headers(response.headers);
  headers.set("content-encoding", "gzip");
  return new Response(response.body.pipeThrough(new CompressionStream("gzip")), { status: response.status, headers });
}

/** As a client sees it: fetch unpacks what it receives. */
export function unpacked(response: Response): Response {
  if (!response.body || response.headers.get("content-encoding") !== "gzip") return response;
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  const body = response.body.pipeThrough(new DecompressionStream("gzip"));
  return new Response(body, { status: response.status, headers });
}

/** Half of the compressed bytes, and then the end. */
async function truncated(response: Response): Promise<Response> {
  const whole = gzipped(response);
  const bytes = await whole.arrayBuffer();
  return new Response(bytes.slice(0, Math.ceil(bytes.byteLength / 2)), {
    status: whole.status,
    headers: whole.headers,
  });
}
