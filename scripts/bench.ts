/** Measures the bridge as it runs, on this machine, against its goals. Started by `bun run bench`. */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { measureArrival } from "./bench/arrival.ts";
import { measureDrain } from "./bench/drain.ts";
import { toMissed } from "./bench/goal.ts";
import { measureIngest } from "./bench/ingest.ts";
import { measureThousand } from "./bench/thousand.ts";
import { cleanUp } from "./torture/processes.ts";

const SECONDS = 5;
const EXIT_USAGE = 64;

interface Measurement {
  name: string;
  about: string;
  measure: (options: { seconds: number; note: (text: string) => void }) => Promise<object>;
}

const measurements: readonly Measurement[] = [
  { name: "arrival", about: "one document to an idle bridge, until Calltouch has its deal", measure: measureArrival },
  {
    name: "thousand",
    about: "1 000 documents in tens: requests to Calltouch, and how dense",
    measure: measureThousand,
  },
  { name: "drain", about: "5 000 deals that have waited for a new token", measure: measureDrain },
  {
    name: "ingest-single",
    about: "documents one by one, beside a bare handler that stores as many bytes",
    measure: (options) => measureIngest({ ...options, documents: 1, connections: 16 }),
  },
  {
    name: "ingest-hundred",
    about: "the same with 100 documents in a request",
    measure: (options) => measureIngest({ ...options, documents: 100, connections: 4 }),
  },
];

const HELP = `Measures the bridge on this machine: real processes on loopback, an embedded database in the system's temporary
folder. Progress goes to stderr, one JSON object to stdout. A missed goal is a figure like any other: the exit code is 0
whenever everything could be measured.

  bun run bench [--only NAME]… [--seconds ${SECONDS}]

  --only     one measurement, or several; all of them unless given
  --seconds  of load in each round of the ingest measurements

${measurements.map(({ name, about }) => `  ${name.padEnd(16)}${about}`).join("\n")}`;

const { seconds, chosen } = readOptions();
for (const [signal, code] of [["SIGINT", 130] as const, ["SIGTERM", 143] as const]) {
  process.on(signal, () => {
    cleanUp();
    process.exit(code);
  });
}

const report: Record<string, unknown> = {
  startedAt: new Date().toISOString(),
  machine: { cores: cpus().length, cpu: cpus()[0]?.model, bun: process.versions["bun"] },
};
let failures = 0;
for (const { name, about, measure } of chosen) {
  const note = (text: string) => console.error(`${new Date().toISOString().slice(11, 19)} ${name}: ${text}`);
  note(about);
  try {
    const measured = await measure({ seconds, note });
    report[name] = measured;
    const missed = toMissed(measured);
    note(missed.length === 0 ? "every goal is met" : `missed: ${missed.join(", ")}`);
  } catch (error) {
    failures += 1;
    report[name] = { error: error instanceof Error ? error.message : String(error) };
    note(`FAILED ${error instanceof Error ? error.stack : error}`);
  }
}
console.log(JSON.stringify(report, null, 2));
process.exit(failures === 0 ? 0 : 1);

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: "string", multiple: true },
        seconds: { type: "string", default: String(SECONDS) },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    const names = values.only ?? measurements.map(({ name }) => name);
    const chosen = names.map((name) => {
      const measurement = measurements.find((candidate) => candidate.name === name);
      if (!measurement) throw new Error(`There is no measurement ${name}`);
      return measurement;
    });
    if (!/^[1-9]\d{0,3}$/.test(values.seconds)) throw new Error("--seconds must be a whole number above zero");
    return { chosen, seconds: Number(values.seconds) };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(EXIT_USAGE);
  }
}
