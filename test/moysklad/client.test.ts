import { describe, expect, it } from "vitest";
import { createClient, RefusedError, withClient } from "../../adapters/moysklad/client.ts";
import { parseMemory } from "../../adapters/moysklad/memory.ts";
import { BASE_URL, createStage, type Stage, TOKEN } from "./stage.ts";

const ORDERS = "/entity/customerorder";

/** Runs some GETs as a poll would, and keeps what the run leaves. */
async function read(stage: Stage, count: number, patch: Parameters<Stage["context"]>[0] = {}) {
  const context = stage.context(patch);
  const result = await withClient(context, async (client) => {
    for (let index = 0; index < count; index += 1) await client.get(ORDERS, { limit: "1" });
    return { memory: context.memory };
  });
  if (result.kind === "done") stage.done(result);
  return result;
}
const statuses = ({ control }: Stage) => control.requests().map(({ status }) => status);

describe("a request to MoySklad", () => {
  it("comes with everything the gate wants, and with our address, so that it causes no webhook to us", async () => {
    const stage = createStage();
    const memory = { hookOrigin: "https://bridge.example.ru" };
    await read(stage, 1, { memory });
    expect(stage.control.requests()[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      accept: "application/json;charset=utf-8",
      "accept-encoding": "gzip",
      "user-agent": "calltouch-moysklad-bridge/0.1",
      "x-lognex-webhook-disablebyprefix": "https://bridge.example.ru",
    });
  });

  it("is refused with MoySklad's codes and fields, and not sent again", async () => {
    const stage = createStage();
    const client = createClient(stage.context());
    const error = await client.post(ORDERS, {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ status: 412, path: ORDERS });
    expect(error).toMatchObject({ codes: expect.arrayContaining([3000]) });
    expect(stage.control.requests()).toHaveLength(1);
  });

  it("waits for the one before it: no two are under way at once", async () => {
    const stage = createStage();
    let open = 0;
    let most = 0;
    const client = createClient(
      stage.context({
        async fetch(request) {
          open += 1;
          most = Math.max(most, open);
          const response = await stage.sandbox.fetch(request);
          open -= 1;
          return response;
        },
      }),
    );
    await Promise.all(Array.from({ length: 8 }, () => client.get(ORDERS, { limit: "1" })));
    expect(most).toBe(1);
    expect(statuses(stage)).toEqual(Array(8).fill(200));
  });
});

describe("the limits", () => {
  it.each([1, 2, 3, 4, 9])(
    "at %d units a request no burst meets a 429, within a run and between runs",
    async (userWeight) => {
      const stage = createStage({ knobs: { userWeight } });
      for (let run = 0; run < 40; run += 1) await read(stage, 1 + (run % 4));
      expect(statuses(stage).filter((status) => status !== 200)).toEqual([]);
    },
  );

  it("counted in requests instead of units, they hold just as well", async () => {
    const stage = createStage({ knobs: { rateLimitHeaders: "requests", userWeight: 3 } });
    await read(stage, 60);
    expect(statuses(stage).filter((status) => status !== 200)).toEqual([]);
  });

  it("are used: a hundred requests at three units take no longer than the vendor's rate and a half", async () => {
    const stage = createStage({ knobs: { userWeight: 3 } });
    await read(stage, 100);
    expect(stage.sleptMs()).toBeLessThan((100 / 15) * 3_000 * 1.5);
  });

  it.each([
    { kind: "tooManyRequests", code: 1049 },
    { kind: "tooManyRequests", code: 1073 },
    { kind: "tooManyRequests", html: true },
  ] as const)("a short wait asked for by %j is kept, then the same request goes out", async (fault) => {
    const stage = createStage();
    stage.control.fault(fault);
    expect(await read(stage, 1)).toMatchObject({ kind: "done" });
    expect(statuses(stage)).toEqual([429, 200]);
    expect(stage.sleptMs()).toBeGreaterThan(0);
  });

  it("a long wait, or one after another, ends the run until then", async () => {
    const long = createStage();
    long.control.fault({ kind: "tooManyRequests", retryAfterMs: 60_000 });
    const result = await read(long, 1);
    expect(result).toMatchObject({ kind: "later", reason: { code: "LIMIT" } });
    expect(result.kind === "later" && result.afterMs).toBeGreaterThanOrEqual(60_000);
    const many = createStage();
    many.control.fault({ kind: "tooManyRequests", times: 100 });
    expect(await read(many, 1)).toMatchObject({ kind: "later", reason: { code: "LIMIT" } });
    expect(many.control.requests().length).toBeLessThan(10);
  });
});

describe("trouble", () => {
  it.each([
    { kind: "html502" },
    { kind: "maintenance" },
    { kind: "status", status: 500 },
    { kind: "unreadable200" },
    { kind: "truncatedGzip" },
    { kind: "resetBeforeCommit" },
    { kind: "timeoutBeforeCommit" },
  ] as const)("%j is an outage: asked for again later, not at once", async (fault) => {
    const stage = createStage();
    stage.control.fault(fault);
    const result = await read(stage, 1);
    expect(result).toMatchObject({ kind: "later", reason: { code: "OUTAGE" } });
    expect(result.kind === "later" && result.afterMs).toBeGreaterThanOrEqual(5_000);
    expect(stage.control.requests()).toHaveLength(1);
  });

  it.each([
    [401, 1056, "TOKEN"],
    [403, 1061, "API_OFF"],
    [403, 1070, "TARIFF"],
    [403, 1016, "RIGHTS"],
  ])("%d with code %d halts the exchange as %s, in words for the operator", async (status, code, reason) => {
    const stage = createStage();
    stage.control.fault({ kind: "status", status, code });
    const result = await read(stage, 1);
    expect(result).toMatchObject({ kind: "halted", reason: { code: reason } });
    expect(result.kind === "halted" && result.reason.message).toMatch(/[а-яё]/i);
  });

  it("without a token, or with one that cannot stand in a header, nothing is asked", async () => {
    for (const token of [undefined, "не токен", "a\r\nb"]) {
      const stage = createStage();
      const { token: _, ...settings } = stage.context().settings;
      const patch = { settings: token === undefined ? settings : { ...settings, token } };
      expect(await read(stage, 1, patch)).toMatchObject({ kind: "halted" });
      expect(stage.control.requests()).toEqual([]);
    }
  });

  it("a run without requests left starts none", async () => {
    const stage = createStage();
    let left = 3;
    const result = await read(stage, 10, { isSpent: () => left-- === 0 });
    expect(result).toEqual({ kind: "spent" });
    expect(stage.control.requests()).toHaveLength(3);
  });

  it("twenty refusals in a row stop the run long before the vendor bans the user", async () => {
    const stage = createStage();
    const client = createClient(stage.context());
    const result = await withClient(stage.context(), async (own) => {
      for (let index = 0; index < 50; index += 1) {
        await own.get("/entity/nonsense").catch((error: unknown) => {
          if (!(error instanceof RefusedError)) throw error;
        });
      }
      return { memory: client };
    });
    expect(result).toMatchObject({ kind: "later", reason: { code: "REFUSALS" }, afterMs: 300_000 });
    expect(stage.control.requests()).toHaveLength(20);
  });

  it("an answer of another shape than the documentation's is told to the operator", async () => {
    const stage = createStage();
    const fetch = async () => Response.json({ unexpected: true });
    const { placeLead } = await import("../../adapters/moysklad/place-lead.ts");
    const { call } = await import("./leads.ts");
    expect(await placeLead(call(), stage.context({ fetch }))).toMatchObject({
      kind: "later",
      reason: { code: "ANSWER" },
    });
  });
});

describe("a redirect", () => {
  const redirect = (location: string) => {
    const asked: string[] = [];
    const stage = createStage();
    const fetch = async (request: Request) => {
      asked.push(request.url);
      if (asked.length > 1) return stage.sandbox.fetch(request);
      return new Response(null, { status: 308, headers: { Location: location } });
    };
    return { asked, run: (method: "get" | "put") => runWith(stage, fetch, method) };
  };
  const runWith = (stage: Stage, fetch: (request: Request) => Promise<Response>, method: "get" | "put") =>
    withClient(stage.context({ fetch }), async (client) => {
      await (method === "get" ? client.get(ORDERS, { limit: "1" }) : client.put(`${ORDERS}/x`, {}));
      return { memory: null };
    });

  it("within MoySklad's address is followed once", async () => {
    const { asked, run } = redirect("/api/remap/1.2/entity/organization?limit=1");
    expect(await run("get")).toMatchObject({ kind: "done" });
    expect(asked).toEqual([`${BASE_URL}${ORDERS}?limit=1`, `${BASE_URL}/entity/organization?limit=1`]);
  });

  it.each([
    "https://evil.example/api/remap/1.2/entity/customerorder",
    "/api/remap/1.2/../../login",
    "/api/remap/1.2evil",
  ])("to %s is not, for it would carry the token there", async (location) => {
    const { asked, run } = redirect(location);
    expect(await run("get")).toMatchObject({ kind: "halted", reason: { code: "REDIRECT" } });
    expect(asked).toHaveLength(1);
  });

  it("of a write is not", async () => {
    const { asked, run } = redirect("/api/remap/1.2/entity/organization");
    expect(await run("put")).toMatchObject({ kind: "halted", reason: { code: "REDIRECT" } });
    expect(asked).toHaveLength(1);
  });
});

describe("the memory", () => {
  it.each([[undefined], [null], [5], ["x"], [[]], [{}], [{ attributes: 7, accountId: "no", pace: { freeAt: "x" } }]])(
    "%j of an older version is as good as none",
    (raw: unknown) => {
      expect(parseMemory(raw)).toMatchObject({ accountId: null, attributes: {}, webhookIds: [], pace: null });
    },
  );

  it("keeps what others put into it", () => {
    expect(parseMemory({ cursor: { orders: 5 } })).toMatchObject({ cursor: { orders: 5 } });
  });
});
