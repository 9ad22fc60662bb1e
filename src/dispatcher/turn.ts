/** What one account's turn shares: the lease, the limits, and asking Calltouch under both. */

import type { OrderAnswer } from "../calltouch/answer.ts";
import { type CalltouchClient, createCalltouchClient } from "../calltouch/client.ts";
import type { Reply } from "../calltouch/reply.ts";
import type { Account } from "../database/accounts.ts";
import { CLAIM_DEALS_MAX } from "../database/claims.ts";
import type { Database } from "../database/database.ts";
import type { Platform } from "../platform.ts";
import { openToken } from "../token.ts";
import type { Vault } from "../vault.ts";
import { takeLeave } from "./limits.ts";
import { type Pause, type SentDeal, toVerdict, type Verdict } from "./verdict.ts";

export interface DispatchDependencies {
  platform: Platform;
  database: Database;
  vault: Vault;
  calltouchUrl: string;
  /** What Calltouch shows as the CRM of an adapter's deals. */
  crmOf: (adapter: string) => string | undefined;
}

/** What all turns of one tick may still use together. */
export interface TickBudget {
  endsAt: number;
  requestsLeft: number;
  /** The runtime's own limit is reached. */
  isSpent?: (() => boolean) | undefined;
}

export const REQUEST_TIMEOUT_MS = 10_000;

/** Why a turn ends before everything due has been sent. */
export type Stop = { kind: "limit" } | { kind: "lease-lost" } | { kind: "paused"; pause: Pause };

export type Asked<T> = { kind: "asked"; reply: Reply<T>; verdict: Verdict } | Stop;

export type Turn = Awaited<ReturnType<typeof createTurn>>;

export async function createTurn(
  dependencies: DispatchDependencies,
  account: Account,
  lease: string,
  budget: TickBudget,
) {
  const { platform, database } = dependencies;
  let { failures } = account;
  let isPaused = account.pause !== null;
  const client = await createAccountClient(dependencies, account);

  const isSpent = () => isBudgetSpent(budget, platform.now());

  return {
    ...dependencies,
    account,
    lease,
    client,
    isSpent,
    /** After a failure fewer deals are risked in one send, down to one: a batch that Calltouch chokes on falls apart. */
    claimMax: () => Math.max(1, CLAIM_DEALS_MAX >> Math.min(failures, 7)),

    /** One request to Calltouch, judged. A read sends no deals, and its `toAnswers` is empty. */
    async ask<T>(
      step: string,
      sent: readonly SentDeal[],
      request: (client: CalltouchClient) => Promise<Reply<T>>,
      toAnswers: (value: T) => readonly OrderAnswer[],
    ): Promise<Asked<T>> {
      if (isSpent()) return { kind: "limit" };
      // Taken before the wait for a slot: the turns of one tick share what is left.
      budget.requestsLeft -= 1;
      const isRead = sent.length === 0;
      const leave = await takeLeave(dependencies, { ...account, failures }, lease, isRead);
      if (leave.kind !== "go") {
        budget.requestsLeft += 1;
        return leave.kind === "busy" ? { kind: "limit" } : leave;
      }
      const startedAt = platform.now();
      if (startedAt + REQUEST_TIMEOUT_MS > budget.endsAt) {
        budget.requestsLeft += 1;
        await leave.refund();
        return { kind: "limit" };
      }
      const reply = await request(client);
      const now = platform.now();
      const judged = reply.kind === "answered" ? { kind: reply.kind, value: toAnswers(reply.value) } : reply;
      const verdict = toVerdict(sent, judged, {
        now,
        random: platform.random,
        failures,
        listingLagMs: account.listingLagMs,
      });
      platform.log({
        level: reply.kind === "answered" ? "info" : "warn",
        event: "calltouch-request",
        account: account.id,
        step,
        deals: sent.length,
        reply: reply.kind,
        ms: now - startedAt,
        ...countVerdicts(verdict),
      });
      if (verdict.isRefunded) await leave.refund();
      // An answered read proves nothing of the batch that Calltouch choked on.
      if (reply.kind === "answered" && !isRead && (failures > 0 || isPaused)) {
        failures = 0;
        isPaused = false;
        await database.accounts.recover(account.id, lease);
      }
      return { kind: "asked", reply, verdict };
    },
  };
}

/** A request must fit between the last look at the clock and the end of the tick. */
export function isBudgetSpent({ requestsLeft, isSpent, endsAt }: TickBudget, now: number): boolean {
  return requestsLeft <= 0 || isSpent?.() === true || now + REQUEST_TIMEOUT_MS > endsAt;
}

/** Speaks to Calltouch in the name of an account. */
export async function createAccountClient(
  { platform, vault, calltouchUrl }: Pick<DispatchDependencies, "platform" | "vault" | "calltouchUrl">,
  account: Account,
): Promise<CalltouchClient> {
  return createCalltouchClient({
    baseUrl: calltouchUrl,
    siteId: account.siteId,
    token: await openToken(vault, account),
    timeZone: account.timeZone,
    fetch: (request) => platform.fetch(request),
    timeoutMs: REQUEST_TIMEOUT_MS,
    now: platform.now,
    timeout: platform.timeout,
  });
}

function countVerdicts({ settlements }: Verdict): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, doubt } of settlements) {
    const verdict = doubt?.kind ?? status;
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
}
