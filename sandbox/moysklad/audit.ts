/** Who changed what and when: one record per changed entity. */
import type { Reference, Scalar } from "./entity.ts";

export type AuditedValue = Scalar | Reference;

export interface AuditRecord {
  /** Shared by everything one request changed. */
  contextId: string;
  eventType: "create" | "update" | "delete" | "puttorecyclebin" | "restorefromrecyclebin";
  entity: Reference;
  /** The entity's name at that time, for it may be gone. */
  name: string;
  uid: string;
  source: string;
  /** Epoch milliseconds. */
  at: number;
  /** Null where there was or is no value. */
  diff: Record<string, { before: AuditedValue | null; after: AuditedValue | null }>;
}

export interface AuditTrail {
  add(record: AuditRecord): void;
  /** Newest first. */
  all(): AuditRecord[];
  of(entityId: string): AuditRecord[];
}

const RECORDS_MAX = 200_000;

export function createAuditTrail(): AuditTrail {
  let records: AuditRecord[] = [];
  return {
    add(record) {
      if (records.length >= RECORDS_MAX) records = records.slice(RECORDS_MAX / 2);
      records.push(record);
    },
    all: () => records.toReversed(),
    of: (entityId) => records.filter(({ entity }) => entity.id === entityId).toReversed(),
  };
}
