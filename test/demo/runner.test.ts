/// <reference types="bun-types" />
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readJunit, readVitestJson } from "../../scripts/test-counts.ts";
import { readGzipKib } from "../../scripts/worker-size.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const isBun = "Bun" in globalThis;
const SCRIPT_MS_MAX = 60_000;
const SCRIPTS = ["admin", "bench", "check", "demo", "migrate", "simulate", "test", "torture"].map(
  (name) => `scripts/${name}.ts`,
);
const SERVERS = ["sandbox/calltouch/main.ts", "sandbox/moysklad/main.ts", "src/bun.ts"];

function run(script: string, ...args: string[]) {
  const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", NO_COLOR: "1" };
  const options = { cwd: ROOT, encoding: "utf8", env, timeout: SCRIPT_MS_MAX } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], options);
  return { status, output: stdout + stderr };
}

describe.skipIf(!isBun)("whatever is started by hand", () => {
  it.each([...SCRIPTS, ...SERVERS])(
    "%s explains itself when asked, and takes no unknown option",
    (script) => {
      const asked = run(script, "--help");
      expect(asked.status, asked.output).toBe(0);
      expect(asked.output.length).toBeGreaterThan(80);
      const wrong = run(script, "--wrong");
      expect(wrong.status, wrong.output).toBeGreaterThan(1);
      expect(wrong.output).not.toMatch(/^\s+at .+:\d+:\d+/m);
    },
    SCRIPT_MS_MAX,
  );

  it("installs nothing behind one's back: what is missing is an error, not a download past the lockfile", () => {
    expect(readFileSync(`${ROOT}bunfig.toml`, "utf8")).toMatch(/^auto = "disable"$/m);
    // The demo is promised on a fresh clone, and a process does not see what is installed after its start.
    expect(readFileSync(`${ROOT}package.json`, "utf8")).toContain(
      '"demo": "bun scripts/dependencies.ts && bun scripts/demo.ts"',
    );
  });
});

const junit = (root: string) => `<?xml version="1.0"?>\n<testsuites name="bun test" ${root} time="2.1">\n</testsuites>`;
const vitest = (passed: number, failed: number, testResults: unknown[] = []) =>
  JSON.stringify({ numPassedTests: passed, numFailedTests: failed, testResults });

describe("the count of a test run", () => {
  it("leaves out skipped tests", () => {
    expect(readJunit(junit('tests="813" assertions="9709" failures="2" skipped="1"'))).toEqual({
      passed: 810,
      failed: 2,
    });
    expect(readVitestJson(vitest(811, 1))).toEqual({ passed: 811, failed: 1 });
  });

  it("counts a file that could not be loaded as a failure", () => {
    const broken = { status: "failed", assertionResults: [] };
    expect(readVitestJson(vitest(811, 0, [broken]))).toEqual({ passed: 811, failed: 1 });
  });

  it.each(["", "null", "[]", "<testsuites>", '{"numPassedTests":"5"}', "5 passed"])(
    "is nothing for a report %j",
    (report) => {
      expect(readJunit(report)).toEqual({ passed: 0, failed: 0 });
      expect(readVitestJson(report)).toEqual({ passed: 0, failed: 0 });
    },
  );
});

describe("the size of the Worker", () => {
  it.each([
    ["Total Upload: 739.32 KiB / gzip: 179.08 KiB", 179.08],
    ["x\nTotal Upload: 7.5 MiB / gzip: 1.5 MiB\ny", 1_536],
    ["Total Upload: 739.32 KiB", null],
    ["", null],
  ])("is read from %j", (output, kib) => {
    expect(readGzipKib(output)).toBe(kib);
  });
});
