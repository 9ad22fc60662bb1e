/** Who asks Calltouch's listing on behalf of a person. */
import type { Account } from "../database/accounts.ts";
import { createReader, type Reader } from "../dispatcher/reader.ts";
import type { ActionContext } from "./action.ts";

/** Requests of one action: it shares the address and the points with everything else. */
export const REQUESTS_MAX = 30;

/** One reader for each of these sites, all of them under one budget. */
export async function createReaders(context: ActionContext, siteIds: readonly string[]): Promise<Map<string, Reader>> {
  const { platform, database, endsAt, isSpent } = context;
  const budget = { endsAt, requestsLeft: REQUESTS_MAX, isSpent };
  const accounts = await database.accounts.list();
  const readers = new Map<string, Reader>();
  for (const siteId of new Set(siteIds)) {
    const account = accountOf(accounts, siteId, platform.now());
    if (account) readers.set(siteId, createReader(context, account, budget));
  }
  return readers;
}

/** Accounts of one site see the same deals: one that is not paused, if there is one. */
function accountOf(accounts: readonly Account[], siteId: string, now: number): Account | undefined {
  const ofSite = accounts.filter((account) => account.siteId === siteId);
  return ofSite.find(({ pausedUntil }) => pausedUntil <= now) ?? ofSite[0];
}
