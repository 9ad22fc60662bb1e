/** Jobs for a period. Every step is written down with the place it has reached, under the lease it was taken under. */
import type { Client } from "@libsql/client";
import { and, desc, eq } from "drizzle-orm";
import { type Held, toWindowWrites, type WindowStep } from "./job-window.ts";
import { toJson } from "./json.ts";
import type { Orm } from "./orm.ts";
import { jobs } from "./schema.ts";

export type Job = typeof jobs.$inferSelect;
export type NewJob = Pick<
  Job,
  "id" | "connectionId" | "fromAt" | "toAt" | "actions" | "dryRun" | "positionAt" | "counts" | "createdAt" | "nextAt"
>;

/** Longer than any step; a job whose holder died is taken up again after this. */
export const JOB_LEASE_MS = 60_000;
/** Of one deletion. */
const EXPIRE_ITEMS_MAX = 1_000;
const EXPIRE_JOBS_MAX = 100;

export function createJobs(client: Client, orm: Orm) {
  return {
    /** False when so many jobs of the connection are running already. */
    async insert(job: NewJob, runningMax: number): Promise<boolean> {
      const { rows } = await client.execute({
        sql: `INSERT INTO jobs (id, connection_id, from_at, to_at, actions, dry_run, status, position_at, counts, created_at, next_at)
              SELECT :id, :connectionId, :fromAt, :toAt, :actions, :dryRun, 'running', :positionAt, :counts, :createdAt, :nextAt
               WHERE (SELECT count(*) FROM jobs INDEXED BY jobs_by_connection
                       WHERE connection_id = :connectionId AND status = 'running') < :runningMax
           RETURNING id`,
        args: { ...job, actions: toJson(job.actions), counts: toJson(job.counts), runningMax },
      });
      return rows.length > 0;
    },

    async get(connectionId: string, id: string): Promise<Job | undefined> {
      const [job] = await orm
        .select()
        .from(jobs)
        .where(and(eq(jobs.id, id), eq(jobs.connectionId, connectionId)));
      return job;
    },

    latest: (connectionId: string, limit: number): Promise<Job[]> =>
      orm
        .select()
        .from(jobs)
        .where(eq(jobs.connectionId, connectionId))
        .orderBy(desc(jobs.createdAt), desc(jobs.id))
        .limit(limit),

    /** The job that has waited longest, of a connection that has no other one under way. */
    async acquire(lease: string, now: number): Promise<Job | undefined> {
      const { rows } = await client.execute({
        sql: `UPDATE jobs SET lease = :lease, lease_until = :until
               WHERE id = (
                 SELECT id FROM jobs AS waiting INDEXED BY jobs_running
                  WHERE status = 'running' AND next_at <= :now AND (lease IS NULL OR lease_until <= :now)
                    AND NOT EXISTS (
                      SELECT 1 FROM jobs AS other INDEXED BY jobs_by_connection
                       WHERE other.connection_id = waiting.connection_id AND other.status = 'running'
                         AND other.lease IS NOT NULL AND other.lease_until > :now)
                  ORDER BY next_at, created_at LIMIT 1)
           RETURNING id`,
        args: { lease, now, until: now + JOB_LEASE_MS },
      });
      const id = rows[0]?.["id"];
      if (id === undefined) return undefined;
      const [job] = await orm
        .select()
        .from(jobs)
        .where(eq(jobs.id, String(id)));
      return job;
    },

    /** False when the job has been cancelled, or somebody else has it. */
    async advance({ id, lease }: Held, step: WindowStep, now: number): Promise<boolean> {
      const results = await client.batch(toWindowWrites({ id, lease }, step, now + JOB_LEASE_MS, now), "write");
      return (results.at(-1)?.rows.length ?? 0) > 0;
    },

    /** Says that the holder is alive; false when the job is not its any more. */
    async renew({ id, lease }: Held, now: number): Promise<boolean> {
      const { rows } = await client.execute({
        sql: "UPDATE jobs SET lease_until = :until WHERE id = :id AND lease = :lease AND status = 'running' RETURNING id",
        args: { id, lease, until: now + JOB_LEASE_MS },
      });
      return rows.length > 0;
    },

    /** Gives the job back: it goes on at `nextAt`. What it waits for, if anything, is told to whoever looks at it. */
    async rest(
      { id, lease }: Held,
      { nextAt, reason, counts }: { nextAt: number; reason: string | null; counts: Record<string, number> },
    ): Promise<void> {
      await client.execute({
        sql: `UPDATE jobs SET lease = NULL, next_at = :nextAt, reason = :reason, counts = :counts
               WHERE id = :id AND lease = :lease`,
        args: { id, lease, nextAt, reason, counts: toJson(counts) },
      });
    },

    async finish(
      { id, lease }: Held,
      end: { status: "done" | "failed"; reason: string | null; counts: Record<string, number> },
      now: number,
    ): Promise<void> {
      await client.execute({
        sql: `UPDATE jobs SET status = :status, reason = :reason, counts = :counts, finished_at = :now, lease = NULL
               WHERE id = :id AND lease = :lease AND status = 'running'`,
        args: { id, lease, now, status: end.status, reason: end.reason, counts: toJson(end.counts) },
      });
    },

    /** Nothing more is released. False when the job is not running any more. */
    async cancel(connectionId: string, id: string, now: number): Promise<boolean> {
      const [cancelled] = await client.batch(
        [
          {
            sql: `UPDATE jobs SET status = 'cancelled', finished_at = :now, lease = NULL, reason = NULL
                   WHERE id = :id AND connection_id = :connectionId AND status = 'running' RETURNING id`,
            args: { id, connectionId, now },
          },
          {
            sql: `DELETE FROM job_items WHERE job_id = :id AND action IN ('to-create', 'to-update')
                     AND EXISTS (SELECT 1 FROM jobs WHERE id = :id AND status = 'cancelled')`,
            args: { id },
          },
        ],
        "write",
      );
      return (cancelled?.rows.length ?? 0) > 0;
    },

    /** Drops a portion of what ended before this instant; returns how much went. */
    async forgetBefore(finishedAt: number): Promise<number> {
      const results = await client.batch(
        [
          {
            sql: `DELETE FROM job_items WHERE (job_id, deal_id) IN (
                    SELECT job_id, deal_id FROM job_items
                     WHERE job_id = (SELECT id FROM jobs WHERE finished_at < :finishedAt
                                        AND EXISTS (SELECT 1 FROM job_items WHERE job_id = jobs.id) LIMIT 1)
                     LIMIT ${EXPIRE_ITEMS_MAX})`,
            args: { finishedAt },
          },
          {
            sql: `DELETE FROM jobs WHERE id IN (
                    SELECT id FROM jobs WHERE finished_at < :finishedAt
                       AND NOT EXISTS (SELECT 1 FROM job_items WHERE job_id = jobs.id) LIMIT ${EXPIRE_JOBS_MAX})`,
            args: { finishedAt },
          },
        ],
        "write",
      );
      return results.reduce((sum, { rowsAffected }) => sum + rowsAffected, 0);
    },
  };
}
