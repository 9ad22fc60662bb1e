/** The world of one 1C scenario: Calltouch, a database, two bridges, the bases that post and the people who operate them. */
import type { Client } from "@libsql/client";
import { createCalltouchSandbox } from "../../sandbox/calltouch/index.ts";
import type { Connection } from "../../src/database/connections.ts";
import { createDatabase } from "../../src/database/database.ts";
import { migrate } from "../../src/database/migrate.ts";
import type { LogEvent } from "../../src/platform.ts";
import { ACCOUNT_IDS, adapterOf, connectionOf, SITE, seed } from "./base.ts";
import { phoneOf } from "./dalion-family.ts";
import { checkEnd } from "./invariants.ts";
import { createPolicy } from "./policy.ts";
import { createPool, launch } from "./pool.ts";
import type { BridgeProcess, Mutation } from "./process.ts";
import type { Action, Scenario } from "./scenario.ts";
import { checkMoment, createWatch } from "./watch.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DATABASE_FAILURE = 0.05;
/** More than any scenario needs; reached only by something that goes round in circles. */
const STEPS_MAX = 60_000;
/** Until Calltouch has looked for the leads of all deals for the last time. */
const REMATCHED_MS = 27 * HOUR_MS;

interface Batch {
  connection: Connection;
  documents: readonly unknown[];
  isManual: boolean;
}

export interface StageOptions {
  scenario: Scenario;
  mutation: Mutation;
  world: World;
  client: Client;
  logs: LogEvent[];
}

export async function createStage({ scenario, mutation, world, client, logs }: StageOptions) {
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
  await migrate(client, world.now);
  const database = createDatabase(client);
  const connections = await seed(database, scenario);
  const policy = createPolicy(database, connections, ACCOUNT_IDS, world.now);
  if (scenario.kind === "dalion") addCalls();

  let isOut = false;
  const fetch = async (request: Request) => {
    if (isOut) throw Object.assign(new TypeError("connection refused"), { code: "ECONNREFUSED" });
    const response = await sandbox.fetch(request);
    watch.afterRequest(response.status);
    return response;
  };
  const { slowness, killAt } = scenario;
  const adapter = adapterOf(scenario);
  const pool = createPool({ world, client, fetch, adapter, slowness, killAt, mutation, logs });
  pool.begin();

  /** Documents the ERP has sent and has no answer for yet. */
  const unanswered = new Set<Batch>();
  const isQuiet = () => unanswered.size === 0;
  const watch = createWatch({ sandbox, scenario, database, client, connections, policy, isQuiet });

  /** Every client has called, and Calltouch knows it. */
  function addCalls(): void {
    for (const family of scenario.families.keys()) {
      const at = Date.UTC(2026, 10, 15, 9, family);
      sandbox.control.addLead({ siteId: SITE.siteId, kind: "call", at, phones: [phoneOf(family)] });
    }
  }

  async function post(process: BridgeProcess, batch: Batch): Promise<void> {
    unanswered.add(batch);
    const { connection, documents, isManual } = batch;
    const account = { id: connection.accountId, siteId: SITE.siteId };
    const results = await process.post({ connection, account, documents, isManual });
    if (results.every(({ retry }) => !retry)) unanswered.delete(batch);
  }
  /** Each base posts its own documents. */
  const toBatches = (documents: readonly { family: number; document: unknown }[], isManual = false): Batch[] =>
    connections.map((connection) => ({
      connection,
      isManual,
      documents: documents
        .filter(({ family }) => connectionOf(family) === connection.id)
        .map(({ document }) => document),
    }));
  const histories = scenario.families.flatMap((family, index) =>
    family.map(({ states }) => ({ family: index, states })),
  );

  /** The timer of a production entry knocks every so often. */
  async function pass(ms: number, everyMs: number): Promise<void> {
    const until = world.now() + ms;
    for (let part = 0; world.now() < until; part += 1) {
      launch(pool.at(part % 2).tick());
      if (scenario.kind === "dalion") launch(pool.at(part % 2).poll());
      await world.run(Math.min(until, world.now() + everyMs), STEPS_MAX);
    }
  }

  /** Until nothing is due and nothing is under review. */
  async function deliver(): Promise<void> {
    for (let round = 0; round < 400 && (await watch.isAtWork()); round += 1) {
      launch(pool.at(round % 2).tick());
      await world.run(world.now() + (round < 60 ? 20_000 : HOUR_MS / 2), STEPS_MAX);
    }
    await world.run(Number.POSITIVE_INFINITY, STEPS_MAX);
  }

  async function act(action: Action): Promise<void> {
    switch (action.kind) {
      case "post": {
        const { isManual = false } = action;
        const documents = action.documents.flatMap(({ history, state }) => {
          const chosen = histories[history];
          if (isManual && chosen) watch.sentByHand(chosen.family);
          return chosen ? [{ family: chosen.family, document: chosen.states[state] }] : [];
        });
        for (const batch of toBatches(documents, isManual)) {
          if (batch.documents.length > 0) launch(post(pool.at(action.process), batch));
        }
        return;
      }
      case "tick":
        return launch(pool.at(action.process).tick());
      case "poll":
        return launch(pool.at(action.process).poll());
      case "wait":
        await world.run(world.now() + action.ms, STEPS_MAX);
        return;
      case "fault":
        return sandbox.control.fault(action.fault);
      case "crash":
        return pool.crash(action.process);
      case "stall":
        return pool.at(action.process).stall(action.at, action.skip, action.ms);
      case "outage":
        isOut = true;
        await pass(action.ms, action.ms / 12);
        isOut = false;
        return;
      case "revoke":
      case "restore":
        return sandbox.control.updateSite(SITE.siteId, { tokenRevoked: action.kind === "revoke" });
      case "delete-by-hand":
        return watch.deleteByHand(action.family);
      case "database-trouble":
        return pool.setFailure(action.isOn ? DATABASE_FAILURE : 0);
      case "add-rule":
      case "change-rule":
      case "delete-rule":
      case "exchange":
        return policy.apply(action);
      default:
        action satisfies never;
    }
  }

  return {
    act,
    checkMoment: () => checkMoment(watch),
    /** Faults stop. In a calm scenario this is where nudges alone must have brought everything to Calltouch. */
    async calmDown(): Promise<void> {
      pool.calmDown();
      sandbox.control.clearFaults();
      sandbox.control.updateSite(SITE.siteId, { tokenRevoked: false });
      const cameToRest = await world.run(Number.POSITIVE_INFINITY, STEPS_MAX);
      if (!cameToRest) watch.report("rest", "the bridge goes round in circles");
      if (scenario.isCalm && unanswered.size === 0) await watch.checkWakeUps(world.now());
      // The ERP repeats what was not answered, and sends the last state of everything.
      const last = histories.map(({ family, states }) => ({ family, document: states.at(-1) }));
      for (const batch of [...unanswered, ...toBatches(last)]) {
        launch(post(pool.at(0), batch));
        await world.run(Number.POSITIVE_INFINITY, STEPS_MAX);
      }
      await deliver();
      if (unanswered.size > 0) watch.report("answered", `${unanswered.size} posts were never answered`);
    },
    died: pool.died,
    async finish() {
      await checkEnd(watch);
      if (scenario.kind === "dalion") {
        // What was kept back goes its way as soon as nothing keeps it.
        await policy.lift();
        await deliver();
        await pass(REMATCHED_MS, HOUR_MS / 2);
        await deliver();
        watch.isLookedForLeads = true;
        await checkEnd(watch);
      }
      return watch.violations;
    },
  };
}
