/** The ways in which Calltouch can leave a write without an answer that says what became of it. */
import type { Fault } from "../../sandbox/calltouch/index.ts";

/** A fault before its moment and its path. */
export type Spoiled = Fault extends infer Each ? (Each extends { path?: unknown } ? Omit<Each, "path"> : never) : never;

/** Every way to get no parsed answer from a write. `applied`: whether Calltouch has done it. */
export const SILENCES: [name: string, fault: Spoiled, applied: boolean][] = [
  ["a 500 before the commit", { kind: "status", status: 500 }, false],
  ["a 500 after the commit", { kind: "status", status: 500, afterCommit: true }, true],
  ["a 503 in HTML before the commit", { kind: "status", status: 503, html: true }, false],
  ["a 502 in HTML after the commit", { kind: "html502", afterCommit: true }, true],
  ["a 504 before the commit", { kind: "status", status: 504 }, false],
  ["a truncated answer", { kind: "truncatedJson" }, true],
  ["an unreadable 200", { kind: "unreadable200" }, true],
  ["a timeout before the commit", { kind: "timeoutBeforeCommit" }, false],
  ["a timeout after the commit", { kind: "timeoutAfterCommit" }, true],
  ["a reset before the commit", { kind: "resetBeforeCommit" }, false],
  ["a reset after the commit", { kind: "resetAfterCommit" }, true],
];
/** An answer that came, with items that do not say what they belong to. */
export const MUDDLES: [name: string, fault: Spoiled][] = [
  ["a dropped item", { kind: "dropItem" }],
  ["items in another order", { kind: "reorderItems" }],
  ["items without numbers", { kind: "omitOrderNumbers" }],
];

export const UNANSWERED: [name: string, fault: Spoiled][] = [
  ...SILENCES.map(([name, fault]): [string, Spoiled] => [name, fault]),
  ...MUDDLES,
];
