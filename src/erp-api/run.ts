/**
 * One connection's turn with an ERP that has an API: what webhooks have named, leads to be placed, what a poll finds, and
 * advertising sources to be written back. Everything may be done twice and is kept once.
 */
import type { Notice } from "../adapter.ts";
import { toHex } from "../bytes.ts";
import type { Exchange } from "../database/exchanges.ts";
import { type ApiBudget, createApiContext } from "./context.ts";
import { type ExchangeDependencies, keep, type Run, type Stop } from "./keep.ts";
import { placeLeads } from "./place-leads.ts";
import { writeAttributions } from "./write-attributions.ts";

export const POLL_EVERY_MS = 300_000;
/** A halted access is tried again this often: somebody may have switched it on. */
const PROBE_EVERY_MS = 300_000;
const PAUSE_MS_MAX = 300_000;
/** The last request of a run may take this long beyond its end. */
const LEASE_MARGIN_MS = 45_000;
const EVENTS_AT_ONCE = 50;
/** How long what has just come waits for a reading that takes long. */
const LOOK_EVERY_MS = 1_000;
const BROKEN_MS = 60_000;
const BROKEN: Notice = {
  code: "INTERNAL",
  message: "Внутренняя ошибка моста: обмен приостановлен и продолжится сам. Сообщите администратору моста",
};

/** Does nothing when another process is at it. True when there may be more to do at once. */
export async function runExchange(
  dependencies: ExchangeDependencies,
  connectionId: string,
  budget: ApiBudget,
): Promise<boolean> {
  const { platform, database } = dependencies;
  const lease = toHex(platform.randomBytes(16));
  const until = budget.endsAt + LEASE_MARGIN_MS;
  const exchange = await database.exchanges.acquire(connectionId, lease, platform.now(), until);
  if (!exchange) return false;
  if (exchange.pausedUntil > platform.now()) {
    await database.exchanges.release(connectionId, lease);
    return false;
  }
  let stop: Stop | null;
  let run: Run | undefined;
  try {
    run = await createRun(dependencies, exchange, lease, budget);
    stop = run ? await work(run, exchange) : { kind: "spent" };
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown";
    platform.log({ level: "error", event: "exchange-failed", connection: connectionId, error: name });
    stop = { kind: "later", afterMs: BROKEN_MS, reason: BROKEN };
  }
  return end(dependencies, exchange, lease, stop, run?.hasRead === true);
}

/** What the operator may change is read under the lease, which a change takes away. Undefined: there is nothing to work with. */
async function createRun(
  dependencies: ExchangeDependencies,
  { connectionId, memory }: Exchange,
  lease: string,
  budget: ApiBudget,
): Promise<Run | undefined> {
  const { platform, database, adapters } = dependencies;
  const connection = await database.connections.get(connectionId);
  const adapter = connection && adapters.get(connection.adapter);
  const account = connection && (await database.accounts.get(connection.accountId));
  if (!connection || !adapter?.api || !account) return undefined;
  const context = await createApiContext(dependencies, adapter, connection, memory ?? undefined, budget);
  const isWriting = !connection.dryRun && account.autoExchange;
  const parties = { adapter, api: adapter.api, connection, account };
  const progress = { lookedAt: platform.now(), hasRead: false, isMoving: false, trouble: null };
  return { ...dependencies, ...parties, lease, context, isWriting, ...progress };
}

async function work(run: Run, { pollAt, attributionSeq }: Exchange): Promise<Stop | null> {
  const isPollDue = pollAt <= run.platform.now();
  return (
    (await seeToUrgent(run)) ??
    (isPollDue ? await poll(run) : null) ??
    (await writeAttributions(run, attributionSeq, () => lookForUrgent(run))) ??
    run.trouble
  );
}

async function end(
  { database, platform }: ExchangeDependencies,
  { connectionId, failures }: Exchange,
  lease: string,
  stop: Stop | null,
  hasRead: boolean,
): Promise<boolean> {
  switch (stop?.kind) {
    case undefined:
      await database.exchanges.finish(connectionId, lease);
      // A webhook that came while this run was ending started none of its own.
      return true;
    case "spent":
      await database.exchanges.release(connectionId, lease);
      return false;
    case "later":
    case "halted": {
      const doublings = hasRead ? 0 : Math.min(failures, 6);
      const backoffMs = stop.kind === "halted" ? PROBE_EVERY_MS : Math.min(stop.afterMs * 2 ** doublings, PAUSE_MS_MAX);
      const until = platform.now() + backoffMs;
      await database.exchanges.pause(connectionId, lease, until, stop.reason, hasRead);
      const { code } = stop.reason;
      platform.log({ level: "warn", event: "exchange-paused", connection: connectionId, code, until });
      return false;
    }
    case "lease-lost":
      platform.log({ level: "warn", event: "lease-lost", connection: connectionId });
      return false;
    default:
      return stop satisfies never;
  }
}

/** Leads, and what webhooks have named. A client who has just called does not wait until ten thousand orders have been read. */
async function seeToUrgent(run: Run): Promise<Stop | null> {
  const { database, connection, api, context } = run;
  for (;;) {
    const placing = await tryLeads(run);
    if (placing) return placing;
    const events = await database.exchanges.events(connection.id, EVENTS_AT_ONCE);
    if (events.length === 0) return null;
    const pulled = await api.pull(
      events.map(({ key }) => key),
      context,
    );
    if (pulled.kind !== "done") return pulled;
    run.hasRead = true;
    const stop = await keep(run, pulled.value.documents, pulled.value.memory);
    if (stop) return stop;
    // What is behind a portion that cannot be taken in is found by the poll.
    if (pulled.value.isDone || !run.isMoving) await database.exchanges.removeEvents(connection.id, events);
  }
}

/**
 * It may be one lead alone that the ERP does not answer to, or only writing that it forbids: orders are read all the same,
 * and the run ends with the trouble.
 */
async function tryLeads(run: Run): Promise<Stop | null> {
  if (run.trouble) return null;
  const stop = await placeLeads(run);
  if (stop?.kind !== "later" && stop?.kind !== "halted") return stop;
  run.trouble = stop;
  return null;
}

async function poll(run: Run): Promise<Stop | null> {
  const { database, connection, api, context, lease, platform } = run;
  const startedAt = platform.now();
  for (;;) {
    const polled = await api.poll(context);
    if (polled.kind !== "done") return polled;
    run.hasRead = true;
    const { documents, memory, isDone } = polled.value;
    const stop = await keep(run, documents, memory);
    if (stop) return stop;
    if (!isDone && run.isMoving) {
      const urgent = await lookForUrgent(run);
      if (urgent) return urgent;
      continue;
    }
    const isOurs = await database.exchanges.setNextPoll(connection.id, lease, startedAt + POLL_EVERY_MS);
    return isOurs ? null : { kind: "lease-lost" };
  }
}

/** Between the portions of what takes long. */
async function lookForUrgent(run: Run): Promise<Stop | null> {
  const { platform, database, connection } = run;
  if (platform.now() - run.lookedAt < LOOK_EVERY_MS) return null;
  run.lookedAt = platform.now();
  if (!(await database.exchanges.isUrgent(connection.id, run.lookedAt))) return null;
  return seeToUrgent(run);
}
