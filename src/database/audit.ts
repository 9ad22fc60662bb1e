/** Who changed what: one row for each change, in the batch of the change itself, so that there is both or neither. */
import { and, asc, gt, lt, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { toJson } from "./json.ts";
import type { Orm } from "./orm.ts";
import { audit } from "./schema.ts";

export interface AuditEntry {
  /** Epoch milliseconds. */
  at: number;
  actor: "admin";
  action: "create" | "update" | "delete" | "revoke" | "retry";
  subjectKind: "account" | "connection" | "key" | "deal" | "rule" | "lead";
  subjectId: string;
  /** Without secrets. Null: the subject was not there before, or is not there any more. */
  before: object | null;
  after: object | null;
}

export function createAudit(orm: Orm) {
  return {
    /** Oldest first, after the row with this id. */
    list: (afterId: number, limit: number) =>
      orm.select().from(audit).where(gt(audit.id, afterId)).orderBy(asc(audit.id)).limit(limit),

    /**
     * Deletes the oldest rows that were written before this instant; returns how many. The newest row stays, so that no id
     * is ever given again: whoever reads page by page goes by them.
     */
    async expire(before: number, limit: number): Promise<number> {
      const oldest = sql`${audit.id} < (SELECT min(id) + ${limit} FROM audit) AND ${audit.id} < (SELECT max(id) FROM audit)`;
      const rows = await orm
        .delete(audit)
        .where(and(lt(audit.at, before), oldest))
        .returning({ id: audit.id });
      return rows.length;
    },
  };
}

/** Runs the write and, when there is an entry, writes its row in the same batch. Returns what the write returned. */
export async function writeAudited<Write extends BatchItem<"sqlite">>(
  orm: Orm,
  write: Write,
  entry: AuditEntry | undefined,
): Promise<Write["_"]["result"]> {
  const [result] = entry ? await orm.batch([write, toAuditRow(orm, entry)]) : await orm.batch([write]);
  return result;
}

/** To stand right after the write in a batch. Nothing is recorded of a write that changed nothing. */
export function toAuditRow(orm: Orm, entry: AuditEntry) {
  const { at, actor, action, subjectKind, subjectId, before, after } = entry;
  return orm.run(sql`
    INSERT INTO audit (at, actor, action, subject_kind, subject_id, "before", "after")
    SELECT ${at}, ${actor}, ${action}, ${subjectKind}, ${subjectId}, ${toText(before)}, ${toText(after)}
     WHERE changes() > 0`);
}

const toText = (value: object | null) => (value === null ? null : toJson(value));
