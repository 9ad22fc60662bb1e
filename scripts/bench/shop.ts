/// <reference types="bun-types" />
/** A shop on MoySklad: both sandboxes in this process and on ports of their own, the bridge in a process of its own. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { createCalltouchSandbox } from "../../sandbox/calltouch/index.ts";
import { createMoyskladSandbox } from "../../sandbox/moysklad/index.ts";
import { ROOT } from "../dependencies.ts";
import { SITE } from "../torture/calltouch.ts";
import { ADMIN_TOKEN } from "../torture/parts.ts";
import { createFolder, createPart, discardFolder, freePort, type Part } from "../torture/processes.ts";
import { openBridgeDatabase } from "./bridge-database.ts";
import { untilTrue } from "./until.ts";

export const TOKEN = "bench-moysklad-token";
const MOYSKLAD_PATH = "/api/remap/1.2";
/** More than any measurement can use: points are not what is measured. */
const POINTS_MAX = 1_000_000_000;
const SINCE_MS = 7 * 86_400_000;
const FIRST_POLL = { what: "the first poll", msMax: 30_000, pollMs: 50 };

export interface ShopOptions {
  /** Of MoySklad's limit a user's request takes several units, a solution's one. */
  tokenOf?: "user" | "solution";
  /** How long each answer of MoySklad takes. */
  latencyMs?: number;
  /** Of the connection, beside its token. */
  settings?: object;
  /** Without them the bridge has no address it could be called at, and polls only. */
  hasWebhooks?: boolean;
}

/** How long the bridge took to answer a webhook. */
export interface Acknowledgement {
  from: "calltouch" | "moysklad";
  ms: number;
  status: number;
}

export type Shop = Awaited<ReturnType<typeof startShop>>;

const created = z.object({ id: z.string() });
const report = z.object({
  ok: z.boolean(),
  hooks: z.object({ calltouch: z.string().nullable() }),
  problems: z.array(z.string()),
});

export async function startShop(options: ShopOptions = {}) {
  const { tokenOf = "solution", latencyMs = 0, settings = {}, hasWebhooks = true } = options;
  const acknowledgements: Acknowledgement[] = [];
  const { calltouch, moysklad } = await startSandboxes(acknowledgements);
  moysklad.control.addAccount({ token: TOKEN, authKind: tokenOf });
  moysklad.control.setKnobs({ latencyMs });
  calltouch.control.addSite({ ...SITE, hourlyPoints: POINTS_MAX, dailyPoints: POINTS_MAX });
  const states = furnish(moysklad.control);

  const folder = createFolder();
  const databaseUrl = `file:${folder}/bridge.db`;
  const urls = { calltouchUrl: calltouch.url, moyskladUrl: moysklad.url };
  const bridge = await createBridge(folder, { databaseUrl, ...urls, hasWebhooks });
  await bridge.start();
  const database = openBridgeDatabase(databaseUrl);
  const administer = (path: string, body: object) => post(`${bridge.url}/admin${path}`, body);

  const points = { hourlyPoints: POINTS_MAX, dailyPoints: POINTS_MAX };
  const { id: accountId } = created.parse(await administer("/accounts", { name: "Кабинет", ...SITE, ...points }));
  const since = new Date(Date.now() - SINCE_MS).toISOString();
  const connection = {
    adapter: "moysklad",
    name: "Магазин",
    accountId,
    since,
    settings: { token: TOKEN, ...settings },
  };
  const { id: connectionId } = created.parse(await administer("/connections", connection));
  const setUp = async () => {
    const { ok, hooks, problems } = report.parse(await administer(`/connections/${connectionId}/setup`, {}));
    if (hasWebhooks && !ok) throw new Error(`setup: ${problems.join("; ")}`);
    if (hooks.calltouch !== null) calltouch.control.setHook(SITE.siteId, { url: hooks.calltouch, method: "POST" });
  };
  await setUp();
  await untilTrue(() => database.hasPolled(Date.now()), FIRST_POLL);

  return {
    calltouch: calltouch.control,
    moysklad: moysklad.control,
    states,
    database,
    acknowledgements,
    /** Also makes a halted exchange go on. */
    setUp,
    async stop() {
      database.close();
      await bridge.kill();
      await Promise.all([calltouch.stop(), moysklad.stop()]);
      discardFolder(folder);
    },
  };
}

type MoyskladControl = ReturnType<typeof createMoyskladSandbox>["control"];

function furnish(control: MoyskladControl) {
  control.addOrganization({ name: "ООО «Ромашка»" });
  const initial = control.addState({ name: "Новый", stateType: "Regular" });
  const confirmed = control.addState({ name: "Подтвержден", stateType: "Regular" });
  const done = control.addState({ name: "Выполнен", stateType: "Successful" });
  return { initial, confirmed, done };
}

async function startSandboxes(acknowledgements: Acknowledgement[]) {
  const timed = (from: Acknowledgement["from"]) => async (request: Request) => {
    const startedAt = performance.now();
    const response = await fetch(request);
    acknowledgements.push({ from, ms: performance.now() - startedAt, status: response.status });
    return response;
  };
  // Its answers name its own address, so the port has to be known before it is made.
  const port = await freePort();
  const baseUrl = `http://127.0.0.1:${port}${MOYSKLAD_PATH}`;
  const moysklad = createMoyskladSandbox({ baseUrl, send: timed("moysklad") });
  const calltouch = createCalltouchSandbox({ send: timed("calltouch") });
  return {
    moysklad: { control: moysklad.control, ...serve(port, moysklad.app), url: baseUrl },
    calltouch: { control: calltouch.control, ...serve(0, calltouch.app) },
  };
}

function serve(port: number, app: { fetch(request: Request): Response | Promise<Response> }) {
  const server = Bun.serve({ hostname: "127.0.0.1", port, fetch: (request) => app.fetch(request) });
  return { url: server.url.origin, stop: () => server.stop(true) };
}

interface BridgeOptions {
  databaseUrl: string;
  calltouchUrl: string;
  moyskladUrl: string;
  hasWebhooks: boolean;
}

async function createBridge(
  folder: string,
  { databaseUrl, calltouchUrl, moyskladUrl, hasWebhooks }: BridgeOptions,
): Promise<Part> {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  return createPart({
    name: "bridge",
    url,
    healthPath: "/readyz",
    command: process.execPath,
    args: [join(ROOT, "src/bun.ts")],
    env: {
      ADMIN_TOKEN,
      ENCRYPTION_KEY: randomBytes(32).toString("base64"),
      HOST: "127.0.0.1",
      PORT: port,
      PUBLIC_URL: hasWebhooks ? url : "",
      DATABASE_URL: databaseUrl,
      CALLTOUCH_URL: calltouchUrl,
      MOYSKLAD_URL: moyskladUrl,
    },
    folder,
  });
}

async function post(url: string, body: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${await response.text()}`);
  return response.json();
}
