/** The answer of a bridge that could not be put together: its database does not answer, has no tables yet, or its settings are wrong. */
import { toHex } from "../bytes.ts";
import type { Platform } from "../platform.ts";
import { HEADERS } from "./app.ts";

const RETRY_AFTER_SECONDS = 60;

/** In the shape of every other answer: 1C reads JSON, whatever has happened. */
export function createUnavailable({ randomBytes }: Pick<Platform, "randomBytes">): Response {
  const body = {
    status: "error",
    code: "TRY_LATER",
    message: "Мост сейчас не может принять запрос. Повторите позже",
    requestId: toHex(randomBytes(8)),
    retryAfter: RETRY_AFTER_SECONDS,
  };
  const headers = Object.fromEntries([
    ...HEADERS,
    ["content-type", "application/json; charset=utf-8"],
    ["retry-after", String(RETRY_AFTER_SECONDS)],
  ]);
  return Response.json(body, { status: 503, headers });
}
