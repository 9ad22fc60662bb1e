/** What a request must be before anybody reads its body, in the order of reference §6. */
import { ApiError, refuse } from "./api-error.ts";
import type { Knobs } from "./knobs.ts";
import type { Principal } from "./merchant.ts";
import type { Principals } from "./principals.ts";

const EXACT_ACCEPT = "application/json;charset=utf-8";
const TOLERATED_ACCEPTS = new Set(["", "*/*", "application/json"]);
const HEADERS_BYTES_MAX = 8 * 1024;
const BODY_BYTES_MAX = 20 * 1024 * 1024;

/** A list with gzip will do; `gzip;q=0` is no gzip. */
export function acceptsGzip({ headers }: Request): boolean {
  const codings = (headers.get("accept-encoding") ?? "").split(",").map((coding) => coding.replaceAll(" ", ""));
  return codings.some((coding) => /^(x-)?gzip(;q=(?!0(\.0+)?$).+)?$/i.test(coding));
}

/** @throws ApiError 1062. */
export function checkAccept({ headers }: Request, path: string, { accept }: Knobs): void {
  const value = (headers.get("accept") ?? "").replaceAll(" ", "").toLowerCase();
  const isTolerated = accept === "tolerant" && path !== "/security/token" && TOLERATED_ACCEPTS.has(value);
  if (value !== EXACT_ACCEPT && !isTolerated) {
    throw refuse(1062, `Неверный Accept: ожидается '${EXACT_ACCEPT}'`);
  }
}

/** @throws ApiError 1056 for nobody, 1061 for a user whose API access is off. */
export function findPrincipal({ headers }: Request, path: string, principals: Principals): Principal {
  const authorization = headers.get("authorization") ?? "";
  const principal = principals.find(authorization);
  const isLogin = authorization.startsWith("Basic ");
  if (!principal || (path === "/security/token" && !isLogin)) throw refuse(1056, "Ошибка аутентификации");
  if (!principal.apiEnabled) throw refuse(1061, "Доступ к API для этого пользователя выключен");
  return principal;
}

/** @throws ApiError 414 or 431. */
export function checkHeaderSize({ url, headers }: Request): void {
  if (url.length > HEADERS_BYTES_MAX) throw new ApiError([{ error: "Слишком длинный адрес" }], 414);
  let size = url.length;
  for (const [name, value] of headers) size += name.length + value.length;
  if (size > HEADERS_BYTES_MAX) throw new ApiError([{ error: "Слишком большие заголовки" }], 431);
}

/**
 * The parsed body; undefined when there is none.
 * @throws ApiError 413, 1037 or 2001.
 */
export function parseBody(text: string, { headers }: Request): unknown {
  if (text.length > BODY_BYTES_MAX) throw new ApiError([{ error: "Слишком большое тело запроса" }], 413);
  if (text === "") return undefined;
  const mediaType = (headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (mediaType !== "application/json") throw refuse(1037, "Ожидается Content-Type: application/json");
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new ApiError([{ code: 2001, error: "Тело запроса — не JSON", ...endOf(text) }]);
  }
}

/** Where reading stopped: the vendor names a place, clients do not look at it. */
export function endOf(text: string): { line: number; column: number } {
  const lines = text.split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

/**
 * The prefix whose webhooks this request does not fire.
 * @throws ApiError 3030 when it names no whole domain.
 */
export function parseDisabledPrefix({ headers }: Request): string | null {
  const prefix = headers.get("x-lognex-webhook-disablebyprefix");
  if (prefix === null) return null;
  const isWhole = /^https?:\/\/[^\s,/]+/.test(prefix) && !prefix.includes(",") && URL.canParse(prefix);
  if (!isWhole) throw refuse(3030, "X-Lognex-WebHook-DisableByPrefix: нужны схема и полный домен");
  return prefix;
}
