import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guardFormula, toCsv, toReportCsv } from "../../src/reconciliation/csv.ts";

/** As Excel reads a file of its own making. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (isQuoted && character === '"' && text[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) cell += character;
    else if (character === ";") {
      row.push(cell);
      cell = "";
    } else if (text.startsWith("\r\n", at)) {
      rows.push([...row, cell]);
      row = [];
      cell = "";
      at += 1;
    } else cell += character;
  }
  return rows;
}

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(";", '"', "\r", "\n", "=", "+", "-", "@", "\t", "'", " ", "Ж", "1", ",") }),
  fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0")),
);

describe("the table", () => {
  it("is read back as it was written, but for what would be a formula", () => {
    const rows = fc.array(fc.array(text, { minLength: 1, maxLength: 6 }), { maxLength: 10 });
    fc.assert(
      fc.property(rows, (cells) => {
        const csv = toCsv(cells);
        expect(csv.startsWith("\ufeff")).toBe(true);
        expect(parse(csv.slice(1))).toEqual(cells.map((row) => row.map(guardFormula)));
      }),
    );
  });

  it("holds no cell that Excel would run", () => {
    fc.assert(
      fc.property(fc.array(fc.array(text, { minLength: 1 })), (cells) => {
        for (const cell of parse(toCsv(cells).slice(1)).flat()) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });

  it("writes money with a decimal comma and counts as they are", () => {
    expect(toCsv([["Сумма", { kopecks: 176000 }, { kopecks: -5 }, 12]])).toBe("\ufeffСумма;1760,00;-0,05;12\r\n");
  });

  it("says how much of a list is not shown", () => {
    const none = { total: 0, items: [] };
    const csv = toReportCsv({
      summary: [],
      missing: { total: 7, items: [] },
      extra: none,
      different: none,
      skipped: [],
    });
    expect(parse(csv.slice(1)).at(-1)?.slice(0, 9)).toEqual([
      "Не показано",
      "",
      "",
      "",
      "",
      "Нет в Calltouch",
      "",
      "",
      "7",
    ]);
  });
});
