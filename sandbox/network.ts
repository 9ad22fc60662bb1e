/** How a network behaves towards whoever waits: breaking off, giving up, taking time. */

/** Waits; the signal says that nobody waits for the answer any more. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** How long a hanging answer hangs when nobody gives up first. */
export const HANG_MS = 30_000;

/** Between one caller and the sandbox. */
export interface Line {
  /** Waits, or less if the caller gives up first. */
  wait(ms: number): Promise<void>;
  /** An answer that breaks off; in process it becomes a thrown TypeError. */
  dropped(): Response;
}

/** @param dropped collects the answers that stand for a broken connection. */
export function createLine(signal: AbortSignal, sleep: Sleep, dropped: WeakSet<Response>): Line {
  return {
    wait: (ms) => sleepUnlessAborted(ms, signal, sleep),
    dropped: () => breakOff(dropped),
  };
}

/** Asks as over a network: rejects when the caller aborts, and with a TypeError when a fault breaks the connection. */
export async function fetchFrom(
  serve: (request: Request) => Response | Promise<Response>,
  request: Request,
  dropped: WeakSet<Response>,
): Promise<Response> {
  const response = await untilAborted(async () => serve(request), request.signal);
  if (dropped.has(response)) throw new TypeError("fetch failed: connection reset");
  return response;
}

export const realSleep: Sleep = (ms, signal) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener("abort", () => {
    clearTimeout(timer);
    resolve();
  });
  return promise;
};

/** What stands between the caller and the API answers with a page. */
export function html(status: number, headers: Record<string, string> = {}): Response {
  const page = `<html><head><title>${status}</title></head><body><h1>${status}</h1><hr>nginx</body></html>`;
  return new Response(page, { status, headers: { "content-type": "text/html", ...headers } });
}

/** Rejects with the signal's reason as soon as it is aborted; the work goes on unheard. */
async function untilAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work(), promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Less when the caller gives up first, whatever the sleep does. */
async function sleepUnlessAborted(ms: number, signal: AbortSignal, sleep: Sleep): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const give = () => resolve();
  signal.addEventListener("abort", give, { once: true });
  await Promise.race([sleep(ms, signal), promise]);
  signal.removeEventListener("abort", give);
}

/** Over a socket the body breaks off, which closes the connection; in process the answer is known by being in the set. */
function breakOff(dropped: WeakSet<Response>): Response {
  const body = new ReadableStream({
    start: (controller) => controller.error(new TypeError("connection reset")),
  });
  const response = new Response(body);
  dropped.add(response);
  return response;
}
