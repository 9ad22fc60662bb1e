/** Jobs for a period, as an ERP starts, watches and cancels them. A job of another connection is not there at all. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import type { Adapter } from "../adapter.ts";
import { toHex } from "../bytes.ts";
import type { Caller } from "../database/erp-keys.ts";
import type { FailedItem } from "../database/job-items.ts";
import type { Job } from "../database/jobs.ts";
import { AppError } from "../error.ts";
import { JOB_ACTIONS } from "../jobs/action.ts";
import { explainFailure } from "../jobs/failure.ts";
import { parsePeriod, toLocalText, toPeriodTexts } from "../jobs/period.ts";
import { windowOf } from "../jobs/read-window.ts";
import { takeBack } from "../jobs/release.ts";
import { readJson } from "./body.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { client, parseBody } from "./erp-body.ts";
import { ANSWER_BYTES_MAX, cut, MESSAGE_LENGTH_MAX, sizeOf } from "./fit.ts";
import { checkInfobase } from "./infobase.ts";

/** Of one connection. */
export const JOBS_RUNNING_MAX = 3;
const JOBS_SHOWN = 20;
const FAILED_SHOWN_MAX = 100;

const isBody = "Ожидается структура с полями from, to, actions";
const isActions = `Поле actions: ожидается непустой массив из значений ${JOB_ACTIONS.join(", ")}`;
const isFlag = "Поле dryRun: ожидается булево значение";
const bound = (name: string) => z.string({ error: `Поле ${name}: ожидается дата строкой, например 2026-11-01` });
export const jobBody = z.object(
  {
    from: bound("from"),
    to: bound("to"),
    actions: z
      .array(z.enum(JOB_ACTIONS, { error: isActions }), { error: isActions })
      .min(1, { error: isActions })
      .transform((actions) => JOB_ACTIONS.filter((action) => actions.includes(action))),
    dryRun: z.boolean({ error: isFlag }).nullish(),
    client,
  },
  { error: isBody },
);

type CallerOf = (c: Context<HttpEnv>) => Promise<{ caller: Caller; adapter: Adapter }>;

export function createJobRoutes(dependencies: HttpDependencies, callerOf: CallerOf) {
  const { platform, database } = dependencies;
  const routes = new Hono<HttpEnv>();

  routes.post("/:adapter/jobs", async (c) => {
    const { caller } = await callerOf(c);
    const { connection } = caller;
    const body = parseBody(jobBody, await readJson(c.req.raw, platform));
    await checkInfobase(database, caller, body.client?.infobase);
    const { from, to, actions, dryRun } = body;
    const period = parsePeriod(from, to, connection.timeZone);
    if ("problem" in period) throw new AppError(422, "PERIOD", period.problem);
    const now = platform.now();
    const job = {
      id: toHex(platform.randomBytes(8)),
      connectionId: connection.id,
      ...period,
      actions,
      dryRun: dryRun === true,
      positionAt: period.fromAt,
      counts: {},
      createdAt: now,
      nextAt: now,
    };
    if (!(await database.jobs.insert(job, JOBS_RUNNING_MAX))) {
      const message = `Уже выполняется заданий: ${JOBS_RUNNING_MAX}. Дождитесь их окончания или отмените лишние`;
      throw new AppError(409, "JOBS_LIMIT", message);
    }
    const message = job.dryRun ? "Оценка начата, ничего не передаётся" : "Задание принято";
    return c.json({ status: "ok", message, requestId: c.get("requestId"), id: job.id });
  });

  routes.get("/:adapter/jobs", async (c) => {
    const { connection } = (await callerOf(c)).caller;
    const jobs = await database.jobs.latest(connection.id, JOBS_SHOWN);
    const views = jobs.map((job) => toJobView(job, connection.timeZone));
    return c.json({ status: "ok", message: "Последние задания", requestId: c.get("requestId"), jobs: views });
  });

  routes.get("/:adapter/jobs/:id", async (c) => {
    const { connection } = (await callerOf(c)).caller;
    const job = await jobOf(connection.id, c.req.param("id"));
    return c.json(await toAnswer(job, connection.timeZone, c.get("requestId"), toAfter(c.req.query("after"))));
  });

  routes.post("/:adapter/jobs/:id/cancel", async (c) => {
    const { caller, adapter } = await callerOf(c);
    const { connection, account } = caller;
    const { id } = await jobOf(connection.id, c.req.param("id"));
    await database.jobs.cancel(connection.id, id, platform.now());
    const job = await jobOf(connection.id, id);
    // Also when it had been cancelled before: that may have broken off half-way.
    if (job.status === "cancelled") await takeBack(dependencies, { adapter, connection, account }, id);
    return c.json(await toAnswer(job, connection.timeZone, c.get("requestId"), 0));
  });

  async function jobOf(connectionId: string, id: string): Promise<Job> {
    const job = await database.jobs.get(connectionId, id);
    if (!job) throw new AppError(404, "NOT_FOUND", "Такого задания нет. Проверьте его номер");
    return job;
  }

  async function toAnswer(job: Job, timeZone: string, requestId: string, after: number) {
    const counts = await database.jobItems.counts(job.id);
    const isCounted = !job.dryRun || job.status === "done";
    const progress = {
      ...windowsOf(job),
      created: counts.created,
      updated: counts.updated,
      attributions: job.counts["attributions"] ?? 0,
      alreadyThere: counts.there,
      waiting: job.dryRun ? 0 : counts.waiting,
      failed: counts.failed,
    };
    const envelope = { status: "ok", message: messageOf(job), requestId };
    const view = { ...toJobView(job, timeZone), progress, ...(isCounted ? toEstimate(job) : {}) };
    const items = await database.jobItems.failed(job.id, after, FAILED_SHOWN_MAX);
    const size = sizeOf({ ...envelope, job: view, failed: [], more: true, next: Number.MAX_SAFE_INTEGER });
    const failed = fitFailed(items, ANSWER_BYTES_MAX - size);
    const last =
      failed.length < items.length || items.length === FAILED_SHOWN_MAX ? items[failed.length - 1] : undefined;
    return { ...envelope, job: view, failed, ...(last ? { more: true, next: last.dealId } : {}) };
  }

  return routes;
}

function toJobView(job: Job, timeZone: string) {
  return {
    id: job.id,
    state: job.status,
    ...toPeriodTexts(job, timeZone),
    actions: job.actions,
    dryRun: job.dryRun,
    createdAt: toLocalText(job.createdAt, timeZone),
    ...(job.finishedAt === null ? {} : { finishedAt: toLocalText(job.finishedAt, timeZone) }),
  };
}

function windowsOf(job: Job): { windowsDone: number; windowsTotal: number } {
  const { fromAt, toAt, positionAt } = job;
  const windowsLeft = Math.ceil((toAt - positionAt) / windowOf(job));
  const windowsDone = Math.ceil((positionAt - fromAt) / windowOf(job));
  return { windowsDone, windowsTotal: windowsDone + windowsLeft };
}

/** What a finished trial has counted. */
function toEstimate({ dryRun, counts }: Job) {
  if (!dryRun) return {};
  const { deals = 0, toCreate = 0, toUpdate = 0, alreadyThere = 0, requests = 0, points = 0 } = counts;
  return { estimate: { deals, toCreate, toUpdate, alreadyThere, requests, points } };
}

const MESSAGES: Record<Job["status"], string> = {
  running: "Задание выполняется",
  done: "Задание выполнено",
  cancelled: "Задание отменено",
  failed: "Задание не выполнено",
};

function messageOf({ status, dryRun, reason }: Job): string {
  if (dryRun && status === "done") return "Оценка готова, ничего не передано";
  return reason === null ? MESSAGES[status] : `${MESSAGES[status]}. ${reason}`;
}

function fitFailed(items: readonly FailedItem[], bytesMax: number) {
  const shown: { guid: string; code: string; message: string }[] = [];
  let size = 0;
  for (const item of items) {
    const { code, message } = explainFailure(item);
    const view = { guid: item.guid, code, message: cut(message, MESSAGE_LENGTH_MAX) };
    size += sizeOf(view) + 1;
    if (size > bytesMax) break;
    shown.push(view);
  }
  return shown;
}

/** Anything else begins from the start. */
function toAfter(text: string | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
