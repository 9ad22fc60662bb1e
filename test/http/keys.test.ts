import { createClient } from "@libsql/client";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { sha256 } from "../../src/bytes.ts";
import { createFailures } from "../../src/http/failures.ts";
import { type Answer, call, createScene, NOON, type Scene, startBridge } from "../scene.ts";
import { expectError } from "./contract.ts";

const MINUTE = 60_000;
const iso = (at: number) => new Date(at).toISOString();
const created = z.strictObject({ id: z.string(), key: z.string() });
const listing = z.array(
  z.strictObject({
    id: z.string(),
    createdAt: z.string(),
    expiresAt: z.string().optional(),
    lastUsedAt: z.string().optional(),
    revokedAt: z.string().optional(),
  }),
);

const keysPath = (scene: Scene) => `/connections/${scene.connectionId}/keys`;
const list = async (scene: Scene) => listing.parse((await scene.admin("GET", keysPath(scene))).body["keys"]);
const create = async (scene: Scene, body: object = {}) => {
  const answer = await scene.admin("POST", keysPath(scene), body);
  expect(answer.status).toBe(201);
  return created.parse(answer.body);
};
const ping = (scene: Pick<Scene, "bridge">, key: string, headers: Record<string, string> = {}) =>
  call(scene.bridge, "GET", "/v1/ping", { "x-api-key": key, ...headers });
const withoutId = ({ status, text, body, headers }: Answer) => ({
  status,
  text: text.replace(String(body["requestId"]), ""),
  headers: [...headers],
});

describe("the keys of a connection", () => {
  it("work at the same time, so that one is replaced without a gap", async () => {
    const scene = await createScene();
    const fresh = await create(scene);
    expect((await ping(scene, scene.key)).status).toBe(200);
    expect((await ping(scene, fresh.key)).body["connection"]).toBe("Сервис");
    const [, id] = scene.key.split("_");
    expect((await scene.admin("DELETE", `${keysPath(scene)}/${id}`)).body).toEqual({ id });
    expectError(await ping(scene, scene.key), 401, "AUTH");
    expect((await ping(scene, fresh.key)).status).toBe(200);
  });

  it("are listed with when they were made, used, ended and will end, never with the key or its hash", async () => {
    const scene = await createScene();
    scene.clock.advance(1_000);
    const { id, key } = await create(scene, { expiresAt: "2026-12-01T00:00:00+03:00" });
    scene.clock.advance(1_000);
    await ping(scene, key);
    await scene.idle();
    await scene.admin("DELETE", `${keysPath(scene)}/${id}`);
    const answer = await scene.admin("GET", keysPath(scene));
    expect(listing.parse(answer.body["keys"])).toEqual([
      { id: scene.key.split("_")[1] ?? "", createdAt: iso(NOON) },
      {
        id,
        createdAt: iso(NOON + 1_000),
        expiresAt: "2026-11-30T21:00:00.000Z",
        lastUsedAt: iso(NOON + 2_000),
        revokedAt: iso(NOON + 2_000),
      },
    ]);
    const secret = key.split("_")[2] ?? "";
    for (const hidden of [key, secret, await sha256(secret)]) expect(answer.text).not.toContain(hidden);
  });

  it("stop at the instant they expire", async () => {
    const scene = await createScene();
    const { key } = await create(scene, { expiresAt: iso(NOON + MINUTE) });
    scene.clock.set(NOON + MINUTE - 1);
    expect((await ping(scene, key)).status).toBe(200);
    scene.clock.set(NOON + MINUTE);
    expectError(await ping(scene, key), 401, "AUTH");
  });

  it("that have expired or were revoked answer exactly like wrong ones and like none", async () => {
    const scene = await createScene();
    const expired = await create(scene, { expiresAt: iso(NOON + 1) });
    const revoked = await create(scene);
    await scene.admin("DELETE", `${keysPath(scene)}/${revoked.id}`);
    scene.clock.advance(1);
    const none = withoutId(await call(scene.bridge, "GET", "/v1/ping", {}));
    for (const key of ["wrong", expired.key, revoked.key, `${scene.key}0`]) {
      expect(withoutId(await ping(scene, key))).toEqual(none);
    }
    expect(none.status).toBe(401);
  });

  it("may be revoked twice, which is one revocation, and only through their own connection", async () => {
    const scene = await createScene();
    const { id } = await create(scene);
    const second = await scene.admin("POST", "/connections", {
      adapter: "alfa-auto",
      name: "Вторая",
      accountId: scene.accountId,
    });
    expectError(await scene.admin("DELETE", `/connections/${second.body["id"]}/keys/${id}`), 404, "NOT_FOUND");
    for (const ms of [0, 5_000]) {
      scene.clock.advance(ms);
      expect((await scene.admin("DELETE", `${keysPath(scene)}/${id}`)).status).toBe(200);
    }
    expect((await list(scene)).find((key) => key.id === id)?.revokedAt).toBe(iso(NOON));
    expectError(await scene.admin("DELETE", `${keysPath(scene)}/nothing`), 404, "NOT_FOUND");
    for (const method of ["GET", "POST"]) {
      const body = method === "POST" ? {} : undefined;
      expectError(await scene.admin(method, "/connections/nobody/keys", body), 404, "NOT_FOUND");
    }
  });

  it.each<[string, object]>([
    ["in the past", { expiresAt: iso(NOON - 1) }],
    ["now", { expiresAt: iso(NOON) }],
    ["without a zone", { expiresAt: "2027-01-01T00:00:00" }],
    ["null", { expiresAt: null }],
    ["of another name", { until: iso(NOON + 1) }],
  ])("are not made with an expiry %s", async (_, body) => {
    const scene = await createScene();
    expectError(await scene.admin("POST", keysPath(scene), body), 422, "FIELD");
    expect(await list(scene)).toHaveLength(1);
  });

  it("are twenty at most; one revoked makes room", async () => {
    const scene = await createScene();
    const { id } = await create(scene);
    for (let n = 2; n < 20; n += 1) await create(scene);
    expectError(await scene.admin("POST", keysPath(scene), {}), 409, "TOO_MANY");
    await scene.admin("DELETE", `${keysPath(scene)}/${id}`);
    await create(scene);
  });
});

describe("the last use of a key", () => {
  it("is written once a minute at most", async () => {
    const scene = await createScene();
    let writes = 0;
    const { execute } = scene.client;
    scene.client.execute = async (...args: [unknown, unknown?]) => {
      if (JSON.stringify(args[0]).includes('last_used_at\\" = ?')) writes += 1;
      return Reflect.apply(execute, scene.client, args);
    };
    const lastUse = async () => (await list(scene))[0]?.lastUsedAt;
    expect(await lastUse()).toBeUndefined();
    for (let second = 0; second < 60; second += 1) {
      await ping(scene, scene.key);
      await scene.idle();
      scene.clock.advance(1_000);
    }
    expect([writes, await lastUse()]).toEqual([1, iso(NOON)]);
    await ping(scene, scene.key);
    await scene.idle();
    expect([writes, await lastUse()]).toEqual([2, iso(NOON + MINUTE)]);
  });

  it.each([
    ["fails", () => Promise.reject(new Error("disk I/O error"))],
    ["never ends", () => new Promise<never>(() => {})],
  ])("neither delays nor fails the request when its write %s", async (_, write) => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    const { execute } = client;
    client.execute = async (...args: [unknown, unknown?]) =>
      JSON.stringify(args[0]).includes('update \\"erp_keys\\"') ? write() : Reflect.apply(execute, client, args);
    expect((await ping(scene, scene.key)).status).toBe(200);
    expect((await list(scene))[0]?.lastUsedAt).toBeUndefined();
  });

  it("is not touched by a wrong secret", async () => {
    const scene = await createScene();
    const [, id = ""] = scene.key.split("_");
    const secret = "0".repeat(40);
    await ping(scene, `ctb_${id}_${secret}_${(await sha256(`ctb_${id}_${secret}`)).slice(0, 8)}`);
    await scene.idle();
    expect((await list(scene))[0]?.lastUsedAt).toBeUndefined();
  });
});

/** A scene whose callers say where they come from, as the runtime would. */
async function createAddressed() {
  const scene = await createScene();
  const address = (request: Request) => request.headers.get("test-address") ?? undefined;
  const bridge = await startBridge({ ...scene.platform, address }, scene.client);
  const come = (from: string, key: string, headers: Record<string, string> = {}) =>
    ping({ bridge }, key, { "test-address": from, ...headers });
  const fail = async (from: string, times: number) => {
    for (let n = 0; n < times; n += 1) expectError(await come(from, "wrong"), 401, "AUTH");
  };
  return { scene, come, fail };
}

describe("failed tries", () => {
  it("from one address are slowed after ten within a minute, and those from others are not", async () => {
    const { scene, come, fail } = await createAddressed();
    await fail("1.1.1.1", 10);
    const slowed = await come("1.1.1.1", "wrong");
    expectError(slowed, 429, "AUTH_SLOW");
    expect([slowed.body["retryAfter"], slowed.headers.get("retry-after")]).toEqual([60, "60"]);
    await fail("2.2.2.2", 1);
    scene.clock.advance(59_999);
    expect((await come("1.1.1.1", "wrong")).body["retryAfter"]).toBe(1);
    scene.clock.advance(1);
    await fail("1.1.1.1", 10);
  });

  it("are counted over any minute, not over minutes of the clock", async () => {
    const { scene, come, fail } = await createAddressed();
    await fail("1.1.1.1", 5);
    scene.clock.advance(40_000);
    await fail("1.1.1.1", 5);
    scene.clock.advance(20_000);
    await fail("1.1.1.1", 5);
    expect((await come("1.1.1.1", "wrong")).body["retryAfter"]).toBe(40);
  });

  it("never slow a valid key, whatever else comes from its address", async () => {
    const { scene, come, fail } = await createAddressed();
    await fail("1.1.1.1", 10);
    for (let n = 0; n < 30; n += 1) {
      expect((await come("1.1.1.1", "wrong")).status).toBe(429);
      expect((await come("1.1.1.1", scene.key)).status).toBe(200);
    }
  });

  it("get one answer, whether there is no key, or it is wrong, expired or revoked", async () => {
    const { scene, come, fail } = await createAddressed();
    const expired = await create(scene, { expiresAt: iso(NOON + 1) });
    const revoked = await create(scene);
    await scene.admin("DELETE", `${keysPath(scene)}/${revoked.id}`);
    scene.clock.advance(1);
    await fail("1.1.1.1", 10);
    const answers = await Promise.all(["", "wrong", expired.key, revoked.key].map((key) => come("1.1.1.1", key)));
    expect(answers[0]?.status).toBe(429);
    for (const answer of answers) expect(withoutId(answer)).toEqual(withoutId(answers[0] ?? answer));
  });

  it("are not told apart by a header that anybody may send", async () => {
    const { come, fail } = await createAddressed();
    await fail("1.1.1.1", 10);
    for (const name of ["x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip"]) {
      expectError(await come("1.1.1.1", "wrong", { [name]: "9.9.9.9" }), 429, "AUTH_SLOW");
    }
  });

  it("share one count when the runtime does not know addresses", async () => {
    const scene = await createScene();
    for (let n = 0; n < 10; n += 1) expectError(await ping(scene, "wrong"), 401, "AUTH");
    expectError(await ping(scene, "wrong", { "x-forwarded-for": "9.9.9.9" }), 429, "AUTH_SLOW");
    expect((await ping(scene, scene.key)).status).toBe(200);
  });

  it("are remembered for a bounded number of addresses, the one longest silent forgotten first", () => {
    const failures = createFailures(2);
    const slow = (address: string) => failures.count(address, NOON) !== undefined;
    for (const address of ["a", "b"]) for (let n = 0; n < 10; n += 1) expect(slow(address)).toBe(false);
    expect(slow("a")).toBe(true);
    expect(slow("c")).toBe(false);
    expect(slow("a")).toBe(true);
    expect(slow("b")).toBe(false);
  });
});
