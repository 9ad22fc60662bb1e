/** A scene with a MoySklad shop beside its workshop: one account of Calltouch, both connections, webhooks both ways. */
import * as z from "zod";
import { adapters } from "../../adapters/index.ts";
import { moysklad } from "../../adapters/moysklad/index.ts";
import { createMoyskladSandbox, type MoyskladSandbox } from "../../sandbox/moysklad/index.ts";
import { type BridgeOptions, createBridge } from "../../src/bridge.ts";
import { createFailures } from "../../src/http/failures.ts";
import {
  ADMIN_READ_TOKEN,
  ADMIN_TOKEN,
  CALLTOUCH_URL,
  call,
  createScene,
  ENCRYPTION_KEY,
  type SceneOptions,
  SITE,
} from "../scene.ts";

export const SHOP_TOKEN = "planted-moysklad-token-7d2e91c04b8a65f3";
export const SHOP_ACCOUNT = "c0c0c0c0-1111-4222-8333-444455556666";
export const MOYSKLAD_HOST = "https://api.moysklad.ru";
export const MOYSKLAD_URL = `${MOYSKLAD_HOST}/api/remap/1.2`;
export const PUBLIC_URL = "https://bridge.example";

export type Shop = Awaited<ReturnType<typeof createShop>>;

export interface ShopOptions extends SceneOptions {
  /** As an operator writes them; the token is added. */
  settings?: Record<string, unknown>;
  calltouchHookAddresses?: readonly string[];
  /** Another address of MoySklad, and what stands there. */
  moyskladUrl?: string;
  moyskladFetch?: (request: Request, erp: MoyskladSandbox) => Promise<Response>;
  /** The bridge as its runtime makes it, when that matters. */
  wrap?: (bridge: Awaited<ReturnType<typeof createBridge>>) => Awaited<ReturnType<typeof createBridge>>;
}

const setupAnswer = z.object({ hooks: z.object({ calltouch: z.string(), moysklad: z.string() }) });
/** What follows the host. */
const pathOf = (url: string) => url.slice(PUBLIC_URL.length);

export async function createShop({ settings = {}, calltouchHookAddresses, wrap, ...options }: ShopOptions = {}) {
  const { moyskladUrl = MOYSKLAD_URL, moyskladFetch } = options;
  const scene = await createScene(options);
  const { platform, client, clock, sandbox } = scene;
  const erp = createMoyskladSandbox({
    now: clock.now,
    sleep: async (ms) => clock.advance(ms),
    // By itself a webhook arrives nowhere: the tests say what comes in.
    send: async () => new Response(null, { status: 204 }),
  });
  erp.control.addAccount({ token: SHOP_TOKEN, accountId: SHOP_ACCOUNT, isAdmin: true, tariff: "paid" });
  erp.control.addOrganization({ name: "ООО «Ромашка»" });
  erp.control.addState({ name: "Новый", stateType: "Regular" });
  const fetched: string[] = [];
  platform.fetch = async (request) => {
    fetched.push(request.url);
    if (request.url.startsWith(`${CALLTOUCH_URL}/`)) return sandbox.fetch(request);
    if (request.url.startsWith(`${moyskladUrl}/`))
      return moyskladFetch ? moyskladFetch(request, erp) : erp.fetch(request);
    throw new TypeError("fetch failed");
  };
  const bridgeOptions: BridgeOptions = {
    platform,
    client,
    config: {
      adminToken: ADMIN_TOKEN,
      adminReadToken: ADMIN_READ_TOKEN,
      encryptionKey: ENCRYPTION_KEY,
      calltouchUrl: CALLTOUCH_URL,
      erpUrls: { moysklad: moyskladUrl },
      publicUrl: PUBLIC_URL,
      ...(calltouchHookAddresses === undefined ? {} : { calltouchHookAddresses }),
    },
    adapters: [...adapters.filter(({ id }) => id !== moysklad.id), moysklad],
    limits: { wallMs: 60_000, requests: 1_000 },
    failures: createFailures(),
  };
  const made = await createBridge(bridgeOptions);
  const bridge = wrap ? wrap(made) : made;
  const admin = (method: string, path: string, body?: unknown) =>
    call(bridge, method, `/admin${path}`, { authorization: `Bearer ${ADMIN_TOKEN}` }, body);
  const connection = await admin("POST", "/connections", {
    adapter: "moysklad",
    name: "Магазин",
    accountId: scene.accountId,
    since: "2026-01-01T00:00:00+03:00",
    settings: { token: SHOP_TOKEN, ...settings },
  });
  const shopId = z.string().parse(connection.body["id"]);
  const { hooks } = setupAnswer.parse((await admin("POST", `/connections/${shopId}/setup`)).body);
  await scene.idle();
  return {
    ...scene,
    bridge,
    bridgeOptions,
    admin,
    erp,
    shopId,
    shopKey: z.string().parse(connection.body["key"]),
    /** Every address the bridge has asked. */
    fetched,
    calltouchHook: pathOf(hooks.calltouch),
    moyskladHook: pathOf(hooks.moysklad),
    /** Whatever is to be read, placed and delivered now. */
    async settle() {
      await scene.idle();
      await bridge.poll();
      await scene.idle();
      await bridge.tick();
      await scene.idle();
    },
    leads: async () => (await client.execute("SELECT * FROM leads ORDER BY id")).rows.map((row) => ({ ...row })),
    events: async () => (await client.execute("SELECT key FROM hook_events ORDER BY key")).rows.map(({ key }) => key),
  };
}

/** The parameters of a webhook of Calltouch's about a call that is over. */
export function callHook(id: number, at: number, more: Record<string, string> = {}): Record<string, string> {
  return {
    leadtype: "call",
    callphase: "calldisconnected",
    id: String(id),
    callerphone: "79001234567",
    timestamp: String(Math.floor(at / 1_000)),
    duration: "61",
    status: "successful",
    siteId: SITE.siteId,
    source: "yandex",
    medium: "cpc",
    ...more,
  };
}

/** Sends a webhook to this path, as a form or in the address. */
export function sendHook(
  { bridge }: Pick<Shop, "bridge">,
  path: string,
  parameters: Record<string, string>,
  method: "GET" | "POST" = "POST",
) {
  const form = new URLSearchParams(parameters).toString();
  if (method === "GET") return call(bridge, "GET", `${path}?${form}`, {});
  return call(bridge, "POST", path, { "content-type": "application/x-www-form-urlencoded" }, form);
}
