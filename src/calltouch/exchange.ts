/** One request and its answer: a timeout and a size limit over all of it, and no exception ever. */
import { untilAborted } from "../until-aborted.ts";

export type Exchange =
  | { kind: "response"; status: number; retryAfter: string | null; text: string }
  /** The connection was never made, so Calltouch cannot have seen the request. */
  | { kind: "not-sent"; reason: string }
  | { kind: "no-answer"; status?: number; reason: string };

export interface ExchangeOptions {
  fetch: (request: Request) => Promise<Response>;
  /** Ends the wait for the headers and for the body: some fetch implementations ignore the request's signal while reading. */
  signal: AbortSignal;
  answerBytesMax: number;
  /** Of which answers the body is read; that of the others is dropped unread. */
  isBodyWanted: (status: number) => boolean;
}

export async function exchange(request: Request, options: ExchangeOptions): Promise<Exchange> {
  const { signal } = options;
  let response: Response;
  try {
    const pending = Promise.resolve(options.fetch(request));
    // An answer that comes after the wait has ended must still let go of its connection.
    pending.then((late) => signal.aborted && discard(late), noop);
    response = await untilAborted(pending, signal);
  } catch (error) {
    if (isNeverSent(error)) return { kind: "not-sent", reason: reasonOf(error) };
    return { kind: "no-answer", reason: signal.aborted ? "timeout" : reasonOf(error) };
  }
  const { status } = response;
  const retryAfter = response.headers.get("Retry-After");
  if (!options.isBodyWanted(status)) {
    discard(response);
    return { kind: "response", status, retryAfter, text: "" };
  }
  try {
    const text = await readText(response, options.answerBytesMax, signal);
    if (text === undefined) return { kind: "no-answer", status, reason: "too-large" };
    return { kind: "response", status, retryAfter, text };
  } catch (error) {
    return { kind: "no-answer", status, reason: signal.aborted ? "timeout" : reasonOf(error) };
  }
}

/** The body as text, or undefined when it is larger than the limit; never more than one chunk above it is held. */
async function readText(response: Response, bytesMax: number, signal: AbortSignal): Promise<string | undefined> {
  if (!response.body) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  try {
    for (;;) {
      const { done, value } = await untilAborted(reader.read(), signal);
      if (done) return text + decoder.decode();
      bytes += value.byteLength;
      if (bytes > bytesMax) return undefined;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    reader.cancel().catch(noop);
  }
}

/** Lets go of the connection of an answer nobody reads. Whether that succeeds changes nothing for the caller. */
function discard(response: Response): void {
  response.body?.cancel().catch(noop);
}

function noop(): void {}

/**
 * Codes of failures before anything is sent, as Bun, Node and older Bun name them. Deno and workerd give none: there
 * such a failure counts as no answer, which costs a look-up and loses nothing.
 */
const NEVER_SENT_CODES: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "EAI_NODATA",
  "EAI_NONAME",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
  "FailedToOpenSocket",
  "DNSException",
]);
const CAUSE_DEPTH_MAX = 5;

/** An aggregate holds one error per address tried: each of them must prove that nothing was sent. */
function isNeverSent(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > CAUSE_DEPTH_MAX) return false;
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.every((each) => isNeverSent(each, depth + 1));
  }
  if ("syscall" in error && error.syscall === "connect") return true;
  if ("code" in error && NEVER_SENT_CODES.has(error.code)) return true;
  return isNeverSent(error.cause, depth + 1);
}

/** The code or the name. Never the message: those of some runtimes hold the whole URL, and with it the token. */
function reasonOf(error: unknown): string {
  let current = error;
  for (let depth = 0; depth <= CAUSE_DEPTH_MAX && current instanceof Error; depth += 1) {
    if ("code" in current && isPlain(current.code)) return current.code;
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return error instanceof Error && isPlain(error.name) ? error.name : "unknown";
}

function isPlain(value: unknown): value is string {
  return typeof value === "string" && /^\w{2,40}$/.test(value);
}
