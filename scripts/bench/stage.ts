/** What is measured: the sandbox and the bridge, each a process, with one account and one connection. */
import * as z from "zod";
import { type Calltouch, createCalltouch, SITE } from "../torture/calltouch.ts";
import { ADMIN_TOKEN, createBridgePart, createSandboxPart } from "../torture/parts.ts";
import { createFolder, discardFolder } from "../torture/processes.ts";

/** More than any measurement can use: points are not what is measured. */
const POINTS_MAX = 1_000_000_000;

export interface Stage {
  url: string;
  key: string;
  accountId: string;
  databaseUrl: string;
  calltouch: Calltouch;
  /** To the bridge's administration. */
  admin(method: string, path: string, body?: object): Promise<unknown>;
  /** To the sandbox's controls. */
  control(method: string, path: string, body?: object): Promise<unknown>;
  stop(): Promise<void>;
}

const created = z.object({ id: z.string(), key: z.string().optional() });

export async function startStage(): Promise<Stage> {
  const folder = createFolder();
  const sandbox = await createSandboxPart(folder);
  const databaseUrl = `file:${folder}/bridge.db`;
  const bridge = await createBridgePart("bridge", folder, { databaseUrl, calltouchUrl: sandbox.url });
  await Promise.all([sandbox.start(), bridge.start()]);
  const calltouch = createCalltouch(sandbox.url);
  await calltouch.prepare({ listingLagMs: 0, latencyMs: 0 });

  const admin = (method: string, path: string, body?: object) =>
    request(`${bridge.url}/admin${path}`, method, { authorization: `Bearer ${ADMIN_TOKEN}` }, body);
  const points = { hourlyPoints: POINTS_MAX, dailyPoints: POINTS_MAX };
  const account = created.parse(await admin("POST", "/accounts", { name: "Кабинет", ...SITE, ...points }));
  const connection = created.parse(
    await admin("POST", "/connections", {
      adapter: "alfa-auto",
      name: "Сервис",
      accountId: account.id,
      since: "2020-01-01T00:00:00Z",
    }),
  );
  return {
    url: bridge.url,
    key: connection.key ?? "",
    accountId: account.id,
    databaseUrl,
    calltouch,
    admin,
    control: (method, path, body) => request(`${sandbox.url}/__sandbox${path}`, method, {}, body),
    async stop() {
      await Promise.all([bridge.kill(), sandbox.kill()]);
      discardFolder(folder);
    },
  };
}

async function request(url: string, method: string, headers: Record<string, string>, body?: object): Promise<unknown> {
  const response = await fetch(url, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response.json();
}
