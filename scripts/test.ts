/// <reference types="bun-types" />
/** All tests on every runtime: Bun, Node and workerd. Started by `bun run test`. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installDependencies } from "./dependencies.ts";
import { runCommand } from "./run-command.ts";
import { type Counts, readJunit, readVitestJson } from "./test-counts.ts";

/** Of one runner: four times what it takes on two quiet cores. */
const LIMIT_MS = 30 * 60_000;
const VITEST = ["node", "node_modules/vitest/vitest.mjs", "run", "--reporter=default", "--reporter=json"];

interface Runner {
  name: string;
  title: string;
  command: (report: string) => string[];
  readCounts: (report: string) => Counts;
  /** The lines of its own summary. */
  closing: RegExp;
}

const RUNNERS: readonly Runner[] = [
  {
    name: "bun",
    title: "bun test",
    // With a path: without one Bun also watches over files that are no tests. With the time limit of vitest's configuration: only
    // here does it hold for every file.
    command: (report) => [
      process.execPath,
      ...["test", "./test", "--timeout=60000", "--reporter=junit", `--reporter-outfile=${report}`],
    ],
    readCounts: readJunit,
    closing: /^\s*(\d+ (pass|fail|skip|todo|error|filtered)|Ran \d+|\d+ (expect|snapshot))/,
  },
  {
    name: "vitest",
    title: "vitest on Node",
    command: (report) => [...VITEST, "--config=vitest.config.ts", `--outputFile.json=${report}`],
    readCounts: readVitestJson,
    closing: /^\s*(Test Files|Tests|Errors|Duration) /,
  },
  {
    name: "workers",
    title: "vitest inside workerd",
    command: (report) => [...VITEST, "--config=vitest.workers.config.ts", `--outputFile.json=${report}`],
    readCounts: readVitestJson,
    closing: /^\s*(Test Files|Tests|Errors|Duration) /,
  },
];

const HELP = `Runs all tests, on every runtime; stops at the first runner that fails, with its exit code.

  bun run test              installs what is missing, then: ${RUNNERS.map(({ title }) => title).join(", ")}
  bun run test -- <runner>  one of them: ${RUNNERS.map(({ name }) => name).join(", ")}`;

const wanted = Bun.argv.slice(2);
const chosen = RUNNERS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (wanted.length > 1 || chosen.length === 0) {
  console.log(HELP);
  process.exit(wanted.includes("--help") ? 0 : 2);
}
process.exit(await runAll(chosen));

async function runAll(runners: readonly Runner[]): Promise<number> {
  const startedAt = performance.now();
  installDependencies("all");
  const folder = await mkdtemp(join(tmpdir(), "calltouch-bridge-test-"));
  const total = { passed: 0, failed: 0 };
  let exitCode = 0;
  try {
    for (const runner of runners) {
      const result = await runOne(runner, join(folder, runner.name));
      total.passed += result.passed;
      total.failed += result.failed;
      exitCode = result.code;
      if (exitCode !== 0) break;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`\n${exitCode === 0 ? "All green" : "Failed"} in ${toSeconds(startedAt)} s`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return exitCode;
}

/** A runner that fails counts at least one failure, whatever its report says: it may have died before a test. */
async function runOne(runner: Runner, report: string): Promise<Counts & { code: number }> {
  console.log(`── ${runner.title}`);
  const startedAt = performance.now();
  const { code, output } = await runCommand(runner.command(report), LIMIT_MS, (soFar) =>
    console.log(`   ${toSeconds(startedAt)} s, ${countFiles(soFar)} test files so far`),
  );
  const counts = runner.readCounts(await readFile(report, "utf8").catch(() => ""));
  const isGreen = code === 0 && counts.failed === 0 && counts.passed > 0;
  const shown = isGreen ? output.split("\n").filter((line) => runner.closing.test(line)) : withoutPasses(output);
  console.log(shown.join("\n"));
  if (isGreen) return { ...counts, code: 0 };
  console.log(`\n${runner.title} failed after ${toSeconds(startedAt)} s with exit code ${code}`);
  if (counts.passed + counts.failed === 0) console.log("Its report could not be read, or had no test in it");
  return { passed: counts.passed, failed: Math.max(counts.failed, 1), code: code === 0 ? 1 : code };
}

/** Both runners name a file once they are at it or through with it. */
function countFiles(output: string): number {
  return new Set(output.match(/\btest\/[\w./-]+\.(test|workers)\.ts\b/g)).size;
}

function withoutPasses(output: string): string[] {
  return output.split("\n").filter((line) => !/^\(pass\)|^\s*✓/.test(line));
}

function toSeconds(startedAt: number): string {
  return ((performance.now() - startedAt) / 1_000).toFixed(1);
}
