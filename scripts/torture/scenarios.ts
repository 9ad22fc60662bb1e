/** The ways in which the world goes wrong while documents come in. */
import * as z from "zod";
import { sleep } from "./processes.ts";
import type { Line } from "./proxy.ts";
import type { Random } from "./random.ts";
import type { Post, Wiring, World } from "./world.ts";

export interface Trouble {
  world: World;
  random: Random;
  isLong: boolean;
  /** Trouble starts nothing new after this, epoch milliseconds. */
  until: number;
  /** Counts a kill and shows it. */
  killed(what: string): void;
  note(what: string): void;
  /** No new documents any more; resolves when all that were sent are acknowledged. */
  stopLoad(): Promise<void>;
}

export interface Scenario {
  name: string;
  about: string;
  wiring: Wiring;
  /** Resolves when the trouble is over and every process is up again. */
  disturb(trouble: Trouble): Promise<void>;
}

const LEASE_MS = 15_000;
/** Answers take their time, so that a kill meets requests that are executed and not answered. */
const knobs = { listingLagMs: 1_000, latencyMs: 80 };
const oneOnFile: Wiring = { database: "file", bridges: 1, knobs };
const oneOnSqld: Wiring = { database: "sqld", bridges: 1, knobs };

export const scenarios: readonly Scenario[] = [
  { name: "kill-file", about: "kill -9 under load, one bridge on a file", wiring: oneOnFile, disturb: killOften },
  { name: "kill-sqld", about: "kill -9 under load, one bridge on sqld", wiring: oneOnSqld, disturb: killOften },
  {
    name: "two-bridges-sqld",
    about: "two bridges on one sqld, one killed while it holds the lease",
    wiring: { database: "sqld", bridges: 2, knobs },
    disturb: killHolder,
  },
  {
    name: "two-bridges-file",
    about: "two bridges on one file, one of them killed now and then",
    wiring: { database: "file", bridges: 2, knobs },
    disturb: killOften,
  },
  { name: "sqld-killed", about: "sqld itself killed and restarted", wiring: oneOnSqld, disturb: killSqld },
  {
    name: "sqld-silent",
    about: "connections to sqld that never answer",
    wiring: { ...oneOnSqld, hasDatabaseLine: true },
    disturb: silence,
  },
  { name: "calltouch-down", about: "Calltouch refuses connections, then is back", wiring: oneOnFile, disturb: refuse },
  { name: "half-open", about: "connections that never answer, or break off", wiring: oneOnFile, disturb: hang },
  { name: "slow-answer", about: "late answers, or none after the commit", wiring: oneOnFile, disturb: answerLate },
];

/** The first kill hits a create on its way; of the others some do, once the lease of the last one dead has run out. */
async function killOften({ world, random, until, killed }: Trouble): Promise<void> {
  let moment = "in-flight";
  do {
    const isInFlight = moment === "in-flight";
    if (moment !== "whenever") await waitForSender(world.posts);
    await sleep(random.between(0, isInFlight ? knobs.latencyMs - 20 : 3_000));
    const { bridge } = isInFlight ? lastSender(world.posts) : random.oneOf(world.posts);
    await bridge.kill();
    killed(bridge.name);
    await sleep(random.between(0, 800));
    await bridge.start();
    moment = random.oneOf(["in-flight", "sending", "whenever"]);
  } while (Date.now() < until);
}

const leaseRow = z.object({ lease: z.string().nullable() });

async function killHolder({ world, random, until, killed, note }: Trouble): Promise<void> {
  const database = world.openDatabase();
  const lease = async () => {
    const { rows } = await database.execute({
      sql: "SELECT lease FROM accounts WHERE id = ?",
      args: [world.accountId],
    });
    return leaseRow.parse(rows[0]).lease;
  };
  try {
    for (let hits = 0; Date.now() < until || hits === 0; ) {
      await waitForSender(world.posts);
      const post = lastSender(world.posts);
      const held = await lease();
      if (held === null) continue;
      await post.bridge.kill();
      killed(post.bridge.name);
      // Nobody but a living holder changes the lease before it runs out.
      if ((await lease()) === held) {
        hits += 1;
        note(`${post.bridge.name} was killed while it held the lease`);
      }
      await sleep(random.between(200, 2_000));
      await post.bridge.start();
      await sleep(random.between(0, 2_000));
    }
  } finally {
    database.close();
  }
}

/** Until one of them begins to send; at the latest when the lease of a dead one has run out. */
async function waitForSender(posts: readonly Post[]): Promise<void> {
  await Promise.race(posts.map(({ proxy }) => proxy.nextRequest(LEASE_MS + 3_000)));
}

function lastSender(posts: readonly [Post, ...Post[]]): Post {
  return posts.reduce((last, each) => (each.proxy.lastRequestAt() > last.proxy.lastRequestAt() ? each : last));
}

async function killSqld({ world, random, until, killed, note }: Trouble): Promise<void> {
  do {
    await sleep(random.between(500, 4_000));
    await world.sqld?.kill();
    killed("sqld");
    await sleep(random.between(0, 2_000));
    const startedAt = Date.now();
    await world.sqld?.start();
    note(`sqld answers again after ${Date.now() - startedAt} ms`);
  } while (Date.now() < until);
}

/** Calltouch is away at the same time, and the last time no more documents come: a tick by the timer must find what is left. */
async function silence({ world, random, until, note, stopLoad }: Trouble): Promise<void> {
  const [{ proxy }] = world.posts;
  for (let isLast = false; !isLast; ) {
    await sleep(random.between(1_000, 5_000));
    isLast = Date.now() >= until;
    await proxy.refuse();
    await sleep(1_000);
    if (isLast) await stopLoad();
    world.databaseLine?.setLine({ kind: "hang" });
    note("sqld is silent");
    await sleep(random.between(2_000, 4_000));
    world.databaseLine?.setLine({ kind: "pass" });
    await proxy.accept();
  }
}

async function refuse({ world, isLong, note }: Trouble): Promise<void> {
  const [{ proxy }] = world.posts;
  await sleep(isLong ? 5_000 : 1_000);
  await proxy.refuse();
  note("Calltouch is down");
  await sleep(isLong ? 60_000 : 5_000);
  await proxy.accept();
  note("Calltouch is back");
}

function hang(trouble: Trouble): Promise<void> {
  return alternate(trouble, [{ kind: "hang" }, { kind: "cut-after" }, { kind: "cut-before" }], 500, 3_000);
}

function answerLate(trouble: Trouble): Promise<void> {
  const late: Line[] = trouble.isLong
    ? [
        { kind: "slow", leastMs: 8_000, mostMs: 14_000 },
        { kind: "slow", leastMs: 100, mostMs: 3_000 },
      ]
    : [{ kind: "slow", leastMs: 100, mostMs: 1_500 }];
  return alternate(trouble, [...late, { kind: "cut-after" }], 500, 4_000);
}

/** One bad line after the other, each long enough to spoil a request, with good times between. */
async function alternate({ world, random, until }: Trouble, lines: readonly Line[], leastMs: number, mostMs: number) {
  const [{ proxy }] = world.posts;
  for (let round = 0; round < lines.length || Date.now() < until; round += 1) {
    proxy.setLine(lines[round % lines.length] ?? { kind: "pass" });
    await proxy.nextRequest(mostMs);
    await sleep(random.between(leastMs, mostMs));
    proxy.setLine({ kind: "pass" });
    await sleep(random.between(leastMs, mostMs));
  }
}
