import { describe, expect, it } from "vitest";
import { createCalltouchSandbox } from "../../sandbox/calltouch/index.ts";
import { createScene, NOON, order, SITE, TOKEN } from "./scene.ts";

type Sandbox = ReturnType<typeof createCalltouchSandbox>;

function call({ app }: Sandbox, method: string, path: string, body?: unknown) {
  return app.request(`/__sandbox${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

describe("the log", () => {
  it("has each request with its orders, its answer and its parsed body, until it is cleared", async () => {
    const scene = createScene();
    await scene.create(order("1"), order("2"));
    await scene.list({ orderNumber: "1" });
    const { control } = scene.sandbox;
    expect(control.requests()).toEqual([
      {
        at: NOON,
        ip: "10.0.0.1",
        method: "POST",
        path: "/lead-service/v1/api/client-order/create",
        operation: "create",
        siteId: SITE,
        items: 2,
        status: 200,
        body: { crm: "CRM", orders: [order("1"), order("2")] },
      },
      {
        at: NOON,
        ip: "10.0.0.2",
        method: "GET",
        path: `/calls-service/RestAPI/${SITE}/orders-diary/orders`,
        operation: "list",
        siteId: SITE,
        items: 0,
        status: 200,
        query: { orderNumber: "1" },
      },
    ]);
    expect(JSON.stringify(control.requests())).not.toContain(TOKEN);
    control.clearRequests();
    expect(control.requests()).toEqual([]);
  });
});

describe("latency", () => {
  it("delays every answer", async () => {
    const scene = createScene({ latencyMs: 250 });
    await scene.create(order("1"));
    await scene.list({ orderNumber: "1" });
    expect(scene.clock.slept).toEqual([250, 250]);
  });
});

describe("the clock", () => {
  it("can be set and moved when it was not injected, and only then", () => {
    const { control } = createCalltouchSandbox();
    control.setClock(NOON);
    control.advance(3_600_000);
    // The rest of the time is real.
    expect(Math.floor((control.now() - NOON) / 3_600_000)).toBe(1);
    const injected = createCalltouchSandbox({ now: () => NOON }).control;
    expect(() => injected.setClock(0)).toThrow();
    expect(() => injected.advance(1)).toThrow();
    expect(injected.now()).toBe(NOON);
  });
});

describe("the controls", () => {
  it("refuse what makes no sense", () => {
    const { control } = createScene().sandbox;
    const lead = { siteId: SITE, kind: "call" as const, id: 1, at: NOON };
    control.addLead(lead);
    expect(() => control.addLead(lead)).toThrow();
    expect(() => control.addSite({ siteId: SITE, token: "t" })).toThrow();
    expect(() => control.addLead({ ...lead, siteId: "none" })).toThrow();
    expect(() => control.points("none")).toThrow();
    expect(() => control.setKnobs({ commentMax: 0 })).toThrow();
    expect(control.knobs().commentMax).toBe(255);
  });

  it("keep the other knobs and the other costs when one is turned", () => {
    const { control } = createScene({ costs: { create: 5 }, listingLagMs: 7 }).sandbox;
    expect(control.setKnobs({ costs: { list: 3 } })).toMatchObject({
      listingLagMs: 7,
      costs: { create: 5, update: 1, delete: 1, list: 3 },
    });
  });

  it("hand out leads with growing ids", () => {
    const { control } = createScene().sandbox;
    const ids = [1, 2].map(() => control.addLead({ siteId: SITE, kind: "request", at: NOON }));
    expect(ids[1]).toBe((ids[0] ?? 0) + 1);
    expect(control.leads().map(({ id }) => id)).toEqual(ids);
  });
});

describe("the controls over HTTP", () => {
  it("seed a site and a lead, and show deals, points and requests", async () => {
    const sandbox = createCalltouchSandbox({ now: () => NOON });
    expect((await call(sandbox, "POST", "/sites", { siteId: "7", token: "t", dailyPoints: 240 })).status).toBe(201);
    const lead = { siteId: "7", kind: "call", at: NOON, phones: ["79157771122"], session: null };
    const { id } = await (await call(sandbox, "POST", "/leads", lead)).json();
    const answer = await sandbox.app.request("/lead-service/v1/api/client-order/create", {
      method: "POST",
      headers: { "Access-Token": "t", SiteId: "7", "Content-Type": "application/json" },
      body: JSON.stringify({
        crm: "CRM",
        orders: [order("1/2025", { matching: [{ type: "call", callParams: { callId: id } }] })],
      }),
    });
    expect(answer.status).toBe(200);
    const deals = await (await call(sandbox, "GET", "/deals?siteId=7&orderNumber=1%2F2025")).json();
    expect(deals).toMatchObject([{ orderNumber: "1/2025", link: { kind: "call", id }, creates: 1 }]);
    expect(await (await call(sandbox, "GET", "/leads?siteId=7")).json()).toMatchObject([{ id }]);
    expect(await (await call(sandbox, "GET", "/sites/7/points")).json()).toEqual({ hourLeft: 9, dayLeft: 239 });
    expect(await (await call(sandbox, "GET", "/requests")).json()).toMatchObject([{ items: 1, ip: "local" }]);
    await call(sandbox, "DELETE", "/requests");
    expect(await (await call(sandbox, "GET", "/requests")).json()).toEqual([]);
  });

  it("change a site, make and delete deals by hand, turn knobs, queue faults", async () => {
    const { sandbox } = createScene();
    await call(sandbox, "PATCH", `/sites/${SITE}`, { hourlyPoints: 5 });
    expect(sandbox.control.points(SITE).hourLeft).toBe(5);
    expect(await (await call(sandbox, "POST", "/deals", { siteId: SITE, orderNumber: "1" })).json()).toMatchObject({
      origin: "UI",
    });
    const deletion = () => call(sandbox, "DELETE", `/deals?siteId=${SITE}&orderNumber=1`);
    expect(await (await deletion()).json()).toEqual({ deleted: true });
    expect(await (await deletion()).json()).toEqual({ deleted: false });
    expect(await (await call(sandbox, "PATCH", "/knobs", { latencyMs: 5 })).json()).toMatchObject({ latencyMs: 5 });
    expect(await (await call(sandbox, "GET", "/knobs")).json()).toEqual(sandbox.control.knobs());
    await call(sandbox, "POST", "/faults", { kind: "html502", times: 2 });
    expect(await (await call(sandbox, "GET", "/faults")).json()).toEqual([{ kind: "html502", times: 2 }]);
    await call(sandbox, "DELETE", "/faults");
    expect(sandbox.control.faults()).toEqual([]);
  });

  it("move the clock", async () => {
    const sandbox = createCalltouchSandbox();
    await call(sandbox, "POST", "/clock", { now: NOON });
    const moved = await (await call(sandbox, "POST", "/clock", { advanceMs: 3_600_000 })).json();
    expect(Math.floor((moved.now - NOON) / 3_600_000)).toBe(1);
    expect((await (await call(sandbox, "GET", "/clock")).json()).now).toBeGreaterThanOrEqual(moved.now);
  });

  it.each<[string, string, unknown]>([
    ["POST", "/sites", { siteId: "7" }],
    ["POST", "/sites", { siteId: SITE, token: "again" }],
    ["POST", "/leads", { siteId: SITE, kind: "letter", at: NOON }],
    ["POST", "/leads", { siteId: "none", kind: "call", at: NOON }],
    ["POST", "/faults", { kind: "earthquake" }],
    ["PATCH", "/knobs", { unknown: 1 }],
    ["POST", "/clock", { now: NOON }],
    ["DELETE", "/deals", undefined],
    ["POST", "/leads", undefined],
  ])("%s %s of %j is refused with a reason", async (method, path, body) => {
    const { sandbox } = createScene();
    const answer = await call(sandbox, method, path, body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: expect.anything() });
  });
});
