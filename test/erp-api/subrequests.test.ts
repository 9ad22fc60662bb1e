/** On a free Worker: never more than fifty subrequests an invocation, the database's among them, and always further. */
import type { Client } from "@libsql/client";
import { describe, expect, it } from "vitest";
import { adapters } from "../../adapters/index.ts";
import { createBridge } from "../../src/bridge.ts";
import { isSpent, NUDGED_MAX, runScheduled, SUBREQUESTS_MAX, type Subrequests } from "../../src/subrequests.ts";
import { visits } from "../dispatcher/stage.ts";
import { JOBS, SEPTEMBER } from "../jobs/stage.ts";
import {
  ADMIN_TOKEN,
  CALLTOUCH_URL,
  createScene,
  ENCRYPTION_KEY,
  ERP_URL,
  PUBLIC_URL,
  type Scene,
  type SceneOptions,
  SITE,
} from "../scene.ts";
import { createMoyskladScene, type MoyskladScene, only, PHONE } from "./stage.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** A day. */
const CALLS = 500;

/** Invocations as src/worker.ts makes them: a bridge of its own for each, and what it asks is counted. */
function createWorker(scene: Pick<MoyskladScene, "platform" | "client" | "clock">) {
  const used: number[] = [];
  async function invoke(work: (bridge: Awaited<ReturnType<typeof createBridge>>, subrequests: Subrequests) => unknown) {
    // The database's client asks for its protocol first.
    const subrequests = { used: 2, max: NUDGED_MAX };
    const count = <T>(call: () => T): T => {
      subrequests.used += 1;
      return call();
    };
    const background = new Set<Promise<unknown>>();
    const bridge = await createBridge({
      platform: {
        ...scene.platform,
        fetch: (request) => count(() => scene.platform.fetch(request)),
        background: (promise) => void background.add(promise.finally(() => background.delete(promise))),
      },
      client: countClient(scene.client, count),
      config: {
        adminToken: ADMIN_TOKEN,
        encryptionKey: ENCRYPTION_KEY,
        calltouchUrl: CALLTOUCH_URL,
        erpUrls: { moysklad: ERP_URL },
        publicUrl: PUBLIC_URL,
      },
      adapters,
      limits: { wallMs: 30_000, requests: 20, isSpent: () => isSpent(subrequests) },
    });
    await work(bridge, subrequests);
    for (let left = [...background]; left.length > 0; left = [...background]) {
      await Promise.all(left);
      for (const done of left) background.delete(done);
    }
    used.push(subrequests.used);
  }
  return {
    used,
    fetch: async (request: Request) => {
      await invoke((bridge) => bridge.fetch(request));
      return new Response(null, { status: 204 });
    },
    /** The cron of so many minutes. */
    async run(minutes: number) {
      for (let minute = 0; minute < minutes; minute += 1) {
        scene.clock.advance(MINUTE);
        await invoke(runScheduled);
      }
    },
  };
}

function countClient(client: Client, count: <T>(call: () => T) => T): Client {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      const bound = value.bind(target);
      return name === "execute" || name === "batch" ? (...args: unknown[]) => count(() => bound(...args)) : bound;
    },
  });
}

describe("a Worker of fifty subrequests", () => {
  it("places a lead of the journal, and follows its order, by the cron alone", async () => {
    const scene = await createMoyskladScene({ hooks: { calltouch: false, moysklad: false } });
    const worker = createWorker(scene);
    scene.callIn();
    await worker.run(10);
    expect(only(scene.deals())).toMatchObject({ status: "PENDING", creates: 1 });
    scene.move("Подтвержден");
    await worker.run(10);
    expect(only(scene.deals())).toMatchObject({ status: "Подтвержден", creates: 1 });
    expect(Math.max(...worker.used)).toBeLessThanOrEqual(SUBREQUESTS_MAX);
  });

  it("goes on where it stopped with five hundred changed orders, twenty leads and their deals", async () => {
    const scene = await createMoyskladScene({
      settings: { orders: "all" },
      hooks: { calltouch: false, moysklad: false },
    });
    const worker = createWorker(scene);
    const agentId = scene.erp.addCounterparty({ name: "Пётр", phone: `+${PHONE}` });
    for (let index = 0; index < 500; index += 1) scene.erp.addOrder({ agentId, sum: 5_000 });
    for (let index = 10; index < 30; index += 1) scene.callIn({ phones: [`799912345${index}`] });
    await worker.run(60);
    expect(scene.counts()).toEqual({ counterparties: 21, orders: 520, deals: 520 });
    expect(Math.max(...worker.used)).toBeLessThanOrEqual(SUBREQUESTS_MAX);
  });

  it.each<[string, SceneOptions, (scene: Scene) => Promise<unknown>]>([
    [
      "the end of a trial",
      { connection: { dryRun: true } },
      ({ admin, connectionId }) => admin("PATCH", `/connections/${connectionId}`, { dryRun: false }),
    ],
    [
      "a job",
      { account: { autoExchange: false } },
      ({ call }) => call("POST", JOBS, { ...SEPTEMBER, actions: ["create"] }),
    ],
  ])("delivers what has been held and %s lets go, of which no invocation could fold all", async (_, held, letGo) => {
    const scene = await createScene(held);
    const documents = visits(1_500);
    for (let first = 0; first < documents.length; first += 100) await scene.post(documents.slice(first, first + 100));
    await letGo(scene);
    const worker = createWorker(scene);
    await worker.run(20);
    expect(scene.sandbox.control.deals()).toHaveLength(1_500);
    expect(Math.max(...worker.used)).toBeLessThanOrEqual(SUBREQUESTS_MAX);
  });

  it("catches up with the journals of weeks, of which no invocation could read all pages", async () => {
    const scene = await createMoyskladScene({ settings: { flows: { calls: false } }, hooks: { calltouch: false } });
    const worker = createWorker(scene);
    await worker.run(1);
    const days = 12;
    for (let index = 1; index <= days * CALLS; index += 1) {
      const at = scene.clock.now() + (index / CALLS) * DAY;
      scene.callIn({ at, finishedAt: at });
    }
    scene.clock.advance(days * DAY);
    await worker.run(days + 5);
    const { rows } = await scene.client.execute("SELECT count(*) AS count FROM leads");
    expect(rows[0]?.["count"]).toBe(days * CALLS);
    expect(Math.max(...worker.used)).toBeLessThanOrEqual(SUBREQUESTS_MAX);
  }, 30_000);

  it("places a lead within the invocation its webhook caused", async () => {
    const scene = await createMoyskladScene({ hooks: { calltouch: false } });
    const worker = createWorker(scene);
    const { body } = await scene.admin("POST", `/accounts/${scene.accountId}/check`);
    const hook = String(Object(body["hooks"]).calltouch);
    const at = String(Math.floor(scene.clock.now() / 1_000));
    const parameters = {
      leadtype: "call",
      callphase: "calldisconnected",
      id: "77",
      timestamp: at,
      duration: "10",
      siteId: SITE.siteId,
    };
    await worker.fetch(new Request(`${hook}?${new URLSearchParams({ ...parameters, callerphone: PHONE })}`));
    expect(scene.counts()).toMatchObject({ counterparties: 1, orders: 1 });
    expect(Math.max(...worker.used)).toBeLessThanOrEqual(SUBREQUESTS_MAX);
  });
});
