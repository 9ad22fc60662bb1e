/** Looks again and again at what somebody else is about to do. */
import { sleep } from "../torture/processes.ts";

export interface Patience {
  /** Names what is waited for. */
  what: string;
  msMax: number;
  pollMs: number;
}

/** What was found, and when it was looked for, by performance.now(). @throws when it does not come in time. */
export async function untilFound<T>(
  look: () => T | undefined | Promise<T | undefined>,
  { what, msMax, pollMs }: Patience,
): Promise<{ found: T; at: number }> {
  for (const until = performance.now() + msMax; performance.now() < until; await sleep(pollMs)) {
    const at = performance.now();
    const found = await look();
    if (found !== undefined) return { found, at };
  }
  throw new Error(`${what}: not there after ${msMax} ms`);
}

export async function untilTrue(isThere: () => boolean | Promise<boolean>, patience: Patience): Promise<number> {
  return (await untilFound(async () => ((await isThere()) ? true : undefined), patience)).at;
}
