/** When nothing may be written: a trial, an account without the automatic exchange, a connection that is gone. */
import { describe, expect, it } from "vitest";
import { createMoyskladScene, type MoyskladScene, only, PHONE } from "./stage.ts";

const MINUTE = 60_000;
const NONE = { counterparties: 0, orders: 0, deals: 0 };
const ONE = { counterparties: 1, orders: 1, deals: 1 };

const written = ({ erp }: MoyskladScene) => erp.requests().filter(({ method }) => method !== "GET");

describe("a trial", () => {
  it("reads, writes nothing into MoySklad, sends nothing to Calltouch, and asks no more often than otherwise", async () => {
    const scene = await createMoyskladScene({
      connection: { dryRun: true },
      settings: { orders: "all" },
      isSetUp: false,
    });
    const agentId = scene.erp.addCounterparty({ name: "Пётр", phone: `+${PHONE}` });
    scene.erp.addOrder({ agentId, sum: 5_000 });
    scene.callIn({ phones: ["79997654321"] });
    await scene.live(11 * MINUTE, 1_000);
    expect(written(scene)).toEqual([]);
    expect(scene.erp.requests().length).toBeLessThanOrEqual(3 * 4);
    expect(scene.counts()).toEqual({ counterparties: 1, orders: 1, deals: 0 });
    expect(only(await scene.leads())).toMatchObject({ status: "skipped", reason_code: "DRY_RUN" });
  }, 60_000);

  it("that is over sends the orders of its time, and makes no orders of its calls", async () => {
    const scene = await createMoyskladScene();
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, { dryRun: true });
    scene.callIn();
    await scene.settle();
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, { dryRun: false });
    await scene.live(6 * MINUTE, 10_000);
    expect(scene.counts()).toEqual(NONE);
    scene.callIn();
    await scene.settle();
    expect(scene.counts()).toEqual(ONE);
  });

  it("that begins while a lead is on its way keeps it until the end of the trial", async () => {
    const scene = await createMoyskladScene();
    scene.erp.fault({ kind: "html502", times: 1_000 });
    scene.callIn();
    await scene.settle();
    scene.erp.clearFaults();
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, { dryRun: true });
    scene.erp.clearRequests();
    await scene.live(6 * MINUTE, 10_000);
    expect(written(scene)).toEqual([]);
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, { dryRun: false });
    await scene.live(MINUTE, 10_000);
    expect(scene.counts()).toEqual(ONE);
  });

  it("is told by setup that nothing is made in it", async () => {
    const scene = await createMoyskladScene({ connection: { dryRun: true }, isSetUp: false });
    const answer = await scene.admin("POST", `/connections/${scene.connectionId}/setup`);
    expect(answer).toMatchObject({ status: 409, body: { code: "DRY_RUN" } });
    expect(scene.erp.webhooks()).toEqual([]);
  });
});

describe("an account without the automatic exchange", () => {
  it("keeps leads until it is switched on, and does not ask for them over and over", async () => {
    const scene = await createMoyskladScene();
    await scene.admin("PATCH", `/accounts/${scene.accountId}`, { autoExchange: false });
    scene.callIn();
    await scene.live(6 * MINUTE, 1_000);
    expect(scene.counts()).toEqual(NONE);
    expect(scene.erp.requests().length).toBeLessThanOrEqual(2 * 4);
    await scene.admin("PATCH", `/accounts/${scene.accountId}`, { autoExchange: true });
    await scene.live(MINUTE, 5_000);
    expect(scene.counts()).toEqual(ONE);
  }, 60_000);
});

describe("a paused account", () => {
  it("does not keep orders from being made; their deals follow", async () => {
    const scene = await createMoyskladScene();
    scene.sandbox.control.updateSite("41234", { tokenRevoked: true });
    scene.callIn();
    await scene.settle();
    expect(scene.counts()).toEqual({ ...ONE, deals: 0 });
    scene.sandbox.control.updateSite("41234", { tokenRevoked: false });
    await scene.live(65 * MINUTE, 60_000);
    expect(scene.counts()).toEqual(ONE);
  });
});

describe("a connection that was deleted", () => {
  it("is not read any more, takes no leads, and its webhooks are turned away", async () => {
    const scene = await createMoyskladScene();
    scene.callIn();
    await scene.settle();
    expect((await scene.admin("DELETE", `/connections/${scene.connectionId}`)).status).toBe(200);
    scene.erp.clearRequests();
    scene.erp.clearDeliveries();
    scene.callIn({ phones: ["79997654321"] });
    scene.move("Подтвержден");
    await scene.settle();
    await scene.live(6 * MINUTE, 10_000);
    expect(scene.erp.requests()).toEqual([]);
    expect(new Set(scene.erp.deliveries().map(({ status }) => status))).toEqual(new Set([404]));
    expect(await scene.leads()).toEqual([]);
  });
});
