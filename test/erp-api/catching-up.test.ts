/** How much is asked: little when nothing has changed, steadily when much has, and never more than is allowed. */
import { describe, expect, it } from "vitest";
import { createDatabase } from "../../src/database/database.ts";
import { createMoyskladScene, only, PHONE } from "./stage.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const CALL_AT_REQUEST = 30;

describe("an idle poll", () => {
  it.each(["sum", "paid", "shipped"] as const)("takes four requests at most, with revenue: %s", async (revenue) => {
    const scene = await createMoyskladScene({ settings: { revenue, orders: "all" } });
    const agentId = scene.erp.addCounterparty({ name: "Пётр", phone: `+${PHONE}` });
    for (let index = 0; index < 120; index += 1) scene.erp.addOrder({ agentId, sum: 5_000 });
    await scene.settle();
    await scene.readLater();
    await scene.readLater();
    for (let times = 0; times < 3; times += 1) {
      scene.erp.clearRequests();
      await scene.readLater();
      expect(scene.erp.requests().length).toBeLessThanOrEqual(4);
    }
  });
});

describe("ten thousand changed orders", () => {
  it(
    "are caught up without a 429, and a client who calls meanwhile does not wait for the last of them",
    async () => {
      const orders = 10_000;
      const scene = await createMoyskladScene({ settings: { orders: "all" }, hooks: { moysklad: false } });
      const agentId = scene.erp.addCounterparty({ name: "Пётр", phone: "+79990000000" });
      for (let index = 0; index < orders; index += 1) {
        scene.clock.advance(10);
        scene.erp.addOrder({ agentId, sum: 5_000 });
      }
      scene.clock.advance(5 * MINUTE);
      const { fetch } = scene.platform;
      let hasCalled = false;
      scene.platform.fetch = async (request) => {
        const answer = await fetch(request);
        scene.clock.advance(100);
        if (!hasCalled && scene.erp.requests().length >= CALL_AT_REQUEST) {
          hasCalled = true;
          scene.callIn();
          await scene.sandbox.control.hooksSent();
        }
        return answer;
      };
      for (let times = 0; times < 5; times += 1) await scene.bridge.poll();
      await scene.settle();
      const requests = scene.erp.requests();
      expect(requests.filter(({ status }) => status === 429)).toEqual([]);
      expect(requests.length).toBeLessThan(150);
      const { rows } = await scene.client.execute("SELECT count(*) AS count FROM documents");
      expect(rows[0]?.["count"]).toBe(orders + 1);
      const made = requests.findIndex(({ method, path }) => method === "POST" && path === "/entity/customerorder");
      expect(made - CALL_AT_REQUEST).toBeLessThan(30);
    },
    2 * MINUTE,
  );
});

describe("the journals", () => {
  it("are read in portions after a long silence, and every lead of it is taken", async () => {
    const scene = await createMoyskladScene({ hooks: { calltouch: false } });
    await scene.read();
    const from = scene.clock.now();
    for (const day of [1, 40, 80, 119]) scene.callIn({ at: from + day * DAY, finishedAt: from + day * DAY });
    scene.clock.advance(120 * DAY);
    for (let day = 0; day <= 120; day += 1) await scene.read();
    expect((await scene.leads()).length).toBe(4);
  });

  it("have the last word on a call of which nobody says what the settings ask for", async () => {
    const scene = await createMoyskladScene({ settings: { calls: "target" } });
    const at = scene.clock.now();
    const { fetch } = scene.platform;
    scene.platform.fetch = async (request) => {
      const answer = await fetch(request);
      if (!request.url.includes("calls-diary/calls")) return answer;
      return new Response((await answer.text()).replaceAll(/"targetCall":(true|false)/g, '"targetCall":null'), answer);
    };
    scene.callIn({ at, finishedAt: at + MINUTE });
    await scene.settle();
    await scene.readLater();
    expect(only(await scene.leads())["status"]).toBe("waiting");
    await scene.live(65 * MINUTE, MINUTE);
    expect(only(await scene.leads())["status"]).toBe("placed");
  });

  it("with a row that cannot be read give the others, and the log says how many are missing", async () => {
    const scene = await createMoyskladScene({ hooks: { calltouch: false } });
    const { fetch } = scene.platform;
    scene.platform.fetch = async (request) => {
      const answer = await fetch(request);
      if (!request.url.includes("calls-diary/calls")) return answer;
      return new Response((await answer.text()).replace(/"callId":\d+/, '"callId":null'), answer);
    };
    scene.callIn();
    scene.callIn({ phones: ["79997654321"] });
    await scene.readLater();
    expect(await scene.leads()).toHaveLength(1);
    expect(scene.logs).toContainEqual(expect.objectContaining({ event: "journal-unreadable", rows: 1 }));
  });

  it("that are read again seal nothing anew and write nothing", async () => {
    const scene = await createMoyskladScene();
    scene.callIn();
    scene.callIn({ phones: ["79997654321"] });
    await scene.settle();
    const before = await scene.leads();
    await scene.readLater();
    await scene.readLater();
    expect(await scene.leads()).toEqual(before);
  });
});

describe("one connection that has far to go", () => {
  it("does not keep another waiting: whoever was served longest ago is next", async () => {
    const scene = await createMoyskladScene();
    const second = await scene.admin("POST", "/connections", {
      adapter: "moysklad",
      name: "Второй магазин",
      accountId: scene.accountId,
      settings: { token: "none" },
    });
    const { exchanges } = createDatabase(scene.client);
    scene.clock.advance(5 * MINUTE);
    const now = scene.clock.now();
    const id = String(second.body["id"]);
    await exchanges.acquire(id, "L", now, now + 1_000);
    await exchanges.release(id, "L");
    expect((await exchanges.due(now))[1]).toBe(id);
    await exchanges.acquire(scene.connectionId, "L", now, now + 2_000);
    await exchanges.release(scene.connectionId, "L");
    expect((await exchanges.due(now))[0]).toBe(id);
  });
});
