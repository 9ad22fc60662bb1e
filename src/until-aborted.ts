/** What the work gives, or the signal's reason as soon as it aborts. Whatever the work comes to after that is nobody's. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    const settle = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).then(settle);
    if (signal.aborted) abort();
  });
}
