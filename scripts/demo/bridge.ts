/// <reference types="bun-types" />
/** The bridge in a process of its own, as in production. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../dependencies.ts";
import { freePort } from "../torture/processes.ts";

const START_MS_MAX = 20_000;
const STOP_MS_MAX = 10_000;
const LOG_LINES_MAX = 30;

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
export async function startBridge(calltouchUrl: string, moyskladUrl: string): Promise<RunningBridge> {
  const folder = await mkdtemp(join(tmpdir(), "calltouch-bridge-demo-"));
  const adminToken = randomText(24);
  // Its own address is also where webhooks go, so it cannot be left to the system.
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, ["src/bun.ts"], {
    cwd: ROOT,
    env: {
      ...process.env,
      DATABASE_URL: `file:${join(folder, "bridge.db")}`,
      DATABASE_AUTH_TOKEN: "",
      HOST: "127.0.0.1",
      PORT: String(port),
      PUBLIC_URL: url,
      ADMIN_TOKEN: adminToken,
      ADMIN_READ_TOKEN: "",
      ENCRYPTION_KEY: randomText(32),
      ENCRYPTION_KEY_PREVIOUS: "",
      CALLTOUCH_URL: calltouchUrl,
      CALLTOUCH_HOOK_ADDRESSES: "",
      MOYSKLAD_URL: moyskladUrl,
      LOG_LEVEL: "info",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const started = new Promise<"started">((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        lines.push(...text.split("\n").filter((line) => line !== ""));
        if (lines.some((line) => line.includes('"event":"started"'))) resolve("started");
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
  if ((await Promise.race([started, ended, Bun.sleep(START_MS_MAX)])) === "started") {
    return { url, adminToken, log, ended, stop };
  }
  await stop();
  throw new Error(`the bridge did not start. Its log:\n${log()}`);
}

/** Base64 of this many random bytes. */
function randomText(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64");
}
