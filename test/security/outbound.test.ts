/** The bridge calls the configured address and no other, whatever it is sent and whatever it is answered. */
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { moysklad } from "../../adapters/moysklad/index.ts";
import { fetchOnce } from "../../src/bun-fetch.ts";
import { createCalltouchClient } from "../../src/calltouch/client.ts";
import { parseConfig } from "../../src/config.ts";
import { createDatabase } from "../../src/database/database.ts";
import { createApiContext } from "../../src/erp-api/context.ts";
import { appointment } from "../adapters/alfa-auto-documents.ts";
import { openSceneVault } from "../privacy/stage.ts";
import { CALLTOUCH_URL, createScene, ENCRYPTION_KEY } from "../scene.ts";
import { callHook, createShop, MOYSKLAD_HOST, MOYSKLAD_URL, type Shop, sendHook } from "./shop.ts";

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
    const client = createCalltouchClient({
      baseUrl: configured.url,
      siteId: "1",
      token: "token",
      timeZone: "Europe/Moscow",
      fetch: fetchOnce,
    });
    const replies = [await client.delete(["N-1"]), await client.list({ orderNumber: "N-1" })];
    expect(replies.map(({ kind }) => kind)).not.toContain("answered");
    expect(received).toHaveLength(2);
    expect(elsewhere).toEqual([]);
  });

  it.each([301, 302, 303, 307, 308])(
    "%d of MoySklad's is not followed out of its address: its token goes nowhere",
    async (code) => {
      status = code;
      received.length = 0;
      const shop = await createShop({ moyskladUrl: `${configured.url}/api/remap/1.2`, moyskladFetch: fetchOnce });
      await sendHook(shop, shop.calltouchHook, callHook(1, shop.clock.now()));
      await shop.settle();
      expect(received.length).toBeGreaterThan(0);
      expect(elsewhere).toEqual([]);
      expect(await shop.leads()).toMatchObject([{ status: "due" }]);
    },
  );
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

  it("of MoySklad's answer is never fetched, be it an entity's, a page's or a file's", async () => {
    const shop = await createShop({
      moyskladFetch: async (request, erp) => {
        const answer = await erp.fetch(request);
        const text = (await answer.text()).replaceAll(MOYSKLAD_HOST, TRAP);
        const headers = new Headers(answer.headers);
        headers.delete("content-encoding");
        return new Response(answer.status === 204 ? null : text, { status: answer.status, headers });
      },
    });
    for (let id = 1; id <= 3; id += 1) {
      await sendHook(shop, shop.calltouchHook, callHook(id, shop.clock.now()));
      await shop.settle();
      shop.clock.advance(360_000);
    }
    await shop.settle();
    expect(shop.fetched.filter((url) => url.startsWith(MOYSKLAD_HOST)).length).toBeGreaterThan(10);
    for (const url of shop.fetched) expect([MOYSKLAD_HOST, CALLTOUCH_URL]).toContain(new URL(url).origin);
  });

  it("outside the ERP's own is refused before anything is sent, whatever an adapter asks for", async () => {
    const shop = await createShop();
    const asked: string[] = [];
    const { fetch } = await contextOf(shop, asked);
    for (const url of [
      `${TRAP}/x`,
      `${MOYSKLAD_URL}.evil.example/x`,
      `${MOYSKLAD_HOST}/other`,
      `${MOYSKLAD_URL}/../../x`,
    ]) {
      expect(() => fetch(new Request(url))).toThrow("an address outside the ERP's API");
    }
    expect(asked).toEqual([]);
    await fetch(new Request(`${MOYSKLAD_URL}/entity/customerorder`, { redirect: "follow" }));
    expect(asked).toEqual([`${MOYSKLAD_URL}/entity/customerorder manual`]);
  });
});

describe("an address in the configuration", () => {
  it.each(["CALLTOUCH_URL", "MOYSKLAD_URL", "PUBLIC_URL"])("is https, or http on this machine: %s", (name) => {
    const env = { ADMIN_TOKEN: "a".repeat(24), ENCRYPTION_KEY };
    for (const url of ["http://api.example", "http://127.0.0.1.evil.example", "ftp://api.example", "api.example"]) {
      expect(() => parseConfig({ ...env, [name]: url })).toThrow(`${name} must be an https address`);
    }
    for (const url of ["https://api.example", "http://127.0.0.1:8790", "http://localhost:8790"]) {
      expect(() => parseConfig({ ...env, [name]: url })).not.toThrow();
    }
  });
});

/** What the adapter is given to reach its ERP; what it sends is only written down. */
async function contextOf(shop: Shop, asked: string[]) {
  const database = createDatabase(shop.client);
  const connection = await database.connections.get(shop.shopId);
  if (!connection) throw new Error("The shop has a connection");
  const fetch = async ({ url, redirect }: Request) => {
    asked.push(`${url} ${redirect}`);
    return new Response();
  };
  const dependencies = {
    platform: { ...shop.platform, fetch },
    database,
    vault: await openSceneVault(shop),
    adapters: new Map([[moysklad.id, moysklad]]),
    erpUrls: { moysklad: MOYSKLAD_URL },
  };
  const budget = { endsAt: Number.MAX_SAFE_INTEGER, requestsLeft: 10 };
  return createApiContext(dependencies, moysklad, connection, undefined, budget);
}
