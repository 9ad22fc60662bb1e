import { describe, expect, it } from "vitest";
import { createCalltouchSandbox, type Fault } from "../../sandbox/calltouch/index.ts";
import { createScene, NOON, order, SITE } from "./scene.ts";

describe("a fault", () => {
  it.each<[Fault, number, boolean]>([
    [{ kind: "status", status: 500 }, 500, false],
    [{ kind: "status", status: 503, html: true, beforeCommit: true }, 503, false],
    [{ kind: "status", status: 500, afterCommit: true }, 500, true],
    [{ kind: "html502" }, 502, false],
    [{ kind: "html502", afterCommit: true }, 502, true],
    [{ kind: "timeoutBeforeCommit" }, 504, false],
    [{ kind: "timeoutAfterCommit" }, 504, true],
    [{ kind: "truncatedJson" }, 200, true],
    [{ kind: "unreadable200" }, 200, true],
  ])("%j answers %d without a readable result; applied: %s", async (fault, status, isApplied) => {
    const scene = createScene();
    scene.sandbox.control.fault(fault);
    const answer = await scene.create(order("1"));
    expect(answer.status).toBe(status);
    expect(answer.items).toEqual([]);
    expect(scene.deal("1") !== undefined).toBe(isApplied);
    expect(scene.sandbox.control.points(SITE).hourLeft).toBe(isApplied ? 8_999 : 9_000);
    expect(scene.sandbox.control.faults()).toEqual([]);
    expect((await scene.list({ orderNumber: "1" })).records).toHaveLength(isApplied ? 1 : 0);
  });

  it.each<[Fault, boolean]>([
    [{ kind: "resetBeforeCommit" }, false],
    [{ kind: "resetAfterCommit" }, true],
  ])("%j breaks the connection; applied: %s", async (fault, isApplied) => {
    const scene = createScene();
    scene.sandbox.control.fault(fault);
    await expect(scene.create(order("1"))).rejects.toBeInstanceOf(TypeError);
    expect(scene.deal("1") !== undefined).toBe(isApplied);
    expect(scene.sandbox.control.requests()).toMatchObject([{ status: null }]);
  });

  it("that breaks the connection gives an HTTP server a body that fails", async () => {
    const scene = createScene();
    scene.sandbox.control.fault({ kind: "resetBeforeCommit" });
    const response = await scene.sandbox.app.request("/calls-service/RestAPI/1/orders-diary/orders");
    await expect(response.text()).rejects.toBeInstanceOf(TypeError);
  });

  it("of items drops, reorders or unnames them, and all are applied", async () => {
    const scene = createScene();
    const numbers = (answer: { items: Record<string, unknown>[] }) => answer.items.map((item) => item["orderNumber"]);
    scene.sandbox.control.fault({ kind: "dropItem" });
    expect(numbers(await scene.create(order("1"), order("2")))).toEqual(["2"]);
    scene.sandbox.control.fault({ kind: "reorderItems" });
    expect(numbers(await scene.create(order("3"), order("4")))).toEqual(["4", "3"]);
    scene.sandbox.control.fault({ kind: "omitOrderNumbers" });
    expect((await scene.create(order("5"))).items).toEqual([{ calltouchOrderId: expect.any(Number), error: null }]);
    expect(scene.sandbox.control.deals(SITE)).toHaveLength(5);
  });

  it("of one item refuses that item alone, and waits for the request that carries it", async () => {
    const scene = createScene();
    scene.sandbox.control.fault({ kind: "itemError", orderNumber: "2" });
    expect((await scene.create(order("3"))).items).toMatchObject([{ error: null }]);
    const { items } = await scene.create(order("1"), order("2"));
    expect(items).toEqual([
      { orderNumber: "1", calltouchOrderId: expect.any(Number), error: null },
      { orderNumber: "2", error: expect.any(String) },
    ]);
    expect((await scene.create(order("2"))).items).toMatchObject([{ error: null }]);
  });

  it("of slowness waits after the commit, or before it", async () => {
    const applied: boolean[] = [];
    const { control, fetch } = createCalltouchSandbox({
      now: () => NOON,
      sleep: async (ms) => {
        expect(ms).toBe(30_000);
        applied.push(control.deals().length > 0);
      },
    });
    control.addSite({ siteId: SITE, token: "t" });
    const create = (orderNumber: string) =>
      fetch(
        new Request("https://calltouch.test/lead-service/v1/api/client-order/create", {
          method: "POST",
          headers: { "Access-Token": "t", SiteId: SITE, "Content-Type": "application/json" },
          body: JSON.stringify({ crm: "CRM", orders: [order(orderNumber)] }),
        }),
      );
    control.fault({ kind: "slow", ms: 30_000, beforeCommit: true });
    control.fault({ kind: "slow", ms: 30_000 });
    expect((await create("1")).status).toBe(200);
    expect((await create("2")).status).toBe(200);
    expect(applied).toEqual([false, true]);
  });

  it("lasts for as many requests as asked, on its own path only, in the order of the queue", async () => {
    const scene = createScene();
    scene.sandbox.control.fault({ kind: "status", status: 500, path: "update", times: 2 });
    scene.sandbox.control.fault({ kind: "status", status: 503 });
    scene.sandbox.control.fault({ kind: "status", status: 418, path: "list" });
    expect((await scene.create(order("1"))).status).toBe(503);
    const statuses: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      statuses.push((await scene.update({ orderNumber: "1", updateDate: "14-05-2025 11:30:00" })).status);
    }
    expect(statuses).toEqual([500, 500, 200]);
    expect(scene.sandbox.control.faults()).toMatchObject([{ status: 418, times: 1 }]);
    scene.sandbox.control.clearFaults();
    expect((await scene.list({ orderNumber: "1" })).status).toBe(200);
  });

  it("of items is not spent on a listing", async () => {
    const scene = createScene();
    await scene.create(order("1"));
    scene.sandbox.control.fault({ kind: "dropItem" });
    expect((await scene.list({ orderNumber: "1" })).records).toHaveLength(1);
    expect((await scene.remove("1")).items).toEqual([]);
  });
});

describe("a caller that gives up", () => {
  /** A sandbox that sleeps for ever. */
  function createSleeper() {
    const sandbox = createCalltouchSandbox({ now: () => NOON, sleep: () => Promise.withResolvers<void>().promise });
    sandbox.control.addSite({ siteId: SITE, token: "t" });
    const create = (signal: AbortSignal) =>
      sandbox.fetch(
        new Request("https://calltouch.test/lead-service/v1/api/client-order/create", {
          method: "POST",
          headers: { "Access-Token": "t", SiteId: SITE, "Content-Type": "application/json" },
          body: JSON.stringify({ crm: "CRM", orders: [order("1")] }),
          signal,
        }),
      );
    return { ...sandbox, create };
  }

  it.each<[Fault["kind"] & `timeout${string}`, number]>([
    ["timeoutAfterCommit", 1],
    ["timeoutBeforeCommit", 0],
  ])("during %s gets its own reason and leaves %d deals", async (kind, deals) => {
    const { control, create } = createSleeper();
    control.fault({ kind });
    const controller = new AbortController();
    const answer = create(controller.signal);
    const reason = new DOMException("gave up", "TimeoutError");
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    await Promise.resolve();
    expect(control.deals()).toHaveLength(deals);
    expect(control.requests()).toMatchObject([{ status: null, items: 1 }]);
  });

  it("before sending never reaches the sandbox", async () => {
    const { control, create } = createSleeper();
    await expect(create(AbortSignal.abort(new Error("early")))).rejects.toThrow("early");
    expect(control.requests()).toEqual([]);
  });
});
