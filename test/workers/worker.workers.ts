/** The Worker as it is deployed, inside workerd, with a real libSQL server and a Calltouch sandbox behind HTTP. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, inject, it } from "vitest";
import * as z from "zod";
import worker from "../../src/worker.ts";

const DELIVERY_MS_MAX = 15_000;
const POLL_MS = 100;

const deals = z.array(z.object({ status: z.string(), revenue: z.string(), link: z.object({ kind: z.string() }) }));
const results = z.object({ results: z.array(z.object({ result: z.string(), code: z.string() })) });

let key = "";
let count = 0;

beforeAll(async () => {
  const account = { name: "Наш кабинет", siteId: "41234", token: "site-token" };
  const { id: accountId } = await created("/admin/accounts", account);
  ({ key = "" } = await created("/admin/connections", { adapter: "alfa-auto", name: "Сервис", accountId }));
});

describe("the Worker inside workerd", () => {
  it("answers /healthz without a key", async () => {
    expect((await send("GET", "/healthz")).status).toBe(200);
  });

  it("turns away who has no key, and lets in who has one", async () => {
    expect((await send("GET", "/v1/ping")).status).toBe(401);
    expect((await send("GET", "/v1/ping", { headers: { authorization: `Basic ${btoa(`1C:${key}`)}` } })).status).toBe(
      200,
    );
  });

  it("delivers a document to Calltouch after its answer, without waiting for the cron", async () => {
    const document = createDocument();
    expect(await post(JSON.stringify({ documents: [document] }))).toEqual([{ result: "accepted", code: "ACCEPTED" }]);
    expect(await delivered(document.number)).toMatchObject({ status: "В работе", revenue: "12500.50" });
  });

  it("reads windows-1251", async () => {
    const document = createDocument();
    const body = toWindows1251(JSON.stringify({ documents: [document] }));
    await post(body, { "content-type": "application/json; charset=windows-1251" });
    expect(await delivered(document.number)).toMatchObject({ status: "В работе" });
  });

  it("reads a gzipped body", async () => {
    const document = createDocument();
    const text = new Blob([JSON.stringify({ documents: [document] })]).stream();
    const packed = await new Response(text.pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
    await post(packed, { "content-encoding": "gzip" });
    expect(await delivered(document.number)).toMatchObject({ status: "В работе" });
  });

  it("delivers by the cron what Calltouch turned away at first", async () => {
    await control("POST", "/faults", { kind: "status", status: 429 });
    const document = createDocument();
    await post(JSON.stringify({ documents: [document] }));
    const tick = async () => {
      const context = createExecutionContext();
      await worker.scheduled({}, env, context);
      await waitOnExecutionContext(context);
    };
    expect(await delivered(document.number, tick)).toMatchObject({ status: "В работе" });
    expect(await control("GET", "/faults")).toEqual([]);
  });
});

describe("a Worker that cannot start", () => {
  it.each([
    ["its key is missing", { ENCRYPTION_KEY: "" }],
    ["its database does not answer", { DATABASE_URL: "http://127.0.0.1:1" }],
  ])("answers as 1C reads it, and asks to come again, when %s", async (_, broken) => {
    const context = createExecutionContext();
    const response = await worker.fetch(new Request("https://bridge.example/v1/ping"), { ...env, ...broken }, context);
    expect(response.status).toBe(503);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toMatchObject({ status: "error", code: "TRY_LATER", retryAfter: 60 });
  });
});

describe("the cron of a free Worker", () => {
  it("places a lead of the journal and delivers its deal within fifty subrequests a run, going on where it stopped", async () => {
    const moyskladUrl = inject("moyskladUrl");
    const { id: accountId } = await created("/admin/accounts", {
      name: "Магазин",
      siteId: "41234",
      token: "site-token",
    });
    const since = "2026-01-01T00:00:00+03:00";
    const settings = { token: "0123456789abcdef0123456789abcdef01234567" };
    await created("/admin/connections", { adapter: "moysklad", name: "Магазин", accountId, since, settings });
    const call = { siteId: "41234", kind: "call", at: Date.now() - 61_000, phones: ["79991234567"] };
    await control("POST", "/leads", call);
    const counts: number[] = [];
    const { fetch } = globalThis;
    const cron = async () => {
      let count = 0;
      globalThis.fetch = Object.assign((...request: Parameters<typeof fetch>) => {
        count += 1;
        return fetch(...request);
      }, fetch);
      try {
        const context = createExecutionContext();
        await worker.scheduled({}, { ...env, MOYSKLAD_URL: moyskladUrl }, context);
        await waitOnExecutionContext(context);
      } finally {
        globalThis.fetch = fetch;
      }
      counts.push(count);
    };
    const orderOf = async () => {
      const orders = await fetch(new URL("/__sandbox/orders", moyskladUrl));
      return z.array(z.object({ id: z.string() })).parse(await orders.json())[0]?.id;
    };
    for (let minute = 0; minute < 10 && (await orderOf()) === undefined; minute += 1) await cron();
    expect(await delivered((await orderOf()) ?? "none", cron)).toMatchObject({
      status: "PENDING",
      link: { kind: "call" },
    });
    expect(counts.length).toBeGreaterThan(1);
    expect(Math.max(...counts)).toBeLessThanOrEqual(50);
    expect(Math.max(...counts)).toBeGreaterThan(20);
  });
});

/** A work order of today, each with a number of its own. */
function createDocument() {
  count += 1;
  const date = new Date().toISOString();
  return {
    guid: `00000${count}00-5a1e-11f1-80d6-2c44fd8322a7`,
    type: "ЗаказНаряд",
    number: `ЗН0000${count}`,
    date,
    status: "В работе",
    statusDate: date,
    amount: "12 500,50",
  };
}

async function post(body: BodyInit, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await send("POST", "/v1/alfa-auto/documents", {
    headers: { authorization: `Bearer ${key}`, ...headers },
    body,
  });
  return results.parse(await response.json()).results;
}

/** What Calltouch has under this number, once it has it. */
async function delivered(orderNumber: string, meanwhile?: () => Promise<void>): Promise<unknown> {
  for (const until = Date.now() + DELIVERY_MS_MAX; Date.now() < until; ) {
    const [deal] = deals.parse(await control("GET", `/deals?orderNumber=${encodeURIComponent(orderNumber)}`));
    if (deal) return deal;
    await meanwhile?.();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return "not delivered in time";
}

async function created(path: string, body: unknown): Promise<{ id: string; key?: string | undefined }> {
  const headers = { authorization: `Bearer ${env["ADMIN_TOKEN"]}` };
  const response = await send("POST", path, { headers, body: JSON.stringify(body) });
  return z.object({ id: z.string(), key: z.string().optional() }).parse(await response.json());
}

function send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  return exports.default.fetch(new Request(`http://bridge.test${path}`, { method, ...init }));
}

async function control(method: string, path: string, body?: unknown): Promise<unknown> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return (await fetch(`${inject("calltouchUrl")}/__sandbox${path}`, init)).json();
}

function toWindows1251(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (letter) => {
    const code = letter.charCodeAt(0);
    return code >= 0x410 && code <= 0x44f ? code - 0x410 + 0xc0 : code;
  });
}
