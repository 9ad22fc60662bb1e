/// <reference types="bun-types" />
/** Runs one command of the tool chain, with the project's own Node first on the PATH and a time limit on everything. */
import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { ROOT } from "./dependencies.ts";

export interface Finished {
  /** 0 is success; 124 means it was ended at its time limit. */
  code: number;
  /** Both streams, as they came. */
  output: string;
}

/** Told what has come so far, again and again: whoever waits for minutes wants to see that something moves. */
export type Watch = (output: string) => void;

const WATCH_EVERY_MS = 20_000;
const TIMED_OUT = 124;
const CANNOT_RUN = 127;
const KILL_AFTER_MS = 5_000;

/** Never rejects. The command gets a process group of its own, which ends with it. */
export function runCommand(command: readonly string[], limitMs: number, watch: Watch = () => {}): Promise<Finished> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, {
    cwd: ROOT,
    env: { ...process.env, PATH: `${ROOT}node_modules/.bin${delimiter}${process.env["PATH"] ?? ""}`, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  let isLate = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const end = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // The group has ended already, which is what was wanted.
    }
  };
  const timer = setTimeout(() => {
    isLate = true;
    output += `\nEnded: still running after ${limitMs / 1_000} s.\n`;
    end("SIGTERM");
    setTimeout(() => end("SIGKILL"), KILL_AFTER_MS).unref();
  }, limitMs);
  const watching = setInterval(() => watch(output), WATCH_EVERY_MS);
  const interrupt = (signal: NodeJS.Signals) => {
    end(signal);
    process.exit(130);
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);

  return new Promise((resolve) => {
    const finish = (code: number) => {
      clearTimeout(timer);
      clearInterval(watching);
      process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
      end("SIGKILL");
      resolve({ code: isLate ? TIMED_OUT : code, output });
    };
    child.once("error", (error) => {
      output += `${error.message}\n`;
      finish(CANNOT_RUN);
    });
    child.once("close", (code) => finish(code ?? 1));
  });
}
