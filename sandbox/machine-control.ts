/** The controls every sandbox has, whatever it stands in for: what it was asked, its knobs, its faults, its clock. */
import type { Clock } from "./clock.ts";
import type { RequestLog } from "./request-log.ts";

export interface MachineControl<Logged, Fault, Knobs, KnobsPatch> {
  requests(): Logged[];
  clearRequests(): void;
  setKnobs(patch: KnobsPatch): Knobs;
  knobs(): Knobs;
  fault(fault: Fault): void;
  faults(): Fault[];
  clearFaults(): void;
  now(): number;
  /** @throws Error when the clock was injected, as does `advance`. */
  setClock(at: number): void;
  advance(ms: number): void;
}

export interface MachineParts<Logged extends object, Fault, Knobs, KnobsPatch> {
  log: RequestLog<Logged>;
  faults: { add(fault: Fault): void; pending(): Fault[]; clear(): void };
  knobs: { current(): Knobs; set(patch: KnobsPatch): Knobs };
  clock: Clock;
}

export function createMachineControl<Logged extends object, Fault, Knobs, KnobsPatch>({
  log,
  faults,
  knobs,
  clock,
}: MachineParts<Logged, Fault, Knobs, KnobsPatch>): MachineControl<Logged, Fault, Knobs, KnobsPatch> {
  return {
    requests: log.all,
    clearRequests: log.clear,
    setKnobs: knobs.set,
    knobs: knobs.current,
    fault: faults.add,
    faults: faults.pending,
    clearFaults: faults.clear,
    now: clock.now,
    setClock: clock.set,
    advance: clock.advance,
  };
}
