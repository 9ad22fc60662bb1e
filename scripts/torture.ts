/** Real processes and sockets, killed, cut off and kept waiting, for as long as you like. Started by `bun run torture`. */
import { parseArgs } from "node:util";
import { cleanUp } from "./torture/processes.ts";
import { type Outcome, runScenario } from "./torture/run.ts";
import { scenarios } from "./torture/scenarios.ts";
import { toTable } from "./torture/table.ts";

const SECONDS = 90;
const PROBLEMS_SHOWN = 20;
const EXIT_USAGE = 2;

const HELP = `Tortures the bridge: real processes on loopback, killed and cut off under load.
At the end every document is accounted for, and every deal was created once.

  bun run torture [--scenario NAME]… [--seconds ${SECONDS}] [--seed N] [--short] [--keep]

  --scenario  one scenario, or several; all of them unless given
  --seconds   of load for each scenario; the wait for the end comes on top
  --seed      of the load and the trouble; printed with each run
  --short     the trouble of the test suite: shorter outages, lighter load
  --keep      leaves the logs of a scenario with problems

${scenarios.map(({ name, about }) => `  ${name.padEnd(18)}${about}`).join("\n")}`;

const options = readOptions();
process.on("SIGINT", () => {
  cleanUp();
  process.exit(130);
});
process.on("SIGTERM", () => {
  cleanUp();
  process.exit(143);
});

const outcomes: Outcome[] = [];
let failures = 0;
for (const [index, scenario] of options.chosen.entries()) {
  const seed = options.seed + index;
  const note = (text: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${scenario.name}: ${text}`);
  note(`${scenario.about}; seed ${seed}`);
  try {
    const { seconds, isLong, isKept } = options;
    const outcome = await runScenario(scenario, { seconds, seed, isLong, isKept, note });
    outcomes.push(outcome);
    if (outcome.problems.length > 0) failures += 1;
    for (const problem of outcome.problems.slice(0, PROBLEMS_SHOWN)) note(`PROBLEM ${problem}`);
    note(`${outcome.problems.length} problems, drained in ${(outcome.drainMs / 1_000).toFixed(1)} s`);
  } catch (error) {
    failures += 1;
    note(`FAILED ${error instanceof Error ? error.stack : error}`);
  }
}
console.log(`\n${toTable(outcomes)}\n\n${failures === 0 ? "All is well." : `${failures} scenarios went wrong.`}`);
process.exit(failures === 0 ? 0 : 1);

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        scenario: { type: "string", multiple: true },
        seconds: { type: "string", default: String(SECONDS) },
        seed: { type: "string", default: String(Date.now() % 1_000_000) },
        short: { type: "boolean", default: false },
        keep: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    const names = values.scenario ?? scenarios.map(({ name }) => name);
    const chosen = names.map((name) => {
      const scenario = scenarios.find((candidate) => candidate.name === name);
      if (!scenario) throw new Error(`There is no scenario ${name}`);
      return scenario;
    });
    return {
      chosen,
      seconds: toCount("seconds", values.seconds),
      seed: toCount("seed", values.seed),
      isLong: !values.short,
      isKept: values.keep,
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(EXIT_USAGE);
  }
}

function toCount(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number`);
  return Number(text);
}
