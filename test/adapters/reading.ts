import type { Reading } from "../../adapters/onec/field.ts";

export function read<Value>(reading: Reading<Value>): Value {
  if ("value" in reading) return reading.value;
  throw new Error(reading.problem);
}

export function problemOf(reading: Reading<unknown>) {
  return "problem" in reading ? reading : null;
}
