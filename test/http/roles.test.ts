import { describe, expect, it } from "vitest";
import { ADMIN_READ_TOKEN, ADMIN_TOKEN, call, createScene, type Scene } from "../scene.ts";
import { expectError } from "./contract.ts";
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
      "/deals",
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
