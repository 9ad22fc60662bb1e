/** The world of one MoySklad scenario: the shop, Calltouch, a database, two bridges, clients and managers. */
import type { Client } from "@libsql/client";
import * as z from "zod";
import { moysklad } from "../../adapters/moysklad/index.ts";
import { createCalltouchSandbox } from "../../sandbox/calltouch/index.ts";
import { createMoyskladSandbox } from "../../sandbox/moysklad/index.ts";
import { createDatabase } from "../../src/database/database.ts";
import { migrate } from "../../src/database/migrate.ts";
import type { LogEvent } from "../../src/platform.ts";
import { SITE } from "./base.ts";
import { createPool, launch } from "./pool.ts";
import { ADMIN_TOKEN, CALLTOUCH_URL, ERP_URL, type Mutation, PUBLIC_URL } from "./process.ts";
import { CONNECTION_ID, openShop, openSite, SHOP_TOKEN, seedShop } from "./shop.ts";
import { checkShopEnd, checkShopMoment, createShopWatch } from "./shop-invariants.ts";
import { createPeople } from "./shop-people.ts";
import type { ShopAction, ShopScenario, Side } from "./shop-scenario.ts";
import type { World } from "./world.ts";

const STEPS_MAX = 60_000;
const TIMER_MS = 20_000;
const HOOK_MS = 10_000;

export interface ShopStageOptions {
  scenario: ShopScenario;
  mutation: Mutation;
  world: World;
  client: Client;
  logs: LogEvent[];
}

const setupAnswer = z.object({ ok: z.boolean(), hooks: z.object({ calltouch: z.string() }) });

export async function createShopStage({ scenario, mutation, world, client, logs }: ShopStageOptions) {
  const out = new Set<Side>();
  const refused = () => Object.assign(new TypeError("connection refused"), { code: "ECONNREFUSED" });
  /** To either bridge, as a balancer would send it; one that has died never answers. */
  async function send(request: Request): Promise<Response> {
    if (out.has("bridge")) throw refused();
    const late = world.sleep("webhook", HOOK_MS).then((): Response => {
      throw new TypeError("no answer");
    });
    return Promise.race([pool.at(Math.floor(world.random() * 2)).fetch(request), late]);
  }
  const calltouch = createCalltouchSandbox({
    now: world.now,
    sleep: (ms: number) => world.sleep("calltouch", ms),
    send,
    knobs: scenario.calltouch,
  });
  const shop = createMoyskladSandbox({
    now: world.now,
    sleep: (ms: number) => world.sleep("moysklad", ms),
    webhookTimer: (ms: number) => world.sleep("webhook", ms),
    baseUrl: ERP_URL,
    send,
    // What a network packs and unpacks takes turns of the event loop that nobody can count.
    knobs: { ...scenario.moysklad, gzip: false },
  });
  openSite(calltouch);
  const stateIds = openShop(shop);
  await migrate(client, world.now);
  const database = createDatabase(client);
  let settings: Record<string, unknown> = { ...scenario.settings };
  await seedShop(database, settings, scenario.calltouch.listingLagMs ?? 0, world.now());

  const fetch = async (request: Request) => {
    const side = request.url.startsWith(CALLTOUCH_URL) ? "calltouch" : "moysklad";
    if (out.has(side)) throw refused();
    return (side === "calltouch" ? calltouch : shop).fetch(request);
  };
  const { slowness, killAt } = scenario;
  const pool = createPool({ world, client, fetch, adapter: moysklad, slowness, killAt, mutation, logs });
  const people = createPeople({ world, calltouch, shop, stateIds });
  const watch = createShopWatch({ scenario, calltouch, shop, client, people });

  async function admin(method: string, path: string, body?: unknown): Promise<Response> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" };
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    return pool.at(0).fetch(new Request(`${PUBLIC_URL}/admin${path}`, { method, headers, ...init }));
  }
  const patchSettings = () => admin("PATCH", `/connections/${CONNECTION_ID}`, { settings });

  /** The answer, once the world has come to it. */
  async function answered(work: Promise<Response>): Promise<Response | undefined> {
    let answer: Response | undefined;
    const keep = async () => {
      answer = await work;
    };
    launch(keep());
    for (let round = 0; round < 30 && !answer; round += 1) await world.run(world.now() + 2_000, STEPS_MAX);
    return answer;
  }

  async function setUp(): Promise<void> {
    const response = await answered(admin("POST", `/connections/${CONNECTION_ID}/setup`));
    const { ok, hooks } = setupAnswer.parse(await response?.json());
    if (!ok) watch.report("setup", "the setup failed although nothing was wrong");
    calltouch.control.setHook(SITE.siteId, { url: hooks.calltouch, method: "POST" });
    pool.begin();
  }

  /** The timers of both entries. */
  async function pass(ms: number, everyMs = TIMER_MS): Promise<void> {
    const until = world.now() + ms;
    for (let part = 0; world.now() < until; part += 1) {
      launch(pool.at(part % 2).tick());
      launch(pool.at(part % 2).poll());
      await world.run(Math.min(until, world.now() + everyMs), STEPS_MAX);
    }
  }

  async function act(action: ShopAction): Promise<void> {
    switch (action.kind) {
      case "wait":
        return pass(action.ms);
      case "settings":
        settings = { ...settings, ...action.patch };
        watch.settings.push(settings);
        return launch(patchSettings());
      case "hooks":
        return void calltouch.control.setKnobs({ hookCopies: action.copies, hookOrder: action.order });
      case "payments":
        return void shop.control.setKnobs({ paymentTouchesOrder: action.touchOrders });
      case "calltouch-fault":
        return calltouch.control.fault(action.fault);
      case "moysklad-fault":
        return shop.control.fault(action.fault);
      case "crash":
        return pool.crash(action.process);
      case "stall":
        return pool.at(action.process).stall(action.at, action.skip, action.ms);
      case "outage":
        out.add(action.side);
        await pass(action.ms, Math.max(TIMER_MS, action.ms / 12));
        out.delete(action.side);
        return;
      case "revoke":
      case "restore":
        return setRevoked(action.side, action.kind === "revoke");
      case "database-trouble":
        return pool.setFailure(action.failure);
      default:
        return people.act(action);
    }
  }

  /** The operator does what may not have been answered once more. */
  async function repeatSettings(): Promise<void> {
    if (watch.settings.length === 1) return;
    const response = await answered(patchSettings());
    if (response?.status !== 200) watch.report("settings", `a change of settings ended with ${response?.status}`);
  }

  function setRevoked(side: "calltouch" | "moysklad", tokenRevoked: boolean): void {
    if (side === "calltouch") calltouch.control.updateSite(SITE.siteId, { tokenRevoked });
    else shop.control.updateAccount(SHOP_TOKEN, { tokenRevoked });
  }

  return {
    setUp,
    act,
    checkMoment: () => checkShopMoment(watch),
    async calmDown(): Promise<void> {
      pool.calmDown();
      calltouch.control.clearFaults();
      shop.control.clearFaults();
      setRevoked("calltouch", false);
      setRevoked("moysklad", false);
      await repeatSettings();
      await pass(scenario.calmMs, 60_000);
    },
    died: pool.died,
    async finish() {
      await checkShopEnd(watch);
      return watch.violations;
    },
  };
}
