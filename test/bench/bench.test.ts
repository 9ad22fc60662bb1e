/** The measurements of the exchange with MoySklad, in their smallest form: what they count is checked, how long it takes is not. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as z from "zod";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const isBun = "Bun" in globalThis;
const MS_MAX = 120_000;

const judged = z.object({ figure: z.number(), goal: z.string(), met: z.boolean() });
const kept = judged.extend({ met: z.literal(true) });
const elapsed = z.number().positive();
const judgedElapsed = judged.extend({ figure: elapsed });
const rates = z.object({
  calls: z.literal(1),
  callToOrderP50Ms: judgedElapsed,
  callToOrderP99Ms: judgedElapsed,
  callToDealP50Ms: elapsed,
  callToDealP99Ms: elapsed,
  changeToDealP50Ms: judgedElapsed,
  changeToDealP99Ms: judgedElapsed,
  changeToDealBefore: z.string(),
  requestsPerCall: elapsed,
  requestsPerChange: elapsed,
  requestsRefused: kept,
});

const measured = {
  webhooks: z.object({
    calltouchWebhooks: z.literal(4),
    moyskladWebhooks: z.literal(2),
    calltouchP50Ms: elapsed,
    calltouchP99Ms: judgedElapsed,
    moyskladP50Ms: elapsed,
    moyskladP99Ms: judgedElapsed,
    calltouchBusyP99Ms: judgedElapsed,
    moyskladBusyP99Ms: judgedElapsed,
    unstored: kept,
    refused: kept,
  }),
  moysklad: rates.extend({ moyskladLatencyMs: z.literal(0), moyskladUnitsPerRequest: z.literal(1) }),
  "moysklad-100ms": rates.extend({ moyskladLatencyMs: z.literal(100) }),
  "idle-poll": z.object({
    requestsPerPoll: z.record(z.enum(["sum", "paid", "shipped"]), elapsed),
    requestsPerPollMax: kept,
  }),
  "catch-up": z.object({
    orders: z.literal(120),
    unknownRequests: elapsed,
    changedRequests: elapsed,
    changedReadSeconds: elapsed,
    changedDeliveredSeconds: elapsed,
    requestsRefused: kept,
  }),
  attributions: z.object({ deals: z.literal(100), requests: kept, seconds: elapsed }),
};

function runBench(args: readonly string[]) {
  return spawnSync(process.execPath, ["scripts/bench.ts", ...args], { cwd: ROOT, encoding: "utf8" });
}

describe("the bench", () => {
  it.skipIf(!isBun)(
    "gives every figure it promises of the exchange with MoySklad, and every count is as promised",
    () => {
      const { status, stdout, stderr } = runBench([
        "--tiny",
        ...Object.keys(measured).flatMap((name) => ["--only", name]),
      ]);
      expect(status, stderr).toBe(0);
      const report: unknown = JSON.parse(stdout);
      const { success, error } = z.object(measured).safeParse(report);
      expect({ success, issues: error?.issues }, stdout).toEqual({ success: true, issues: undefined });
    },
    MS_MAX,
  );

  it.skipIf(!isBun)("names every measurement when asked, and takes no sizes that contradict each other", () => {
    const { status, stdout } = runBench(["--help"]);
    expect(status).toBe(0);
    for (const name of Object.keys(measured)) expect(stdout).toContain(`  ${name}`);
    expect(runBench(["--tiny", "--full"]).status).toBe(2);
    expect(runBench(["--only", "nothing"]).status).toBe(2);
  });
});
