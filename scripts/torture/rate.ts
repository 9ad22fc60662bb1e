/** How densely requests arrived, and whether this machine was quick enough for that to mean anything. */

const REQUESTS_PER_SECOND_MAX = 5;
const SECOND_MS = 1_000;
const PROBE_EVERY_MS = 5;
/** Six starts span 1025 ms: a delay longer than this anywhere on the way may push them into one second. */
const LAG_MS_MAX = 8;

export interface LagProbe {
  /** Whether anything on this machine's event loop was late between these instants. */
  wasLate(from: number, to: number): boolean;
  stop(): void;
}

export function startLagProbe(): LagProbe {
  const late: { from: number; to: number }[] = [];
  let expectedAt = Date.now() + PROBE_EVERY_MS;
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - expectedAt > LAG_MS_MAX) late.push({ from: expectedAt - PROBE_EVERY_MS, to: now });
    expectedAt = now + PROBE_EVERY_MS;
  }, PROBE_EVERY_MS);
  return {
    wasLate: (from, to) => late.some((spike) => spike.from <= to && spike.to >= from),
    stop: () => clearInterval(timer),
  };
}

export interface Rate {
  /** The most arrivals in any second, wherever it begins. */
  perSecondMax: number;
  /** Seconds with more arrivals than Calltouch allows, while nothing was late here. */
  excesses: number;
}

export function toRate(arrivals: readonly number[], probe: Pick<LagProbe, "wasLate">): Rate {
  const sorted = [...arrivals].sort((left, right) => left - right);
  let perSecondMax = 0;
  let excesses = 0;
  let first = 0;
  for (const [last, at] of sorted.entries()) {
    while (at - (sorted[first] ?? at) >= SECOND_MS) first += 1;
    const count = last - first + 1;
    perSecondMax = Math.max(perSecondMax, count);
    if (count > REQUESTS_PER_SECOND_MAX && !probe.wasLate(sorted[first] ?? at, at)) excesses += 1;
  }
  return { perSecondMax, excesses };
}
