import { describe, expect, it } from "vitest";
import {
  guidOf,
  numberOf,
  operations,
  pointsUsed,
  storedDeal,
  visit,
  visits,
  withoutDispatch,
} from "../dispatcher/stage.ts";
import { SITE, startBridge } from "../scene.ts";
import { createHeldScene, finish, look, makeElsewhere, SEPTEMBER, start, work } from "./stage.ts";

describe("a job that creates", () => {
  it("sends what the automatic exchange has kept, and nothing that is outside the period", async () => {
    const scene = await createHeldScene();
    await scene.post([visit(1), visit(2), visit(3, { date: "2026-10-01T00:00:00" })]);
    const id = await start(scene, { actions: ["create"] });
    const { job, failed } = await finish(scene, id);
    expect(job).toMatchObject({ state: "done", progress: { created: 2, waiting: 0, failed: 0, windowsDone: 1 } });
    expect(failed).toEqual([]);
    expect(scene.deal(numberOf(1))).toMatchObject({ creates: 1 });
    expect(scene.deal(numberOf(2))).toMatchObject({ creates: 1 });
    expect(scene.deal(numberOf(3))).toBeUndefined();
  });

  it("sends what was entered before the first launch", async () => {
    const scene = await createHeldScene({
      account: { autoExchange: true },
      connection: { since: "2026-11-01T00:00:00+03:00" },
    });
    await scene.post([visit(1)]);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "held", reason_code: "BEFORE_START" });
    expect((await finish(scene, await start(scene))).job.progress.created).toBe(1);
  });

  it("takes a hundred deals into each request, however many windows they come from", async () => {
    const scene = await createHeldScene();
    const days = ["02", "10", "20"];
    const documents = visits(180).map((document, index) => ({
      ...document,
      date: `2026-09-${days[index % 3]}T10:00:00`,
    }));
    await scene.post(documents.slice(0, 100));
    await scene.post(documents.slice(100));
    await finish(scene, await start(scene, { actions: ["create"] }));
    expect(operations(scene).filter((operation) => operation === "create")).toHaveLength(2);
    expect(operations(scene).filter((operation) => operation === "list")).toHaveLength(1);
  });

  it("makes no second deal of what Calltouch lists under the same number already", async () => {
    const scene = await createHeldScene();
    await scene.post([visit(1), visit(2)]);
    await makeElsewhere(scene, numberOf(1));
    scene.sandbox.control.setKnobs({ duplicateCreate: "allow" });
    const { job } = await finish(scene, await start(scene, { actions: ["create"] }));
    expect(job).toMatchObject({ state: "done", progress: { created: 1, alreadyThere: 1 } });
    expect(scene.sandbox.control.deals(SITE.siteId)).toHaveLength(2);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "delivered", delivered: "{}" });
    expect((await storedDeal(scene.client, 1))?.calltouch_id).toBe(scene.deal(numberOf(1))?.calltouchOrderId);
  });

  it("brings what another exchange has made up to date when it is to update as well", async () => {
    const scene = await createHeldScene();
    await scene.post([visit(1)]);
    await makeElsewhere(scene, numberOf(1), { status: "Старый", revenue: "1.00" });
    const { job } = await finish(scene, await start(scene));
    expect(job).toMatchObject({ state: "done", progress: { created: 0, updated: 1 } });
    expect(scene.deal(numberOf(1))).toMatchObject({ status: "Предварительная заявка", revenue: "12500.50" });
  });

  it("says which deal was deleted in Calltouch, and does not make it again", async () => {
    const scene = await createHeldScene();
    await scene.post([visit(1)]);
    await makeElsewhere(scene, numberOf(1));
    scene.sandbox.control.deleteDealByHand(SITE.siteId, numberOf(1));
    const { job, failed } = await finish(scene, await start(scene));
    expect(job).toMatchObject({ state: "done", progress: { created: 0, failed: 1 } });
    expect(failed).toMatchObject([{ guid: guidOf(1), code: "DELETED_IN_CALLTOUCH" }]);
    expect(operations(scene)).toEqual(["list"]);
  });

  it("leaves alone what no exchange rule fits, and what the adapter skips", async () => {
    const scene = await createHeldScene();
    await scene.admin("POST", `/connections/${scene.connectionId}/rules`, { department: "Кузовной", skip: true });
    await scene.post([visit(1)]);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ reason_code: "NO_RULE" });
    const { job } = await finish(scene, await start(scene));
    expect(job).toMatchObject({ state: "done", progress: { created: 0, failed: 0 } });
    expect(operations(scene)).toEqual([]);
  });

  it("tells why Calltouch refused a deal", async () => {
    const scene = await createHeldScene();
    await scene.post([visit(1), visit(2)]);
    scene.sandbox.control.setKnobs({ nameMax: 10 });
    const { job, failed } = await finish(scene, await start(scene), 120_000);
    expect(job).toMatchObject({ state: "done", progress: { created: 0, failed: 2 } });
    expect(failed[0]).toMatchObject({ guid: guidOf(1), message: expect.stringMatching(/^Calltouch/) });
  });
});

describe("a job that updates", () => {
  it("spends a request only on deals that Calltouch shows otherwise", async () => {
    const scene = await createHeldScene({ account: { autoExchange: true } });
    await scene.post([visit(1), visit(2)]);
    await scene.run(3_000);
    await scene.sandbox.fetch(
      new Request("https://calltouch.test/lead-service/v1/api/client-order/update", {
        method: "POST",
        headers: { "Access-Token": SITE.token, SiteId: SITE.siteId, "Content-Type": "application/json" },
        body: JSON.stringify({
          orders: [{ orderNumber: numberOf(2), revenue: "1.00", updateDate: "22-11-2026 12:00:00" }],
        }),
      }),
    );
    scene.sandbox.control.clearRequests();
    const { job } = await finish(scene, await start(scene, { actions: ["update"] }));
    expect(job).toMatchObject({ state: "done", progress: { created: 0, updated: 1, failed: 0 } });
    expect(operations(scene)).toEqual(["list", "update"]);
    expect(scene.deal(numberOf(2))).toMatchObject({ revenue: "12500.50" });
  });

  it("creates nothing", async () => {
    const scene = await createHeldScene();
    await scene.post([visit(1)]);
    const { job } = await finish(scene, await start(scene, { actions: ["update"] }));
    expect(job).toMatchObject({ state: "done", progress: { created: 0, updated: 0 } });
    expect(scene.sandbox.control.deals(SITE.siteId)).toEqual([]);
  });

  it("names the delivered deals that Calltouch does not list any more", async () => {
    const scene = await createHeldScene({ account: { autoExchange: true }, knobs: { listDeleted: false } });
    await scene.post([visit(1)]);
    await scene.run(3_000);
    scene.sandbox.control.deleteDealByHand(SITE.siteId, numberOf(1));
    scene.clock.advance(3_600_000);
    const { failed } = await finish(scene, await start(scene, { actions: ["update"] }));
    expect(failed).toMatchObject([{ guid: guidOf(1), code: "NOT_IN_CALLTOUCH" }]);
  });
});

describe("a trial of a job", () => {
  it("sends nothing, changes no deal, and foretells what the job itself then spends", async () => {
    const scene = await createHeldScene({ account: { requestPoints: 3 } });
    await scene.post(visits(100));
    await scene.post(visits(130).slice(100));
    for (const n of [1, 2]) await makeElsewhere(scene, numberOf(n), { status: "Старый" });
    await makeElsewhere(scene, numberOf(3));
    const before = await scene.client.execute("SELECT * FROM deals ORDER BY id");
    const trial = await finish(scene, await start(scene, { dryRun: true }));
    expect(trial.job).toMatchObject({
      state: "done",
      estimate: { deals: 130, toCreate: 127, toUpdate: 2, alreadyThere: 1, requests: 4, points: 12 },
    });
    expect(operations(scene)).toEqual(["list"]);
    expect(await scene.client.execute("SELECT * FROM deals ORDER BY id")).toMatchObject({ rows: before.rows });

    scene.sandbox.control.clearRequests();
    const pointsBefore = await pointsUsed(scene.client);
    const { job } = await finish(scene, await start(scene));
    expect(job.progress).toMatchObject({ created: 127, updated: 2, alreadyThere: 1 });
    expect(operations(scene).sort()).toEqual(["create", "create", "list", "update"]);
    expect((await pointsUsed(scene.client)) - pointsBefore).toBe(12);
  });
});

/** Each in a window of its own. */
const DAYS_APART = ["02-10", "05-10", "07-10", "09-28"];
const MONTHS = { from: "2026-02-01", to: "2026-09-30" };

describe("a job that is interrupted", () => {
  it("goes on in a new process where the old one died, and doubles nothing", async () => {
    const scene = await createHeldScene();
    await scene.post(visits(40).map((document, n) => ({ ...document, date: `2026-${DAYS_APART[n % 4]}T10:00:00` })));
    const id = await start(scene, { ...MONTHS, actions: ["create"] });
    let reads = 0;
    const { fetch } = scene.platform;
    const death = new Promise<void>((die) => {
      scene.platform.fetch = (request) => {
        reads += 1;
        if (reads <= 2) return fetch(request);
        die();
        // The process ends with its request: nothing after it is ever written down.
        return new Promise(() => {});
      };
    });
    void scene.bridge.poll();
    await death;
    scene.platform.fetch = fetch;
    const { job: before } = await look(scene, id);
    expect(before.progress).toMatchObject({ created: 0, waiting: 20 });
    expect(before.progress.windowsDone).toBeGreaterThan(0);
    scene.clock.advance(61_000);
    const restarted = await startBridge(scene.platform, scene.client);
    const { job } = await finish(scene, id, 60_000, restarted);
    expect(job).toMatchObject({ state: "done", progress: { created: 40, failed: 0 } });
    expect(scene.sandbox.control.deals(SITE.siteId).map(({ creates }) => creates)).toEqual(Array(40).fill(1));
  });

  it("waits for new points, says so, and resumes in the next hour", async () => {
    const scene = await createHeldScene({ account: { hourlyPoints: 2, dailyPoints: 100, livePercent: 0 } });
    await scene.post(visits(3).map((document, n) => ({ ...document, date: `2026-${DAYS_APART[n]}T10:00:00` })));
    const id = await start(scene, { ...MONTHS, actions: ["create"] });
    await work(scene, 5_000);
    const { message } = await look(scene, id);
    expect(message).toBe("Задание выполняется. Баллы API Calltouch исчерпаны. Задание продолжится само");
    expect(operations(scene)).toEqual(["list", "list"]);
    scene.clock.advance(3_600_000);
    const { job } = await finish(scene, id, 30_000);
    expect(job).toMatchObject({ state: "done", progress: { created: 3 } });
    expect(operations(scene)).toEqual(["list", "list", "list", "create"]);
  });

  it("when it is cancelled, sends nothing more and puts back what was not sent", async () => {
    const scene = await createHeldScene({ account: { hourlyPoints: 2, dailyPoints: 100, livePercent: 0 } });
    await scene.post(visits(100));
    await scene.post(visits(150).slice(100));
    const id = await start(scene, { actions: ["create"] });
    await work(scene, 5_000);
    expect((await look(scene, id)).job).toMatchObject({ state: "running", progress: { created: 100, waiting: 50 } });
    const { body } = await scene.call("POST", `/v1/alfa-auto/jobs/${id}/cancel`);
    expect(body).toMatchObject({
      message: "Задание отменено",
      job: { state: "cancelled", progress: { created: 100, waiting: 0 } },
    });
    expect(await storedDeal(scene.client, 150)).toMatchObject({ status: "held", reason_code: "AUTO_OFF" });
    scene.clock.advance(3_600_000);
    await work(scene, 5_000);
    expect(scene.sandbox.control.deals(SITE.siteId)).toHaveLength(100);
    expect((await scene.call("POST", `/v1/alfa-auto/jobs/${id}/cancel`)).status).toBe(200);
  });

  it("ends as failed when its connection is deleted", async () => {
    const scene = await createHeldScene();
    await scene.post([visit(1)]);
    await start(scene, SEPTEMBER);
    await scene.admin("DELETE", `/connections/${scene.connectionId}`);
    await work(scene, 2_000);
    const { rows } = await scene.client.execute("SELECT status, reason FROM jobs");
    expect(rows).toMatchObject([{ status: "failed", reason: "Подключение удалено" }]);
  });
});

describe("beside a job", () => {
  it("the share of points that is kept for deliveries is left to what arrives meanwhile", async () => {
    const points = { hourlyPoints: 8, dailyPoints: 200, livePercent: 50 };
    const scene = await createHeldScene({ account: points });
    for (let first = 0; first < 500; first += 100) await scene.post(visits(500).slice(first, first + 100));
    const id = await start(scene, { actions: ["create"] });
    await work(scene, 5_000);
    const { job, message } = await look(scene, id);
    expect(job).toMatchObject({ state: "running", progress: { created: 300, waiting: 200 } });
    expect(message).toMatch(/Баллы API Calltouch исчерпаны, остаток оставлен текущей передаче/);
    await scene.post([visit(501, { date: "2026-11-20T10:00:00" })], { mode: "manual" });
    expect(scene.deal(numberOf(501))).toMatchObject({ creates: 1 });
    scene.clock.advance(3_600_000);
    expect((await finish(scene, id)).job).toMatchObject({ state: "done", progress: { created: 500 } });
  });

  it.each(["own", "other"])("an account without points keeps back no other: the %s one has none", async (poor) => {
    const scene = await createHeldScene();
    scene.sandbox.control.addSite({ siteId: "55555", token: "other" });
    const other = { name: "Второй кабинет", siteId: "55555", token: "other", autoExchange: false };
    const { body } = await scene.admin("POST", "/accounts", other);
    await scene.admin("POST", `/connections/${scene.connectionId}/rules`, {});
    const rule = { department: "Сервис", accountId: body["id"] };
    await scene.admin("POST", `/connections/${scene.connectionId}/rules`, rule);
    const points = { hourlyPoints: 1, livePercent: 0 };
    await scene.admin("PATCH", `/accounts/${poor === "own" ? scene.accountId : body["id"]}`, points);
    const documents = visits(20).map((document, n) => (n < 10 ? document : { ...document, department: "Сервис" }));
    await scene.post(documents);
    const id = await start(scene, { actions: ["create"] });
    await work(scene, 5_000);
    const { job, message } = await look(scene, id);
    expect(job).toMatchObject({ state: "running", progress: { created: 10, waiting: 10 } });
    expect(message).toMatch(/Баллы API Calltouch исчерпаны, остаток оставлен текущей передаче/);
    scene.clock.advance(3_600_000);
    expect((await finish(scene, id)).job).toMatchObject({ state: "done", progress: { created: 20 } });
  });

  it("what arrives meanwhile is sent first", async () => {
    const scene = await createHeldScene({
      account: { autoExchange: true },
      connection: { since: "2026-11-01T00:00:00+03:00" },
    });
    await scene.post(visits(100));
    await start(scene, { actions: ["create"] });
    await withoutDispatch(scene.platform, async () => {
      await scene.bridge.poll();
      await scene.call("POST", "/v1/alfa-auto/documents", { documents: [visit(500, { date: "2026-11-20T10:00:00" })] });
    });
    await scene.bridge.tick();
    const [first] = scene.sandbox.control.requests().filter(({ operation }) => operation === "create");
    expect(first?.items).toBe(100);
    expect(JSON.stringify(first?.body).includes(numberOf(500))).toBe(true);
  });
});
