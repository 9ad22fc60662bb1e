/** Сверка of a connection for a period, for whoever may look: as JSON, or as a table for Excel. */
import { zValidator } from "@hono/zod-validator";
import { Hono } from "hono";
import * as z from "zod";
import { toMoney } from "../calltouch/format.ts";
import type { ReadStop } from "../dispatcher/reader.ts";
import { AppError } from "../error.ts";
import { parsePeriod, toPeriodTexts } from "../jobs/period.ts";
import { toReportCsv } from "../reconciliation/csv.ts";
import { readPeriod } from "../reconciliation/read.ts";
import { type DifferentDeal, type Report, reconcile, type Side } from "../reconciliation/reconcile.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { found, inRussian, refuse } from "./fields.ts";

const query = z.strictObject({
  from: z.string(),
  to: z.string(),
  format: z.enum(["json", "csv"]).default("json"),
});

const TOO_MUCH = "За этот период слишком много сделок для одной сверки. Уменьшите период";
const CHANGING = "Список сделок Calltouch меняется или читается не целиком. Повторите через несколько секунд";
const BUSY = "Calltouch сейчас занят передачей сделок. Повторите через несколько секунд";
const AGAIN_SECONDS = 10;
/** Waiting for one's turn, not for Calltouch to recover. */
const LIMITS: readonly string[] = ["POINTS", "CALLTOUCH_LIMITED"];

export function createReconciliationRoutes(dependencies: HttpDependencies) {
  const { platform, database, adapters } = dependencies;
  const routes = new Hono<HttpEnv>();

  routes.get("/:id/reconciliation", zValidator("query", query, refuse, inRussian), async (c) => {
    const connection = found(await database.connections.get(c.req.param("id")));
    const adapter = found(adapters.get(connection.adapter));
    const account = found(await database.accounts.get(connection.accountId));
    const { from, to, format } = c.req.valid("query");
    const period = parsePeriod(from, to, connection.timeZone);
    if ("problem" in period) throw new AppError(422, "PERIOD", period.problem);
    const reading = await readPeriod(dependencies, { connection, account, crm: adapter.crm }, period);
    switch (reading.kind) {
      case "read":
        break;
      case "too-much":
        throw new AppError(422, "PERIOD_TOO_LONG", TOO_MUCH);
      case "inconclusive":
        throw new AppError(503, "LISTING_CHANGED", CHANGING, { retryAfterSeconds: AGAIN_SECONDS });
      default:
        throw toError(reading, platform.now());
    }
    const report = reconcile(reading.compared);
    const texts = toPeriodTexts(period, connection.timeZone);
    if (format === "json") return c.json({ period: texts, ...toView(report) });
    const name = `sverka-${texts.from.slice(0, 10)}-${texts.to.slice(0, 10)}.csv`;
    return c.body(toReportCsv(report), 200, {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${name}"`,
    });
  });

  return routes;
}

function toError(stop: ReadStop, now: number): AppError {
  if (stop.kind === "limit") return new AppError(503, "BUSY", BUSY, { retryAfterSeconds: AGAIN_SECONDS });
  const { code, message } = stop.reason;
  const retryAfterSeconds = Math.max(1, Math.ceil((stop.until - now) / 1_000));
  return new AppError(LIMITS.includes(code) ? 429 : 503, code, `Сверка не проведена. ${message}`, {
    retryAfterSeconds,
  });
}

/** Money in roubles, as texts with two digits. */
function toView({ summary, missing, extra, different, skipped }: Report) {
  const toSide = ({ count, revenueKopecks }: Side) => ({ count, revenue: toMoney(revenueKopecks) });
  const toDeal = <T extends { revenueKopecks: number }>({ revenueKopecks, ...deal }: T) => ({
    ...deal,
    revenue: toMoney(revenueKopecks),
  });
  return {
    summary: summary.map(({ bridge, calltouch, ...row }) => ({
      ...row,
      bridge: toSide(bridge),
      calltouch: toSide(calltouch),
    })),
    missing: { ...missing, items: missing.items.map(toDeal) },
    extra: { ...extra, items: extra.items.map(toDeal) },
    different: { ...different, items: different.items.map(toDifference) },
    skipped,
  };
}

function toDifference({ bridge, calltouch, ...deal }: DifferentDeal) {
  const toText = (value: string | number | null) => (typeof value === "number" ? toMoney(value) : value);
  return { ...deal, bridge: toText(bridge), calltouch: toText(calltouch) };
}
