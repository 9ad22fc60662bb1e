/** Goes on with the jobs that are running, one of a connection at a time, as far as a tick's budget goes. */
import type { Adapter } from "../adapter.ts";
import { toHex } from "../bytes.ts";
import type { Held } from "../database/job-window.ts";
import type { Job } from "../database/jobs.ts";
import { isPassing, PAUSE_NOTICES, type ReaderDependencies, type ReadStop } from "../dispatcher/reader.ts";
import type { TickBudget } from "../dispatcher/turn.ts";
import { hasPoints } from "./points.ts";
import { readWindow, type WindowReading, windowOf } from "./read-window.ts";
import { type JobPlace, release } from "./release.ts";
import { countSends, nextStep, PORTION_DEALS_MAX } from "./step.ts";

export const JOB_DAYS_KEPT = 90;
const DAY_MS = 86_400_000;
/** How often it is looked for jobs to forget once there are none. */
const FORGET_EVERY_MS = 3_600_000;
/** How soon it is looked whether what was released has been delivered. */
const WAIT_MS = 2_000;
const READ_AGAIN_MS = 10_000;
/** A new token, or more points, are noticed within this. */
const REST_MS_MAX = 60_000;
/** Readings of one place that came to nothing; by then its window is a day long. */
const UNREAD_MAX = 10;
const FAILED_AGAIN_MS = 60_000;

const CHANGING = "Список сделок Calltouch менялся во время чтения и будет прочитан ещё раз";
const SLOW = "Список сделок Calltouch читается слишком долго. Задание продолжится само";
const UNREADABLE = "Список сделок Calltouch не удаётся прочитать целиком. Уменьшите период и повторите";
const DISCONNECTED = "Подключение удалено";
const STUMBLED = "Внутренняя ошибка, задание продолжится само";
const GOES_ON = "Задание продолжится само";
const POINTS_KEPT = `${PAUSE_NOTICES.points.message}, остаток оставлен текущей передаче. ${GOES_ON}`;

export interface JobsDependencies extends ReaderDependencies {
  adapters: ReadonlyMap<string, Adapter>;
  /** Called when something has become due. */
  nudge: () => void;
}

/** Why a job is let go of for now. */
type Rest =
  | { kind: "rest"; nextAt: number; reason: string | null; counts: Record<string, number>; isLimit?: true }
  | { kind: "end"; status: "done" | "failed"; reason: string | null; counts: Record<string, number> }
  | { kind: "lost" };

export function createJobRunner(dependencies: JobsDependencies) {
  const { platform, database } = dependencies;
  let restsUntil = 0;

  return {
    async run(budget: TickBudget): Promise<void> {
      await forget();
      const whole = budget.requestsLeft;
      while (!isOver(budget)) {
        const lease = toHex(platform.randomBytes(16));
        const job = await database.jobs.acquire(lease, platform.now());
        if (!job) return;
        const held: Held = { id: job.id, lease };
        const rest = await workOn(job, held, budget, whole).catch((error: unknown): Rest => {
          const name = error instanceof Error ? error.name : "unknown";
          platform.log({ level: "error", event: "job-stumbled", job: job.id, error: name });
          return { kind: "rest", nextAt: platform.now() + FAILED_AGAIN_MS, reason: STUMBLED, counts: job.counts };
        });
        if (rest.kind === "rest") await database.jobs.rest(held, rest);
        if (rest.kind === "end") {
          await database.jobs.finish(held, rest, platform.now());
          platform.log({ level: "info", event: "job-ended", job: job.id, status: rest.status, ...rest.counts });
        }
        if (rest.kind === "rest" && rest.isLimit) return;
      }
    },
  };

  function isOver({ endsAt, isSpent }: TickBudget): boolean {
    return platform.now() >= endsAt || isSpent?.() === true;
  }

  async function workOn(first: Job, held: Held, budget: TickBudget, whole: number): Promise<Rest> {
    const place = await placeOf(first);
    if (!place) return { kind: "end", status: "failed", reason: DISCONNECTED, counts: first.counts };
    let job = first;
    /** Accounts without points for a portion more: what goes through others need not wait for them. */
    const poor = new Set<string>();
    while (!isOver(budget)) {
      await database.jobItems.settle(job.id);
      const groups = await database.jobItems.planned(job.id);
      const planned = groups.filter(({ accountId }) => !poor.has(accountId));
      const waitingOf = await database.jobItems.waiting(job.id);
      const waiting = [...waitingOf.values()].reduce((sum, count) => sum + count, 0);
      const isReadThrough = job.positionAt >= job.toAt;
      const reason = poor.size > 0 ? POINTS_KEPT : null;
      const step = nextStep({ dryRun: job.dryRun, isReadThrough, planned, waiting });
      switch (step.kind) {
        case "release": {
          const { accountId, count } = step.group;
          const released = (waitingOf.get(accountId) ?? 0) + Math.min(count, PORTION_DEALS_MAX);
          if (!(await hasPoints(dependencies, accountId, Math.ceil(released / PORTION_DEALS_MAX)))) {
            poor.add(accountId);
            break;
          }
          if (!(await database.jobs.renew(held, platform.now()))) return { kind: "lost" };
          if (!(await release(dependencies, place, held, step.group))) return { kind: "lost" };
          dependencies.nudge();
          break;
        }
        case "read": {
          const isWhole = budget.requestsLeft === whole;
          const reading = await readWindow(dependencies, job, held.lease, budget);
          if (reading.kind !== "advanced") return toRest(reading, job, isWhole && budget.requestsLeft < whole);
          job = { ...job, positionAt: reading.step.positionAt, counts: { ...reading.step.counts, unread: 0 } };
          break;
        }
        case "wait":
          return { kind: "rest", nextAt: platform.now() + WAIT_MS, reason, counts: job.counts };
        case "finish":
          if (reason) return { kind: "rest", nextAt: platform.now() + REST_MS_MAX, reason, counts: job.counts };
          return { kind: "end", status: "done", reason, counts: await toFinalCounts(job) };
        default:
          step satisfies never;
      }
    }
    return { kind: "rest", nextAt: platform.now(), reason: null, counts: job.counts, isLimit: true };
  }

  /** `isTooWide`: a whole run is too short for the window, so it is made narrower. */
  function toRest(reading: Exclude<WindowReading, { kind: "advanced" }>, job: Job, isTooWide: boolean): Rest {
    const { counts } = job;
    const now = platform.now();
    const unread = (counts["unread"] ?? 0) + 1;
    const narrowed = { ...counts, unread, windowMs: Math.max(DAY_MS, windowOf(job) / 2) };
    switch (reading.kind) {
      case "lost":
        return { kind: "lost" };
      case "later":
        return { kind: "rest", nextAt: Math.min(reading.until, now + REST_MS_MAX), reason: toReason(reading), counts };
      case "limit":
        if (!isTooWide) return { kind: "rest", nextAt: now, reason: null, counts, isLimit: true };
        // Others may have used up the runs, so it goes on, but at a price that can be borne.
        if (unread < UNREAD_MAX) return { kind: "rest", nextAt: now, reason: null, counts: narrowed, isLimit: true };
        return { kind: "rest", nextAt: now + REST_MS_MAX, reason: SLOW, counts: narrowed, isLimit: true };
      case "inconclusive":
        if (unread >= UNREAD_MAX) return { kind: "end", status: "failed", reason: UNREADABLE, counts };
        return { kind: "rest", nextAt: now + READ_AGAIN_MS, reason: CHANGING, counts: narrowed };
      default:
        return reading satisfies never;
    }
  }

  async function placeOf({ connectionId }: Job): Promise<JobPlace | undefined> {
    const connection = await database.connections.get(connectionId);
    const adapter = connection && dependencies.adapters.get(connection.adapter);
    const account = connection && (await database.accounts.get(connection.accountId));
    return connection && adapter && account ? { connection, adapter, account } : undefined;
  }

  /** As the job leaves them: what becomes of its deals later is not its doing. */
  async function toFinalCounts(job: Job): Promise<Record<string, number>> {
    const { created, updated, there, failed } = await database.jobItems.counts(job.id);
    const counts = { ...job.counts, alreadyThere: there, failed };
    if (!job.dryRun) return { ...counts, created, updated };
    const planned = await database.jobItems.planned(job.id);
    const sum = (kind: string) =>
      planned.reduce((total, { action, count }) => total + (action === kind ? count : 0), 0);
    const accounts = new Map((await database.accounts.list()).map((account) => [account.id, account]));
    let requests = job.counts["reads"] ?? 0;
    let points = job.counts["readPoints"] ?? 0;
    for (const send of countSends(planned)) {
      requests += send.requests;
      points += send.requests * (accounts.get(send.accountId)?.requestPoints ?? 1);
    }
    return { ...counts, toCreate: sum("to-create"), toUpdate: sum("to-update"), requests, points };
  }

  async function forget(): Promise<void> {
    const now = platform.now();
    if (now < restsUntil) return;
    if ((await database.jobs.forgetBefore(now - JOB_DAYS_KEPT * DAY_MS)) === 0) restsUntil = now + FORGET_EVERY_MS;
  }
}

function toReason({ pause, reason }: Extract<ReadStop, { kind: "later" }>): string {
  return isPassing(pause) ? `${PAUSE_NOTICES[pause].message}. ${GOES_ON}` : reason.message;
}
