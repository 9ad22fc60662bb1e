/** How a network behaves towards whoever waits: breaking off, giving up, taking time. */

export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Rejects with the signal's reason as soon as it is aborted; the work goes on unheard. */
export async function untilAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
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

export const realSleep: Sleep = (ms, signal) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener("abort", () => {
    clearTimeout(timer);
    resolve();
  });
  return promise;
};

/** Less when the caller gives up first, whatever the sleep does. */
export async function sleepUnlessAborted(ms: number, signal: AbortSignal, sleep: Sleep): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const give = () => resolve();
  signal.addEventListener("abort", give, { once: true });
  await Promise.race([sleep(ms, signal), promise]);
  signal.removeEventListener("abort", give);
}

/** Over a socket the body breaks off, which closes the connection; in process the answer is known by being in the set. */
export function breakOff(dropped: WeakSet<Response>): Response {
  const body = new ReadableStream({
    start: (controller) => controller.error(new TypeError("connection reset")),
  });
  const response = new Response(body);
  dropped.add(response);
  return response;
}
