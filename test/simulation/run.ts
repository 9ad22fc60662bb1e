/** Plays one scenario and checks what must hold whatever happened in it. */
import { createClient } from "@libsql/client";
import { alfaAuto } from "../../adapters/alfa-auto/index.ts";
import { createCalltouchSandbox } from "../../sandbox/calltouch/index.ts";
import type { Adapter } from "../../src/adapter.ts";
import type { Connection } from "../../src/database/connections.ts";
import { createDatabase } from "../../src/database/database.ts";
import { migrate } from "../../src/database/migrate.ts";
import type { LogEvent } from "../../src/platform.ts";
import { sealToken } from "../../src/token.ts";
import { checkEnd, checkMoment, createWatch, type Violation } from "./invariants.ts";
import { type BridgeProcess, createProcess, type Mutation, openVault } from "./process.ts";
import type { Action, Scenario } from "./scenario.ts";
import { createWorld, type World } from "./world.ts";

export const SITE = { siteId: "41234", token: "site-token" };
/** Two accounts of one site share its points and its order numbers. */
export const ACCOUNT_IDS = ["account-a", "account-b"] as const;
export const connectionOf = (family: number) => `connection-${family % ACCOUNT_IDS.length}`;
const NOON = Date.UTC(2026, 10, 22, 9);
const HOUR_MS = 3_600_000;
/** More than any scenario needs; reached only by something that goes round in circles. */
const STEPS_MAX = 60_000;
const DATABASE_FAILURE = 0.05;
const SLOW_MS_MAX = 600;

interface Batch {
  connection: Connection;
  documents: readonly unknown[];
}

export interface Run {
  violations: Violation[];
  trace: readonly string[];
  logs: readonly LogEvent[];
  steps: number;
  /** Whether there were enough awaits for `killAt`. */
  died: boolean;
}

export async function play(scenario: Scenario, mutation: Mutation = {}): Promise<Run> {
  const world = createWorld(scenario.seed, NOON + scenario.startMinute * 60_000);
  const base = createClient({ url: ":memory:" });
  const logs: LogEvent[] = [];
  try {
    const stage = await createStage(scenario, mutation, world, base, logs);
    for (const action of scenario.actions) {
      await stage.act(action);
      // Some of what was started goes on before the next thing happens, some of it meanwhile.
      await world.run(world.now(), Math.floor(world.random() * 60));
      checkMoment(stage.watch);
    }
    await stage.calmDown();
    return { violations: await stage.finish(), trace: world.trace, logs, steps: world.steps(), died: stage.died() };
  } finally {
    base.close();
  }
}

type Client = ReturnType<typeof createClient>;

async function createStage(scenario: Scenario, mutation: Mutation, world: World, base: Client, logs: LogEvent[]) {
  const sandbox = createCalltouchSandbox({
    now: world.now,
    sleep: (ms: number) => world.sleep("calltouch", ms),
    knobs: {
      duplicateCreate: scenario.duplicateCreate,
      listingLagMs: scenario.listingLagMs,
      listingOrderNumber: scenario.listingOrderNumber,
    },
  });
  sandbox.control.addSite({ ...SITE, hourlyPoints: scenario.hourlyPoints, dailyPoints: scenario.dailyPoints });
  await migrate(base, world.now);
  const database = createDatabase(base);
  const connections = await seed(database, scenario);
  const watch = createWatch(sandbox, scenario, database);

  let isOut = false;
  let failure = 0;
  const fetch = async (request: Request) => {
    if (isOut) throw Object.assign(new TypeError("connection refused"), { code: "ECONNREFUSED" });
    const response = await sandbox.fetch(request);
    watch.afterRequest(response.status);
    return response;
  };
  let awaits = 0;
  let isEnding = false;
  const dies = () => {
    if (isEnding) return false;
    awaits += 1;
    return awaits === scenario.killAt;
  };
  let born = 0;
  const start = (): BridgeProcess => {
    born += 1;
    const adapter: Adapter = alfaAuto;
    const name = `bridge${born}`;
    const databaseFailure = () => failure;
    const slowness = () => (world.chance(scenario.slowness) ? Math.ceil(world.random() * SLOW_MS_MAX) : 0);
    return createProcess({
      world,
      name,
      client: base,
      fetch,
      adapter,
      databaseFailure,
      dies,
      slowness,
      mutation,
      logs,
    });
  };
  const processes = [start(), start()];
  /** A process that has died is replaced, as a supervisor would do it. */
  function processAt(index: number): BridgeProcess {
    const running = processes[index];
    if (running && !running.isDead()) return running;
    const fresh = start();
    processes[index] = fresh;
    return fresh;
  }

  /** Documents the ERP has sent and has no answer for yet. */
  const unanswered = new Set<Batch>();
  async function post(process: BridgeProcess, batch: Batch): Promise<void> {
    unanswered.add(batch);
    const { connection, documents } = batch;
    const account = { id: connection.accountId, siteId: SITE.siteId };
    const results = await process.post({ connection, account, documents, isManual: false });
    if (results.every(({ retry }) => !retry)) unanswered.delete(batch);
  }
  /** Each base posts its own documents. */
  const toBatches = (documents: readonly { family: number; document: unknown }[]): Batch[] =>
    connections.map((connection) => ({
      connection,
      documents: documents
        .filter(({ family }) => connectionOf(family) === connection.id)
        .map(({ document }) => document),
    }));
  const histories = scenario.families.flatMap((family, index) =>
    family.map(({ states }) => ({ family: index, states })),
  );
  const launch = (work: Promise<unknown>) => void work.catch(() => {});

  async function act(action: Action): Promise<void> {
    switch (action.kind) {
      case "post": {
        const documents = action.documents.flatMap(({ history, state }) => {
          const chosen = histories[history];
          return chosen ? [{ family: chosen.family, document: chosen.states[state] }] : [];
        });
        for (const batch of toBatches(documents)) {
          if (batch.documents.length > 0) launch(post(processAt(action.process), batch));
        }
        return;
      }
      case "tick":
        return launch(processAt(action.process).tick());
      case "wait":
        await world.run(world.now() + action.ms, STEPS_MAX);
        return;
      case "fault":
        return sandbox.control.fault(action.fault);
      case "crash":
        processAt(action.process).kill();
        processes[action.process] = start();
        return;
      case "stall":
        return processAt(action.process).stall(action.at, action.skip, action.ms);
      case "outage": {
        isOut = true;
        // The timer of a production entry keeps knocking meanwhile.
        for (let part = 0; part < 12; part += 1) {
          launch(processAt(part % 2).tick());
          await world.run(world.now() + action.ms / 12, STEPS_MAX);
        }
        isOut = false;
        return;
      }
      case "revoke":
      case "restore":
        return sandbox.control.updateSite(SITE.siteId, { tokenRevoked: action.kind === "revoke" });
      case "delete-by-hand":
        return watch.deleteByHand(action.family);
      case "database-trouble":
        failure = action.isOn ? DATABASE_FAILURE : 0;
        return;
      default:
        action satisfies never;
    }
  }

  return {
    watch,
    act,
    /** Faults stop. In a calm scenario this is where nudges alone must have brought everything to Calltouch. */
    async calmDown(): Promise<void> {
      isEnding = true;
      failure = 0;
      sandbox.control.clearFaults();
      sandbox.control.updateSite(SITE.siteId, { tokenRevoked: false });
      const cameToRest = await world.run(Number.POSITIVE_INFINITY, STEPS_MAX);
      if (!cameToRest) watch.report("rest", "the bridge goes round in circles");
      if (scenario.isCalm && unanswered.size === 0) await watch.checkWakeUps(world.now());
      // The ERP repeats what was not answered, and sends the last state of everything.
      const last = histories.map(({ family, states }) => ({ family, document: states.at(-1) }));
      for (const batch of [...unanswered, ...toBatches(last)]) {
        launch(post(processAt(0), batch));
        await world.run(Number.POSITIVE_INFINITY, STEPS_MAX);
      }
      for (let round = 0; round < 400 && (await watch.dueCount()) > 0; round += 1) {
        launch(processAt(round % 2).tick());
        await world.run(world.now() + (round < 60 ? 20_000 : HOUR_MS / 2), STEPS_MAX);
      }
      await world.run(Number.POSITIVE_INFINITY, STEPS_MAX);
      if (unanswered.size > 0) watch.report("answered", `${unanswered.size} posts were never answered`);
    },
    died: () => scenario.killAt !== undefined && awaits >= scenario.killAt,
    finish: () => checkEnd(watch),
  };
}

async function seed(database: ReturnType<typeof createDatabase>, scenario: Scenario): Promise<Connection[]> {
  const connections: Connection[] = [];
  for (const [index, accountId] of ACCOUNT_IDS.entries()) {
    await database.accounts.insert({
      id: accountId,
      name: accountId,
      siteId: SITE.siteId,
      token: await sealToken(openVault, accountId, SITE.token),
      timeZone: "Europe/Moscow",
      hourlyPoints: scenario.hourlyPoints,
      dailyPoints: scenario.dailyPoints,
      requestPoints: 1,
      livePercent: 10,
      listingLagMs: scenario.listingLagMs + 2_000,
      createdAt: NOON,
    });
    const connection: Connection = {
      id: connectionOf(index),
      adapter: alfaAuto.id,
      name: connectionOf(index),
      accountId,
      timeZone: "Europe/Moscow",
      sinceAt: 0,
      dryRun: false,
      settings: {},
      infobases: [],
      createdAt: NOON,
    };
    await database.connections.insert(connection, {
      id: accountId,
      connectionId: connection.id,
      hash: "",
      createdAt: NOON,
    });
    connections.push(connection);
  }
  return connections;
}
