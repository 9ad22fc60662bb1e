import { describe, expect, it } from "vitest";
import { createMoyskladSandbox } from "../../sandbox/moysklad/index.ts";
import { BASE, createScene, HOOK_URL, inside, NOON, pluck, ref, standardHeaders, stateRef, TOKEN } from "./scene.ts";

const DAY_MS = 86_400_000;

async function setup(knobs: Parameters<typeof createScene>[0] = {}) {
  const scene = createScene(knobs);
  const agentId = scene.control.addCounterparty({ name: "Иван" });
  const orderId = scene.control.addOrder({ agentId, sum: 100_00 });
  const states = scene.control.states();
  const hook = { url: HOOK_URL, action: "UPDATE", entityType: "customerorder", diffType: "FIELDS" };
  const created = await scene.post("/entity/webhook", hook);
  const move = () => scene.control.changeOrder(orderId, { stateId: states[1]?.id ?? "" });
  const event = (at = 0) => inside(inside(scene.hooks[at]?.body, "events"), 0);
  return { ...scene, agentId, orderId, states, hook, webhookId: String(created.at("id")), created, move, event };
}

describe("managing webhooks", () => {
  it("answers a new one enabled and by POST", async () => {
    const { created, control } = await setup();
    expect(created.json).toMatchObject({ enabled: true, method: "POST", action: "UPDATE", diffType: "FIELDS" });
    expect(control.webhooks()).toHaveLength(1);
  });

  it.each([
    [{ entityType: "webhook", action: "CREATE" }, 30000],
    [{ entityType: "paymentin", action: "CREATE", url: "x".repeat(256) }, 30005],
    [{ entityType: "paymentin", action: "CREATE", url: "ftp://bridge.example.ru" }, 30010],
    [{ entityType: "paymentin", action: "CREATE", diffType: "FIELDS" }, 30009],
    [{ entityType: "customerorder", action: "UPDATE" }, 30003],
    [{ entityType: "paymentin", action: "SOMETHING" }, 3005],
  ])("refuses %j with %d", async (change, code) => {
    const { post } = await setup();
    expect((await post("/entity/webhook", { url: HOOK_URL, ...change })).codes).toEqual([code]);
  });

  it("allows five of a kind to users and one to a solution", async () => {
    const { post, control, send } = await setup();
    const more = (at: number) => ({ url: `${HOOK_URL}${at}`, action: "CREATE", entityType: "paymentin" });
    for (const at of [1, 2, 3, 4, 5]) expect((await post("/entity/webhook", more(at))).status).toBe(200);
    expect((await post("/entity/webhook", more(6))).codes).toEqual([30007]);
    control.addAccount({ token: "solution", authKind: "solution" });
    const solution = { Authorization: "Bearer solution" };
    expect((await send("POST", "/entity/webhook", more(1), solution)).status).toBe(200);
    expect((await send("POST", "/entity/webhook", more(2), solution)).codes).toEqual([30007]);
  });

  it("is for administrators on a paid tariff", async () => {
    const { post, control, hook } = await setup();
    control.updateAccount(TOKEN, { tariff: "free" });
    expect((await post("/entity/webhook", hook)).codes).toEqual([30006]);
    control.updateAccount(TOKEN, { isAdmin: false });
    expect((await post("/entity/webhook", hook)).codes).toEqual([30004]);
  });

  it("can be switched off and deleted", async () => {
    const { put, send, move, hooks, control, webhookId } = await setup();
    expect((await put(`/entity/webhook/${webhookId}`, { enabled: false })).at("enabled")).toBe(false);
    move();
    await control.hooksSent();
    expect(hooks).toEqual([]);
    expect((await send("DELETE", `/entity/webhook/${webhookId}`)).status).toBe(200);
    expect(control.webhooks()).toEqual([]);
  });
});

describe("sending webhooks", () => {
  it("tells which entity changed and by what fields, never its data", async () => {
    const { move, hooks, control, orderId, event } = await setup();
    move();
    await control.hooksSent();
    expect(hooks).toHaveLength(1);
    expect(hooks[0]?.url).toMatch(/^https:\/\/bridge\.example\.ru\/hooks\/moysklad\/secret\?requestId=[0-9a-f-]{36}$/);
    expect(event()).toEqual({
      meta: { type: "customerorder", href: `https://api.moysklad.ru/api/remap/1.2/entity/customerorder/${orderId}` },
      action: "UPDATE",
      accountId: control.accountId,
      updatedFields: ["state"],
    });
    expect(hooks[0]?.body["auditContext"]).toMatchObject({ moment: "2026-11-22 12:00:00", uid: "admin@shop" });
  });

  it("does not list sums that merely follow", async () => {
    const { control, orderId, event } = await setup();
    control.changeOrder(orderId, { sum: 200_00 });
    await control.hooksSent();
    expect(inside(event(), "updatedFields")).toEqual(["positions"]);
  });

  it("puts all entities of one request into one notification", async () => {
    const { post, control, hooks, agentId, organizationId } = await setup();
    await post("/entity/webhook", { url: HOOK_URL, action: "CREATE", entityType: "customerorder" });
    const order = { organization: ref("organization", organizationId), agent: ref("counterparty", agentId) };
    await post("/entity/customerorder", [order, order]);
    await control.hooksSent();
    expect(hooks).toHaveLength(1);
    expect(pluck(Object(hooks[0]?.body["events"]), "action")).toEqual(["CREATE", "CREATE"]);
  });

  it.each([500, 302, 201])(
    "tries three more times after a %d, with the same requestId, then never again",
    async (status) => {
      const { move, hooks, receiver, control } = await setup();
      receiver.answer = async () => new Response(null, { status });
      move();
      await control.hooksSent();
      expect(hooks).toHaveLength(4);
      expect(new Set(hooks.map(({ url }) => url)).size).toBe(1);
      expect(pluck(control.deliveries(), "status")).toEqual([status, status, status, status]);
    },
  );

  it("gives the receiver 1500 ms", async () => {
    const waits: number[] = [];
    const { control, fetch } = createMoyskladSandbox({
      now: () => NOON,
      webhookTimer: async (ms) => void waits.push(ms),
      send: () => new Promise<Response>(() => {}),
    });
    control.addAccount({ token: TOKEN });
    const hook = JSON.stringify({ url: HOOK_URL, action: "CREATE", entityType: "counterparty" });
    await fetch(new Request(`${BASE}/entity/webhook`, { method: "POST", headers: standardHeaders(), body: hook }));
    control.addCounterparty({ name: "Иван" });
    await control.hooksSent();
    expect(waits).toEqual([1_500, 1_500, 1_500, 1_500]);
    expect(pluck(control.deliveries(), "status")).toEqual([null, null, null, null]);
  });

  it("leaves out those under the prefix the causing request disabled", async () => {
    const { send, orderId, states, hooks, control } = await setup();
    const path = `/entity/customerorder/${orderId}`;
    const move = (at: number, prefix: string) =>
      send("PUT", path, { state: stateRef(states[at]?.id ?? "") }, { "X-Lognex-WebHook-DisableByPrefix": prefix });
    expect((await move(1, "https://bridge.example.ru")).status).toBe(200);
    await control.hooksSent();
    expect(hooks).toEqual([]);
    await move(2, "https://other.example.ru");
    await control.hooksSent();
    expect(hooks).toHaveLength(1);
    for (const bad of ["https://", "bridge.example.ru", "https://a.ru, https://b.ru"]) {
      expect((await move(1, bad)).codes).toEqual([3030]);
    }
  });

  it("switches a webhook off after eight days of nothing but errors", async () => {
    const { move, receiver, control, clock } = await setup();
    receiver.answer = async () => new Response(null, { status: 500 });
    for (let day = 1; day <= 8; day += 1) {
      expect(control.webhooks()[0]?.enabled).toBe(true);
      move();
      await control.hooksSent();
      clock.now += DAY_MS;
    }
    expect(control.webhooks()[0]?.enabled).toBe(false);
  });

  it("tells of a deletion, and of a restoration only by the knob", async () => {
    const { post, hooks, control, orderId, webhookId } = await setup();
    await post("/entity/webhook", { url: HOOK_URL, action: "DELETE", entityType: "customerorder" });
    control.deleteOrder(orderId);
    control.restoreOrder(orderId);
    await control.hooksSent();
    expect(hooks).toHaveLength(1);
    control.setKnobs({ restoreFires: "UPDATE" });
    control.deleteOrder(orderId);
    control.restoreOrder(orderId);
    await control.hooksSent();
    expect(control.deliveries().filter((delivery) => delivery.webhookId === webhookId)).toHaveLength(1);
  });
});

describe("faults of webhooks", () => {
  it("deliver twice, not at all, late, or out of order", async () => {
    const { move, hooks, control, clock } = await setup();
    const sent = async () => {
      hooks.length = 0;
      move();
      await control.hooksSent();
      return hooks.length;
    };
    control.fault({ kind: "webhookDuplicate" });
    expect(await sent()).toBe(2);
    control.fault({ kind: "webhookDrop" });
    expect(await sent()).toBe(0);
    control.fault({ kind: "webhookDelay", ms: 700 });
    expect([await sent(), clock.slept]).toEqual([1, [700]]);
    control.clearDeliveries();
    control.fault({ kind: "webhookReorder" });
    move();
    clock.now += 1_000;
    move();
    await control.hooksSent();
    const moments = control.deliveries().map(({ body }) => inside(inside(body, "auditContext"), "moment"));
    expect(moments).toEqual(["2026-11-22 12:00:01", "2026-11-22 12:00:00"]);
  });

  it("forge the account or the host, or add fields nobody knows", async () => {
    const { move, control, event } = await setup();
    control.fault({ kind: "webhookWrongAccount" });
    control.fault({ kind: "webhookForeignHref" });
    control.fault({ kind: "webhookUnknownFields" });
    for (let at = 0; at < 3; at += 1) {
      move();
      await control.hooksSent();
    }
    expect(inside(event(0), "accountId")).not.toBe(control.accountId);
    expect(inside(inside(event(1), "meta"), "href")).toMatch(/^https:\/\/forged\.example\//);
    expect(inside(event(2), "addedLater")).toEqual({ kind: "new", list: [1, null] });
  });
});
