/// <reference types="bun-types" />
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createAlfaAutoSteps } from "../../scripts/demo/alfa-auto-documents.ts";
import { createAlfaAutoLeads } from "../../scripts/demo/alfa-auto-leads.ts";
import { findDifferences } from "../../scripts/demo/arrival.ts";
import { createDalionLeads } from "../../scripts/demo/dalion-leads.ts";
import { createDalionSteps } from "../../scripts/demo/dalion-steps.ts";
import { PLAIN, toDealLine } from "../../scripts/demo/deal.ts";
import { toTable } from "../../scripts/demo/table.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const isBun = "Bun" in globalThis;
const DEMO_MS_MAX = 120_000;
/** No demo outlives its test. */
const RUN_MS_MAX = 100_000;

const deal = {
  ...PLAIN,
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
    timeout: RUN_MS_MAX,
    env: { ...process.env, ...env },
  });
  return { status, stdout, output: stdout + stderr };
}

/** A line of the table, whatever the width of its columns. */
const row = (...cells: string[]) => new RegExp(`^${cells.join(" {2,}")}$`, "m");

describe("the demo", () => {
  it.skipIf(!isBun)(
    "brings the documents of every story to Calltouch and says so",
    () => {
      const { status, output } = runScript(["--once"]);
      expect(status, output).toBe(0);
      expect(output).toMatch(row("ПС00010196", "Закрыт", "48250.50", "call 501", "yandex / cpc"));
      const [shop, generator] = ["2c55a318-c2ed-11ed-80d6-2c44fd8322a7", "2c55a2ea-c2ed-11ed-80d6-2c44fd8322a7"];
      expect(output).toMatch(row(shop, "Заказ отгружен", "1760.00", "call 601", "ER Google карты / offline"));
      expect(output).toMatch(row(generator, "Заказ отгружен", "2675.00", "request 605", "yandex / cpc"));
      expect(output).toMatch(/^[-0-9a-f]{36} {2}COMPLETED +14990\.00 {2}call 701 +google \/ cpc$/m);
      for (const line of [
        "margin 1003.71, Магазин ER, tags Масла розлив | Система охлаждения | Товар",
        "EP00000012  skipped    Ни одна настройка обмена не подошла",
        `${shop}  ER Google карты / offline / Google`,
        "Google Client ID  1043567512.1763800000",
        "PENDING, 0.00, matched to call 701 by its id",
        "Подтвержден, 14990.00",
      ]) {
        expect(output).toContain(line);
      }
      expect(output).toMatch(/order in MoySklad after \d+\.\d\d s/);
    },
    DEMO_MS_MAX,
  );

  it.skipIf(!isBun)(
    "fails, and says what differs, when an adapter does not do its work",
    async () => {
      const shipped = { file: "adapters/dalion/settings.ts", from: '"Заказ отгружен"', to: '"Заказ отдан"' };
      const tags = { file: "adapters/moysklad/order-fields.ts", from: 'name: "Теги"', to: 'name: "Метки"' };
      const [dalion, moysklad] = await Promise.all([runSabotaged(shipped), runSabotaged(tags)]);
      expect(dalion.output).toContain('status is "Заказ отдан", expected "Заказ отгружен"');
      expect(moysklad.output).toContain("setup made the fields Источник,");
      expect([dalion.status, moysklad.status]).toEqual([1, 1]);
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

  it.each([
    ["alfa-auto", createAlfaAutoSteps],
    ["dalion", createDalionSteps],
  ])(
    "expects of every step of %s an answer to each document and a deal that differs from those before",
    (_, create) => {
      const steps = create(Date.UTC(2026, 10, 22, 9));
      for (const { documents, answers } of steps) expect(answers.length).toBe(documents.length);
      const expected = steps.flatMap(({ deals }) => deals.map((each) => JSON.stringify(each)));
      expect(new Set(expected).size).toBe(expected.length);
    },
  );

  it.each([
    ["alfa-auto", createAlfaAutoSteps, createAlfaAutoLeads],
    ["dalion", createDalionSteps, createDalionLeads],
  ])("writes dates of %s as 1C does: the wall clock of Moscow, no zone", (_, createSteps, createLeads) => {
    const now = Date.UTC(2026, 0, 1, 0, 30);
    expect(createSteps(now)[0]?.documents[0]).toMatchObject({ date: "2026-01-01T00:30:00" });
    for (const { at } of createLeads(now)) expect(at).toBeLessThan(now - 140 * 60_000);
  });
});

interface Sabotage {
  file: string;
  from: string;
  to: string;
}

/** The demo of a copy of the project in which one text stands for another. */
async function runSabotaged({ file, from, to }: Sabotage): Promise<{ status: number | null; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), "calltouch-bridge-sabotage-"));
  try {
    for (const part of ["adapters", "sandbox", "scripts", "src", "package.json"]) {
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "dir");
    const sound = readFileSync(join(folder, file), "utf8");
    expect(sound).toContain(from);
    writeFileSync(join(folder, file), sound.replaceAll(from, to));
    return await runIn(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runIn(cwd: string): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, ["scripts/demo.ts", "--once"], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: RUN_MS_MAX,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => child.once("close", (status) => resolve({ status, output })));
}

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
    ["another margin", [{ ...deal, margin: "2.00" }], 'ПС1: margin is "2.00", expected "—"'],
    ["another funnel", [{ ...deal, funnel: "Сервис" }], 'ПС1: funnel is "Сервис", expected "—"'],
    ["other tags", [{ ...deal, tags: "Услуга" }], 'ПС1: tags is "Услуга", expected "—"'],
  ])("names %s", (_, actual, line) => {
    expect(findDifferences(actual, [deal])).toEqual([line]);
  });
});

describe("the line of a deal", () => {
  it("says what the deal has and nothing of what it has not", () => {
    expect(toDealLine(deal)).toBe("ПС1, Закрыт, 1.00");
    const whole = { ...deal, margin: "0.50", funnel: "Магазин ER", tags: "Товар | Услуга" };
    expect(toDealLine(whole)).toBe("ПС1, Закрыт, 1.00, margin 0.50, Магазин ER, tags Товар | Услуга");
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
