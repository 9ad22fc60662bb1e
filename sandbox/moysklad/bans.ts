/** The vendor's automatic bans (reference §1.6): too much of the same within a minute, and the user's API access is off. */

const MINUTE_MS = 60_000;
const SAME_FAILURES_MAX = 200;
const LIMITED_MAX = 200;
const PUTS_MAX = 100;

export interface BanWatch {
  /** True when this request was one too many. `putsOf`: whether PUTs are counted for each object or for all of one type. */
  note(
    user: object,
    request: { method: string; path: string; status: number; at: number },
    putsOf: "object" | "type",
  ): boolean;
}

export function createBanWatch(): BanWatch {
  const seen = new WeakMap<object, Map<string, number[]>>();
  return {
    note(user, { method, path, status, at: now }, putsOf) {
      const byReason = seen.get(user) ?? new Map<string, number[]>();
      seen.set(user, byReason);
      const count = (reason: string) => {
        const times = (byReason.get(reason) ?? []).filter((at) => at > now - MINUTE_MS);
        times.push(now);
        byReason.set(reason, times);
        return times.length;
      };
      const failures = status >= 400 && status !== 429 ? count(`failed ${method} ${path}`) : 0;
      const limited = status === 429 ? count("limited") : 0;
      const target = path.split(putsOf === "type" ? /\/[-0-9a-f]{36}/ : "?")[0];
      const puts = method === "PUT" ? count(`put ${target}`) : 0;
      return failures > SAME_FAILURES_MAX || limited > LIMITED_MAX || puts > PUTS_MAX;
    },
  };
}
