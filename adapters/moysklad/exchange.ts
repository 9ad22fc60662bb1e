/** One request to MoySklad and its answer as text: a timeout and a size limit over all of it. */

export interface Exchange {
  status: number;
  headers: Headers;
  text: string;
}

const TIMEOUT_MS = 30_000;
/** A page of a hundred expanded orders is about half a megabyte. */
const ANSWER_BYTES_MAX = 16 * 1_048_576;

export interface ExchangeContext {
  fetch(request: Request): Promise<Response>;
  timeout(ms: number): AbortSignal;
}

/** Undefined: there is no answer, or none that could be read; what was sent may have had its effect. */
export async function exchange(
  url: string,
  init: RequestInit,
  context: ExchangeContext,
): Promise<Exchange | undefined> {
  const signal = context.timeout(TIMEOUT_MS);
  try {
    const pending = context.fetch(new Request(url, { ...init, redirect: "manual", signal }));
    const response = await untilAborted(pending, signal);
    const text = await readText(response, signal);
    return text === undefined ? undefined : { status: response.status, headers: response.headers, text };
  } catch {
    return undefined;
  }
}

async function readText(response: Response, signal: AbortSignal): Promise<string | undefined> {
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
      if (bytes > ANSWER_BYTES_MAX) return undefined;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** Some fetch implementations ignore the request's signal while the body is read. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    const settle = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).then(settle);
    if (signal.aborted) abort();
  });
}
