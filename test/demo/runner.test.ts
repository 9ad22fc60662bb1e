import { describe, expect, it } from "vitest";
import { readJunit, readVitestJson } from "../../scripts/test-counts.ts";
import { readGzipKib } from "../../scripts/worker-size.ts";

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
