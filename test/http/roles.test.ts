import { describe, expect, it } from "vitest";
import { ADMIN_READ_TOKEN, ADMIN_TOKEN, type Answer, call, createScene, type Scene } from "../scene.ts";
import { createShop } from "../security/shop.ts";
import { expectError, expectReadable } from "./contract.ts";
import { readRoutes } from "./route-table.ts";

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const read = (scene: Scene, method: string, path: string, body?: unknown) =>
  call(scene.bridge, method, path, bearer(ADMIN_READ_TOKEN), body);

async function rowsOf({ client }: Scene): Promise<string> {
  const tables = await client.execute("SELECT name FROM sqlite_master WHERE type = 'table'");
  const all = await Promise.all(tables.rows.map(({ name }) => client.execute(`SELECT * FROM "${name}"`)));
  return JSON.stringify(all.map(({ rows }) => rows));
}

describe("the token that may only look", () => {
  it("sees what the full one sees", async () => {
    const scene = await createScene();
    for (const path of [
      "/summary",
      "/accounts",
      `/accounts/${scene.accountId}`,
      "/connections",
      `/connections/${scene.connectionId}`,
      `/connections/${scene.connectionId}/keys`,
      `/connections/${scene.connectionId}/rules`,
      `/connections/${scene.connectionId}/reconciliation?from=2026-11-01&to=2026-11-02`,
      "/deals",
      "/leads",
      "/audit",
    ]) {
      const answer = await read(scene, "GET", `/admin${path}`);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.body).toEqual((await scene.admin("GET", path)).body);
    }
  });

  it("changes nothing: not by any route, nor by any method, whatever the body", async () => {
    const scene = await createScene();
    const before = await rowsOf(scene);
    const paths = new Set(
      (await readRoutes(scene)).map(({ path }) => path).filter((path) => path.startsWith("/admin")),
    );
    expect(paths.size).toBeGreaterThan(8);
    for (const path of paths) {
      for (const id of [scene.accountId, scene.connectionId, "1", "nobody"]) {
        const real = path.replace(/:\w+/g, id);
        for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
          expectError(await read(scene, method, real, { name: "Другое", dryRun: true }), 403, "READ_ONLY");
        }
        expect((await read(scene, "HEAD", real)).status).toBe(403);
      }
    }
    expectError(await read(scene, "POST", "/admin/nowhere", {}), 403, "READ_ONLY");
    expect(await rowsOf(scene)).toBe(before);
  });

  it("does not exist unless it was given", async () => {
    const scene = await createScene();
    for (const token of ["", "undefined", "null", "-".repeat(64)]) {
      expectError(await call(scene.bridge, "GET", "/admin/summary", bearer(token)), 401, "AUTH");
    }
  });
});

describe("an admin token", () => {
  it("is tried in bulk only slowly from one address, and a right one never is", async () => {
    const { bridge, platform } = await createShop();
    platform.address = () => "203.0.113.7";
    const tries: Answer[] = [];
    for (let n = 0; n < 12; n += 1) tries.push(await call(bridge, "GET", "/admin/summary", bearer(`wrong-${n}`)));
    expect(tries.map(({ status }) => status)).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    expect(tries.at(-1)?.body["code"]).toBe("AUTH_SLOW");
    for (const answer of tries) expectReadable(answer);
    for (const token of [ADMIN_TOKEN, ADMIN_READ_TOKEN]) {
      expect((await call(bridge, "GET", "/admin/summary", bearer(token))).status).toBe(200);
    }
    platform.address = () => "203.0.113.8";
    expect((await call(bridge, "GET", "/admin/summary", bearer("wrong"))).status).toBe(401);
  });
});

describe("a token", () => {
  it.each([
    ["token", ADMIN_TOKEN],
    ["access_token", ADMIN_TOKEN],
    ["authorization", `Bearer ${ADMIN_TOKEN}`],
    ["key", ADMIN_TOKEN],
    ["api_key", ADMIN_READ_TOKEN],
  ])("in the address is no token: ?%s=", async (name, value) => {
    const scene = await createScene();
    const query = `${name}=${encodeURIComponent(value)}`;
    expectError(await call(scene.bridge, "GET", `/admin/summary?${query}`, {}), 401, "AUTH");
    expectError(await call(scene.bridge, "GET", `/admin/${encodeURIComponent(value)}/summary`, {}), 401, "AUTH");
    expectError(await call(scene.bridge, "GET", `/v1/ping?${name}=${scene.key}`, {}), 401, "AUTH");
    expectError(await call(scene.bridge, "GET", `/v1/ping?x-api-key=${scene.key}`, {}), 401, "AUTH");
  });

  it("in the address is not logged", async () => {
    const scene = await createScene();
    await call(scene.bridge, "GET", `/admin/summary?token=${ADMIN_TOKEN}`, {});
    await call(scene.bridge, "GET", `/v1/ping/${scene.key}?key=${scene.key}`, {});
    for (const secret of [ADMIN_TOKEN, scene.key]) expect(JSON.stringify(scene.logs)).not.toContain(secret);
  });
});
