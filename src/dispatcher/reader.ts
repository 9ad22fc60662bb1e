/**
 * Reads from Calltouch outside the turns of the dispatcher: under the same limits of the address and the points, without
 * the lease of the account, and never from the share of points that is kept for deliveries.
 */
import type { Notice } from "../adapter.ts";
import type { CalltouchClient } from "../calltouch/client.ts";
import type { Reply } from "../calltouch/reply.ts";
import type { Account, PauseKind } from "../database/accounts.ts";
import { takeLeave } from "./limits.ts";
import {
  createAccountClient,
  type DispatchDependencies,
  isBudgetSpent,
  REQUEST_TIMEOUT_MS,
  type TickBudget,
} from "./turn.ts";
import { toVerdict, UNAUTHORIZED_PROBE_MS } from "./verdict.ts";

export type ReaderDependencies = Pick<DispatchDependencies, "platform" | "database" | "vault" | "calltouchUrl">;

export type ReadStop =
  /** The requests or the time of this run are used up, or the address is booked out: it goes on in the next. */
  | { kind: "limit" }
  /** Nothing is asked in this account before then. */
  | { kind: "later"; until: number; reason: Notice; pause: PauseKind | null };

export type Read<T> = { kind: "read"; value: T } | ReadStop;

export interface Reader {
  account: Account;
  /** One request. `step` names it in the log. */
  ask<T>(request: (client: CalltouchClient) => Promise<Reply<T>>, step?: string): Promise<Read<T>>;
  /** Nothing more can be asked in this run. */
  isSpent(): boolean;
}

/** What failed is not read again sooner, unlike deliveries: nobody waits for it. */
export const READ_AGAIN_MS_MIN = 60_000;

/** Why nothing is asked or sent just now. */
export const PAUSE_NOTICES: Record<PauseKind, Notice> = {
  transport: { code: "CALLTOUCH_SILENT", message: "Calltouch временно не отвечает" },
  limited: { code: "CALLTOUCH_LIMITED", message: "Calltouch просит подождать" },
  points: { code: "POINTS", message: "Баллы API Calltouch исчерпаны" },
  unauthorized: {
    code: "CALLTOUCH_TOKEN",
    message: "Calltouch не принимает токен учётной записи. Сообщите администратору моста",
  },
};
const REFUSED: Notice = {
  code: "CALLTOUCH_REFUSED",
  message: "Calltouch не принял запрос. Сообщите администратору моста",
};

type Later = Extract<ReadStop, { kind: "later" }>;

/** The others wait for a person. */
export function isPassing(pause: PauseKind | null): pause is PauseKind {
  return pause !== null && pause !== "unauthorized";
}

/** `heedsPause: false`: asks although the account is paused, to see whether it need be. */
export function createReader(
  dependencies: ReaderDependencies,
  account: Account,
  budget: TickBudget,
  { heedsPause = true }: { heedsPause?: boolean } = {},
): Reader {
  const { platform, database } = dependencies;
  let client: CalltouchClient | undefined;
  let stopped: Later | undefined;
  const later = (until: number, pause: PauseKind | null): Later => {
    stopped = { kind: "later", until, reason: toReason(pause), pause };
    return stopped;
  };

  const isSpent = () => isBudgetSpent(budget, platform.now());

  return {
    account,
    isSpent,
    async ask<T>(request: (client: CalltouchClient) => Promise<Reply<T>>, step = "read"): Promise<Read<T>> {
      if (stopped && stopped.until > platform.now()) return stopped;
      if (isSpent()) return { kind: "limit" };
      // Taken before the wait for a slot: the readers of one run share what is left.
      budget.requestsLeft -= 1;
      const leave = await takeReadLeave();
      if (leave.kind !== "go") {
        budget.requestsLeft += 1;
        return leave;
      }
      client ??= await createAccountClient(dependencies, account);
      const startedAt = platform.now();
      const reply = await request(client);
      const now = platform.now();
      platform.log({
        level: reply.kind === "answered" ? "info" : "warn",
        event: "calltouch-request",
        account: account.id,
        step,
        deals: 0,
        reply: reply.kind,
        ms: now - startedAt,
      });
      if (reply.kind === "answered") return { kind: "read", value: reply.value };
      const { random } = platform;
      const { failures, listingLagMs } = account;
      const { isRefunded, pause } = toVerdict([], reply, { now, random, failures, listingLagMs });
      if (isRefunded) await leave.refund();
      if (!pause) return later(now + UNAUTHORIZED_PROBE_MS, null);
      return later(Math.max(pause.until, now + READ_AGAIN_MS_MIN), pause.kind);
    },
  };

  async function takeReadLeave(): Promise<{ kind: "go"; refund: () => Promise<void> } | ReadStop> {
    // The dispatcher may have paused the account, or the operator changed it, since it was read.
    const fresh = await database.accounts.get(account.id);
    if (!fresh) return later(platform.now() + UNAUTHORIZED_PROBE_MS, "unauthorized");
    if (heedsPause && fresh.pause !== null && fresh.pausedUntil > platform.now())
      return later(fresh.pausedUntil, fresh.pause);
    const leave = await takeLeave(dependencies, fresh, null, true);
    if (leave.kind === "paused") return later(leave.pause.until, leave.pause.kind);
    if (leave.kind !== "go") return { kind: "limit" };
    if (platform.now() + REQUEST_TIMEOUT_MS <= budget.endsAt) return leave;
    await leave.refund();
    return { kind: "limit" };
  }
}

function toReason(pause: PauseKind | null): Notice {
  if (pause === null) return REFUSED;
  const { code, message } = PAUSE_NOTICES[pause];
  return { code, message: isPassing(pause) ? `${message}. Повторите позже` : message };
}
