/** Documents by number, and what a scene shows: rows of the database and requests Calltouch received. */
import type { Client } from "@libsql/client";
import * as z from "zod";
import type { LoggedRequest } from "../../sandbox/calltouch/index.ts";
import type { Platform } from "../../src/platform.ts";
import { appointment, order } from "../adapters/alfa-auto-documents.ts";
import { type Clock, createTestPlatform, type Scene, SITE } from "../scene.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const guidOf = (n: number) => `2c55a318-${String(n).padStart(4, "0")}-11f1-80d6-2c44fd8322a7`;
export const numberOf = (n: number) => `ПС${String(n).padStart(6, "0")}`;

/** The n-th appointment: a deal of its own. */
export function visit(n: number, fields: Record<string, unknown> = {}) {
  return { ...appointment, guid: guidOf(n), number: numberOf(n), ...fields };
}

/** Appointments 1…count. */
export function visits(count: number, fields: Record<string, unknown> = {}) {
  return Array.from({ length: count }, (_, index) => visit(index + 1, fields));
}

/** A work order of its own guid, made from the n-th appointment unless told otherwise. */
export function workOrder(guid: number, n: number | null, fields: Record<string, unknown> = {}) {
  const base = n === null ? {} : { base: { guid: guidOf(n), type: "ЗаявкаНаРемонт", number: numberOf(n) } };
  return { ...order, guid: guidOf(guid), number: `ЗН${guid}`, ...base, ...fields };
}

const dealRow = z.object({
  key: z.string(),
  order_number: z.string().nullable(),
  status: z.string(),
  reason_code: z.string().nullable(),
  reason: z.string().nullable(),
  wanted: z.string().nullable(),
  delivered: z.string().nullable(),
  revision: z.number(),
  calltouch_id: z.number().nullable(),
  closed: z.number(),
  doubt: z.string().nullable(),
  due_at: z.number(),
  lease: z.string().nullable(),
  step: z.string(),
  contact_hashes: z.string(),
});
export type StoredDeal = z.infer<typeof dealRow>;

const accountRow = z.object({
  pause: z.string().nullable(),
  paused_until: z.number(),
  failures: z.number(),
  lease: z.string().nullable(),
});

export async function storedDeals(client: Client): Promise<StoredDeal[]> {
  const { rows } = await client.execute("SELECT * FROM deals ORDER BY id");
  return z.array(dealRow).parse(rows);
}

/** The deal of the n-th document. */
export async function storedDeal(client: Client, n: number): Promise<StoredDeal | undefined> {
  return (await storedDeals(client)).find(({ key }) => key === guidOf(n));
}

export async function storedAccount({ client, accountId }: Pick<Scene, "client" | "accountId">) {
  const { rows } = await client.execute({ sql: "SELECT * FROM accounts WHERE id = ?", args: [accountId] });
  return accountRow.parse(rows[0]);
}

/** How many deals stand in each status. */
export async function statuses(client: Client): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status } of await storedDeals(client)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

export async function pointsUsed(client: Client): Promise<number> {
  const { rows } = await client.execute("SELECT coalesce(sum(used), 0) AS used FROM points");
  return z.number().parse(rows[0]?.["used"]);
}

export const operations = (scene: Pick<Scene, "sandbox">) =>
  scene.sandbox.control.requests().map(({ operation }) => operation);

/** Items of the writes of one kind, in the order received. */
export function sentOrders(
  { sandbox }: Pick<Scene, "sandbox">,
  operation: LoggedRequest["operation"],
): Record<string, unknown>[] {
  const body = z.object({ orders: z.array(z.record(z.string(), z.unknown())) });
  return sandbox.control
    .requests()
    .filter((request) => request.operation === operation)
    .flatMap((request) => body.parse(request.body).orders);
}

/** Calltouch has each of these deals once, made by one accepted create, and the bridge knows it. */
export async function problemsOf(scene: Pick<Scene, "sandbox" | "client">, count: number): Promise<string[]> {
  const problems: string[] = [];
  const deals = scene.sandbox.control.deals(SITE.siteId);
  for (let n = 1; n <= count; n += 1) {
    const mine = deals.filter(({ orderNumber }) => orderNumber === numberOf(n));
    if (mine.length !== 1 || mine[0]?.creates !== 1) problems.push(`${numberOf(n)}: ${mine.length} in Calltouch`);
    const row = await storedDeal(scene.client, n);
    if (row?.status !== "delivered" || row.doubt !== null || row.lease !== null || row.delivered === null) {
      problems.push(`${numberOf(n)}: ${JSON.stringify(row)}`);
    }
  }
  return problems;
}

/** Takes documents in without sending them: the dispatcher that the ingest wakes never gets past its first wait. */
export async function withoutDispatch<T>(platform: Platform, work: () => Promise<T>): Promise<T> {
  const { sleep, background } = platform;
  platform.sleep = () => new Promise(() => {});
  platform.background = () => {};
  try {
    return await work();
  } finally {
    platform.sleep = sleep;
    platform.background = background;
  }
}

/** A platform whose requests are never answered, as of a process that dies while it waits; `waits` tells that it does. */
export function createDoomed(clock: Clock, carryOut: (request: Request) => unknown = () => {}) {
  const waiting = Promise.withResolvers<void>();
  const fetch = async (request: Request) => {
    await carryOut(request);
    waiting.resolve();
    return new Promise<Response>(() => {});
  };
  return { platform: createTestPlatform(clock, { fetch }, [], new Set()), waits: waiting.promise };
}

/** One turn of the event loop. */
export function turned(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * A clock moved by hand under sleepers that wake in the order of their times, so that several things go on at once. It
 * moves only when everything in the background sleeps.
 */
export function createTimeline(clock: Clock, platform: Platform) {
  const sleepers: { at: number; wake: () => void }[] = [];
  const { background } = platform;
  let awake = 0;
  platform.background = (work) => {
    awake += 1;
    void work.finally(() => {
      awake -= 1;
    });
    background(work);
  };
  return {
    sleep: (ms: number) => new Promise<void>((wake) => sleepers.push({ at: clock.now() + ms, wake })),
    async runUntil(at: number): Promise<void> {
      for (;;) {
        for (let turn = 0; turn < 4 || (sleepers.length < awake && turn < 1_000); turn += 1) await turned();
        const next = sleepers.sort((left, right) => left.at - right.at)[0];
        if (!next || next.at > at) break;
        sleepers.shift();
        clock.set(Math.max(clock.now(), next.at));
        next.wake();
      }
      clock.set(Math.max(clock.now(), at));
    },
  };
}

/** The most requests that arrived within any one second. */
export function busiestSecond({ sandbox }: Pick<Scene, "sandbox">): number {
  const times = sandbox.control.requests().map(({ at }) => at);
  return Math.max(0, ...times.map((start) => times.filter((at) => at >= start && at < start + 1_000).length));
}
