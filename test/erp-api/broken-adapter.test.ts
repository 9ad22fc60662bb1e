/** An adapter that breaks on one thing does not take the rest with it, and the operator learns of it. */
import { describe, expect, it } from "vitest";
import { adapters } from "../../adapters/index.ts";
import { moysklad } from "../../adapters/moysklad/index.ts";
import type { Adapter } from "../../src/adapter.ts";
import { createBridge } from "../../src/bridge.ts";
import { ADMIN_TOKEN, CALLTOUCH_URL, ENCRYPTION_KEY, ERP_URL } from "../scene.ts";
import { createMoyskladScene, type MoyskladScene } from "./stage.ts";

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

type Api = NonNullable<Adapter["api"]>;
const ofMoysklad: Adapter | undefined = adapters.find(({ id }) => id === moysklad.id);

/** A bridge beside the scene's own, whose adapter is changed. Moves the clock while it polls and delivers. */
async function createBroken(
  scene: MoyskladScene,
  change: (api: Api) => Partial<Api>,
  toDeal?: (usual: Adapter["toDeal"]) => Adapter["toDeal"],
) {
  if (!ofMoysklad?.api) throw new Error("the adapter has an API");
  const broken: Adapter = {
    ...ofMoysklad,
    ...(toDeal ? { toDeal: toDeal(ofMoysklad.toDeal) } : {}),
    api: { ...ofMoysklad.api, ...change(ofMoysklad.api) },
  };
  const bridge = await createBridge({
    platform: scene.platform,
    client: scene.client,
    config: {
      adminToken: ADMIN_TOKEN,
      encryptionKey: ENCRYPTION_KEY,
      calltouchUrl: CALLTOUCH_URL,
      erpUrls: { moysklad: ERP_URL },
    },
    adapters: [broken],
    limits: { wallMs: 60_000, requests: 1_000 },
  });
  return async (ms: number, stepMs: number) => {
    for (const until = scene.clock.now() + ms; scene.clock.now() < until; scene.clock.advance(stepMs)) {
      await bridge.poll();
      await scene.idle();
      await bridge.tick();
    }
  };
}

describe("an adapter that breaks", () => {
  it("on one lead places the others, tries that one again, and gives it to a person in the end", async () => {
    const scene = await createMoyskladScene({ hooks: { calltouch: false } });
    let tries = 0;
    const run = await createBroken(scene, ({ placeLead }) => ({
      placeLead(lead, context) {
        if (lead.phone !== "79990000000") return placeLead(lead, context);
        tries += 1;
        throw new RangeError("planted");
      },
    }));
    scene.callIn({ phones: ["79990000000"] });
    scene.callIn();
    scene.clock.advance(5 * MINUTE);
    await run(2_000, 1_000);
    expect(scene.counts()).toEqual({ counterparties: 1, orders: 1, deals: 1 });
    expect((await scene.leads()).map(({ status }) => status)).toEqual(["due", "placed"]);
    await run(DAY / 4, MINUTE);
    expect((await scene.admin("GET", "/leads")).body["leads"]).toMatchObject([{ code: "INTERNAL" }]);
    expect(tries).toBeLessThan(40);
    expect(scene.logs).toContainEqual(expect.objectContaining({ event: "lead-failed", error: "RangeError" }));
  }, 60_000);

  it("in its poll pauses the exchange, longer each time, and says so", async () => {
    const scene = await createMoyskladScene();
    let polls = 0;
    const run = await createBroken(scene, () => ({
      poll() {
        polls += 1;
        throw new RangeError("planted");
      },
    }));
    scene.clock.advance(5 * MINUTE);
    await run(30 * MINUTE, 1_000);
    expect(polls).toBeGreaterThan(4);
    expect(polls).toBeLessThan(12);
    const { body } = await scene.admin("GET", `/connections/${scene.connectionId}`);
    expect(body["exchange"]).toMatchObject({ code: "INTERNAL" });
    await scene.live(6 * MINUTE, 10_000);
    expect((await scene.admin("GET", `/connections/${scene.connectionId}`)).body["exchange"]).toBeUndefined();
  }, 60_000);

  it.each([true, false])(
    "on some orders makes deals of the others, named by webhooks: %s",
    async (isNamed) => {
      const scene = await createMoyskladScene({ settings: { orders: "all" }, hooks: { moysklad: false } });
      const agentId = scene.erp.addCounterparty({ name: "Пётр" });
      const addOrder = (sum: number) => scene.erp.addOrder({ agentId, sum, stateId: scene.states.Выполнен });
      const breaking = Array.from({ length: 12 }, () => addOrder(5_000));
      const ids = [...breaking, addOrder(7_000)];
      const keys = isNamed ? ids.map((id) => `customerorder:${id}`) : [];
      const run = await createBroken(
        scene,
        () => ({}),
        (usual) => (documents, context) => {
          if (breaking.some((id) => JSON.stringify(documents).includes(id))) throw new RangeError("planted");
          return usual(documents, context);
        },
      );
      await scene.client.execute({
        sql: "INSERT INTO hook_events (connection_id, key, received_at) SELECT ?, value, 0 FROM json_each(?)",
        args: [scene.connectionId, JSON.stringify(keys)],
      });
      scene.clock.advance(5 * MINUTE);
      await run(2 * MINUTE, 1_000);
      expect(scene.deals().map(({ revenue }) => revenue)).toEqual(["70.00"]);
      expect(scene.logs).toContainEqual(expect.objectContaining({ event: "document-refused", code: "INTERNAL" }));
      const { rows } = await scene.client.execute("SELECT reason_code FROM exchanges");
      expect(rows).toMatchObject([{ reason_code: null }]);
      expect((await scene.client.execute("SELECT key FROM hook_events")).rows).toEqual([]);
    },
    60_000,
  );

  it("by never coming to an end is stopped in each run, and does not turn for ever", async () => {
    const scene = await createMoyskladScene();
    let polls = 0;
    const run = await createBroken(scene, () => ({
      async poll(context) {
        polls += 1;
        await context.sleep(100);
        return context.isSpent()
          ? { kind: "spent" }
          : { kind: "done", value: { documents: [], memory: { polls }, isDone: false } };
      },
    }));
    scene.clock.advance(5 * MINUTE);
    await run(1, 1_000);
    expect(polls).toBeGreaterThan(100);
    expect(polls).toBeLessThanOrEqual(201);
  });
});
