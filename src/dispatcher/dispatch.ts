/** One account's turn: claim, take leave, send, settle, until nothing is due or a limit stops it. */
import { toHex } from "../bytes.ts";
import { deliver } from "./deliver.ts";
import { resolve } from "./resolve.ts";
import { createTurn, type DispatchDependencies, type Stop, type TickBudget, type Turn } from "./turn.ts";

/** Does nothing when another dispatcher has the account. */
export async function dispatchAccount(
  dependencies: DispatchDependencies,
  accountId: string,
  budget: TickBudget,
): Promise<void> {
  const { platform, database } = dependencies;
  const lease = toHex(platform.randomBytes(16));
  const account = await database.accounts.acquire(accountId, lease, platform.now());
  if (!account) return;
  const stop = await run(await createTurn(dependencies, account, lease, budget));
  switch (stop?.kind) {
    case undefined:
      return;
    case "limit":
      await database.accounts.release(accountId, lease);
      return;
    case "paused": {
      const { kind, until, failures } = stop.pause;
      await database.accounts.pause(accountId, lease, kind, until, failures);
      platform.log({ level: "warn", event: "account-paused", account: accountId, reason: kind, until, failures });
      return;
    }
    case "lease-lost":
      platform.log({ level: "warn", event: "lease-lost", account: accountId });
      return;
    default:
      stop satisfies never;
  }
}

async function run(turn: Turn): Promise<Stop | null> {
  const { database, platform, account, lease } = turn;
  while (!turn.isSpent()) {
    const claimed = await database.claims.claim(account.id, lease, platform.now(), turn.claimMax());
    if (claimed === null) return { kind: "lease-lost" };
    if (claimed.length === 0) {
      if (await database.accounts.releaseIfIdle(account.id, lease, platform.now())) return null;
      continue;
    }
    const stop = claimed[0]?.step === "lookup" ? await resolve(turn, claimed) : await deliver(turn, claimed);
    if (!stop) continue;
    await database.claims.unclaim(account.id, lease);
    return stop;
  }
  return { kind: "limit" };
}
