/// <reference types="bun-types" />
/** What the Worker talks to, on loopback ports of the Node process around workerd: a migrated sqld and both sandboxes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createClient } from "@libsql/client/web";
import type { TestProject } from "vitest/node";
import { createCalltouchSandbox } from "../../sandbox/calltouch/index.ts";
import { createMoyskladSandbox } from "../../sandbox/moysklad/index.ts";
import { migrate } from "../../src/database/migrate.ts";
import { startSqld } from "../sqld.ts";

export const SITE = { siteId: "41234", token: "site-token" };

export const SHOP_TOKEN = "0123456789abcdef0123456789abcdef01234567";

declare module "vitest" {
  interface ProvidedContext {
    databaseUrl: string;
    calltouchUrl: string;
    moyskladUrl: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const sqld = await startSqld();
  const client = createClient({ url: sqld.url });
  await migrate(client, Date.now);
  client.close();
  const sandbox = createCalltouchSandbox();
  sandbox.control.addSite(SITE);
  const server = createServer((incoming, outgoing) => {
    void answer(sandbox.app.fetch, incoming, outgoing);
  });
  const shop = createServer((incoming, outgoing) => {
    void answer((request) => moysklad.app.fetch(request), incoming, outgoing);
  });
  const moyskladUrl = `${await listen(shop)}/api/remap/1.2`;
  const moysklad = createMoyskladSandbox({ baseUrl: moyskladUrl });
  moysklad.control.addAccount({ token: SHOP_TOKEN });
  moysklad.control.addOrganization({ name: "ООО «Ромашка»" });
  moysklad.control.addState({ name: "Новый", stateType: "Regular" });
  project.provide("databaseUrl", sqld.url);
  project.provide("moyskladUrl", moyskladUrl);
  project.provide("calltouchUrl", await listen(server));
  return async () => {
    for (const each of [server, shop]) {
      each.closeAllConnections();
      each.close();
    }
    await sqld.stop();
  };
}

async function answer(
  fetch: (request: Request) => Response | Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const { method = "GET", url = "/" } = incoming;
  const body = method === "GET" ? {} : { body: Buffer.concat(chunks) };
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const response = await fetch(new Request(`http://${incoming.headers.host}${url}`, { method, headers, ...body }));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`);
    });
  });
}
