/** One scenario from an empty database to the reckoning. */

import type { CalltouchRequest } from "./calltouch.ts";
import { check } from "./check.ts";
import { drain } from "./drain.ts";
import { type Erp, startErp } from "./erp.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createFolder, discardFolder, keepFolder, sleep } from "./processes.ts";
import { createRandom, type Random } from "./random.ts";
import { type LagProbe, type Rate, startLagProbe, toRate } from "./rate.ts";
import type { Scenario } from "./scenarios.ts";
import { createWorld, type World } from "./world.ts";

/** For the lease of the dead, the longest pause after an outage, and what has gathered by then. */
const DRAIN_MS_MAX = { short: 100_000, long: 300_000 };

export interface RunOptions {
  seconds: number;
  seed: number;
  isLong: boolean;
  /** Leaves the logs of a run with problems where they are. */
  isKept?: boolean;
  note?: (text: string) => void;
}

export interface Outcome extends Rate {
  name: string;
  seed: number;
  documents: number;
  deals: number;
  posts: number;
  silences: number;
  refusals: number;
  kills: number;
  requests: Record<CalltouchRequest["operation"], number>;
  unacknowledged: number;
  lost: number;
  wrong: number;
  doubled: number;
  setAside: number;
  drainMs: number;
  problems: string[];
}

export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Outcome> {
  const folder = createFolder();
  const random = createRandom(options.seed);
  const world = await createWorld(folder, scenario.wiring, random);
  const probe = startLagProbe();
  const ledger = createLedger(random, Date.now());
  const urls = world.posts.map(({ bridge }) => bridge.url);
  const pace = options.isLong ? { clients: 4, pauseMsMax: 200 } : { clients: 2, pauseMsMax: 300 };
  const erp = startErp({ ledger, random, key: world.key, urls, ...pace });
  try {
    const { outcome, problems } = await suffer(scenario, options, { world, random, ledger, erp, probe });
    if (problems.length > 0 && options.isKept) {
      keepFolder(folder);
      options.note?.(`the logs are in ${folder}`);
    }
    return { ...outcome, problems };
  } finally {
    probe.stop();
    void erp.stop(0);
    await world.stop();
    discardFolder(folder);
  }
}

interface Stage {
  world: World;
  random: Random;
  ledger: Ledger;
  erp: Erp;
  probe: LagProbe;
}

async function suffer(scenario: Scenario, options: RunOptions, { world, random, ledger, erp, probe }: Stage) {
  const { seconds, seed, isLong, note = () => {} } = options;
  let kills = 0;
  const killed = (what: string) => {
    kills += 1;
    note(`kill -9 ${what}, ${ledger.documents.length} documents so far`);
  };
  const drainMsMax = isLong ? DRAIN_MS_MAX.long : DRAIN_MS_MAX.short;
  const until = Date.now() + seconds * 1_000;
  const stopLoad = () => erp.stop(Date.now() + drainMsMax);
  const trouble = { world, random, isLong, until, killed, note, stopLoad };
  await Promise.all([scenario.disturb(trouble), sleep(seconds * 1_000)]);
  for (const { proxy } of world.posts) proxy.setLine({ kind: "pass" });

  const drainAt = Date.now();
  const deadlineAt = drainAt + drainMsMax;
  await stopLoad();
  note(`quiet now: ${ledger.documents.length} documents of ${ledger.deals.length} deals`);
  const guids = ledger.documents.map(({ guid }) => guid);
  const statuses = await drain(world.posts[0].bridge.url, world.key, guids, deadlineAt);
  const drainMs = Date.now() - drainAt;
  const [deals, requests] = await Promise.all([world.calltouch.deals(), world.calltouch.requests()]);
  const { problems, ...verdict } = check({ ledger, statuses, deals, requests });
  const arrivals = requests.map(({ at }) => at);
  const rate = toRate(arrivals, probe);
  if (isLong && rate.excesses > 0) problems.push(`${rate.excesses} times more than five requests in a second`);
  const { posts, silences, refusals } = erp.counts;
  const outcome = {
    name: scenario.name,
    seed,
    documents: ledger.documents.length,
    deals: ledger.deals.length,
    posts,
    silences,
    refusals: [...refusals.values()].reduce((sum, each) => sum + each, 0),
    kills,
    requests: count(requests),
    ...verdict,
    ...rate,
    drainMs,
  };
  return { outcome, problems: [...problems, ...erp.problems, ...world.crashes()] };
}

function count(requests: readonly CalltouchRequest[]): Outcome["requests"] {
  const counts = { create: 0, update: 0, delete: 0, list: 0 };
  for (const { operation } of requests) counts[operation] += 1;
  return counts;
}
