/// <reference types="bun-types" />
/** The two sides of the demo: a Calltouch sandbox in this process, and the bridge in one of its own, as in production. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CalltouchSandbox, createCalltouchSandbox } from "../../sandbox/calltouch/index.ts";
import { ROOT } from "../dependencies.ts";

const START_MS_MAX = 20_000;
const STOP_MS_MAX = 10_000;
const LOG_LINES_MAX = 30;

export interface RunningSandbox {
  url: string;
  control: CalltouchSandbox["control"];
  stop(): Promise<void>;
}

export function startSandbox(): RunningSandbox {
  const { app, control } = createCalltouchSandbox();
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => app.fetch(request) });
  return { url: server.url.origin, control, stop: () => server.stop(true) };
}

export interface RunningBridge {
  url: string;
  adminToken: string;
  /** The last lines of its log. */
  log(): string;
  /** Resolves when the process is gone. */
  ended: Promise<void>;
  /** Lets it finish, then removes its database. */
  stop(): Promise<void>;
}

/** `src/bun.ts` on an embedded database in a temporary folder. @throws with its log when it does not start. */
export async function startBridge(calltouchUrl: string): Promise<RunningBridge> {
  const folder = await mkdtemp(join(tmpdir(), "calltouch-bridge-demo-"));
  const adminToken = randomText(24);
  const child = spawn(process.execPath, ["src/bun.ts"], {
    cwd: ROOT,
    env: {
      ...process.env,
      DATABASE_URL: `file:${join(folder, "bridge.db")}`,
      DATABASE_AUTH_TOKEN: "",
      HOST: "127.0.0.1",
      PORT: "0",
      ADMIN_TOKEN: adminToken,
      ENCRYPTION_KEY: randomText(32),
      CALLTOUCH_URL: calltouchUrl,
      LOG_LEVEL: "info",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const started = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        lines.push(...text.split("\n").filter((line) => line !== ""));
        const url = lines.map(startedUrl).find((each) => each !== undefined);
        if (url !== undefined) resolve(url);
        lines.splice(0, lines.length - LOG_LINES_MAX);
      });
    }
  });
  const log = () => lines.join("\n");
  const stop = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
    await ended;
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
  };
  const url = await Promise.race([started, ended, Bun.sleep(START_MS_MAX)]);
  if (typeof url === "string") return { url, adminToken, log, ended, stop };
  await stop();
  throw new Error(`the bridge did not start. Its log:\n${log()}`);
}

/** Its log says where it listens, since the port was left to the system. */
function startedUrl(line: string): string | undefined {
  if (!line.includes('"event":"started"')) return undefined;
  const event: unknown = JSON.parse(line);
  const isStarted = typeof event === "object" && event !== null && "url" in event && typeof event.url === "string";
  return isStarted ? new URL(String(event.url)).origin : undefined;
}

/** Base64 of this many random bytes. */
function randomText(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64");
}
