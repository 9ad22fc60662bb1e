/** What a runtime lends the bridge. Nothing else in `src` reads a clock, draws a random number, waits or opens a connection. */
export interface Platform {
  /** Epoch milliseconds, UTC. */
  now(): number;
  /** A number in [0, 1), for jitter only; never for secrets. */
  random(): number;
  /** Cryptographically strong bytes, for keys, ids and initialisation vectors. */
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  fetch(request: Request): Promise<Response>;
  sleep(ms: number): Promise<void>;
  /** Aborts after this long; for requests, which must not outlive it. */
  timeout(ms: number): AbortSignal;
  /** Resolves once the requests that have reached the process by now have begun. Absent where it serves one at a time. */
  arrivals?(): Promise<void>;
  /** Keeps work alive after the answer has been sent: `waitUntil` on Workers, a tracked promise elsewhere. */
  background(work: Promise<unknown>): void;
  /** Where the request comes from, when the runtime knows; never from a header that anybody may send. */
  address?(request: Request): string | undefined;
  /** One JSON line. Ids, counts, durations and verdicts only: never a contact, a name, a token or a payload. */
  log(event: LogEvent): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogEvent {
  level: LogLevel;
  event: string;
  [field: string]: string | number | boolean | null | undefined;
}
