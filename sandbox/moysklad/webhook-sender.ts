/** Tells the enabled webhooks what a session changed: after the commit, four tries at most, then never again. */

import type { Sleep } from "../network.ts";
import { type Entity, textOf } from "./entity.ts";
import type { FaultQueue, HookFault } from "./fault.ts";
import { type Hrefs, toPath } from "./hrefs.ts";
import type { Merchant } from "./merchant.ts";
import { toMoscowDate } from "./moscow-date.ts";
import type { Change, Session } from "./session.ts";

/** One try of one notification. */
export interface Delivery {
  at: number;
  webhookId: string;
  requestId: string;
  url: string;
  body: unknown;
  /** Null when nobody answered in time, or the fault dropped it. */
  status: number | null;
}

export interface WebhookSender {
  tell(session: Session, contextId: string): void;
  /** When everything under way has been answered or given up. */
  settled(): Promise<void>;
  deliveries(): Delivery[];
  clear(): void;
}

export interface WebhookSenderDependencies {
  send: (request: Request) => Promise<Response>;
  sleep: Sleep;
  /** Measures the receiver's time. */
  timer: Sleep;
  now: () => number;
  hrefs: Hrefs;
  faults: FaultQueue;
}

interface Notification {
  merchant: Merchant;
  webhook: Entity;
  requestId: string;
  body: unknown;
  fault: HookFault | null;
}

const TIMEOUT_MS = 1_500;
const TRIES_MAX = 4;
const AGENT = "MoySklad webhook touch agent 2.0 (https://dev.moysklad.ru)";
const FOREIGN_BASE = "https://forged.example/api/remap/1.2";
const DAY_MS = 86_400_000;

export function createWebhookSender(dependencies: WebhookSenderDependencies): WebhookSender {
  const { sleep, now, hrefs, faults } = dependencies;
  const underWay = new Set<Promise<void>>();
  const held: Notification[] = [];
  const days = new Map<string, Map<number, "good" | "bad">>();
  let log: Delivery[] = [];

  const deliver = async ({ merchant, webhook, requestId, body }: Notification) => {
    const url = withRequestId(textOf(webhook, "url"), requestId);
    for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
      const at = now();
      const status = await post(url, body, dependencies);
      log.push({ at, webhookId: webhook.id, requestId, url, body, status });
      const isGood = status === 200 || status === 204;
      const isBroken = noteDay(days, webhook.id, Math.floor(at / DAY_MS), isGood);
      const current = merchant.store.get(webhook.id);
      if (isBroken && current) merchant.store.put({ ...current, scalars: { ...current.scalars, enabled: false } });
      if (isGood) return;
    }
  };
  const run = async (notification: Notification) => {
    const { fault, webhook, requestId, body } = notification;
    if (fault?.kind === "webhookReorder") {
      held.push(notification);
      return;
    }
    if (fault?.kind === "webhookDrop") {
      log.push({ at: now(), webhookId: webhook.id, requestId, url: textOf(webhook, "url"), body, status: null });
      return;
    }
    if (fault?.kind === "webhookDelay") await sleep(fault.ms);
    await deliver(notification);
    if (fault?.kind === "webhookDuplicate") await deliver(notification);
    for (const late of held.splice(0)) await deliver(late);
  };
  const start = (work: Promise<void>) => {
    const tracked = work.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };

  return {
    tell(session, contextId) {
      const { merchant, actor } = session;
      for (const webhook of merchant.store.of("webhook")) {
        const url = textOf(webhook, "url");
        const isSuppressed = actor.disabledPrefix !== null && url.startsWith(actor.disabledPrefix);
        const changes = session.changes.filter((change) => isWanted(webhook, change));
        if (isSuppressed || webhook.scalars["enabled"] !== true || changes.length === 0) continue;
        const fault = faults.takeForHook();
        const body = toBody(webhook, changes, session, contextId, hrefs, fault);
        start(run({ merchant, webhook, requestId: session.ids.next(), body, fault }));
      }
    },
    async settled() {
      while (underWay.size > 0 || held.length > 0) {
        for (const late of held.splice(0)) start(deliver(late));
        await Promise.all(underWay);
      }
    },
    deliveries: () => log.map((delivery) => ({ ...delivery })),
    clear() {
      log = [];
    },
  };
}

function isWanted(webhook: Entity, { action, entity }: Change): boolean {
  return textOf(webhook, "entityType") === entity.type && textOf(webhook, "action") === action;
}

function toBody(
  webhook: Entity,
  changes: Change[],
  { merchant, actor, now }: Session,
  contextId: string,
  hrefs: Hrefs,
  fault: HookFault | null,
): object {
  const base = fault?.kind === "webhookForeignHref" ? (fault.base ?? FOREIGN_BASE) : hrefs.base;
  const accountId =
    fault?.kind === "webhookWrongAccount"
      ? (fault.accountId ?? "0badacc0-0000-0000-0a80-000000000000")
      : merchant.accountId;
  const extra = fault?.kind === "webhookUnknownFields" ? { addedLater: { kind: "new", list: [1, null] } } : {};
  const events = changes.map(({ entity, action, fields }) => ({
    meta: { type: entity.type, href: `${base}${toPath(entity)}`, ...extra },
    action,
    accountId,
    ...(action === "UPDATE" && webhook.scalars["diffType"] === "FIELDS" ? { updatedFields: fields } : {}),
    ...extra,
  }));
  const moment = toMoscowDate(now).slice(0, 19);
  const meta = { type: "audit", href: `${base}/audit/${contextId}` };
  return { auditContext: { meta, moment, uid: actor.uid }, events, ...extra };
}

/** The receiver's status, or null when there was none within the time. */
async function post(url: string, body: unknown, { send, timer }: WebhookSenderDependencies): Promise<number | null> {
  const over = new AbortController();
  const answered = new AbortController();
  const request = new Request(url, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": AGENT },
    body: JSON.stringify(body),
    signal: over.signal,
  });
  const timeout = timer(TIMEOUT_MS, answered.signal).then(() => null);
  try {
    const response = await Promise.race([send(request), timeout]);
    if (!response) return null;
    await response.body?.cancel();
    return response.status;
  } catch {
    // Refused, reset, an unknown host: for the vendor all the same as no answer.
    return null;
  } finally {
    answered.abort();
    over.abort();
  }
}

function withRequestId(url: string, requestId: string): string {
  const target = new URL(url);
  target.searchParams.set("requestId", requestId);
  return target.href;
}

/** True when more than 7 of the last 10 days brought only errors and none of them a success. */
function noteDay(all: Map<string, Map<number, "good" | "bad">>, id: string, day: number, isGood: boolean): boolean {
  const days = all.get(id) ?? new Map<number, "good" | "bad">();
  all.set(id, days);
  if (isGood || days.get(day) !== "good") days.set(day, isGood ? "good" : "bad");
  for (const old of days.keys()) if (old <= day - 10) days.delete(old);
  const outcomes = [...days.values()];
  return outcomes.every((outcome) => outcome === "bad") && outcomes.length > 7;
}
