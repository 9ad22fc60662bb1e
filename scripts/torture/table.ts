/** The figures of a run, one line for each scenario. */
import type { Outcome } from "./run.ts";

const columns: readonly [string, (outcome: Outcome) => string | number][] = [
  ["scenario", ({ name }) => name],
  ["seed", ({ seed }) => seed],
  ["documents", ({ documents }) => documents],
  ["deals", ({ deals }) => deals],
  ["posts", ({ posts }) => posts],
  ["unanswered", ({ silences, refusals }) => `${silences}+${refusals}`],
  ["kills", ({ kills }) => kills],
  [
    "requests c/u/d/l",
    ({ requests: { create, update, delete: deletion, list } }) => `${create}/${update}/${deletion}/${list}`,
  ],
  ["max in 1 s", ({ perSecondMax, excesses }) => (excesses > 0 ? `${perSecondMax} (${excesses}×)` : perSecondMax)],
  ["lost", ({ lost, unacknowledged }) => lost + unacknowledged],
  ["doubled", ({ doubled }) => doubled],
  ["wrong", ({ wrong }) => wrong],
  ["set aside", ({ setAside }) => setAside],
  ["drain", ({ drainMs }) => `${(drainMs / 1_000).toFixed(1)} s`],
  ["problems", ({ problems }) => problems.length],
];

export function toTable(outcomes: readonly Outcome[]): string {
  const rows = [
    columns.map(([title]) => title),
    ...outcomes.map((outcome) => columns.map(([, cellOf]) => String(cellOf(outcome)))),
  ];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
