/** Whatever goes wrong in MoySklad: nothing is lost, the operator reads what to do, and it goes on when that is done. */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { ERP_URL, SITE } from "../scene.ts";
import { createMoyskladScene, type MoyskladScene, only, TOKEN } from "./stage.ts";

const MINUTE = 60_000;
const ONE = { counterparties: 1, orders: 1, deals: 1 };

const deadLeads = z.object({ leads: z.array(z.object({ id: z.number(), code: z.string(), message: z.string() })) });

async function deadOf(scene: MoyskladScene) {
  return deadLeads.parse((await scene.admin("GET", "/leads")).body).leads;
}

async function troubleOf(scene: MoyskladScene): Promise<unknown> {
  const { body } = await scene.admin("GET", `/connections/${scene.connectionId}`);
  return body["exchange"];
}

describe("a lead that MoySklad refuses", () => {
  it("for a field the merchant made obligatory waits for a person, and is placed once that is mended", async () => {
    const scene = await createMoyskladScene();
    const fieldId = scene.erp.requireAttribute("Откуда узнали");
    scene.callIn();
    await scene.settle();
    const lead = only(await deadOf(scene));
    expect(lead.code).toBe("REQUIRED_FIELD");
    expect(lead.message).toContain("«Откуда узнали»");
    await scene.readLater();
    expect(scene.counts().orders).toBe(0);
    scene.erp.removeAttribute(fieldId);
    expect((await scene.admin("POST", `/leads/${lead.id}/retry`)).status).toBe(200);
    await scene.settle();
    expect(scene.counts()).toEqual(ONE);
    expect(await deadOf(scene)).toEqual([]);
  });

  it("for a field the merchant made obligatory is placed once the settings have a value for it", async () => {
    const scene = await createMoyskladScene();
    scene.erp.requireAttribute("Откуда узнали");
    scene.callIn();
    await scene.settle();
    expect(await deadOf(scene)).toHaveLength(1);
    await scene.configure({ defaults: { "Откуда узнали": "Calltouch" } });
    await scene.settle();
    expect(scene.counts()).toEqual(ONE);
    expect(scene.order().attributes).toMatchObject({ "Откуда узнали": "Calltouch" });
  });

  it("for want of an organization is placed by the setup that follows the choice of one", async () => {
    const scene = await createMoyskladScene();
    const other = scene.erp.addOrganization({ name: "ИП Петров" });
    scene.clock.advance(25 * 3_600_000);
    scene.callIn();
    await scene.settle();
    expect(only(await deadOf(scene))).toMatchObject({ code: "ORGANIZATION" });
    await scene.configure({ organization: other });
    await scene.settle();
    expect((await scene.setup()).ok).toBe(true);
    await scene.settle();
    expect(scene.order().organizationId).toBe(other);
  });

  it("does not keep the others: those that come after it are placed", async () => {
    const scene = await createMoyskladScene();
    scene.erp.fault({ kind: "status", status: 500, method: "POST", path: "/entity/customerorder", times: 1_000 });
    scene.callIn();
    await scene.settle();
    await scene.live(30_000);
    scene.erp.clearFaults();
    // The first one still waits longer than the exchange itself.
    const { due_at: dueAt } = only(await scene.leads());
    expect(Number(dueAt)).toBeGreaterThan(scene.clock.now());
    scene.callIn({ phones: ["79997654321"] });
    await scene.live(10 * MINUTE, 10_000);
    expect(scene.counts()).toEqual({ counterparties: 2, orders: 2, deals: 2 });
  });
});

describe("a lead that MoySklad never answers to", () => {
  it.each([true, false])("does not keep orders from being read (by webhook: %s)", async (moysklad) => {
    const scene = await createMoyskladScene({ hooks: { moysklad } });
    scene.callIn();
    await scene.settle();
    const { id } = scene.order();
    scene.erp.fault({ kind: "status", status: 500, method: "POST", path: "/entity/customerorder", times: 10_000 });
    scene.callIn({ phones: ["79997654321"] });
    await scene.settle();
    await scene.live(30 * MINUTE, 5_000);
    expect(await troubleOf(scene)).toMatchObject({ code: "OUTAGE" });
    scene.move("Подтвержден", id);
    await scene.settle();
    await scene.live(moysklad ? MINUTE : 6 * MINUTE, 5_000);
    expect(only(scene.deals()).status).toBe("Подтвержден");
    expect(scene.erp.requests().filter(({ status }) => status === 500).length).toBeLessThan(30);
  });

  it("for want of rights does not either, and the operator reads of them", async () => {
    const scene = await createMoyskladScene({ hooks: { moysklad: false } });
    scene.callIn();
    await scene.settle();
    const { id } = scene.order();
    const forbidden = { kind: "status", status: 403, code: 1016, method: "POST", times: 10_000 } as const;
    scene.erp.fault({ ...forbidden, path: "/entity/customerorder" });
    scene.callIn({ phones: ["79997654321"] });
    await scene.settle();
    expect(await troubleOf(scene)).toMatchObject({ code: "RIGHTS" });
    scene.move("Подтвержден", id);
    await scene.live(11 * MINUTE, 5_000);
    expect(only(scene.deals()).status).toBe("Подтвержден");
  });
});

describe("what the merchant has removed", () => {
  it("a state that was chosen for new orders: they get the first one, and setup says so", async () => {
    const scene = await createMoyskladScene();
    await scene.configure({ initialState: scene.states.Подтвержден });
    scene.erp.removeState(scene.states.Подтвержден);
    scene.callIn();
    await scene.settle();
    await scene.readLater();
    expect(scene.counts()).toEqual(ONE);
    expect(scene.order().stateId).toBe(scene.states.Новый);
    expect((await scene.setup()).problems).toContainEqual(expect.stringContaining("initialState"));
  });

  it("an order field: the order is made without it, and setup makes it again", async () => {
    const scene = await createMoyskladScene();
    const field = scene.erp.attributes().find(({ name }) => name === "utm_term");
    scene.erp.removeAttribute(field?.id ?? "");
    scene.callIn();
    await scene.settle();
    expect(scene.counts()).toEqual(ONE);
    expect(Object.keys(scene.order().attributes)).not.toContain("utm_term");
    await scene.setup();
    expect(scene.erp.attributes().map(({ name }) => name)).toContain("utm_term");
  });
});

describe("a token that was revoked", () => {
  it("halts the exchange, says so to the operator, and loses nothing; a new one goes on at once", async () => {
    const scene = await createMoyskladScene();
    scene.erp.updateAccount(TOKEN, { tokenRevoked: true });
    scene.callIn();
    await scene.settle();
    const trouble = {
      code: "TOKEN",
      message: expect.stringContaining("выпустите новый"),
      pausedUntil: expect.any(String),
    };
    expect(await troubleOf(scene)).toEqual(trouble);
    const { body } = await scene.admin("GET", "/summary");
    expect(body["exchanges"]).toEqual([{ connectionId: scene.connectionId, name: "Магазин", ...trouble }]);
    scene.erp.clearRequests();
    await scene.live(4 * MINUTE, 10_000);
    expect(scene.erp.requests()).toEqual([]);
    scene.erp.addAccount({ token: "f".repeat(40), accountId: scene.erp.accountId, isAdmin: true, tariff: "paid" });
    await scene.configure({ token: "f".repeat(40) });
    await scene.settle();
    await scene.live(15_000);
    expect(scene.counts()).toEqual(ONE);
    expect(await troubleOf(scene)).toBeUndefined();
  });

  it("that is the old one when the new one is set under way does not pause the new one", async () => {
    const scene = await createMoyskladScene();
    scene.erp.updateAccount(TOKEN, { tokenRevoked: true });
    scene.erp.addAccount({ token: "f".repeat(40), accountId: scene.erp.accountId, isAdmin: true, tariff: "paid" });
    const { fetch } = scene.platform;
    let isSet = false;
    scene.platform.fetch = async (request) => {
      const answer = await fetch(request);
      if (isSet || !request.url.startsWith(ERP_URL)) return answer;
      isSet = true;
      await scene.configure({ token: "f".repeat(40) });
      return answer;
    };
    scene.clock.advance(5 * MINUTE);
    await scene.bridge.poll();
    await scene.settle();
    expect(await troubleOf(scene)).toBeUndefined();
  });

  it("makes setup say so, and a right one makes it well again", async () => {
    const scene = await createMoyskladScene();
    scene.erp.updateAccount(TOKEN, { tokenRevoked: true });
    expect(await scene.setup()).toMatchObject({ ok: false, problems: [expect.stringContaining("выпустите новый")] });
    scene.erp.updateAccount(TOKEN, { tokenRevoked: false });
    expect(await scene.setup()).toMatchObject({ ok: true, problems: [] });
  });
});

describe("a token of Calltouch's that was revoked", () => {
  it("is told to the operator although nothing is sent, and a new one brings the calls of the time between", async () => {
    const scene = await createMoyskladScene({ hooks: { calltouch: false } });
    scene.sandbox.control.updateSite(SITE.siteId, { tokenRevoked: true });
    scene.callIn();
    await scene.readLater();
    const troubles = async () => (await scene.admin("GET", `/accounts/${scene.accountId}`)).body["journals"];
    expect(await troubles()).toMatchObject({ code: "CALLTOUCH_TOKEN" });
    scene.sandbox.control.updateSite(SITE.siteId, { tokenRevoked: false });
    await scene.admin("PATCH", `/accounts/${scene.accountId}`, { token: SITE.token });
    await scene.read();
    expect(scene.counts()).toEqual(ONE);
    expect(await troubles()).toBeUndefined();
  });
});

describe("an outage", () => {
  it("with pages of HTML for answers is waited out in growing pauses, and everything comes through after it", async () => {
    const scene = await createMoyskladScene();
    scene.erp.fault({ kind: "html502", times: 10_000 });
    scene.callIn();
    await scene.settle();
    expect(await troubleOf(scene)).toMatchObject({ code: "OUTAGE" });
    scene.erp.clearRequests();
    await scene.live(40 * MINUTE, 1_000);
    const starts = scene.erp.requests().map(({ at }) => at);
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    expect(starts.length).toBeLessThan(30);
    expect(gaps[0]).toBeLessThan(30_000);
    expect(Math.max(...gaps)).toBeGreaterThan(4 * MINUTE);
    scene.erp.clearFaults();
    scene.callIn({ phones: ["79997654321"] });
    await scene.live(11 * MINUTE, 5_000);
    expect(scene.counts()).toEqual({ counterparties: 2, orders: 2, deals: 2 });
    expect(await troubleOf(scene)).toBeUndefined();
  }, 60_000);

  it.each([
    { kind: "timeoutAfterCommit" },
    { kind: "resetAfterCommit" },
    { kind: "truncatedGzip" },
    { kind: "unreadable200" },
    { kind: "conflict" },
    { kind: "tooManyRequests" },
    { kind: "maintenance" },
  ] as const)(
    "of one answer ($kind) at any request of a lead's makes one of each",
    async ({ kind }) => {
      for (let skip = 0; skip < 12; skip += 1) {
        const scene = await createMoyskladScene();
        scene.erp.fault({ kind, ...(skip === 0 ? {} : { skip }) });
        scene.callIn();
        await scene.settle();
        await scene.live(5 * MINUTE, 5_000);
        expect({ skip, ...scene.counts() }).toEqual({ skip, ...ONE });
      }
    },
    60_000,
  );
});
