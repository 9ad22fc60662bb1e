/**
 * Virtual time and a scheduler. Everything a bridge awaits stops at a gate; when all strands stand still the world lets
 * one of them go on, chosen by the seed, and when none can go on it moves the clock to the next timer.
 */

/** A small seeded generator (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Waiting {
  label: string;
  resume: () => void;
}

interface Timer extends Waiting {
  at: number;
  /** A timeout nobody waits for any more does not keep the world running. */
  isWeak: boolean;
}

/** Turns of the event loop after which every strand has reached its next gate. */
const TURNS = 3;

export type World = ReturnType<typeof createWorld>;

/** `underWay` counts the work that goes on outside of the world and comes back into it. */
export function createWorld(seed: number, startAt: number, underWay: () => number = () => 0) {
  const random = createRandom(seed);
  let now = startAt;
  const ready: Waiting[] = [];
  const timers: Timer[] = [];
  let steps = 0;
  const trace: string[] = [];

  function addTimer(timer: Timer): void {
    const index = timers.findIndex(({ at }) => at > timer.at);
    timers.splice(index === -1 ? timers.length : index, 0, timer);
  }

  /** All strands have run until their next gate. */
  async function settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (underWay() > 0) turn = -1;
    }
  }

  return {
    now: () => now,
    random,
    chance: (probability: number) => random() < probability,
    steps: () => steps,
    trace,
    settle,

    /** Stands still until the world chooses this strand. */
    gate: (label: string) => new Promise<void>((resolve) => ready.push({ label, resume: resolve })),

    sleep: (label: string, ms: number) =>
      ms <= 0
        ? Promise.resolve()
        : new Promise<void>((resolve) => addTimer({ label, at: now + ms, resume: resolve, isWeak: false })),

    timeout(ms: number): AbortSignal {
      const controller = new AbortController();
      const resume = () => controller.abort(new DOMException("The operation timed out.", "TimeoutError"));
      addTimer({ label: "timeout", at: now + ms, resume, isWeak: true });
      return controller.signal;
    },

    /**
     * Lets strands go on until none can, until the clock has reached `until`, or until `stepsMax` steps were made.
     * True when it came to rest or reached the time.
     */
    async run(until: number, stepsMax: number): Promise<boolean> {
      for (let left = stepsMax; left > 0; left -= 1) {
        await settle();
        steps += 1;
        if (ready.length > 0) {
          const [chosen] = ready.splice(Math.floor(random() * ready.length), 1);
          trace.push(`${now} ${chosen?.label}`);
          chosen?.resume();
          continue;
        }
        const next = timers[0];
        if (!next || next.at > until || timers.every(({ isWeak }) => isWeak)) {
          if (Number.isFinite(until)) now = Math.max(now, until);
          return true;
        }
        timers.shift();
        now = Math.max(now, next.at);
        if (!next.isWeak) trace.push(`${now} ${next.label}`);
        next.resume();
      }
      return false;
    },
  };
}
