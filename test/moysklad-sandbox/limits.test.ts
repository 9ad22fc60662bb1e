import { describe, expect, it } from "vitest";
import { createMoyskladSandbox } from "../../sandbox/moysklad/index.ts";
import { BASE, createScene, MINUTE_MS, type Scene, standardHeaders, TOKEN } from "./scene.ts";

const PATH = "/entity/organization";

/** One after the other, until one is refused or all have passed. */
async function passed(scene: Scene, most = 60): Promise<number> {
  for (let count = 0; count < most; count += 1) {
    if ((await scene.get(PATH)).status === 429) return count;
  }
  return most;
}

describe("the bucket", () => {
  it.each([
    ["user", "2026-02-01T00:00:00+03:00", 45],
    ["user", "2026-05-12T00:00:00+03:00", 22],
    ["user", "2026-08-31T23:59:50+03:00", 22],
    ["user", "2026-09-01T00:00:00+03:00", 15],
    ["user", "2026-12-01T00:00:00+03:00", 11],
    ["solution", "2026-12-01T00:00:00+03:00", 45],
  ])("lets a %s on %s send %d requests in three seconds", async (authKind, date, count) => {
    const scene = createScene({ bucketUnits: 45 }, { authKind });
    scene.clock.now = Date.parse(date);
    expect(await passed(scene)).toBe(count);
    scene.rest();
    expect(await passed(scene)).toBe(count);
  });

  it("refuses with 1049, 429002 and the milliseconds until there is room again", async () => {
    const scene = createScene({ bucketUnits: 45, userWeight: 4 });
    await scene.get(PATH);
    scene.clock.now += 1_000;
    await passed(scene);
    const refused = await scene.get(PATH);
    expect([refused.status, refused.codes]).toEqual([429, [1049]]);
    const names = ["x-lognex-auth", "x-lognex-retry-after", "x-lognex-reset", "x-lognex-retry-timeinterval"];
    expect(names.map((name) => refused.headers.get(name))).toEqual(["429002", "2000", "2000", "3000"]);
    scene.clock.now += 2_000;
    expect((await scene.get(PATH)).status).toBe(200);
  });

  it("tells in each answer how many units are left", async () => {
    const scene = createScene({ bucketUnits: 45, userWeight: 3 });
    await scene.get(PATH);
    const { headers } = await scene.get(PATH);
    const names = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-lognex-reset", "x-lognex-retry-after"];
    expect(names.map((name) => headers.get(name))).toEqual(["45", "39", "0", "0"]);
  });

  it("or, by the knob, how many requests", async () => {
    const scene = createScene({ bucketUnits: 45, userWeight: 4, rateLimitHeaders: "requests" });
    const { headers } = await scene.get(PATH);
    expect([headers.get("x-ratelimit-limit"), headers.get("x-ratelimit-remaining")]).toEqual(["11", "10"]);
  });

  it("is each user's own, and answers HTML when told to", async () => {
    const scene = createScene({ bucketUnits: 45, userWeight: 45, rateLimitHtml: true });
    scene.control.addAccount({ token: "token-2", accountId: scene.control.accountId, authKind: "solution" });
    await scene.get(PATH);
    const refused = await scene.get(PATH);
    expect([refused.status, refused.headers.get("content-type")]).toEqual([429, "text/html"]);
    expect((await scene.send("GET", PATH, undefined, { Authorization: "Bearer token-2" })).status).toBe(200);
  });
});

describe("parallel requests", () => {
  it("refuses the sixth of one user with 1073, 429005 and no Retry-After", async () => {
    const scene = createScene();
    const answers = await Promise.all(Array.from({ length: 6 }, () => scene.get(PATH)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
    const refused = answers.at(-1);
    expect(refused?.codes).toEqual([1073]);
    expect([refused?.headers.get("x-lognex-auth"), refused?.headers.get("x-lognex-retry-after")]).toEqual([
      "429005",
      null,
    ]);
    expect((await scene.get(PATH)).status).toBe(200);
  });

  it("are under way until they are answered, however long that takes", async () => {
    const held = Promise.withResolvers<void>();
    let waiting = 0;
    const { fetch, control } = createMoyskladSandbox({
      sleep: () => {
        waiting += 1;
        return held.promise;
      },
      knobs: { latencyMs: 50 },
    });
    control.addAccount({ token: TOKEN });
    const get = () => fetch(new Request(BASE + PATH, { headers: standardHeaders() }));
    const first = Array.from({ length: 5 }, get);
    while (waiting < 5) await new Promise((resolve) => setTimeout(resolve));
    const sixth = get();
    while (waiting < 6) await new Promise((resolve) => setTimeout(resolve));
    held.resolve();
    expect((await Promise.all([...first, sixth])).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await get()).status).toBe(200);
  });

  it("refuses the twenty-first of one account", async () => {
    const scene = createScene();
    const tokens = [TOKEN, "a", "b", "c", "d"];
    for (const token of tokens.slice(1)) scene.control.addAccount({ token, accountId: scene.control.accountId });
    const sends = tokens.flatMap((token) => Array.from({ length: 5 }, () => token));
    const answers = await Promise.all(
      sends.map((token) => scene.send("GET", PATH, undefined, { Authorization: `Bearer ${token}` })),
    );
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(5);
  });
});

describe("the automatic bans", () => {
  it("switch a user's access off after 200 identical failing requests in a minute", async () => {
    const scene = createScene();
    for (let count = 0; count < 201; count += 1) await scene.get("/entity/nothing");
    expect((await scene.get(PATH)).codes).toEqual([1061]);
  });

  it("switch it off after 200 requests in a minute that ended in 429", async () => {
    const scene = createScene({ bucketUnits: 3 });
    for (let count = 0; count < 202; count += 1) await scene.get(PATH);
    expect((await scene.get(PATH)).codes).toEqual([1061]);
  });

  it("switch it off after 100 PUTs in a minute to one entity, not to many and not when spread out", async () => {
    const scene = createScene({ bans: "object" });
    const put = () => scene.put(`${PATH}/${scene.organizationId}`, { inn: "1" });
    for (let count = 0; count < 100; count += 1) await put();
    scene.clock.now += MINUTE_MS;
    for (let count = 0; count < 100; count += 1) expect((await put()).status).toBe(200);
    await put();
    expect((await put()).codes).toEqual([1061]);
  });

  it.each([
    ["type", 1061],
    ["object", undefined],
  ] as const)("after 100 PUTs in a minute to many objects go by the knob (%s)", async (bans, code) => {
    const scene = createScene({ bans });
    const ids = Array.from({ length: 101 }, () => scene.control.addOrganization({ name: "ИП" }));
    for (const id of ids) await scene.put(`${PATH}/${id}`, { inn: "1" });
    expect((await scene.get(PATH)).codes[0]).toBe(code);
  });

  it("can be left out", async () => {
    const scene = createScene({ bans: "off" });
    for (let count = 0; count < 210; count += 1) await scene.get("/entity/nothing");
    expect((await scene.get(PATH)).status).toBe(200);
  });
});
