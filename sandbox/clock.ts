/** A sandbox's clock: the real one moved by an offset, or one the caller moves and we only read. */
export interface Clock {
  now(): number;
  set(at: number): void;
  advance(ms: number): void;
}

/** @param injected when given, the caller owns the time: `set` and `advance` throw. */
export function createClock(injected?: () => number): Clock {
  let offsetMs = 0;
  const refuseWhenInjected = () => {
    if (injected) throw new Error("the clock was injected: move it where it was made");
  };
  return {
    now: injected ?? (() => Date.now() + offsetMs),
    set(at) {
      refuseWhenInjected();
      offsetMs = at - Date.now();
    },
    advance(ms) {
      refuseWhenInjected();
      offsetMs += ms;
    },
  };
}
