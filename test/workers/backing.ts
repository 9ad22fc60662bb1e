/// <reference types="bun-types" />
/** What the Worker talks to, on loopback ports of the Node process around workerd: a migrated sqld and a Calltouch sandbox. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createClient } from "@libsql/client/web";
import type { TestProject } from "vitest/node";
import { createCalltouchSandbox } from "../../sandbox/calltouch/index.ts";
import { migrate } from "../../src/database/migrate.ts";
import { startSqld } from "../sqld.ts";

export const SITE = { siteId: "41234", token: "site-token" };

declare module "vitest" {
  interface ProvidedContext {
    databaseUrl: string;
    calltouchUrl: string;
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
  project.provide("databaseUrl", sqld.url);
  project.provide("calltouchUrl", await listen(server));
  return async () => {
    server.closeAllConnections();
    server.close();
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
