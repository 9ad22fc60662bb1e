/// <reference types="bun-types" />
/** Everything a change must pass: format, lint, types, tests, and the size of what is deployed. Started by `bun run check`. */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installDependencies, ROOT } from "./dependencies.ts";
import { runCommand } from "./run-command.ts";
import { readGzipKib } from "./worker-size.ts";

const LIMIT_MS = 5 * 60_000;
const WORKER_GZIP_KIB_MAX = 200;

const HELP = `Everything a change must pass: format and lint, types, the size of the Worker (${WORKER_GZIP_KIB_MAX} KiB gzipped), and all tests.
Stops at the first that fails, with exit code 1. Installs what is missing. Takes no options.`;

const given = Bun.argv.slice(2);
if (given.length > 0) {
  console.log(HELP);
  process.exit(given.length === 1 && given[0] === "--help" ? 0 : 2);
}
installDependencies("all");
const isGreen =
  (await passes("format and lint", ["node", "node_modules/@biomejs/biome/bin/biome", "ci", "."])) &&
  (await passes("types", ["node", "node_modules/typescript/bin/tsc", "-p", "."])) &&
  (await isWorkerSmall()) &&
  // Last, so that its count is the last line.
  testsPass();
process.exit(isGreen ? 0 : 1);

async function passes(title: string, command: readonly string[]): Promise<boolean> {
  const { code, output } = await runCommand(command, LIMIT_MS);
  console.log(`── ${title}: ${code === 0 ? "ok" : `failed with exit code ${code}\n${output}`}`);
  return code === 0;
}

async function isWorkerSmall(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "calltouch-bridge-worker-"));
  const wrangler = ["node", "node_modules/wrangler/bin/wrangler.js", "deploy", "--dry-run", `--outdir=${folder}`];
  const { code, output } = await runCommand(wrangler, LIMIT_MS);
  await rm(folder, { recursive: true, force: true });
  const kib = readGzipKib(output);
  const isSmall = code === 0 && kib !== null && kib < WORKER_GZIP_KIB_MAX;
  const size = kib === null ? "its size is not in wrangler's output" : `${kib} KiB of ${WORKER_GZIP_KIB_MAX} gzipped`;
  console.log(`── worker: ${isSmall ? size : `${size}, wrangler ended with ${code}\n${output}`}`);
  return isSmall;
}

function testsPass(): boolean {
  return spawnSync(process.execPath, ["scripts/test.ts"], { cwd: ROOT, stdio: "inherit" }).status === 0;
}
