/// <reference types="bun-types" />
/** What the stories share: both sides, the operator's requests, and the deals that Calltouch must have by now. */
import * as z from "zod";
import { findDifferences, readDeals } from "./arrival.ts";
import type { RunningBridge } from "./bridge.ts";
import type { ShownDeal } from "./deal.ts";
import type { RunningCalltouch, RunningMoysklad } from "./sandboxes.ts";

const REQUEST_MS_MAX = 40_000;
const ARRIVAL_MS_MAX = 20_000;
const POLL_MS = 20;
const DAY_MS = 86_400_000;
/** How far back the demo's documents may reach. */
const SINCE_DAYS = 7;

export interface Stage {
  /** When the demo began, epoch milliseconds: every date in it is counted from here. */
  now: number;
  calltouch: RunningCalltouch;
  moysklad: RunningMoysklad;
  bridge: RunningBridge;
  /** POST to the admin API, as an operator would. @throws with the answer when it is not a success. */
  administer<T>(path: string, body: object, answer: z.ZodType<T>): Promise<T>;
  /** A site of Calltouch's, its account on the bridge and a connection of the account. */
  connect(connection: NewConnection): Promise<Connected>;
  /** Waits until these deals, and all that were expected before, are as they must be. Milliseconds. */
  untilArrived(deals: readonly ShownDeal[]): Promise<number>;
  /** Waits until `look` finds something. Milliseconds. @throws naming `what` when it does not. */
  untilFound<T>(what: string, look: () => T | undefined): Promise<{ found: T; ms: number }>;
  /** @throws with the bridge's log */
  fail(problem: string): never;
}

export interface Site {
  siteId: string;
  token: string;
}

export interface NewConnection {
  site: Site;
  account: { name: string; itemKindTags?: boolean };
  adapter: string;
  name: string;
  settings?: object;
}

export interface Connected {
  accountId: string;
  connectionId: string;
  /** For the ERP. */
  key: string;
}

type Sides = Pick<Stage, "now" | "calltouch" | "moysklad" | "bridge">;

export function createStage(sides: Sides): Stage {
  const { now, calltouch, bridge } = sides;
  const expected = new Map<string, ShownDeal>();

  function fail(problem: string): never {
    throw new Error(`${problem}\n\nThe bridge's log:\n${bridge.log()}`);
  }

  async function administer<T>(path: string, body: object, answer: z.ZodType<T>): Promise<T> {
    const response = await fetch(`${bridge.url}/admin${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${bridge.adminToken}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_MS_MAX),
    });
    const text = await response.text();
    return response.ok ? answer.parse(JSON.parse(text)) : fail(`POST /admin${path}: ${response.status} ${text}`);
  }

  async function connect({ site, account, ...connection }: NewConnection): Promise<Connected> {
    calltouch.control.addSite(site);
    const { id: accountId } = await administer("/accounts", { ...site, ...account }, z.object({ id: z.string() }));
    const since = new Date(now - SINCE_DAYS * DAY_MS).toISOString();
    const created = z.object({ id: z.string(), key: z.string() });
    const { id: connectionId, key } = await administer("/connections", { ...connection, accountId, since }, created);
    return { accountId, connectionId, key };
  }

  /** `problems` is asked again and again until there are none. */
  async function untilNone(problems: () => string[]): Promise<number> {
    const startedAt = performance.now();
    for (;;) {
      const ms = performance.now() - startedAt;
      const left = problems();
      if (left.length === 0) return ms;
      if (ms > ARRIVAL_MS_MAX) {
        fail(
          `after ${ARRIVAL_MS_MAX / 1_000} s not all is as expected:\n${left.map((line) => `  ${line}`).join("\n")}`,
        );
      }
      await Bun.sleep(POLL_MS);
    }
  }

  return {
    ...sides,
    fail,
    administer,
    connect,
    untilArrived(deals) {
      for (const deal of deals) expected.set(deal.orderNumber, deal);
      return untilNone(() => findDifferences(readDeals(calltouch.control), [...expected.values()]));
    },
    async untilFound(what, look) {
      const ms = await untilNone(() => (look() === undefined ? [`${what}: not there`] : []));
      return { found: look() ?? fail(`${what}: gone again`), ms };
    },
  };
}

export function toSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
