/// <reference types="bun-types" />
/** Real processes: started, killed without warning, started again. Whatever happens to us, none of them outlives us. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const START_MS_MAX = 60_000;
const POLL_MS = 30;
const PROBE_MS_MAX = 5_000;
const LOG_TAIL_CHARACTERS = 1_500;

const children = new Set<ChildProcess>();
const folders = new Set<string>();
const givenPorts = new Set<number>();

process.on("exit", cleanUp);

export interface Part {
  name: string;
  url: string;
  /** Ends of the process that nobody asked for. */
  crashes: readonly string[];
  /** Resolves once it answers. @throws when it ends or does not answer in time, with what it last wrote. */
  start(): Promise<void>;
  /** `kill -9`, and waits until the process is gone. */
  kill(): Promise<void>;
}

export interface PartOptions {
  name: string;
  url: string;
  /** Answers with 2xx once the process is ready. */
  healthPath: string;
  command: string;
  args: readonly string[];
  env?: Record<string, string>;
  folder: string;
}

export function createPart({ name, url, healthPath, command, args, env = {}, folder }: PartOptions): Part {
  const logPath = join(folder, `${name}.log`);
  const crashes: string[] = [];
  let child: ChildProcess | null = null;
  let ended = Promise.resolve();

  async function start(): Promise<void> {
    const log = openSync(logPath, "a");
    const { PATH = "", HOME = "", TMPDIR = "" } = process.env;
    const started = spawn(command, [...args], {
      cwd: folder,
      env: { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), ...env },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    child = started;
    children.add(started);
    ended = new Promise((resolve) => {
      const end = (how: string) => {
        children.delete(started);
        if (child === started) crashes.push(`${name} ended by itself (${how}): ${tailOf(logPath)}`);
        resolve();
      };
      started.once("error", (error) => end(error.message));
      started.once("exit", (code, signal) => end(`code ${code}, signal ${signal}`));
    });
    for (const until = Date.now() + START_MS_MAX; Date.now() < until; await sleep(POLL_MS)) {
      if (!children.has(started)) throw new Error(crashes.at(-1) ?? `${name} was killed while it started`);
      if (await answers(`${url}${healthPath}`)) return;
    }
    throw new Error(`${name} did not start: ${tailOf(logPath)}`);
  }

  async function kill(): Promise<void> {
    const killed = child;
    child = null;
    killed?.kill("SIGKILL");
    await ended;
  }

  return { name, url, crashes, start, kill };
}

export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "torture-"));
  folders.add(folder);
  return folder;
}

/** Unless it is kept. */
export function discardFolder(folder: string): void {
  if (folders.delete(folder)) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** From now on the folder stays, for whoever wants to read the logs in it. */
export function keepFolder(folder: string): void {
  folders.delete(folder);
}

/** Kills every process that is left and removes every folder, at once and without waiting. */
export function cleanUp(): void {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) discardFolder(folder);
}

/** A port of this machine that nobody has, and that this function has not given out before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((resolve, reject) => {
      const server = createServer();
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        const found = typeof address === "object" && address !== null ? address.port : 0;
        server.close(() => resolve(found));
      });
    });
    if (givenPorts.has(port)) continue;
    givenPorts.add(port);
    return port;
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS_MAX) });
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
}

function tailOf(path: string): string {
  return readFileSync(path, "utf8").slice(-LOG_TAIL_CHARACTERS).trim();
}
