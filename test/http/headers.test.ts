import { describe, expect, it } from "vitest";
import { ADMIN_TOKEN, type Answer, call, createScene, type Scene } from "../scene.ts";
import { createGatedClient } from "./gated-client.ts";
import { readRoutes } from "./route-table.ts";

const ORIGIN = "https://evil.example";
const GIVEN = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

function expectHeaders({ headers }: Answer): void {
  for (const [name, value] of Object.entries(GIVEN)) expect([name, headers.get(name)]).toEqual([name, value]);
  for (const [name] of headers) expect(name).not.toMatch(/^(access-control-|server$|x-powered-by|set-cookie|etag)/);
}

const keysOf = (scene: Scene) => ({
  nothing: {},
  "a wrong key": { authorization: "Bearer wrong" },
  "an ERP key": { authorization: `Bearer ${scene.key}` },
  "the admin token": { authorization: `Bearer ${ADMIN_TOKEN}` },
});

describe("the headers", () => {
  it("say not to keep, guess, frame or run anything, and let no other site in, on every route by every method", async () => {
    const scene = await createScene();
    const routes = await readRoutes(scene);
    expect(routes.length).toBeGreaterThan(15);
    const statuses = new Set<number>();
    for (const { path } of routes) {
      const real = path.replace(":adapter", "alfa-auto").replace(/:\w+/g, "0");
      for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
        for (const key of Object.values(keysOf(scene))) {
          const headers = { ...key, origin: ORIGIN, "access-control-request-method": "POST" };
          const answer = await call(scene.bridge, method, real, headers, /GET|HEAD/.test(method) ? undefined : "{");
          statuses.add(answer.status);
          expectHeaders(answer);
          const allowed = answer.headers.get("allow")?.split(", ") ?? [];
          expect(new Set(allowed).size).toBe(allowed.length);
        }
      }
    }
    for (const status of [200, 400, 401, 404, 405]) expect(statuses).toContain(status);
  });

  it("are the same on addresses that lead nowhere", async () => {
    const scene = await createScene();
    for (const path of [
      "/",
      "/nowhere",
      "/v1",
      "/v1/nowhere",
      "/admin",
      "/admin/nowhere",
      "//",
      "/%ff",
      "/healthz/x",
    ]) {
      for (const method of ["GET", "POST", "OPTIONS"]) expectHeaders(await call(scene.bridge, method, path, {}));
    }
  });

  it("are the same when the bridge itself fails", async () => {
    const gated = createGatedClient();
    const scene = await createScene({ client: gated.client });
    gated.fail("disk I/O error");
    for (const [path, status] of [
      ["/v1/ping", 500],
      ["/readyz", 503],
    ] as const) {
      const answer = await scene.call("GET", path);
      expect(answer.status).toBe(status);
      expectHeaders(answer);
    }
  });
});
