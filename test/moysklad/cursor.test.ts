import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advance,
  type Cursor,
  isSeen,
  isShifted,
  PAGE_ROWS,
  type Row,
  startAt,
  stepBack,
  toPageQuery,
} from "../../adapters/moysklad/cursor.ts";

const START = Date.UTC(2026, 10, 22, 9);

/** A list sorted by change as MoySklad pages it, changing under the reader. */
function createList() {
  const rows = new Map<number, number>();
  let pages = 0;
  return {
    pages: () => pages,
    put: (number: number, updatedAt: number) => rows.set(number, updatedAt),
    versions: () => [...rows].map(([number, updatedAt]) => `${idOf(number)} ${updatedAt}`).sort(),
    page(cursor: Cursor): Row[] {
      pages += 1;
      const offset = Number(toPageQuery(cursor)["offset"]);
      const wanted = [...rows].filter(([, updatedAt]) => updatedAt >= cursor.from);
      const sorted = wanted.toSorted(([left, leftAt], [right, rightAt]) => leftAt - rightAt || left - right);
      return sorted.slice(offset, offset + PAGE_ROWS).map(([number, updatedAt]) => ({ id: idOf(number), updatedAt }));
    },
  };
}

function idOf(number: number): string {
  return `7a10c0de-0000-11f1-0a80-${String(number).padStart(12, "0")}`;
}

/** Reads one page. */
function readPage(list: ReturnType<typeof createList>, cursor: Cursor, got: Set<string>): [Cursor, boolean] {
  const page = list.page(cursor);
  if (isShifted(cursor, page)) return readPage(list, startAt(cursor.from), got);
  for (const row of page) if (!isSeen(cursor, row)) got.add(`${row.id} ${row.updatedAt}`);
  const next = advance(cursor, page);
  return page.length < PAGE_ROWS ? [stepBack(next), true] : [next, false];
}

/** Reads to the end; `between` happens after each page. */
function readAll(list: ReturnType<typeof createList>, from: Cursor, got: Set<string>, between = () => {}): Cursor {
  let cursor = from;
  for (let isDone = false; !isDone; between()) [cursor, isDone] = readPage(list, cursor, got);
  return cursor;
}

describe("the cursor of a list sorted by change", () => {
  it("comes past any number of rows changed in one instant", () => {
    const list = createList();
    for (let number = 0; number < 1_234; number += 1) list.put(number, START + 5);
    list.put(9_999, START + 6);
    const got = new Set<string>();
    readAll(list, startAt(START), got);
    expect([...got].sort()).toEqual(list.versions());
  });

  it.each([0, 1, 49, 50, 51, 100, 101, 1_000])(
    "costs one page when %d rows changed at once and then nothing did",
    (count) => {
      const list = createList();
      for (let number = 0; number < count; number += 1) list.put(number, START + 5);
      const cursor = readAll(list, startAt(START), new Set());
      for (let run = 0, idle = cursor; run < 3; run += 1) {
        const before = list.pages();
        const got = new Set<string>();
        idle = readAll(list, idle, got);
        expect(list.pages() - before).toBe(1);
        expect(got.size).toBe(0);
      }
    },
  );

  it("sees a row that became visible up to two minutes late", () => {
    const list = createList();
    for (let number = 0; number < 30; number += 1) list.put(number, START + number * 10_000);
    const got = new Set<string>();
    const cursor = readAll(list, startAt(START), got);
    list.put(77, START + 29 * 10_000 - 115_000);
    readAll(list, cursor, got);
    expect([...got].sort()).toEqual(list.versions());
  });

  it("reads ten thousand changes in little more than a hundred pages", () => {
    const list = createList();
    for (let number = 0; number < 10_000; number += 1) list.put(number, START + Math.floor(number / 7));
    const got = new Set<string>();
    readAll(list, startAt(START), got);
    expect(got.size).toBe(10_000);
    expect(list.pages()).toBeLessThanOrEqual(110);
  });

  it("misses no change of a list that goes on changing while it is read", () => {
    const few = fc.array(fc.record({ number: fc.nat(400), afterMs: fc.integer({ min: 0, max: 2 }) }), {
      maxLength: 12,
    });
    // As somebody changes whole lists at once.
    const many = fc
      .record({ first: fc.nat(300), count: fc.nat(250) })
      .map(({ first, count }) => Array.from({ length: count }, (_, at) => ({ number: first + at, afterMs: at % 2 })));
    const step = fc.oneof(few, many);
    const world = fc.record({
      rows: fc.integer({ min: 0, max: 400 }),
      spread: fc.integer({ min: 1, max: 400 }),
      steps: fc.array(step),
    });
    fc.assert(
      fc.property(world, ({ rows, spread, steps }) => {
        const list = createList();
        let at = START;
        for (let number = 0; number < rows; number += 1) list.put(number, at + Math.floor(number / spread));
        at += rows + 1;
        const got = new Set<string>();
        let cursor = startAt(START);
        for (const changes of steps) {
          [cursor] = readPage(list, cursor, got);
          for (const { number, afterMs } of changes) {
            at += afterMs;
            list.put(number, at);
          }
        }
        readAll(list, cursor, got);
        for (const version of list.versions()) expect(got.has(version)).toBe(true);
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });
});
