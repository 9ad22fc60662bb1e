/** From an outcome to an HTTP answer, through the fault that spoils it on the way. */
import { HANG_MS, html, type Line } from "../network.ts";
import type { Fault } from "./fault.ts";
import type { Item } from "./writes.ts";

export interface Outcome {
  status: number;
  /** The answer, unless there are items. */
  body?: unknown;
  items?: Item[];
  headers?: Record<string, string>;
}

/** @param commit applies the request; called once, or never when the fault comes first. */
export async function answerThrough(fault: Fault | null, commit: () => Outcome, line: Line): Promise<Response> {
  if (!fault) return toResponse(commit());
  switch (fault.kind) {
    case "timeoutBeforeCommit":
      return hang(line);
    case "timeoutAfterCommit":
      commit();
      return hang(line);
    case "resetBeforeCommit":
      return line.dropped();
    case "resetAfterCommit":
      commit();
      return line.dropped();
    case "status":
      if (fault.afterCommit) commit();
      return fault.html ? html(fault.status) : json(fault.status, { error: "injected" });
    case "html502":
      if (fault.afterCommit) commit();
      return html(502);
    case "slow": {
      if (fault.beforeCommit) await line.wait(fault.ms);
      const outcome = commit();
      if (!fault.beforeCommit) await line.wait(fault.ms);
      return toResponse(outcome);
    }
    case "truncatedJson": {
      const text = JSON.stringify(toBody(commit()));
      return new Response(text.slice(0, Math.floor(text.length / 2)), {
        headers: { "content-type": "application/json" },
      });
    }
    case "unreadable200":
      commit();
      return html(200);
    case "dropItem":
      return withItems(commit(), (items) => items.slice(1));
    case "reorderItems":
      return withItems(commit(), (items) => items.toReversed());
    case "omitOrderNumbers":
      return withItems(commit(), (items) => items.map(({ orderNumber: _, ...item }) => item));
    case "itemError":
      return toResponse(commit());
    default:
      return fault satisfies never;
  }
}

export function toResponse(outcome: Outcome): Response {
  return json(outcome.status, toBody(outcome), outcome.headers);
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

function toBody(outcome: Outcome): unknown {
  return outcome.items ? { data: { orders: outcome.items } } : outcome.body;
}

function withItems(outcome: Outcome, change: (items: Item[]) => Item[]): Response {
  return toResponse(outcome.items ? { ...outcome, items: change(outcome.items) } : outcome);
}

async function hang(line: Line): Promise<Response> {
  await line.wait(HANG_MS);
  return html(504);
}
