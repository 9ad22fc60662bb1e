/** What goes wrong on the way to MoySklad, and with its webhooks. */
import fc from "fast-check";
import type { Fault } from "../../sandbox/moysklad/index.ts";

const method = fc.constantFrom("GET" as const, "POST" as const, "PUT" as const);
const always = fc.constant(true as const);
const one = <const Kind extends string>(kind: Kind) => fc.constant(kind);

export const moyskladFault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: one("timeoutBeforeCommit"), method }),
  fc.record({ kind: one("timeoutAfterCommit"), method }),
  fc.record({ kind: one("timeoutAfterCommit"), method: one("POST") }),
  fc.record({ kind: one("resetBeforeCommit"), method }),
  fc.record({ kind: one("resetAfterCommit"), method: one("POST") }),
  fc.record({ kind: one("status"), status: fc.constantFrom(500, 503), method }),
  fc.record({ kind: one("status"), status: fc.constant(500), afterCommit: always, method: one("POST") }),
  fc.record({ kind: one("html502"), method }),
  fc.record({ kind: one("html502"), afterCommit: always, method: one("POST") }),
  fc.record({ kind: one("maintenance"), method }),
  fc.record({ kind: one("conflict"), method: one("POST") }),
  fc.record({ kind: one("tooManyRequests"), code: fc.constantFrom(1049 as const, 1073 as const), method }),
  fc.record({ kind: one("slow"), ms: fc.constantFrom(500, 12_000), method }),
  fc.record({ kind: one("truncatedGzip"), method }),
  fc.record({ kind: one("unreadable200"), method }),
  fc.record({ kind: one("webhookDuplicate") }),
  fc.record({ kind: one("webhookReorder") }),
  fc.record({ kind: one("webhookDelay"), ms: fc.constantFrom(5_000, 120_000) }),
  fc.record({ kind: one("webhookDrop"), times: fc.constantFrom(1, 3) }),
  fc.record({ kind: one("webhookWrongAccount") }),
  fc.record({ kind: one("webhookForeignHref") }),
  fc.record({ kind: one("webhookUnknownFields") }),
);
