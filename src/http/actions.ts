/** Manual synchronisation: a person in the ERP acts on the deals of some documents. */
import * as z from "zod";
import { act } from "../actions/act.ts";
import { ACTIONS, type ActionOutcome } from "../actions/action.ts";
import type { Adapter } from "../adapter.ts";
import type { Caller } from "../database/erp-keys.ts";
import { AppError } from "../error.ts";
import { toSourceView } from "./attributions.ts";
import type { HttpDependencies } from "./context.ts";
import { client, guidsBody } from "./erp-body.ts";
import { cut, cutResults, type FittedResult, fitResults, MESSAGE_LENGTH_MAX, sizeOf } from "./fit.ts";
import { withShowMessage } from "./show-message.ts";
import { summarise } from "./summary.ts";

/** Of one connection: each may wait for Calltouch. */
const ACTIONS_AT_ONCE = 4;

const isAction = `Поле action: ожидается одно из ${ACTIONS.join(", ")}`;
export const actionsBody = guidsBody.extend({ client, action: z.enum(ACTIONS, { error: isAction }) });

export function createActions({ platform, database, vault, calltouchUrl, tick, isSpent, nudge }: HttpDependencies) {
  const running = new Map<string, number>();

  /** @throws AppError RATE */
  return async (
    { connection, account }: Caller,
    adapter: Adapter,
    { action, guids }: z.infer<typeof actionsBody>,
    requestId: string,
  ) => {
    const count = running.get(connection.id) ?? 0;
    if (count >= ACTIONS_AT_ONCE) {
      throw new AppError(429, "RATE", "Слишком много действий сразу. Повторите, когда завершатся начатые", {
        retryAfterSeconds: 5,
      });
    }
    running.set(connection.id, count + 1);
    try {
      const dependencies = { platform, database, vault, calltouchUrl, tick, isSpent };
      const outcomes = await act(dependencies, { adapter, connection, account }, action, guids);
      if (outcomes.some(({ result }) => result === "pending")) nudge();
      const results = outcomes.map((outcome, index) => toResult(index, guids[index] ?? "", outcome));
      const shown = withShowMessage(account, results);
      const isWhole = outcomes.every(({ result }) => result !== "error");
      const envelope = { status: isWhole ? "ok" : "partial", message: summarise(outcomes), requestId };
      const size = sizeOf({ ...envelope, results: [] });
      // What an action has come to is told of every document; what was only looked at may be asked for again.
      const isReading = action === "check" || action === "attribution";
      return { ...envelope, ...(isReading ? cutResults(shown, size) : { results: fitResults(shown, size) }) };
    } finally {
      const left = (running.get(connection.id) ?? 1) - 1;
      if (left > 0) running.set(connection.id, left);
      else running.delete(connection.id);
    }
  };
}

function toResult(index: number, guid: string, outcome: ActionOutcome): FittedResult {
  const { revenueKopecks, attribution, dealStatus, ...rest } = outcome;
  return {
    index,
    guid,
    ...rest,
    message: cut(rest.message, MESSAGE_LENGTH_MAX),
    ...(dealStatus === undefined ? {} : { dealStatus: cut(dealStatus, MESSAGE_LENGTH_MAX) }),
    ...(revenueKopecks === undefined ? {} : { revenue: (revenueKopecks / 100).toFixed(2) }),
    ...(attribution === undefined ? {} : { attribution: toSourceView(attribution) }),
  };
}
