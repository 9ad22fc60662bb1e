/** What stands between an ERP and Calltouch besides its documents: dates, copies of bases, pauses, health. */
import { describe, expect, it } from "vitest";
import { APPOINTMENT, appointment, BASE, order } from "../adapters/alfa-auto-documents.ts";
import { createScene, type Scene, SITE } from "../scene.ts";
import { expectError, expectReadable, resultsOf } from "./contract.ts";
import { guidOf } from "./fake-erp.ts";
import { createGatedClient } from "./gated-client.ts";

const PATH = "/v1/alfa-auto/documents";
const NUMBER = appointment.number;

const patch = (scene: Scene, change: Record<string, unknown>) =>
  scene.admin("PATCH", `/connections/${scene.connectionId}`, change);
const postFrom = async (scene: Scene, infobase: unknown, documents: readonly unknown[] = [appointment]) => {
  const answer = await scene.call("POST", PATH, { client: { infobase }, documents });
  await scene.idle();
  return answer;
};
const another = (index: number) => ({ ...appointment, guid: guidOf(index), number: `П-${index}` });

describe("the first launch", () => {
  it("documents entered before it are kept and not sent", async () => {
    const scene = await createScene({ connection: { since: "2026-09-13T00:00:00+03:00" } });
    const results = await scene.post([appointment, { ...another(1), date: "2026-09-13T00:00:00" }]);
    expect(results).toMatchObject([
      { result: "skipped", code: "BEFORE_START" },
      { result: "accepted", code: "ACCEPTED" },
    ]);
    expect(scene.sandbox.control.deals().map(({ orderNumber }) => orderNumber)).toEqual(["П-1"]);
    expect(await scene.post([appointment])).toMatchObject([{ result: "unchanged" }]);
  });

  it("is the day the connection was made on, when nothing else is said", async () => {
    const scene = await createScene({ connection: { since: undefined } });
    const results = await scene.post([
      { ...another(1), date: "2026-11-21T23:59:59" },
      { ...another(2), date: "2026-11-22T00:00:00" },
    ]);
    expect(results).toMatchObject([{ code: "BEFORE_START" }, { code: "ACCEPTED" }]);
  });

  it("a document sent by hand is sent all the same, and so are its later states", async () => {
    const scene = await createScene({ connection: { since: "2026-11-01T00:00:00+03:00" } });
    expect(await scene.post([appointment], { mode: "manual" })).toMatchObject([{ result: "accepted" }]);
    expect(scene.deal(NUMBER)?.creates).toBe(1);
    const later = { ...appointment, status: "Подтвержденная заявка", statusDate: "2026-11-02T10:00:00" };
    expect(await scene.post([later])).toMatchObject([{ result: "accepted" }]);
    expect(scene.deal(NUMBER)?.status).toBe("Подтвержденная заявка");
  });

  it("the very same document is sent when it comes again by hand", async () => {
    const scene = await createScene({ connection: { since: "2026-11-01T00:00:00+03:00" } });
    expect(await scene.post([appointment])).toMatchObject([{ code: "BEFORE_START" }]);
    expect(await scene.post([appointment], { mode: "manual" })).toMatchObject([{ result: "accepted" }]);
    expect(scene.deal(NUMBER)?.creates).toBe(1);
  });

  it("a new document takes its older base with it", async () => {
    const scene = await createScene({ connection: { since: "2026-09-14T00:00:00+03:00" } });
    expect(await scene.post([appointment])).toMatchObject([{ code: "BEFORE_START" }]);
    expect(await scene.post([{ ...order, base: BASE }])).toMatchObject([{ result: "accepted" }]);
    expect(scene.deal(NUMBER)).toMatchObject({ status: "В работе", revenue: "41000.00" });
  });
});

describe("sending by hand", () => {
  it("is never stale", async () => {
    const scene = await createScene();
    await scene.post([{ ...appointment, status: "Подтвержденная заявка", statusDate: "2026-09-14T10:00:00" }]);
    expect(await scene.post([appointment])).toMatchObject([{ result: "stale" }]);
    expect(await scene.post([appointment], { mode: "manual" })).toMatchObject([{ result: "accepted" }]);
    expect(scene.deal(NUMBER)?.status).toBe("Предварительная заявка");
  });

  it.each([null, "", "auto", 1, true])("the mode %s is not by hand", async (mode) => {
    const scene = await createScene({ connection: { since: "2026-11-01T00:00:00+03:00" } });
    expect(await scene.post([appointment], { mode })).toMatchObject([{ code: "BEFORE_START" }]);
  });
});

describe("copies of a base", () => {
  it("the first base is remembered, and a copy of it stores and sends nothing", async () => {
    const scene = await createScene();
    expect(resultsOf(await postFrom(scene, "Srvr=a;Ref=work"))).toMatchObject([{ result: "accepted" }]);
    const copy = await postFrom(scene, "Srvr=a;Ref=test", [{ ...appointment, amount: 1 }, another(1)]);
    expectError(copy, 409, "BASE_CHANGED");
    expect(copy.body["message"]).toMatch(/подтвердите её у администратора/);
    const { rows } = await scene.client.execute("SELECT guid FROM documents");
    expect(rows).toMatchObject([{ guid: APPOINTMENT }]);
    expect(scene.deal(NUMBER)?.revenue).toBe("12500.50");
    expect(scene.sandbox.control.requests()).toHaveLength(1);
    expect(resultsOf(await postFrom(scene, " Srvr=a;Ref=work "))).toMatchObject([{ result: "unchanged" }]);
  });

  it("of two bases that come first at the same time one is remembered", async () => {
    const scene = await createScene();
    const answers = await Promise.all([postFrom(scene, "one", [another(1)]), postFrom(scene, "two", [another(2)])]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(scene.sandbox.control.deals()).toHaveLength(1);
  });

  it("an administrator confirms the new base, or several", async () => {
    const scene = await createScene();
    await postFrom(scene, "old");
    await patch(scene, { infobases: ["new", "branch"] });
    expectError(await postFrom(scene, "old"), 409, "BASE_CHANGED");
    for (const [index, infobase] of ["new", "branch"].entries()) {
      expect(resultsOf(await postFrom(scene, infobase, [another(index)]))).toMatchObject([{ result: "accepted" }]);
    }
    await patch(scene, { infobases: [] });
    expect((await postFrom(scene, "next")).status).toBe(200);
    expectError(await postFrom(scene, "new"), 409, "BASE_CHANGED");
  });

  it.each([null, "", "  ", undefined])("a client that names no base (%s) is let through", async (infobase) => {
    const scene = await createScene();
    await postFrom(scene, "base");
    expect(resultsOf(await postFrom(scene, infobase, [another(1)]))).toMatchObject([{ result: "accepted" }]);
    expect(resultsOf(await scene.call("POST", PATH, { documents: [another(2)] }))).toMatchObject([
      { result: "accepted" },
    ]);
    await scene.idle();
  });
});

describe("the ping", () => {
  it("says who is connected to what, in the time of the base", async () => {
    const scene = await createScene({ connection: { timeZone: "Asia/Yekaterinburg" } });
    const answer = await scene.call("GET", "/v1/ping");
    expectReadable(answer);
    expect(answer.body).toEqual({
      status: "ok",
      message: "Подключение установлено",
      requestId: answer.body["requestId"],
      connection: "Сервис",
      adapter: "alfa-auto",
      account: "Наш кабинет",
      serverTime: "2026-11-22T14:00:00",
      apiVersion: 1,
      limits: { documentsMax: 100, bodyBytesMax: 1_048_576 },
    });
  });
});

describe("pauses", () => {
  it("used up points are told to the ERP and the operator, and nothing is lost", async () => {
    const scene = await createScene({ account: { hourlyPoints: 1 } });
    await scene.post([another(1)]);
    expect(await scene.post([another(2)])).toMatchObject([{ result: "accepted" }]);
    const notice = "Баллы API Calltouch исчерпаны. Документы принимаются, передача возобновится в 13:01";
    const ping = await scene.call("GET", "/v1/ping");
    expectReadable(ping);
    expect(ping.body["notice"]).toBe(notice);
    const answer = await scene.call("POST", PATH, { documents: [another(3)] });
    expect(answer.body).toMatchObject({ status: "ok", notice, results: [{ result: "accepted" }] });
    const ready = await scene.call("GET", "/readyz");
    expect([ready.status, ready.body["paused"]]).toMatchObject([200, [{ account: scene.accountId, reason: "points" }]]);
    expect((await scene.admin("GET", `/accounts/${scene.accountId}`)).body["pause"]).toBe("points");

    await scene.idle();
    scene.clock.advance(3_660_000);
    await scene.bridge.tick();
    expect(scene.sandbox.control.deals()).toHaveLength(3);
    expect((await scene.call("GET", "/v1/ping")).body).not.toHaveProperty("notice");
    expect((await scene.call("GET", "/readyz")).body["paused"]).toEqual([]);
  });

  it("a token that Calltouch refuses is told, and a new one is tried at once", async () => {
    const scene = await createScene();
    scene.sandbox.control.updateSite(SITE.siteId, { token: "new-token" });
    await scene.post([appointment]);
    const ping = await scene.call("GET", "/v1/ping");
    expect(ping.body["notice"]).toMatch(/^Calltouch не принимает токен учётной записи, сообщите администратору моста/);
    expect((await scene.call("GET", "/readyz")).body["paused"]).toMatchObject([{ reason: "unauthorized" }]);
    expect(scene.sandbox.control.deals()).toEqual([]);

    await scene.admin("PATCH", `/accounts/${scene.accountId}`, { token: "new-token" });
    await scene.idle();
    expect(scene.deal(NUMBER)?.creates).toBe(1);
    expect((await scene.call("GET", "/v1/ping")).body).not.toHaveProperty("notice");
  });
});

describe("health", () => {
  it("the bridge is ready when its database answers, and alive all the same when it does not", async () => {
    const gated = createGatedClient();
    const scene = await createScene({ client: gated.client });
    const ready = await scene.call("GET", "/readyz");
    expectReadable(ready);
    expect([ready.status, ready.body]).toEqual([200, { status: "ok", message: "Документы принимаются", paused: [] }]);
    gated.fail("SQLITE_CORRUPT at /data/bridge.db");
    const broken = await scene.call("GET", "/readyz");
    expectError(broken, 503, "TRY_LATER");
    expect(broken.body["message"]).toBe("База данных моста недоступна. Повторите позже");
    expect((await scene.call("GET", "/healthz")).body).toEqual({ status: "ok", message: "Мост работает" });
  });

  it("every request is logged once, with its route and without its contents", async () => {
    const scene = await createScene();
    scene.logs.length = 0;
    await scene.call("GET", "/v1/ping?key=secret");
    await scene.call("GET", `/nowhere/${APPOINTMENT}`);
    await scene.call("POST", PATH, "{");
    await scene.call("POST", PATH, { documents: [appointment] });
    const requests = scene.logs.filter(({ event }) => event === "request");
    expect(requests.map(({ method, status }) => [method, status])).toEqual([
      ["GET", 200],
      ["GET", 404],
      ["POST", 400],
      ["POST", 200],
    ]);
    expect(requests[3]?.["route"]).toBe("/v1/:adapter/documents");
    expect(JSON.stringify(scene.logs)).not.toMatch(/secret|2c55a318|Белозёров|79001234567/);
    await scene.idle();
  });
});
