/** Bodies that take their time, or are more than they seem. */
import { describe, expect, it } from "vitest";
import { BODY_TIME_MAX_MS } from "../../src/http/body.ts";
import { appointment } from "../adapters/alfa-auto-documents.ts";
import { gzip, toUtf8 } from "../http/bodies.ts";
import { expectError, resultsOf } from "../http/contract.ts";
import { ADMIN_TOKEN, call, createScene, type Scene } from "../scene.ts";

const PATH = "/v1/alfa-auto/documents";
const STATUS = "/v1/alfa-auto/deals/status";

/** A body that comes byte by byte and never ends. */
function trickle() {
  let isCancelled = false;
  let timer: ReturnType<typeof setInterval>;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      timer = setInterval(() => controller.enqueue(new Uint8Array([0x20])), 1);
    },
    cancel() {
      clearInterval(timer);
      isCancelled = true;
    },
  });
  return { stream, isCancelled: () => isCancelled };
}

/** Counts a body's time in real milliseconds, a thousand times faster. */
function hasten(scene: Scene): number[] {
  const asked: number[] = [];
  scene.platform.timeout = (ms) => {
    asked.push(ms);
    return AbortSignal.timeout(ms / 1_000);
  };
  return asked;
}

describe("a slow body", () => {
  it.each([
    ["an ERP's documents", (scene: Scene) => ({ path: PATH, token: scene.key })],
    ["an ERP's question", (scene: Scene) => ({ path: STATUS, token: scene.key })],
    ["an operator's account", () => ({ path: "/admin/accounts", token: ADMIN_TOKEN })],
  ])("that trickles is given up after a time for all of it, and let go of: %s", async (_, of) => {
    const scene = await createScene();
    const asked = hasten(scene);
    const { stream, isCancelled } = trickle();
    const { path, token } = of(scene);
    const init = { method: "POST", headers: { authorization: `Bearer ${token}` }, body: stream, duplex: "half" };
    const request = new Request(`http://bridge.test${path}`, init);
    const answer = await call({ fetch: () => scene.bridge.fetch(request) }, "POST", path, {});
    expectError(answer, 400, "BODY");
    expect(answer.body["message"]).toMatch(/дольше 20 с/);
    expect(asked).toEqual([BODY_TIME_MAX_MS]);
    expect(isCancelled()).toBe(true);
  });

  it("that ends in time is read, however small its pieces are", async () => {
    const scene = await createScene();
    scene.platform.timeout = (ms) => AbortSignal.timeout(ms);
    const pieces = [...toUtf8(JSON.stringify({ documents: [appointment] }))];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces.splice(0, 7);
        if (piece.length === 0) controller.close();
        else controller.enqueue(new Uint8Array(piece));
      },
    });
    const init = { method: "POST", headers: { "x-api-key": scene.key }, body, duplex: "half" };
    const request = new Request(`http://bridge.test${PATH}`, init);
    const answer = await call({ fetch: () => scene.bridge.fetch(request) }, "POST", PATH, {});
    expect(resultsOf(answer)).toMatchObject([{ result: "accepted" }]);
    await scene.idle();
  });
});

describe("a packed body", () => {
  it("that would fill the memory is cut off at the limit, also packed twice, and costs no more than its own size", async () => {
    const scene = await createScene();
    const bomb = await gzip(new Uint8Array(100_000_000));
    expect(bomb.byteLength).toBeLessThan(200_000);
    expectError(await scene.call("POST", PATH, bomb), 413, "TOO_LARGE");
    // What was packed twice is unpacked once, and is no JSON then.
    expect((await scene.call("POST", PATH, await gzip(bomb))).status).toBe(400);
  }, 20_000);
});
