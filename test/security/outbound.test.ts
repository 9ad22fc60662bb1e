/** The bridge calls the configured address and no other, whatever it is sent and whatever it is answered. */
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCalltouchClient } from "../../src/calltouch/client.ts";
import { createWebPlatform } from "../../src/web-platform.ts";
import { appointment } from "../adapters/alfa-auto-documents.ts";
import { CALLTOUCH_URL, createScene } from "../scene.ts";

const TRAP = "http://trap.invalid";
const URLS = [`${TRAP}/a`, "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "//trap.invalid/b"];

interface Listening {
  server: Server;
  url: string;
}

function listen(answer: (path: string) => { status: number; headers: Record<string, string>; body: string }) {
  const server = createServer((request, response) => {
    const { status, headers, body } = answer(request.url ?? "");
    request.resume();
    response.writeHead(status, headers).end(body);
  });
  return new Promise<Listening>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      resolve({ server, url: `http://127.0.0.1:${port}` });
    });
  });
}

describe("a redirect, over real connections", () => {
  const elsewhere: string[] = [];
  const received: string[] = [];
  let status = 302;
  let target: Listening;
  let configured: Listening;

  beforeAll(async () => {
    target = await listen((path) => {
      elsewhere.push(path);
      return { status: 200, headers: {}, body: "{}" };
    });
    configured = await listen((path) => {
      received.push(path);
      return { status, headers: { location: `${target.url}/stolen`, refresh: `0; url=${target.url}` }, body: "" };
    });
  });
  afterAll(() => {
    target.server.close();
    configured.server.close();
  });

  it.each([301, 302, 303, 307, 308])("%d is not followed: the second address is never called", async (code) => {
    status = code;
    received.length = 0;
    const platform = createWebPlatform("error", () => {});
    const client = createCalltouchClient({
      baseUrl: configured.url,
      siteId: "1",
      token: "token",
      timeZone: "Europe/Moscow",
      fetch: platform.fetch,
      timeout: platform.timeout,
    });
    const replies = [await client.delete(["N-1"]), await client.list({ orderNumber: "N-1" })];
    expect(replies.map(({ kind }) => kind)).not.toContain("answered");
    expect(received).toHaveLength(2);
    expect(elsewhere).toEqual([]);
  });
});

describe("an address found in data", () => {
  it("of a document is never fetched, in whatever field it stands", async () => {
    const scene = await createScene();
    const called: string[] = [];
    const { fetch } = scene.platform;
    scene.platform.fetch = (request) => {
      called.push(request.url);
      return fetch(request);
    };
    const fields = Object.keys(appointment).filter((field) => !["guid", "type", "number", "date"].includes(field));
    const extra = {
      href: URLS[0],
      meta: { href: URLS[0] },
      url: URLS[1],
      callback: URLS[2],
      $ref: URLS[3],
      files: URLS,
    };
    for (const url of URLS) {
      const spoilt = fields.map((field) => ({ ...appointment, [field]: url, ...extra }));
      await scene.post([{ ...appointment, reason: url, status: url, campaign: url, ...extra }, ...spoilt]);
      await scene.call("POST", "/v1/alfa-auto/documents", { client: { infobase: url }, href: url, documents: [] });
    }
    await scene.run(10_000);
    expect(called.length).toBeGreaterThan(0);
    expect(called.filter((url) => new URL(url).origin !== CALLTOUCH_URL)).toEqual([]);
  });

  it("of Calltouch's answer is never fetched, in its body or in its headers", async () => {
    const scene = await createScene();
    const called: string[] = [];
    const answers = [
      { status: 302, body: "" },
      { status: 200, body: JSON.stringify({ orders: [], next: URLS[0], _links: { next: { href: URLS[1] } } }) },
      { status: 400, body: JSON.stringify({ message: URLS[0], data: { href: URLS[1] } }) },
      { status: 500, body: `<meta http-equiv="refresh" content="0; url=${URLS[0]}">` },
    ];
    scene.platform.fetch = async ({ url }) => {
      const { status = 200, body = "" } = answers[called.length % answers.length] ?? {};
      called.push(url);
      const headers = { location: `${TRAP}/c`, link: `<${TRAP}/d>; rel="next"`, "content-location": `${TRAP}/e` };
      return new Response(body, { status, headers });
    };
    await scene.post([appointment]);
    await scene.run(3_600_000, 60_000);
    expect(called.length).toBeGreaterThan(answers.length);
    expect(called.filter((url) => new URL(url).origin !== CALLTOUCH_URL)).toEqual([]);
  });
});
