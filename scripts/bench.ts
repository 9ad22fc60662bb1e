/** Measures the bridge as it runs, on this machine, against its goals. Started by `bun run bench`. */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { measureArrival } from "./bench/arrival.ts";
import { measureAttributions } from "./bench/attributions.ts";
import { measureCatchUp } from "./bench/catch-up.ts";
import { measureDrain } from "./bench/drain.ts";
import { toMissed } from "./bench/goal.ts";
import { measureIdlePoll } from "./bench/idle-poll.ts";
import { measureIngest } from "./bench/ingest.ts";
import { measureMoysklad } from "./bench/moysklad.ts";
import { measureRules } from "./bench/rules.ts";
import type { Size } from "./bench/size.ts";
import { measureThousand } from "./bench/thousand.ts";
import { measureWebhooks } from "./bench/webhooks.ts";
import { cleanUp } from "./torture/processes.ts";

const SECONDS = 5;
const EXIT_USAGE = 2;

interface Measurement {
  name: string;
  about: string;
  measure: (options: { seconds: number; size: Size; note: (text: string) => void }) => Promise<object>;
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
  { name: "rules", about: "choosing an exchange rule among 1 000", measure: measureRules },
  { name: "attributions", about: "asking Calltouch where 2 500 deals came from", measure: measureAttributions },
  { name: "webhooks", about: "acknowledged, with what they tell stored first", measure: measureWebhooks },
  {
    name: "moysklad",
    about: "a call until its order, a changed order until its deal",
    measure: (options) =>
      measureMoysklad({ ...options, tokenOf: "solution", latencyMs: 0, calls: { tiny: 1, usual: 50, full: 200 } }),
  },
  {
    name: "moysklad-100ms",
    about: "the same while each answer of MoySklad takes 100 ms",
    measure: (options) =>
      measureMoysklad({ ...options, tokenOf: "solution", latencyMs: 100, calls: { tiny: 1, usual: 50, full: 200 } }),
  },
  {
    name: "moysklad-user",
    about: "the same with a user's token, whose requests cost more of the limit",
    measure: (options) =>
      measureMoysklad({ ...options, tokenOf: "user", latencyMs: 100, calls: { tiny: 1, usual: 10, full: 50 } }),
  },
  { name: "idle-poll", about: "requests of a poll that finds nothing", measure: measureIdlePoll },
  { name: "catch-up", about: "2 000 changed orders, --full: 10 000", measure: measureCatchUp },
];

const HELP = `Measures the bridge on this machine: real processes on loopback, an embedded database in the system's temporary
folder. Progress goes to stderr, one JSON object to stdout. A missed goal is a figure like any other: the exit code is 0
whenever everything could be measured.

  bun run bench [--only NAME]… [--seconds ${SECONDS}] [--full | --tiny]

  --only     one measurement, or several; all of them unless given
  --seconds  of load in each round of the ingest measurements
  --full     as much as was promised, also where that takes many minutes
  --tiny     of what has sizes as little as shows that it runs; its figures say nothing

${measurements.map(({ name, about }) => `  ${name.padEnd(16)}${about}`).join("\n")}`;

const { seconds, size, chosen } = readOptions();
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
    const measured = await measure({ seconds, size, note });
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
        full: { type: "boolean", default: false },
        tiny: { type: "boolean", default: false },
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
    if (values.full && values.tiny) throw new Error("Either --full or --tiny");
    const size: Size = values.full ? "full" : values.tiny ? "tiny" : "usual";
    return { chosen, size, seconds: Number(values.seconds) };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    process.exit(EXIT_USAGE);
  }
}
