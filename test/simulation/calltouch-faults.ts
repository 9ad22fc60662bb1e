/** What goes wrong on the way to Calltouch. */
import fc from "fast-check";
import type { Fault } from "../../sandbox/calltouch/index.ts";

const path = fc.constantFrom("create", "update", "delete", "list");
export const calltouchFault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constant("timeoutAfterCommit" as const), path }),
  fc.record({ kind: fc.constant("timeoutBeforeCommit" as const), path }),
  fc.record({ kind: fc.constant("html502" as const), path }),
  fc.record({ kind: fc.constant("html502" as const), afterCommit: fc.constant(true as const), path }),
  fc.record({ kind: fc.constant("status" as const), status: fc.constantFrom(429, 500, 503), path }),
  fc.record({
    kind: fc.constant("status" as const),
    status: fc.constant(500),
    afterCommit: fc.constant(true as const),
    path,
  }),
  fc.record({ kind: fc.constant("truncatedJson" as const), path }),
  fc.record({ kind: fc.constant("unreadable200" as const), path }),
  fc.record({ kind: fc.constant("resetBeforeCommit" as const), path }),
  fc.record({ kind: fc.constant("resetAfterCommit" as const), path }),
  fc.record({ kind: fc.constant("dropItem" as const) }),
  fc.record({ kind: fc.constant("reorderItems" as const) }),
  fc.record({ kind: fc.constant("omitOrderNumbers" as const) }),
  // Commits late, even when the caller has gone; never later than a lookup may conclude from.
  fc.record({
    kind: fc.constant("slow" as const),
    ms: fc.constantFrom(500, 9_000, 12_000),
    beforeCommit: fc.constant(true as const),
    path,
  }),
  fc.record({ kind: fc.constant("slow" as const), ms: fc.constantFrom(500, 12_000), path }),
);
