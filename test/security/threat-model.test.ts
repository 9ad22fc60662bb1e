/// <reference types="bun-types" />
/** What the threat model says is proved is proved by a test that exists. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROOF = /^`(test\/[\w./-]+\.test\.ts) › ([^`]+)`$/;

const rows = readFileSync(`${ROOT}docs/threat-model.md`, "utf8")
  .split("\n")
  .filter((line) => /^\| \d/.test(line))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const proofs = rows.flatMap(([, threat = "", , proved = ""]) =>
  proved.split("<br>").map((proof) => ({ threat, proof })),
);

/** Whether the title stands where a test's title stands: as the first argument of a call. */
function hasTest(code: string, title: string): boolean {
  return new RegExp(`(\\bit|\\))\\(\\s*${RegExp.escape(JSON.stringify(title))},`).test(code);
}

describe("the threat model", () => {
  it("has rows of four cells for every part of the design, each with a defence", () => {
    expect(rows.length).toBeGreaterThan(40);
    expect(new Set(rows.map(([part]) => part))).toEqual(new Set(["1", "2", "3", "4", "5", "6", "7", "8", "9"]));
    for (const row of rows) expect(row.map((cell) => cell !== "")).toEqual([true, true, true, true]);
  });

  it.each(proofs)("names a test that exists against: $threat ($proof)", ({ proof }) => {
    const [, file = "", title = ""] = PROOF.exec(proof) ?? [];
    expect(existsSync(`${ROOT}${file}`) && file !== "").toBe(true);
    expect(hasTest(readFileSync(`${ROOT}${file}`, "utf8"), title)).toBe(true);
  });

  it("would notice a title that is only mentioned", () => {
    expect(hasTest('// "a guarantee"\nit("another", () => expect("a guarantee"))', "a guarantee")).toBe(false);
    expect(hasTest('it.each([1])("a guarantee", () => {})', "a guarantee")).toBe(true);
  });
});
