import { describe, expect, it } from "vitest";
import { type CalltouchClientOptions, createCalltouchClient } from "../../src/calltouch/client.ts";
import { answering, clientOf, failing, OPTIONS, orders, TOKEN } from "./client-stage.ts";

const createOn = (fetch: CalltouchClientOptions["fetch"], options?: Partial<CalltouchClientOptions>) =>
  clientOf(fetch, options).create("1С", orders("1"));
const coded = (code: unknown, more: object = {}) => Object.assign(new Error(`failed for ${TOKEN}`), { code }, more);

describe("a reply", () => {
  it("with an answer for each deal is answered", async () => {
    const body = { data: { orders: [{ orderNumber: "1", calltouchOrderId: 7071678, error: null }] } };
    expect(await createOn(answering(body))).toEqual({
      kind: "answered",
      value: [{ kind: "accepted", calltouchId: 7071678 }],
    });
  });

  it.each(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH", "ConnectionRefused"])(
    "that failed with %s was not sent, wherever the code stands",
    async (code) => {
      const notSent = { kind: "not-sent", reason: code };
      expect(await createOn(failing(coded(code)))).toEqual(notSent);
      expect(await createOn(failing(new TypeError("fetch failed", { cause: coded(code) })))).toEqual(notSent);
      const aggregate = new AggregateError([coded(code), coded("ECONNREFUSED")]);
      expect(await createOn(failing(new TypeError("fetch failed", { cause: aggregate })))).toEqual(notSent);
    },
  );

  it("that failed while connecting was not sent, whatever the code", async () => {
    const error = new TypeError("fetch failed", { cause: coded("ETIMEDOUT", { syscall: "connect" }) });
    expect(await createOn(failing(error))).toEqual({ kind: "not-sent", reason: "ETIMEDOUT" });
  });

  it.each([
    ["a reset", coded("ECONNRESET"), "ECONNRESET"],
    ["a reset under a cause", new TypeError("fetch failed", { cause: coded("UND_ERR_SOCKET") }), "UND_ERR_SOCKET"],
    ["a message about a refused connection", new TypeError("ECONNREFUSED: connection refused"), "TypeError"],
    ["addresses of which one reset", new AggregateError([coded("ECONNRESET"), coded("ECONNREFUSED")]), "ECONNRESET"],
    ["a numeric code", coded(23), "Error"],
    ["a code that is a sentence", coded(`GET /?clientApiId=${TOKEN}`), "Error"],
    ["something that is no error", `GET /?clientApiId=${TOKEN}`, "unknown"],
  ])("lost by %s may have been sent, and its reason holds no message", async (_, error, reason) => {
    expect(await createOn(failing(error))).toEqual({ kind: "no-answer", reason });
  });

  it("lost by an endless chain of causes or by a fetch that throws at once is still a reply", async () => {
    const loop = new Error("loop");
    loop.cause = loop;
    expect(await createOn(failing(loop))).toEqual({ kind: "no-answer", reason: "Error" });
    const throwing = () => {
      throw new TypeError("no");
    };
    expect(await createOn(throwing)).toEqual({ kind: "no-answer", reason: "TypeError" });
  });

  it.each([
    ["120", { retryAfterMs: 120_000 }],
    ["0", { retryAfterMs: 0 }],
    ["Thu, 01 Jan 2026 00:00:30 GMT", { retryAfterMs: 30_000 }],
    ["Thu, 01 Jan 2026 00:00:00 GMT", { retryAfterMs: 0 }],
    ["Wed, 31 Dec 2025 00:00:00 GMT", {}],
    ["-5", {}],
    ["999999999", {}],
    ["soon", {}],
    [undefined, {}],
  ])("429 with Retry-After %s is limited", async (retryAfter, wait) => {
    const headers = retryAfter === undefined ? {} : { "Retry-After": retryAfter };
    expect(await createOn(answering("<html>", { status: 429, headers }))).toEqual({ kind: "limited", ...wait });
  });

  it("429 with a date is limited without a time to wait when there is no clock to compare it with", async () => {
    const { now: _, ...withoutClock } = OPTIONS;
    const headers = { "Retry-After": "Thu, 01 Jan 2026 00:00:30 GMT" };
    const client = createCalltouchClient({ ...withoutClock, fetch: answering("", { status: 429, headers }) });
    expect(await client.create("1С", orders("1"))).toEqual({ kind: "limited" });
  });

  it("402 is limited: used-up points must not be taken for a bad deal", async () => {
    expect(await createOn(answering({ data: {} }, { status: 402 }))).toEqual({ kind: "limited" });
  });

  it.each([401, 403])("%d is unauthorized whatever its body", async (status) => {
    expect(await createOn(answering("<html>", { status }))).toEqual({ kind: "unauthorized", status });
    expect(await createOn(answering({ data: {} }, { status }))).toEqual({ kind: "unauthorized", status });
  });

  it("of 4xx with a JSON body is invalid, and its reason shows no contact and no token", async () => {
    const body = {
      data: { validationErrorData: `+7 (915) 777-11-22, name@server.com, ${TOKEN}, ${encodeURIComponent(TOKEN)}` },
    };
    for (const status of [400, 404, 422]) {
      expect(await createOn(answering(body, { status }))).toEqual({
        kind: "invalid",
        status,
        reason: '{"data":{"validationErrorData":"7915***1122, n***@***, ***, ***"}}',
      });
    }
    const long = await createOn(answering({ data: "х".repeat(9_000) }, { status: 400 }));
    expect(long.kind === "invalid" && long.reason.length).toBe(300);
  });

  it("413 is invalid even in HTML: a smaller batch may pass", async () => {
    expect(await createOn(answering("", { status: 413 }))).toEqual({
      kind: "invalid",
      status: 413,
      reason: "http-413",
    });
  });

  it("with validation errors in place of orders is invalid with any status, beside orders it is answered", async () => {
    const only = await createOn(answering({ data: { validationErrorData: ["x"] } }));
    expect(only).toMatchObject({ kind: "invalid", status: 200 });
    const both = await createOn(answering({ data: { validationErrorData: [], orders: [{ calltouchOrderId: 1 }] } }));
    expect(both).toEqual({ kind: "answered", value: [{ kind: "accepted", calltouchId: 1 }] });
  });

  it.each([
    ["400 in HTML", answering("<html>", { status: 400 }), 400, "not-json"],
    ["404 without a body", answering("", { status: 404 }), 404, "unexpected-shape"],
    ["404 of a gateway", answering({ error: "Not Found", path: "/x" }, { status: 404 }), 404, "unexpected-shape"],
    ["408", answering({ data: {} }, { status: 408 }), 408, "http-408"],
    ["500 in JSON", answering({ data: { orders: [] } }, { status: 500 }), 500, "http-500"],
    ["502 in HTML", answering("<html>", { status: 502 }), 502, "http-502"],
    ["503 with Retry-After", answering("", { status: 503, headers: { "Retry-After": "5" } }), 503, "http-503"],
    ["a redirect", answering("", { status: 302, headers: { Location: "https://elsewhere.test" } }), 302, "http-302"],
    ["200 in HTML", answering("<html>"), 200, "not-json"],
    ["200 cut off", answering('{"data":{"orders":[{"calltouchOrderId":1'), 200, "not-json"],
    ["200 without a body", answering(""), 200, "unexpected-shape"],
    ["200 of another shape", answering({ data: {} }), 200, "unexpected-shape"],
    ["200 of an error", answering({ error: "no" }), 200, "unexpected-shape"],
    ["200 of null", answering("null"), 200, "unexpected-shape"],
  ])("of %s is no answer", async (_, fetch, status, reason) => {
    expect(await createOn(fetch)).toEqual({ kind: "no-answer", status, reason });
  });
});

describe("the timeout", () => {
  it("ends a wait for headers that never come", async () => {
    const controller = new AbortController();
    const waiting: number[] = [];
    const timeout = (ms: number) => {
      waiting.push(ms);
      return controller.signal;
    };
    const reply = createOn(() => new Promise(() => {}), { timeout });
    controller.abort(new DOMException("timed out", "TimeoutError"));
    expect(await reply).toEqual({ kind: "no-answer", reason: "timeout" });
    expect(waiting).toEqual([10_000]);
  });

  it("ends a body that never ends, even if fetch ignores the signal", async () => {
    const controller = new AbortController();
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => stream.enqueue(new TextEncoder().encode('{"data":')),
      cancel: () => {
        isCancelled = true;
      },
    });
    const reply = createOn(async () => new Response(body), { timeout: () => controller.signal, timeoutMs: 5 });
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    controller.abort();
    expect(await reply).toEqual({ kind: "no-answer", status: 200, reason: "timeout" });
    expect(isCancelled).toBe(true);
  });

  it("lets go of an answer that comes too late", async () => {
    const controller = new AbortController();
    const cancelled = Promise.withResolvers<true>();
    const late = Promise.withResolvers<Response>();
    const reply = createOn(() => late.promise, { timeout: () => controller.signal });
    controller.abort();
    expect(await reply).toEqual({ kind: "no-answer", reason: "timeout" });
    late.resolve(new Response(new ReadableStream({ cancel: () => cancelled.resolve(true) })));
    expect(await cancelled.promise).toBe(true);
  });

  it("that has passed before the request is a reply too", async () => {
    const reply = await createOn(() => new Promise(() => {}), { timeout: () => AbortSignal.abort() });
    expect(reply).toEqual({ kind: "no-answer", reason: "timeout" });
  });
});

describe("the body of an answer", () => {
  it("is not read beyond the limit", async () => {
    let chunks = 0;
    let isCancelled = false;
    const body = () =>
      new ReadableStream<Uint8Array>({
        pull: (stream) => {
          chunks += 1;
          stream.enqueue(new Uint8Array(65_536).fill(32));
        },
        cancel: () => {
          isCancelled = true;
        },
      });
    expect(await createOn(async () => new Response(body()))).toEqual({
      kind: "no-answer",
      status: 200,
      reason: "too-large",
    });
    expect(isCancelled).toBe(true);
    expect(chunks).toBeLessThanOrEqual(1_048_576 / 65_536 + 3);
  });

  it("may be larger in the listing than after a write, and the limit can be set", async () => {
    const large = answering(JSON.stringify([]) + " ".repeat(2_000_000));
    expect((await clientOf(large).list({ orderNumber: "1" })).kind).toBe("answered");
    expect((await clientOf(large, { answerBytesMax: 1_999_999 }).list({ orderNumber: "1" })).kind).toBe("no-answer");
    expect((await clientOf(large).delete(["1"])).kind).toBe("no-answer");
  });

  it("that breaks off is no answer, even with a code that means not sent elsewhere", async () => {
    const body = new ReadableStream({ pull: (stream) => stream.error(coded("ECONNREFUSED")) });
    const reply = await createOn(async () => new Response(body));
    expect(reply).toEqual({ kind: "no-answer", status: 200, reason: "ECONNREFUSED" });
  });

  it("is put together from pieces that split a character", async () => {
    const bytes = new TextEncoder().encode(JSON.stringify({ data: { orders: [{ orderNumber: "1", error: "нет" }] } }));
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => {
        for (const byte of bytes) stream.enqueue(Uint8Array.of(byte));
        stream.close();
      },
    });
    const reply = await createOn(async () => new Response(body));
    expect(reply).toEqual({ kind: "answered", value: [{ kind: "refused", reason: "нет" }] });
  });

  it("is let go unread when the status says it all", async () => {
    for (const status of [401, 429, 500]) {
      const cancelled = Promise.withResolvers<true>();
      const body = new ReadableStream({ cancel: () => cancelled.resolve(true) });
      await createOn(async () => new Response(body, { status }));
      expect(await cancelled.promise).toBe(true);
    }
  });
});
