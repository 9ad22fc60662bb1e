/** Plays many seeded scenarios of the simulation: `bun run simulate`. */
import { parseArgs } from "node:util";
import { KINDS, type Kind, simulations } from "../test/simulation/kinds.ts";
import type { Run } from "../test/simulation/run.ts";

const EXIT_USAGE = 2;

const mutantNames = KINDS.flatMap((kind) =>
  Object.keys(simulations[kind].mutants).map((name) => `    ${kind}: ${name}`),
);
const HELP = `bun run simulate [--kind KIND] [--seed N] [--runs N] [--trace] [--mutant NAME]

  --kind KIND    ${KINDS.join(" | ")} | all; all unless given
  --seed N       the first seed; 0 unless given
  --runs N       how many seeds of each kind to play; 10000 unless given
  --trace        print the scenario, the order of events and the log of every run
  --mutant NAME  play with a planted mistake, those kinds that have it:
${mutantNames.join("\n")}

Exits 1 when a seed breaks an invariant, and prints the command that repeats it.`;

const values = readOptions();
const { mutant } = values;
const [first, runs] = [Number(values.seed), Number(values.runs)];
const kinds = KINDS.filter((kind) => values.kind === "all" || values.kind === kind).filter(
  (kind) => mutant === undefined || mutant in simulations[kind].mutants,
);
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(runs) || runs < 1)
  refuse("--seed and --runs are whole numbers");
if (kinds.length === 0) refuse("There is no such kind, or none with this mistake");

const PROGRESS_EVERY_MS = 10_000;
let failed = 0;
for (const kind of kinds) failed += await playAll(kind);
process.exit(failed > 0 ? 1 : 0);

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        kind: { type: "string", default: "all" },
        seed: { type: "string", default: "0" },
        runs: { type: "string", default: "10000" },
        trace: { type: "boolean", default: false },
        mutant: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    if (!values.help) return values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  console.log(HELP);
  process.exit(0);
}

function refuse(problem: string): never {
  console.error(`${problem}\n\n${HELP}`);
  process.exit(EXIT_USAGE);
}

/** Returns how many seeds failed. */
async function playAll(kind: Kind): Promise<number> {
  const { play, scenario, mutants } = simulations[kind];
  const startedAt = Date.now();
  let reportedAt = startedAt;
  let steps = 0;
  let broken = 0;
  for (let seed = first; seed < first + runs; seed += 1) {
    const run = await play(seed, mutant === undefined ? {} : mutants[mutant]);
    steps += run.steps;
    if (values.trace) printTrace(scenario(seed), run);
    if (run.violations.length > 0) {
      broken += 1;
      printViolations(kind, seed, run);
    }
    if (Date.now() - reportedAt > PROGRESS_EVERY_MS) {
      reportedAt = Date.now();
      console.log(`${kind}: ${seed - first + 1} of ${runs} seeds, ${broken} failed`);
    }
  }
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${kind}: ${runs} seeds, ${steps} steps, ${seconds} s: ${runs - broken} passed, ${broken} failed`);
  return broken;
}

function printTrace(scenario: unknown, { trace, logs }: Run): void {
  console.log(JSON.stringify(scenario, null, 2));
  for (const line of trace) console.log(line);
  for (const event of logs) console.log(JSON.stringify(event));
}

function printViolations(kind: Kind, seed: number, { violations }: Run): void {
  for (const { invariant, details } of violations) console.log(`${kind} seed ${seed}: ${invariant}: ${details}`);
  const planted = mutant === undefined ? "" : ` --mutant "${mutant}"`;
  console.log(`  repeat: bun run simulate --kind ${kind} --seed ${seed} --runs 1 --trace${planted}`);
}
