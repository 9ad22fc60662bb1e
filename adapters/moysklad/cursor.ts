/**
 * How far a list sorted by change has been read. Offsets alone would skip rows of a list that changes under the reader, so
 * it is read on from the last row's instant; rows of that very instant, of which there may be more than a page holds, are
 * counted. Pure.
 */
import * as z from "zod";
import { toMoscow } from "./date.ts";
import { type Condition, toFilter } from "./filter.ts";

/** The most MoySklad still expands. */
export const PAGE_ROWS = 100;
/** What is read twice, so that what became visible late or moved within the list is not skipped. */
const OVERLAP_ROWS = 50;
const OVERLAP_MS = 2 * 60_000;

const row = z.object({ id: z.guid(), updatedAt: z.int() });
export type Row = z.infer<typeof row>;

export const cursor = z.object({
  /** Rows changed earlier have all been read. Epoch milliseconds, of MoySklad's own clock. */
  from: z.int(),
  /** Of the rows changed at `from`, how many have been read. */
  count: z.int().min(0),
  /** The last rows read. */
  seen: z.array(row).max(OVERLAP_ROWS),
});
export type Cursor = z.infer<typeof cursor>;

export function startAt(at: number): Cursor {
  return { from: at, count: 0, seen: [] };
}

/** The next page, with the rows in the recycle bin. */
export function toPageQuery(cursor: Cursor): Record<string, string> {
  const conditions: Condition[] = [["updated", ">=", toMoscow(cursor.from)], ...ALSO_DELETED];
  return {
    filter: toFilter(conditions),
    order: "updated,asc;id,asc",
    limit: String(PAGE_ROWS),
    offset: String(toOffset(cursor)),
  };
}

export const ALSO_DELETED: readonly Condition[] = [
  ["isDeleted", "=", "true"],
  ["isDeleted", "=", "false"],
];

export function isSeen({ seen }: Cursor, { id, updatedAt }: Row): boolean {
  return seen.some((other) => other.id === id && other.updatedAt === updatedAt);
}

/**
 * Whether so many rows have left the cursor's instant since they were counted that others, never read, may have moved up
 * before this page: it must begin with one that has been read. Then the instant is read from its beginning.
 */
export function isShifted(cursor: Cursor, [first]: readonly Row[]): boolean {
  return toOffset(cursor) > 0 && (first === undefined || !isSeen(cursor, first));
}

/** The cursor behind the last of these rows, which are the beginning of the page it asked for. */
export function advance(cursor: Cursor, rows: readonly Row[]): Cursor {
  const last = rows.at(-1);
  if (!last) return cursor;
  const before = last.updatedAt === cursor.from ? toOffset(cursor) : 0;
  const here = rows.filter(({ updatedAt }) => updatedAt === last.updatedAt).length;
  const fresh = rows.filter((each) => !isSeen(cursor, each));
  return {
    from: last.updatedAt,
    count: last.updatedAt === cursor.from ? Math.max(cursor.count, before + here) : here,
    // A row that became visible late is older than those before it.
    seen: [...cursor.seen, ...fresh].toSorted((left, right) => left.updatedAt - right.updatedAt).slice(-OVERLAP_ROWS),
  };
}

/**
 * The cursor to begin the next run with, once the list has been read to its end: a little back, but never so far that an
 * idle run would read more than it remembers.
 */
export function stepBack(cursor: Cursor): Cursor {
  const { from, count, seen } = cursor;
  if (count >= OVERLAP_ROWS || seen.length === 0) return cursor;
  const [oldest] = seen;
  // Of the oldest instant there may have been more rows than are remembered.
  const known =
    seen.length < OVERLAP_ROWS ? seen : seen.filter(({ updatedAt }) => updatedAt > (oldest?.updatedAt ?? 0));
  const back = known.find(({ updatedAt }) => updatedAt >= from - OVERLAP_MS)?.updatedAt ?? from;
  return { from: back, count: known.filter(({ updatedAt }) => updatedAt === back).length, seen };
}

function toOffset({ count }: Cursor): number {
  return Math.max(0, count - OVERLAP_ROWS);
}
