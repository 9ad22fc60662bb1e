/// <reference types="bun-types" />
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { findDifferences } from "../../scripts/demo/arrival.ts";
import { createSteps } from "../../scripts/demo/documents.ts";
import { createLeads } from "../../scripts/demo/leads.ts";
import { toTable } from "../../scripts/demo/table.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const isBun = "Bun" in globalThis;
const DEMO_MS_MAX = 60_000;

const deal = {
  orderNumber: "ПС1",
  status: "Закрыт",
  revenue: "1.00",
  lead: "call 501",
  source: "yandex / cpc",
};

function runScript(args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/demo.ts", ...args], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { status, stdout, output: stdout + stderr };
}

describe("the demo", () => {
  it.skipIf(!isBun)(
    "brings every document to Calltouch and says so",
    () => {
      const { status, output } = runScript(["--once"]);
      expect(output).toContain("ПС00010196  Закрыт                 48250.50  call 501     yandex / cpc");
      expect(status, output).toBe(0);
    },
    DEMO_MS_MAX,
  );

  it.skipIf(!isBun)(
    "fails, and says why, when the bridge cannot start",
    () => {
      const { status, output } = runScript(["--once"], { TMPDIR: "/nowhere" });
      expect(output).toContain("The demo failed: ");
      expect(status).toBe(1);
    },
    DEMO_MS_MAX,
  );

  it.skipIf(!isBun)("explains itself, and takes no unknown options", () => {
    expect(runScript(["--help"])).toMatchObject({ status: 0, stdout: expect.stringContaining("--once") });
    expect(runScript(["--twice"]).status).toBe(2);
  });

  it("expects of every step an answer to each document and a deal that differs from the one before", () => {
    const steps = createSteps(Date.UTC(2026, 10, 22, 9));
    for (const { documents, answers } of steps) expect(answers.length).toBe(documents.length);
    const expected = steps.flatMap(({ deals }) => deals.map((each) => JSON.stringify(each)));
    expect(new Set(expected).size).toBe(expected.length);
  });

  it("writes dates as 1C does: the wall clock of Moscow, no zone, each lead before its document", () => {
    const now = Date.UTC(2026, 0, 1, 0, 30);
    expect(createSteps(now)[0]?.documents[0]).toMatchObject({ date: "2026-01-01T00:30:00" });
    for (const { at } of createLeads(now)) expect(at).toBeLessThan(now - 140 * 60_000);
  });
});

describe("the comparison with what is expected", () => {
  it("is silent when everything is there once", () => {
    expect(findDifferences([deal], [deal])).toEqual([]);
  });

  it.each([
    ["a missing deal", [], "ПС1: is not in Calltouch"],
    ["a doubled deal", [deal, deal], "ПС1: is in Calltouch 2 times"],
    ["a stranger", [deal, { ...deal, orderNumber: "ПС2" }], "ПС2: is in Calltouch and should not be"],
    ["another status", [{ ...deal, status: "Отказ" }], 'ПС1: status is "Отказ", expected "Закрыт"'],
    ["another revenue", [{ ...deal, revenue: "2.00" }], 'ПС1: revenue is "2.00", expected "1.00"'],
    ["another lead", [{ ...deal, lead: "—" }], 'ПС1: lead is "—", expected "call 501"'],
    ["another source", [{ ...deal, source: "—" }], 'ПС1: source is "—", expected "yandex / cpc"'],
  ])("names %s", (_, actual, line) => {
    expect(findDifferences(actual, [deal])).toEqual([line]);
  });
});

describe("the table", () => {
  it("keeps its columns under each other", () => {
    expect(
      toTable(
        ["order", "revenue"],
        [
          ["ПС00010196", "1.00"],
          ["ЗН1", "48250.50"],
        ],
        [1],
      ),
    ).toBe(["order        revenue", "──────────  ────────", "ПС00010196      1.00", "ЗН1         48250.50"].join("\n"));
  });
});
