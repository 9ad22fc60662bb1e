/** What MoySklad's answer means for the run. Pure. */
import type { Notice } from "../../src/adapter.ts";
import { RefusedError, toProblems } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { retryAfterMs } from "./limiter.ts";

export type Verdict =
  | { kind: "answered"; body: unknown }
  | { kind: "moved"; location: string | null }
  /** Limits: nothing was done, the same request may be sent again. */
  | { kind: "limited"; afterMs: number }
  | { kind: "outage"; afterMs: number }
  | { kind: "halted"; reason: Notice }
  | { kind: "refused"; error: RefusedError };

const OUTAGE_MS = 5_000;
const MAINTENANCE_MS = 60_000;
const MAINTENANCE = 1074;
const LIMITS: readonly number[] = [1049, 1073];
const API_OFF = 1061;
const TARIFF: readonly number[] = [1043, 1070, 47000];

const TOKEN_REFUSED: Notice = {
  code: "TOKEN",
  message: "МойСклад не принял токен: выпустите новый и укажите его в настройке token",
};
const API_CLOSED: Notice = {
  code: "API_OFF",
  message: "Пользователю токена закрыт доступ к API: включите его в МоёмСкладе или обратитесь в поддержку МоегоСклада",
};
const TARIFF_CLOSED: Notice = {
  code: "TARIFF",
  message: "Тариф МоегоСклада исчерпан или не даёт работать через API: проверьте подписку",
};

/** `path` is what was asked. */
export function toVerdict(answer: Exchange | undefined, path: string): Verdict {
  if (!answer) return { kind: "outage", afterMs: OUTAGE_MS };
  const { status, headers } = answer;
  if (status >= 300 && status < 400) return { kind: "moved", location: headers.get("Location") };
  const body = parseBody(answer);
  const problems = toProblems(body) ?? { codes: [], parameters: [] };
  const has = (codes: readonly number[]) => problems.codes.some((code) => codes.includes(code));

  if (status === 429 || has(LIMITS)) return { kind: "limited", afterMs: retryAfterMs(headers) };
  if (status >= 500) return { kind: "outage", afterMs: has([MAINTENANCE]) ? MAINTENANCE_MS : OUTAGE_MS };
  if (status >= 400) return toRefusal(new RefusedError(path, status, problems), body !== UNREADABLE);
  return body === UNREADABLE ? { kind: "outage", afterMs: OUTAGE_MS } : { kind: "answered", body };
}

function toRefusal(error: RefusedError, isReadable: boolean): Verdict {
  if (error.has(API_OFF)) return { kind: "halted", reason: API_CLOSED };
  if (error.has(...TARIFF)) return { kind: "halted", reason: TARIFF_CLOSED };
  if (error.status === 401) return { kind: "halted", reason: TOKEN_REFUSED };
  // A page of a proxy, which says nothing of the request.
  return isReadable ? { kind: "refused", error } : { kind: "outage", afterMs: OUTAGE_MS };
}

const UNREADABLE = Symbol("unreadable");

/** By the content type: overloaded front servers answer with pages of HTML. An empty body is that of a deletion. */
function parseBody({ status, headers, text }: Exchange): unknown {
  if (text === "") return status < 400 ? undefined : UNREADABLE;
  if (!/^application\/([\w.-]+\+)?json\b/i.test(headers.get("Content-Type") ?? "")) return UNREADABLE;
  try {
    return JSON.parse(text);
  } catch {
    return UNREADABLE;
  }
}
