import { describe, expect, it } from "vitest";
import { createCalltouchSandbox, type KnobsPatch } from "../../sandbox/calltouch/index.ts";
import { createScene, MINUTE_MS, NOON, order, SITE } from "./scene.ts";

const URL_POST = "https://bridge.test/hooks/calltouch/secret";
const CALL = { siteId: SITE, kind: "call" as const, id: 7, at: NOON, phones: ["79157771122"] };
const REQUEST = { siteId: SITE, kind: "request" as const, id: 8, at: NOON };

function createHooked(knobs: KnobsPatch = {}, method: "GET" | "POST" = "POST", url = URL_POST) {
  const scene = createScene(knobs);
  scene.sandbox.control.setHook(SITE, { url, method });
  const phases = async () =>
    (await scene.received()).map(({ parameters }) => parameters["callphase"] ?? parameters["leadtype"]);
  return { ...scene, control: scene.sandbox.control, phases };
}

describe("the webhooks of a call", () => {
  it("are two with the same id: of its beginning, when its outcome is null, and of its end, with what changed", async () => {
    const { control, received } = createHooked();
    control.addLead({ ...CALL, durationSeconds: 72, unique: false, session: { source: "yandex", medium: "cpc" } });
    const [begun, ended] = (await received()).map(({ parameters }) => parameters);
    expect(begun).toMatchObject({
      leadtype: "call",
      id: "7",
      callphase: "callconnected",
      changedFields: "null",
      requestId: "null",
      callerphone: "79157771122",
      calltime: "2025-05-14 12:00:00",
      timestamp: "1747213200",
      sendingTimestamp: "1747213200",
      unique: "non-unique",
      duration: "null",
      status: "null",
      targetcall: "null",
      source: "yandex",
      utm_source: "<не указано>",
      attrs: "{}",
      orderId: "null",
      siteId: SITE,
    });
    expect(ended).toMatchObject({
      id: "7",
      callphase: "calldisconnected",
      changedFields: "callphase,duration,status,statusDetails,targetcall,uniqtargetcall",
      duration: "72",
      status: "successful",
      targetcall: "target",
      uniqtargetcall: "non-uniqtarget",
    });
  });

  it("wait for the end of a call that is going on", async () => {
    const { control, clock, received, phases } = createHooked();
    control.addLead({ ...CALL, finishedAt: NOON + MINUTE_MS });
    expect(await phases()).toEqual(["callconnected"]);
    clock.now += MINUTE_MS;
    control.emitHook(7, { phase: "calldisconnected" });
    expect(await phases()).toEqual(["callconnected", "calldisconnected"]);
    expect((await received())[1]?.parameters["sendingTimestamp"]).toBe("1747213260");
  });

  it("tell of a later edit and of the deal linked to it", async () => {
    const { control, create, received } = createHooked();
    control.addLead(CALL);
    await create(order("a", { matching: [{ type: "call", callParams: { callId: 7 } }] }));
    control.emitHook(7, { phase: "edit", changedFields: ["tags_manual", "orderId"] });
    expect((await received())[2]?.parameters).toMatchObject({
      callphase: "calldisconnected",
      changedFields: "tags_manual,orderId",
      orderId: "7071678",
    });
  });

  it("show a hidden number as the knob says", async () => {
    const { control, received } = createHooked({ hiddenNumber: null });
    control.addLead({ ...CALL, phones: [] });
    expect((await received())[0]?.parameters["callerphone"]).toBe("null");
  });
});

describe("the webhook of a request", () => {
  it("is one, with its own id in requestId and none in id", async () => {
    const { control, received } = createHooked();
    control.addLead({ ...REQUEST, name: "Иван", subject: "ТО", tags: ["Сайт", "VIP"] });
    expect((await received()).map(({ parameters }) => parameters)).toMatchObject([
      {
        leadtype: "request",
        id: "null",
        requestId: "8",
        requestNumber: "8",
        callphase: "null",
        requestDate: "2025-05-14 12:00:00",
        fio: "Иван",
        subject: "ТО",
        callerphone: "null",
        targetrequest: "true",
        tags_request: "Сайт,VIP",
      },
    ]);
  });
});

describe("a webhook", () => {
  it("by POST is a form in ASCII, by GET a query after that of the address", async () => {
    const post = createHooked();
    post.control.addLead({ ...REQUEST, name: "Иван" });
    const [form] = await post.received();
    expect(form).toMatchObject({
      method: "POST",
      url: URL_POST,
      contentType: "application/x-www-form-urlencoded",
    });
    expect(form?.body).toMatch(/^[\x20-\x7e]+$/);

    const get = createHooked({}, "GET", "https://bridge.test/hook?secret=1");
    get.control.addLead({ ...REQUEST, name: "Иван" });
    const [query] = await get.received();
    expect(query).toMatchObject({ method: "GET", body: "", parameters: { secret: "1", requestId: "8", fio: "Иван" } });
  });

  it("carries only the parameters chosen", async () => {
    const { control, received } = createHooked();
    control.setHook(SITE, { url: URL_POST, method: "POST", parameters: ["id", "callphase"] });
    control.addLead(CALL);
    expect((await received())[0]?.parameters).toEqual({ id: "7", callphase: "callconnected" });
  });

  it("of the test button has every parameter unfilled, or nothing at all", async () => {
    const { control, received } = createHooked();
    control.testHook(SITE, "placeholders");
    control.testHook(SITE, "empty");
    const [unfilled, empty] = await received();
    expect(unfilled?.parameters).toMatchObject({ callerphone: "{callerphone}", duration: "{duration}", id: "{id}" });
    expect(empty?.body).toBe("");
  });

  it.each<[KnobsPatch, string[]]>([
    [{ hookCopies: 0 }, []],
    [{ hookCopies: 2 }, ["callconnected", "callconnected", "calldisconnected", "calldisconnected"]],
    [{ hookOrder: "reversed" }, ["calldisconnected", "callconnected"]],
  ])("under %j arrives as %j", async (knobs, expected) => {
    const { control, phases } = createHooked(knobs);
    control.addLead(CALL);
    expect(await phases()).toEqual(expected);
  });

  it("is not sent for a chat, for another site, or once switched off", async () => {
    const { control, phases } = createHooked();
    control.addSite({ siteId: "9", token: "t" });
    control.addLead({ ...CALL, siteId: "9", id: 9 });
    control.addLead({ siteId: SITE, kind: "chat", at: NOON });
    control.setHook(SITE, null);
    control.addLead(CALL);
    expect(await phases()).toEqual([]);
    expect(() => control.emitHook(7, { phase: "edit" })).toThrow("no webhook");
    expect(() => control.emitHook(1, { phase: "edit" })).toThrow("0 leads");
    expect(() => control.setHook("none", null)).toThrow("no site");
  });

  it("that its receiver does not answer is missed, and the next is sent all the same", async () => {
    let calls = 0;
    const send = async () => {
      calls += 1;
      if (calls === 1) throw new TypeError("fetch failed");
      return new Response(null, { status: 503 });
    };
    const { control } = createCalltouchSandbox({ now: () => NOON, send });
    control.addSite({ siteId: SITE, token: "t" });
    control.setHook(SITE, { url: URL_POST, method: "POST" });
    control.addLead(CALL);
    await control.hooksSent();
    expect(control.hooks().map(({ at, status }) => [at, status])).toEqual([
      [NOON, null],
      [NOON, 503],
    ]);
  });
});

describe("the controls of webhooks over HTTP", () => {
  it("set, emit, test, show and switch off", async () => {
    const { sandbox, control } = createHooked();
    const call = (method: string, path: string, body?: unknown) =>
      sandbox.app.request(`/__sandbox/hooks${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    expect((await call("POST", "", { siteId: SITE, url: URL_POST, method: "GET" })).status).toBe(201);
    control.addLead(REQUEST);
    expect((await call("POST", "/emit", { leadId: 8, phase: "edit", changedFields: ["manager"] })).status).toBe(201);
    expect((await call("POST", "/test", { siteId: SITE, body: "empty" })).status).toBe(201);
    expect(await (await call("GET", "")).json()).toMatchObject([
      { method: "GET", status: 200, parameters: { requestId: "8", changedFields: "null" } },
      { parameters: { requestId: "8", changedFields: "manager" } },
      { parameters: {} },
    ]);
    expect((await call("DELETE", `?siteId=${SITE}`)).status).toBe(200);
    expect((await call("POST", "/emit", { leadId: 8, phase: "edit" })).status).toBe(400);
    expect((await call("POST", "", { siteId: SITE, url: "ftp://x", method: "GET" })).status).toBe(400);
  });
});
