/** Two processes at the same tables at once. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import * as z from "zod";
import { migrations } from "../../src/database/migrations/index.ts";
import { SLOT_SPACING_MS } from "../../src/database/slots.ts";
import { backends, describeStorage } from "./backends.ts";
import type { Job, JobOf } from "./race-job.ts";
import { account, connection, dealWrite, insertBasics, key, NOW, slotRequest, writeDeals } from "./rows.ts";

const RACER = fileURLToPath(new URL("./racer.ts", import.meta.url));
const IDS = Array.from({ length: 40 }, (_, index) => `id-${index}`);
/** On a machine that is busy with something else. */
const PATIENCE_MS = 60_000;
const slots = z.array(z.object({ kind: z.string(), startAt: z.number().optional() }));
const names = z.array(z.string());
const shared = backends.filter(({ isShared }) => isShared);

/** Both racers, started; `race` gives each a job at the same time. */
function startRacers() {
  const racers: ChildProcess[] = [];
  beforeAll(async () => {
    for (const _ of ["one", "two"]) racers.push(fork(RACER, { execArgv: [] }));
    await Promise.all(racers.map(answerOf));
  }, PATIENCE_MS);
  afterAll(() => {
    for (const racer of racers) racer.kill();
  });
  return (jobs: readonly Job[]) =>
    Promise.all(
      jobs.map((job, index) => {
        const racer = racers[index];
        if (racer === undefined) throw new Error("There are two racers");
        const answer = answerOf(racer);
        racer.send(job);
        return answer;
      }),
    );
}

function answerOf(racer: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`A racer ended with ${code}`));
    racer.once("exit", ended);
    racer.once("message", (message) => {
      racer.removeListener("exit", ended);
      resolve(z.object({ result: z.unknown() }).parse(message).result);
    });
  });
}

describeStorage(
  "two processes",
  ({ database, rows, url }) => {
    const start = startRacers();
    const race = (one: JobOf<Job>, two: JobOf<Job> = one) =>
      start([
        { ...one, url: url(), racer: "one" },
        { ...two, url: url(), racer: "two" },
      ]);
    /** Which racer won each, by id. */
    async function winnersOf(answers: Promise<unknown[]>): Promise<Map<string, string>> {
      const [one, two] = z.tuple([names, names]).parse(await answers);
      expect([...one, ...two].sort()).toEqual([...IDS].sort());
      return new Map([...one.map((id) => [id, "one"] as const), ...two.map((id) => [id, "two"] as const)]);
    }
    const toMap = (found: Record<string, unknown>[]) => new Map(found.map(({ id, winner }) => [id, winner]));

    beforeEach(async () => {
      await insertBasics(database());
      await database().accounts.insert(account({ id: "a2" }));
      await database().accounts.acquire("a1", "lease-1", NOW);
      await database().accounts.acquire("a2", "lease-2", NOW);
    });
    const take = (accountId: string, lease: string, hourlyPoints: number) =>
      ({ kind: "take", count: 100, request: slotRequest({ accountId, lease, hourlyPoints }) }) as const;

    it(
      "take 200 slots one after another, none twice and none too close",
      async () => {
        const answers = await race(take("a1", "lease-1", 9_000), take("a2", "lease-2", 9_000));
        const starts = answers.flatMap((answer) => slots.parse(answer)).map(({ startAt }) => startAt ?? 0);
        const expected = Array.from({ length: 200 }, (_, index) => NOW + index * SLOT_SPACING_MS);
        expect(starts.sort((left, right) => left - right)).toEqual(expected);
        expect(await rows("SELECT used FROM points")).toEqual([{ used: 200 }]);
      },
      PATIENCE_MS,
    );

    it(
      "take no more slots than there are points, and no start without a point",
      async () => {
        const answers = await race(take("a1", "lease-1", 150), take("a2", "lease-2", 150));
        const kinds = answers.flatMap((answer) => slots.parse(answer)).map(({ kind }) => kind);
        expect(kinds.filter((kind) => kind === "taken")).toHaveLength(150);
        expect(kinds.filter((kind) => kind === "hour-used-up")).toHaveLength(50);
        expect(await rows("SELECT used FROM points")).toEqual([{ used: 150 }]);
        expect(await rows("SELECT next_at FROM egress")).toEqual([{ next_at: NOW + 150 * SLOT_SPACING_MS }]);
      },
      PATIENCE_MS,
    );

    it(
      "never hold the same account",
      async () => {
        for (const id of IDS) await database().accounts.insert(account({ id }));
        const winners = await winnersOf(race({ kind: "acquire", ids: IDS }));
        expect(toMap(await rows("SELECT id, lease AS winner FROM accounts WHERE id LIKE 'id-%'"))).toEqual(winners);
      },
      PATIENCE_MS,
    );

    it(
      "never both make a deal",
      async () => {
        const winners = await winnersOf(race({ kind: "write", ids: IDS, readRevision: 0, key: "shared" }));
        expect(toMap(await rows("SELECT key AS id, reason AS winner FROM deals WHERE revision = 1"))).toEqual(winners);
        expect(toMap(await rows("SELECT guid AS id, digest AS winner FROM documents"))).toEqual(winners);
      },
      PATIENCE_MS,
    );

    it(
      "never both write from the same revision",
      async () => {
        await writeDeals(
          database(),
          IDS.map((id) => dealWrite({ key: id, orderNumber: id })),
        );
        const winners = await winnersOf(race({ kind: "write", ids: IDS, readRevision: 1, key: "shared" }));
        expect(toMap(await rows("SELECT key AS id, reason AS winner FROM deals WHERE revision = 2"))).toEqual(winners);
        expect(toMap(await rows("SELECT guid AS id, digest AS winner FROM documents"))).toEqual(winners);
      },
      PATIENCE_MS,
    );

    it(
      "never both give the same number to a new deal",
      async () => {
        const winners = await winnersOf(race({ kind: "write", ids: IDS, readRevision: 0, key: "own" }));
        expect(toMap(await rows("SELECT order_number AS id, reason AS winner FROM deals"))).toEqual(winners);
        expect(await rows("SELECT count(*) AS count FROM documents")).toEqual([{ count: IDS.length }]);
      },
      PATIENCE_MS,
    );

    it(
      "never both give the same number to a deal that had none",
      async () => {
        const numberless = IDS.flatMap((id) => [`one-${id}`, `two-${id}`]).map((id) =>
          dealWrite({ key: id, orderNumber: null, status: "held", wanted: null }),
        );
        await writeDeals(database(), numberless);
        const winners = await winnersOf(race({ kind: "write", ids: IDS, readRevision: 1, key: "own" }));
        const numbered = "SELECT order_number AS id, reason AS winner FROM deals WHERE order_number IS NOT NULL";
        expect(toMap(await rows(numbered))).toEqual(winners);
      },
      PATIENCE_MS,
    );

    it(
      "never both are the first base of a connection",
      async () => {
        for (const id of IDS) await database().connections.insert(connection({ id }), key(id, id));
        const winners = await winnersOf(race({ kind: "infobase", ids: IDS }));
        const remembered = "SELECT id, infobases->>0 AS winner FROM connections WHERE id LIKE 'id-%'";
        expect(toMap(await rows(remembered))).toEqual(winners);
      },
      PATIENCE_MS,
    );

    it(
      "use the keys of one of them",
      async () => {
        const [one, two] = await race({ kind: "keyring" });
        expect(one).toEqual(two);
      },
      PATIENCE_MS,
    );
  },
  shared,
);

describeStorage(
  "two processes that start together on an empty database",
  ({ rows, url }) => {
    const start = startRacers();

    it(
      "apply each migration once",
      async () => {
        const answers = await start([
          { kind: "migrate", url: url(), racer: "one" },
          { kind: "migrate", url: url(), racer: "two" },
        ]);
        const applied = answers.flatMap((answer) => names.parse(answer));
        expect(applied.sort()).toEqual(migrations.map(({ name }) => name).sort());
        expect(await rows("SELECT count(*) AS count FROM deals")).toEqual([{ count: 0 }]);
      },
      PATIENCE_MS,
    );
  },
  shared,
  { isMigrated: false },
);
