/** Plays many seeded scenarios of the simulation: `bun run simulate`. */
import { parseArgs } from "node:util";
import { mutants } from "../test/simulation/mutants.ts";
import { play } from "../test/simulation/run.ts";
import { scenarioOf } from "../test/simulation/scenario.ts";

const HELP = `bun run simulate [--seed N] [--runs N] [--trace] [--mutant NAME]

  --seed N       the first seed; 0 unless given
  --runs N       how many seeds to play; 10000 unless given
  --trace        print the scenario, the order of events and the log of every run
  --mutant NAME  play with a planted mistake: ${Object.keys(mutants).join(" | ")}

Exits 1 when a seed breaks an invariant, and prints the command that repeats it.`;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "0" },
    runs: { type: "string", default: "10000" },
    trace: { type: "boolean", default: false },
    mutant: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const [first, runs] = [Number(values.seed), Number(values.runs)];
const mutation = values.mutant === undefined ? {} : mutants[values.mutant];
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(runs) || runs < 1 || mutation === undefined) {
  console.error(HELP);
  process.exit(2);
}

const PROGRESS_EVERY_MS = 10_000;
const startedAt = Date.now();
let reportedAt = startedAt;
let steps = 0;
const failed: number[] = [];
for (let seed = first; seed < first + runs; seed += 1) {
  const scenario = scenarioOf("alfa-auto", seed);
  const run = await play(scenario, mutation);
  steps += run.steps;
  if (values.trace) {
    console.log(JSON.stringify(scenario, null, 2));
    for (const line of run.trace) console.log(line);
    for (const event of run.logs) console.log(JSON.stringify(event));
  }
  if (run.violations.length > 0) {
    failed.push(seed);
    for (const { invariant, details } of run.violations) console.log(`seed ${seed}: ${invariant}: ${details}`);
    const mutant = values.mutant === undefined ? "" : ` --mutant "${values.mutant}"`;
    console.log(`  repeat: bun run simulate --seed ${seed} --runs 1 --trace${mutant}`);
  }
  if (Date.now() - reportedAt > PROGRESS_EVERY_MS) {
    reportedAt = Date.now();
    console.log(`${seed - first + 1} of ${runs} seeds, ${failed.length} failed`);
  }
}
const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
console.log(`${runs} seeds, ${steps} steps, ${seconds} s: ${runs - failed.length} passed, ${failed.length} failed`);
process.exit(failed.length > 0 ? 1 : 0);
