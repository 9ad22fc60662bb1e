/** A webhook does not say all of a lead: what it leaves out its journal is asked for at once, and waited for only so long. */
import { describe, expect, it } from "vitest";
import { SITE } from "../scene.ts";
import { createMoyskladScene, type MoyskladScene, only, PHONE } from "./stage.ts";

const ONE = { counterparties: 1, orders: 1, deals: 1 };
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** The journals have just been read, and are not to be read again for minutes. */
async function createReadScene(): Promise<MoyskladScene> {
  const scene = await createMoyskladScene();
  await scene.read();
  scene.clock.advance(10 * SECOND);
  return scene;
}

/** The webhooks of a cabinet in which nobody chose the parameter that tells who calls. */
async function tellWithoutPhone({ admin, accountId, sandbox }: MoyskladScene): Promise<void> {
  const { body } = await admin("POST", `/accounts/${accountId}/check`);
  const { calltouch: url } = Object(body["hooks"]);
  const parameters = ["leadtype", "id", "callphase", "timestamp", "duration", "status", "source"];
  sandbox.control.setHook(SITE.siteId, { url, method: "GET", parameters });
}

describe("a request told of by webhook", () => {
  it("is the client's whose e-mail only the journal tells, with what was written, within two seconds", async () => {
    const scene = await createReadScene();
    const agentId = scene.erp.addCounterparty({ name: "Мария", email: "Client@Example.ru" });
    const toldAt = scene.clock.now();
    scene.requestIn();
    await scene.settle();
    expect(scene.counts()).toMatchObject({ orders: 0 });
    await scene.read();
    expect(scene.counts()).toEqual(ONE);
    expect(scene.order()).toMatchObject({ agentId, description: expect.stringContaining("Нужен фильтр") });
    expect(only(scene.erp.counterparties())).toMatchObject({ phone: `+${PHONE}` });
    expect(scene.order().createdAt - toldAt).toBeLessThan(2 * SECOND);
  });

  it("that its journal shows later is looked for until then, and not for ever", async () => {
    const scene = await createMoyskladScene({ knobs: { journalLagMs: 50 * SECOND } });
    scene.requestIn();
    await scene.settle();
    await scene.live(40 * SECOND);
    expect(scene.counts()).toMatchObject({ orders: 0 });
    await scene.live(30 * SECOND);
    expect(scene.counts()).toEqual(ONE);
    expect(scene.order().description).toContain("Нужен фильтр");
    scene.sandbox.control.clearRequests();
    await scene.live(4 * MINUTE);
    const operations = scene.sandbox.control.requests().map(({ operation }) => operation);
    expect(operations.filter((operation) => operation === "requests")).toEqual([]);
  });

  it("is placed after five minutes by what is known when no journal answers, and the journal makes no second one", async () => {
    const scene = await createMoyskladScene();
    scene.sandbox.control.fault({ kind: "html502", path: "calls", times: 100 });
    scene.requestIn();
    await scene.settle();
    await scene.live(4 * MINUTE, 10 * SECOND);
    expect(scene.counts()).toMatchObject({ orders: 0 });
    await scene.live(2 * MINUTE, 10 * SECOND);
    expect(scene.counts()).toEqual(ONE);
    scene.sandbox.control.clearFaults();
    await scene.live(10 * MINUTE, 10 * SECOND);
    expect(scene.counts()).toEqual(ONE);
  });
});

describe("a call told of by webhook", () => {
  it("without its phone has it from the journal", async () => {
    const scene = await createReadScene();
    await tellWithoutPhone(scene);
    scene.callIn();
    await scene.settle();
    await scene.read();
    expect(scene.counts()).toEqual(ONE);
    expect(only(scene.erp.counterparties())).toMatchObject({ phone: `+${PHONE}` });
  });

  it("with its phone does not wait for the journal", async () => {
    const scene = await createMoyskladScene();
    scene.callIn();
    await scene.settle();
    expect(scene.counts()).toEqual(ONE);
    expect(scene.sandbox.control.requests().filter(({ operation }) => operation === "calls")).toEqual([]);
  });
});
