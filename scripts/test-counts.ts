/** How many tests passed and failed, from a runner's own report. What cannot be read counts as no test at all. */

export interface Counts {
  passed: number;
  failed: number;
}

const NONE: Counts = { passed: 0, failed: 0 };

/** The totals on the root element, as `bun test --reporter=junit` writes them. Skipped tests are neither. */
export function readJunit(xml: string): Counts {
  const root = /<testsuites\b[^>]*>/.exec(xml)?.[0] ?? "";
  const [tests, failures, skipped = 0] = ["tests", "failures", "skipped"].map((name) => {
    const text = new RegExp(`\\b${name}="(\\d+)"`).exec(root)?.[1];
    return text === undefined ? undefined : Number(text);
  });
  if (tests === undefined || failures === undefined) return NONE;
  return { passed: tests - failures - skipped, failed: failures };
}

/** A file that could not be loaded has no tests to fail, so it counts as one failure. */
export function readVitestJson(text: string): Counts {
  const report = parseObject(text);
  const { numPassedTests: passed, numFailedTests: failed, testResults } = report;
  if (typeof passed !== "number" || typeof failed !== "number" || !Array.isArray(testResults)) return NONE;
  const broken = testResults.filter((file) => file.status === "failed" && file.assertionResults?.length === 0);
  return { passed, failed: failed + broken.length };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
