/** The platform every runtime shares: Web APIs. Each entry adds how work is kept alive after the answer, and where a request comes from. */
import type { LogEvent, LogLevel, Platform } from "./platform.ts";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

export function createWebPlatform(
  logLevel: LogLevel,
  background: Platform["background"],
  address: NonNullable<Platform["address"]> = () => undefined,
): Platform {
  const least = LEVELS.indexOf(logLevel);
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    // Called as a bare function: workerd refuses fetch as a method of another object.
    fetch: (request) => fetch(request),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    timeout: (ms) => AbortSignal.timeout(ms),
    background,
    address,
    log: (event: LogEvent) => {
      if (LEVELS.indexOf(event.level) >= least) console.log(JSON.stringify({ at: new Date().toISOString(), ...event }));
    },
  };
}
