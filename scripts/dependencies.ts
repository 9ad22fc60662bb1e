/// <reference types="bun-types" />
/**
 * Makes a fresh clone runnable. Imports no dependency: there may be none yet. Started by itself it installs those for production,
 * before a script that imports them: a process that has looked for them once does not see what is installed later.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * Installs what the frozen lockfile says. For the production dependencies only when one is missing; for all of them always,
 * because that costs milliseconds when nothing is missing and finds what is missing below. Ends the process when it fails.
 */
export function installDependencies(kind: "production" | "all"): void {
  const missing = missingPackages(kind);
  if (missing.length === 0 && kind === "production") return;
  if (missing.length > 0) console.log(`Installing ${kind} dependencies from bun.lock (${missing.length} missing) …`);
  const startedAt = performance.now();
  const flags = kind === "all" ? [] : ["--production"];
  const { status, stdout, stderr } = spawnSync(process.execPath, ["install", "--frozen-lockfile", ...flags], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (status !== 0) {
    const said = `${stdout}${stderr}`.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("warn:"));
    fail(`bun install failed. Is the package registry within reach?\n${said.map((line) => `  ${line}`).join("\n")}`);
  }
  const left = missingPackages(kind);
  if (left.length > 0) fail(`bun install left out ${left.join(", ")}. Remove node_modules and try again`);
  if (missing.length > 0) console.log(`Installed in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s.\n`);
}

function fail(problem: string): never {
  console.error(`\n${problem}`);
  process.exit(1);
}

/** Direct dependencies that are absent or of another version; those for another system are not missed. */
function missingPackages(kind: "production" | "all"): string[] {
  const manifest = readManifest(`${ROOT}package.json`);
  const wanted = { ...manifest.dependencies, ...(kind === "all" ? manifest.devDependencies : {}) };
  return Object.entries(wanted)
    .filter(([name, version]) => isForThisSystem(name) && !isInstalled(name, version))
    .map(([name]) => name);
}

function isInstalled(name: string, version: string): boolean {
  const folder = `${ROOT}node_modules/${name}`;
  if (!existsSync(`${folder}/package.json`)) return false;
  // The binary is put in place by the package's own script, which an interrupted installation has not run.
  if (name === "node" && !existsSync(`${folder}/bin/node`) && !existsSync(`${folder}/bin/node.exe`)) return false;
  return readManifest(`${folder}/package.json`).version === version;
}

function isForThisSystem(name: string): boolean {
  const system = /\/(linux|darwin|win32)-(x64|arm64)$/.exec(name);
  return system === null || (system[1] === process.platform && system[2] === process.arch);
}

interface Manifest {
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8"));
}

if (import.meta.main) installDependencies("production");
