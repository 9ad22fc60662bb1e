import { describe, expect, it } from "vitest";
import { BASE, createScene, standardHeaders, TOKEN } from "./scene.ts";

const PATH = "/entity/counterparty";
const BODY = { name: "Иван", syncId: "3d0f0c5a-1b5e-5111-8a80-0f3d001c3e2a" };

function names({ control }: ReturnType<typeof createScene>) {
  return control.counterparties().map(({ name }) => name);
}

describe("faults", () => {
  it("lose a request, or apply it and lose only the answer; its syncId then finds what was made", async () => {
    const scene = createScene();
    scene.control.fault({ kind: "timeoutBeforeCommit" });
    expect((await scene.post(PATH, BODY)).status).toBe(504);
    expect([names(scene), scene.clock.slept]).toEqual([[], [30_000]]);
    scene.control.fault({ kind: "timeoutAfterCommit" });
    await scene.post(PATH, BODY);
    expect((await scene.post(PATH, BODY)).status).toBe(200);
    expect(names(scene)).toEqual(["Иван"]);
  });

  it("break the connection before or after the commit", async () => {
    const scene = createScene();
    scene.control.fault({ kind: "resetBeforeCommit" });
    await expect(scene.post(PATH, BODY)).rejects.toThrow(TypeError);
    expect(names(scene)).toEqual([]);
    scene.control.fault({ kind: "resetAfterCommit" });
    await expect(scene.post(PATH, BODY)).rejects.toThrow(TypeError);
    expect(names(scene)).toEqual(["Иван"]);
  });

  it.each([
    [{ kind: "html502" }, 502, []],
    [{ kind: "status", status: 500 }, 500, []],
    [{ kind: "status", status: 503, code: 1999 }, 503, [1999]],
    [{ kind: "maintenance" }, 503, [1074]],
    [{ kind: "conflict" }, 412, [1065]],
    [{ kind: "tooManyRequests" }, 429, [1049]],
    [{ kind: "tooManyRequests", code: 1073 }, 429, [1073]],
    [{ kind: "tooManyRequests", html: true }, 429, []],
    [{ kind: "unreadable200" }, 200, []],
  ] as const)("%j answers %d with codes %j", async (fault, status, codes) => {
    const scene = createScene();
    scene.control.fault(fault);
    const answer = await scene.post(PATH, BODY);
    expect([answer.status, answer.codes]).toEqual([status, codes]);
    expect((await scene.post(PATH, BODY)).status).toBe(200);
  });

  it("cut the compressed answer, so that reading it fails", async () => {
    const { sandbox, control } = createScene();
    control.fault({ kind: "truncatedGzip" });
    const response = await sandbox.fetch(new Request(`${BASE}${PATH}`, { headers: standardHeaders() }));
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it("revoke the token in the middle of a run", async () => {
    const { control, get } = createScene();
    control.fault({ kind: "revokeToken", skip: 1 });
    const statuses = [await get(PATH), await get(PATH), await get(PATH)].map(({ status }) => status);
    expect(statuses).toEqual([200, 401, 401]);
    control.updateAccount(TOKEN, { tokenRevoked: false });
    expect((await get(PATH)).status).toBe(200);
  });

  it("hit only what they are meant for, as often as they say", async () => {
    const { control, get, post } = createScene();
    control.fault({ kind: "html502", method: "POST", path: PATH, times: 2 });
    expect((await get(PATH)).status).toBe(200);
    expect((await post("/entity/organization", { name: "x" })).status).toBe(200);
    expect(
      [await post(PATH, BODY), await post(PATH, BODY), await post(PATH, BODY)].map(({ status }) => status),
    ).toEqual([502, 502, 200]);
  });

  it("reject at once when the caller gives up, and go on unheard", async () => {
    const { sandbox, control } = createScene();
    const controller = new AbortController();
    const init = { headers: standardHeaders(), signal: controller.signal };
    controller.abort(new Error("enough"));
    await expect(sandbox.fetch(new Request(`${BASE}${PATH}`, init))).rejects.toThrow("enough");
    expect(control.requests()).toEqual([]);
  });
});

describe("the request log", () => {
  it("keeps what was asked, what it cost and how it was answered", async () => {
    const { get, post, control } = createScene({ userWeight: 3 });
    await get(PATH, { filter: "phone=+7 999" });
    await post(PATH, {});
    expect(control.requests()).toMatchObject([
      { method: "GET", path: PATH, query: { filter: "phone=+7 999" }, token: TOKEN, units: 3, status: 200, codes: [] },
      { method: "POST", path: PATH, body: {}, status: 412, codes: [3000] },
    ]);
    control.clearRequests();
    expect(control.requests()).toEqual([]);
  });
});

describe("the control API", () => {
  it("does over HTTP what the controls do in process", async () => {
    const { sandbox, control } = createScene();
    const call = async (method: string, path: string, body?: object) => {
      const init = body ? { method, body: JSON.stringify(body) } : { method };
      const response = await sandbox.app.fetch(new Request(`${BASE.slice(0, 23)}/__sandbox${path}`, init));
      return { status: response.status, json: await response.json() };
    };
    const agent = await call("POST", "/counterparties", { name: "Иван", phone: "8 (999) 123-45-67" });
    const order = await call("POST", "/orders", { agentId: agent.json.id, sum: 5_000 });
    const stateId = control.states()[3]?.id;
    expect((await call("PATCH", `/orders/${order.json.id}`, { stateId })).status).toBe(200);
    expect((await call("GET", "/orders")).json).toMatchObject([{ sum: 5_000, stateName: "Выполнен" }]);
    expect((await call("PATCH", "/knobs", { phoneSearch: "digits" })).json).toMatchObject({ phoneSearch: "digits" });
    expect((await call("POST", "/faults", { kind: "nothing" })).status).toBe(400);
    expect((await call("POST", "/accounts", { token: "other" })).status).toBe(201);
    expect((await call("GET", "/orders?token=other")).json).toEqual([]);
  });
});
