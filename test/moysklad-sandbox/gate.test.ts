import { describe, expect, it } from "vitest";
import { createMoyskladSandbox } from "../../sandbox/moysklad/index.ts";
import { BASE, createScene, NOON, ref, standardHeaders, TOKEN, toAnswer } from "./scene.ts";

const PATH = "/entity/organization";

describe("the request gate", () => {
  it.each(["", "deflate, br", "gzip;q=0"])("answers a bare 415 when Accept-Encoding is '%s'", async (encoding) => {
    const answer = await createScene().send("GET", PATH, undefined, { "Accept-Encoding": encoding });
    expect([answer.status, answer.text]).toEqual([415, ""]);
  });

  it.each(["gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8"])(
    "takes '%s' and answers compressed",
    async (encoding) => {
      const { sandbox } = createScene();
      const headers = { ...standardHeaders(), "Accept-Encoding": encoding };
      const response = await sandbox.app.fetch(new Request(`${BASE}${PATH}`, { headers }));
      expect([response.status, response.headers.get("content-encoding")]).toEqual([200, "gzip"]);
      const bytes = new Uint8Array(await response.arrayBuffer());
      expect([...bytes.slice(0, 2)]).toEqual([0x1f, 0x8b]);
    },
  );

  it.each(["application/json", "*/*", "", "text/html"])("refuses Accept '%s' with 1062 when strict", async (accept) => {
    const answer = await createScene().send("GET", PATH, undefined, { Accept: accept });
    expect([answer.status, answer.codes]).toEqual([400, [1062]]);
  });

  it("takes plain JSON and anything in the tolerant mode, but never at the token's own address", async () => {
    const scene = createScene({ accept: "tolerant" });
    expect((await scene.send("GET", PATH, undefined, { Accept: "application/json" })).status).toBe(200);
    expect((await scene.send("GET", PATH, undefined, { Accept: "*/*" })).status).toBe(200);
    expect((await scene.send("GET", PATH, undefined, { Accept: "text/html" })).codes).toEqual([1062]);
    const login = { Accept: "application/json", Authorization: basic("admin@shop", "пароль") };
    expect((await scene.send("POST", "/security/token", undefined, login)).codes).toEqual([1062]);
  });

  it.each(["", "Bearer wrong", "Bearer ", `Basic ${btoa("admin@shop:wrong")}`, "Basic %%%"])(
    "answers 401 with 1056 to '%s'",
    async (authorization) => {
      const answer = await createScene().send("GET", PATH, undefined, { Authorization: authorization });
      expect([answer.status, answer.codes, answer.headers.get("x-lognex-auth")]).toEqual([401, [1056], "1056"]);
    },
  );

  it("judges the encoding before Accept, and Accept before the token", async () => {
    const scene = createScene();
    const bad = { Authorization: "Bearer wrong", Accept: "text/html" };
    expect((await scene.send("GET", PATH, undefined, { ...bad, "Accept-Encoding": "br" })).status).toBe(415);
    expect((await scene.send("GET", PATH, undefined, bad)).codes).toEqual([1062]);
  });

  it("issues a token for a login in UTF-8, and by that revokes the one before", async () => {
    const scene = createScene();
    const issued = await scene.send("POST", "/security/token", undefined, {
      Authorization: basic("admin@shop", "пароль"),
    });
    expect(issued.at("access_token")).toMatch(/^[0-9a-f]{40}$/);
    expect((await scene.get(PATH)).status).toBe(401);
    const fresh = await scene.send("GET", PATH, undefined, { Authorization: `Bearer ${issued.at("access_token")}` });
    expect(fresh.status).toBe(200);
  });

  it("refuses a revoked token with 1056 and switched-off API access with 1061", async () => {
    const scene = createScene();
    scene.control.updateAccount(TOKEN, { apiEnabled: false });
    expect((await scene.get(PATH)).codes).toEqual([1061]);
    scene.control.updateAccount(TOKEN, { apiEnabled: true, tokenRevoked: true });
    expect((await scene.get(PATH)).codes).toEqual([1056]);
  });

  it("refuses a body that is not declared JSON, is not JSON, or is too large a URL", async () => {
    const scene = createScene();
    const form = await scene.send("POST", PATH, "name=x", { "Content-Type": "application/x-www-form-urlencoded" });
    expect([form.status, form.codes]).toEqual([415, [1037]]);
    const broken = await scene.post(PATH, '{"name":\n "x"');
    expect([broken.status, broken.codes, broken.at("errors", 0, "line")]).toEqual([400, [2001], 2]);
    expect((await scene.get(PATH, { filter: `name=${"x".repeat(9_000)}` })).status).toBe(414);
    expect((await scene.send("GET", PATH, undefined, { "User-Agent": "x".repeat(9_000) })).status).toBe(431);
  });
});

describe("routing", () => {
  const id = "00000000-0000-0000-0a80-000000000001";
  it.each([
    ["GET", "/entity/demand2", 412, 1005],
    ["GET", "/entity/customerorder/7", 400, 1000],
    ["GET", "/nothing", 404, 1002],
    ["GET", `/entity/customerorder/${id}/nothing`, 404, 1021],
    ["PUT", "/entity/customerorder", 400, 1012],
    ["POST", `/entity/customerorder/${id}`, 400, 1006],
    ["GET", `/entity/customerorder/${id}`, 404, 1021],
    ["DELETE", `/entity/customerorder/${id}`, 404, 1021],
  ])("answers %s %s with %d and code %d", async (method, path, status, code) => {
    const body = method === "GET" || method === "DELETE" ? undefined : {};
    const answer = await createScene().send(method, path, body);
    expect([answer.status, answer.codes]).toEqual([status, [code]]);
  });

  it("answers 405 to a method an address does not have", async () => {
    expect((await createScene().send("DELETE", "/entity/customerorder")).status).toBe(405);
  });

  it("tells who holds the token and whether he is an administrator", async () => {
    const scene = createScene({}, { isAdmin: false });
    const employee = await scene.get("/context/employee");
    expect(employee.at("permissions", "admin", "VIEW")).toBe("NO");
    expect([employee.at("uid"), employee.at("accountId")]).toEqual(["admin@shop", scene.control.accountId]);
    expect((await scene.get("/context/application")).status).toBe(403);
  });

  it("answers 55006 to a solution that asks for its employee", async () => {
    const scene = createScene({}, { authKind: "solution" });
    expect((await scene.get("/context/employee")).codes).toEqual([55006]);
    expect((await scene.get("/context/application")).at("accountId")).toBe(scene.control.accountId);
  });

  it("keeps merchants apart", async () => {
    const scene = createScene();
    const agentId = scene.control.addCounterparty({ name: "Иван" });
    scene.control.addAccount({ token: "token-2" });
    const foreign = { Authorization: "Bearer token-2" };
    expect((await scene.send("GET", `/entity/counterparty/${agentId}`, undefined, foreign)).status).toBe(404);
    expect((await scene.send("GET", "/entity/counterparty", undefined, foreign)).rows).toEqual([]);
  });

  it("works at another base, whose hrefs it then shows", async () => {
    const sandbox = createMoyskladSandbox({ now: () => NOON, baseUrl: "http://127.0.0.1:8791/api/remap/1.2" });
    sandbox.control.addAccount({ token: TOKEN });
    const request = new Request(`http://127.0.0.1:8791/api/remap/1.2${PATH}`, { headers: standardHeaders() });
    const answer = await toAnswer(await sandbox.fetch(request));
    expect(answer.at("meta", "href")).toBe(`http://127.0.0.1:8791/api/remap/1.2${PATH}`);
  });

  it("takes hrefs of the real server beside its own only when the knob says so", async () => {
    const sandbox = createMoyskladSandbox({ now: () => NOON, baseUrl: "http://127.0.0.1:8791/api/remap/1.2" });
    sandbox.control.addAccount({ token: TOKEN });
    const id = sandbox.control.addOrganization({ name: "ООО" });
    const body = { organization: ref("organization", id), agent: ref("organization", id) };
    const send = async () => {
      const init = { method: "POST", headers: standardHeaders(), body: JSON.stringify(body) };
      return toAnswer(await sandbox.fetch(new Request(`${BASE}/entity/customerorder`, init)));
    };
    expect((await send()).codes).toEqual([1059, 1059]);
    sandbox.control.setKnobs({ officialHrefs: true });
    expect((await send()).status).toBe(200);
  });
});

function basic(login: string, password: string): string {
  const bytes = new TextEncoder().encode(`${login}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
