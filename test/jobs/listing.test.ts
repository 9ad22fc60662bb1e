import { describe, expect, it } from "vitest";
import { DAY, numberOf, operations, storedDeal, visit, visits } from "../dispatcher/stage.ts";
import { SITE } from "../scene.ts";
import { createHeldScene, finish, makeElsewhere, start, work } from "./stage.ts";

const dayOf = (text: string | null) => {
  const [day, month, year] = (text ?? "").split("/").map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day);
};

describe("a window of a job", () => {
  it("costs one request for every thousand deals that the site has in it", async () => {
    const scene = await createHeldScene({ account: { autoExchange: true } });
    for (let n = 0; n < 12; n += 1) await scene.post(visits((n + 1) * 100).slice(n * 100));
    scene.sandbox.control.clearRequests();
    const { job } = await finish(scene, await start(scene, { actions: ["update"] }));
    expect(job).toMatchObject({ state: "done", progress: { updated: 0, windowsDone: 1, windowsTotal: 1 } });
    expect(operations(scene)).toEqual(["list", "list"]);
  });

  it("is as long as the listing takes: few deals of seven months cost three requests", async () => {
    const scene = await createHeldScene({ account: { autoExchange: true } });
    const months = ["02", "03", "04", "05", "06", "07", "08"];
    await scene.post(visits(7).map((document, n) => ({ ...document, date: `2026-${months[n]}-10T10:00:00` })));
    scene.sandbox.control.clearRequests();
    const period = { from: "2026-02-01", to: "2026-08-31" };
    const { job } = await finish(scene, await start(scene, { ...period, actions: ["update"] }));
    expect(job).toMatchObject({ state: "done", progress: { windowsDone: 3, windowsTotal: 3 } });
    expect(operations(scene)).toEqual(["list", "list", "list"]);
  });

  it("that one run cannot read to its end is made narrower until it can", async () => {
    const scene = await createHeldScene();
    await scene.post([visit(1)]);
    const { fetch } = scene.platform;
    /** As if the site had a thousand deals each day, and every page took three seconds. */
    scene.platform.fetch = async (request) => {
      const { searchParams } = new URL(request.url);
      const days = (dayOf(searchParams.get("dateTo")) - dayOf(searchParams.get("dateFrom"))) / DAY;
      if (!request.url.includes("orders-diary")) return fetch(request);
      scene.clock.advance(3_000);
      const page = Number(searchParams.get("page"));
      return Response.json({ page, pageTotal: days, recordsTotal: days, records: [{ orderNumber: `other-${page}` }] });
    };
    const { job } = await finish(scene, await start(scene, { actions: ["create"] }), 600_000);
    expect(job).toMatchObject({ state: "done", progress: { created: 1, failed: 0 } });
  });

  it("costs nothing when nothing in it could be sent", async () => {
    const scene = await createHeldScene({ account: { autoExchange: true } });
    await scene.post([visit(1)]);
    scene.sandbox.control.clearRequests();
    expect((await finish(scene, await start(scene, { actions: ["create"] }))).job.state).toBe("done");
    expect(operations(scene)).toEqual([]);
  });

  it("is read again after an outage, and nothing is created before it has been", async () => {
    const scene = await createHeldScene();
    await scene.post([visit(1)]);
    await makeElsewhere(scene, numberOf(1));
    scene.sandbox.control.setKnobs({ duplicateCreate: "allow" });
    scene.sandbox.control.fault({ kind: "html502", path: "list", times: 2 });
    const id = await start(scene, { actions: ["create"] });
    const { job } = await finish(scene, id, 600_000);
    expect(job).toMatchObject({ state: "done", progress: { created: 0, alreadyThere: 1 } });
    expect(scene.sandbox.control.deals(SITE.siteId)).toHaveLength(1);
  });
});

describe("a listing that can never be read whole", () => {
  it("ends the job as failed, with nothing created", async () => {
    const scene = await createHeldScene();
    await scene.post([visit(1)]);
    const { fetch } = scene.platform;
    scene.platform.fetch = async () => Response.json({ page: 1, pageTotal: 1, recordsTotal: 1, records: ["?"] });
    const { job, message } = await finish(scene, await start(scene, { actions: ["create"] }), 300_000);
    expect(job).toMatchObject({ state: "failed", progress: { created: 0 } });
    expect(job.progress.windowsDone).toBeLessThan(job.progress.windowsTotal);
    expect(message).toMatch(/^Задание не выполнено\. Список сделок Calltouch не удаётся прочитать целиком/);
    scene.platform.fetch = fetch;
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "held" });
  });
});

describe("a deal that was delivered before the automatic exchange was switched off", () => {
  it("is updated by a job to what its documents say now", async () => {
    const scene = await createHeldScene({ account: { autoExchange: true } });
    await scene.post([visit(1)]);
    await scene.admin("PATCH", `/accounts/${scene.accountId}`, { autoExchange: false });
    const later = { changedAt: "2026-09-20T12:00:00", statusDate: "2026-09-20T12:00:00" };
    await scene.post([visit(1, { ...later, status: "Выполнена", amount: 999 })]);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "held", reason_code: "AUTO_OFF" });
    const { job } = await finish(scene, await start(scene, { actions: ["update"] }));
    expect(job).toMatchObject({ state: "done", progress: { updated: 1, failed: 0 } });
    expect(scene.deal(numberOf(1))).toMatchObject({ status: "Выполнена", revenue: "999.00", creates: 1 });
  });
});

describe("a job that has ended", () => {
  it("is forgotten after ninety days, with all that is known of its deals", async () => {
    const scene = await createHeldScene();
    await scene.post([visit(1)]);
    await finish(scene, await start(scene, { actions: ["create"] }));
    const count = async () =>
      (await scene.client.execute("SELECT id FROM jobs UNION ALL SELECT job_id FROM job_items")).rows;
    scene.clock.advance(89 * DAY);
    await work(scene, 3_000);
    expect(await count()).toHaveLength(2);
    scene.clock.advance(2 * DAY);
    await work(scene, 5_000);
    expect(await count()).toEqual([]);
  });
});
