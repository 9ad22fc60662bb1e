/** Webhooks of Calltouch and of MoySklad: who is let in, what is believed, and what is kept before the answer. */
import { describe, expect, it } from "vitest";
import { moysklad } from "../../adapters/moysklad/index.ts";
import { createBridge } from "../../src/bridge.ts";
import { createHookSecret, findHookOwner } from "../../src/http/hook-secret.ts";
import { openSceneVault } from "../privacy/stage.ts";
import { type Answer, call, SITE } from "../scene.ts";
import {
  callHook,
  createShop,
  MOYSKLAD_HOST,
  MOYSKLAD_URL,
  SHOP_ACCOUNT,
  type Shop,
  type ShopOptions,
  sendHook,
} from "../security/shop.ts";
import { gzip } from "./bodies.ts";
import { expectError, expectReadable } from "./contract.ts";

const ORDER = "5e8b0001-0000-4000-8000-000000000001";
const MINUTE = 60_000;

/** The answer but for what is the request's own. */
const plain = ({ status, text }: Answer) => `${status} ${text.replace(/"requestId":"\w+"/, "")}`;

function moyskladEvents(id: string, change: { href?: string; accountId?: string } = {}) {
  const { href = `${MOYSKLAD_URL}/entity/customerorder/${id}`, accountId = SHOP_ACCOUNT } = change;
  return { events: [{ meta: { type: "customerorder", href }, action: "UPDATE", accountId }] };
}

/** Every request comes from there from now on. */
function comeFrom({ platform }: Pick<Shop, "platform">, address: string | undefined): void {
  platform.address = () => address;
}

/** Whose webhooks wake nobody, so that what is stored stays as it came. */
async function createQuietShop(options: ShopOptions = {}) {
  const shop = await createShop(options);
  shop.platform.sleep = () => new Promise(() => {});
  shop.platform.background = () => {};
  return shop;
}

describe("the address of a webhook", () => {
  it("holds 256 bits that follow from the bridge's own key, differ for each owner and are stored nowhere", async () => {
    const shop = await createShop();
    const secrets = [shop.calltouchHook, shop.moyskladHook].map((path) => path.split("/").at(-1) ?? "");
    for (const secret of secrets) expect(secret).toMatch(/^[0-9a-f]{16}[A-Za-z0-9_-]{43}$/);
    expect(new Set(secrets.map((secret) => secret.slice(16))).size).toBe(2);
    const { rows: tables } = await shop.client.execute("SELECT name FROM sqlite_master WHERE type = 'table'");
    for (const { name } of tables) {
      const { rows } = await shop.client.execute(`SELECT * FROM "${name}"`);
      for (const secret of secrets) expect(JSON.stringify(rows)).not.toContain(secret.slice(16));
    }
    expect(JSON.stringify(shop.logs)).not.toContain(secrets[0]?.slice(16));
  });

  it("that is wrong, another's, cut off or of a deleted owner is answered alike, and nothing is stored", async () => {
    const shop = await createShop();
    const other = await shop.admin("POST", "/accounts", { name: "Второй", siteId: "555", token: "t-555" });
    const otherId = String(other.body["id"]);
    const check = await shop.admin("POST", `/accounts/${otherId}/check`);
    const otherHook = /\/hooks\/calltouch\/\w{16}[\w-]{43}/.exec(check.text)?.[0] ?? "";
    expect((await sendHook(shop, otherHook, callHook(1, shop.clock.now()))).status).toBe(200);
    await shop.admin("DELETE", `/accounts/${otherId}`);
    const secret = shop.calltouchHook.split("/").at(-1) ?? "";
    const erpSecret = shop.moyskladHook.split("/").at(-1) ?? "";
    const wrong = [
      otherHook,
      "/hooks/calltouch/x",
      `/hooks/calltouch/${secret.slice(0, -1)}`,
      `/hooks/calltouch/${secret}A`,
      `/hooks/calltouch/${otherId}${secret.slice(16)}`,
      `/hooks/calltouch/${erpSecret}`,
      `/hooks/moysklad/${secret}`,
      `/hooks/alfa-auto/${erpSecret}`,
      `/hooks/nowhere/${erpSecret}`,
      `/hooks/moysklad/${erpSecret.toUpperCase()}`,
    ];
    const answers = new Set<string>();
    for (const path of wrong) {
      shop.clock.advance(MINUTE);
      const answer = await sendHook(shop, path, callHook(2, shop.clock.now()));
      expectError(answer, 404, "NOT_FOUND");
      answers.add(plain(answer));
    }
    expect(answers.size).toBe(1);
    await shop.admin("DELETE", `/connections/${shop.shopId}`);
    const gone = await call(shop.bridge, "POST", shop.moyskladHook, {}, moyskladEvents(ORDER));
    expect(plain(gone)).toBe([...answers][0] ?? "");
    expect([await shop.leads(), await shop.events()]).toEqual([[], []]);
  });

  it("of an ERP's connection opens no other ERP's path, and of Calltouch's account none of an ERP's", async () => {
    const shop = await createShop();
    const other = { ...moysklad, id: "other-erp" };
    const { adapters } = shop.bridgeOptions;
    const bridge = await createBridge({ ...shop.bridgeOptions, adapters: [...adapters, other] });
    const elsewhere = shop.moyskladHook.replace("moysklad", other.id);
    expectError(await call(bridge, "POST", elsewhere, {}, moyskladEvents(ORDER)), 404, "NOT_FOUND");
    expect((await call(bridge, "POST", shop.moyskladHook, {}, { events: [] })).status).toBe(204);
    const vault = await openSceneVault(shop);
    for (const source of ["calltouch", "erp"] as const) {
      const owner = { id: shop.shopId, hookVersion: 0 };
      const secret = await createHookSecret(vault, source, owner);
      expect(await findHookOwner(vault, source, secret, async () => owner)).toBe(owner);
      expect(
        await findHookOwner(vault, source === "erp" ? "calltouch" : "erp", secret, async () => owner),
      ).toBeUndefined();
    }
  });

  it("is tried in bulk only slowly from one address, and a right one never is", async () => {
    const shop = await createQuietShop();
    comeFrom(shop, "203.0.113.7");
    const tries: Answer[] = [];
    for (let n = 0; n < 12; n += 1) tries.push(await sendHook(shop, `/hooks/calltouch/${n}`, {}));
    expect(tries.map(({ status }) => status)).toEqual([...Array.from({ length: 10 }, () => 404), 429, 429]);
    expect(tries.at(-1)?.body["code"]).toBe("AUTH_SLOW");
    for (const answer of tries) expectReadable(answer);
    expect((await sendHook(shop, shop.calltouchHook, callHook(1, shop.clock.now()))).status).toBe(200);
    comeFrom(shop, "203.0.113.8");
    expect((await sendHook(shop, "/hooks/calltouch/x", {})).status).toBe(404);
  });

  it("of Calltouch lets in the addresses configured alone, and answers others as if it were wrong", async () => {
    const shop = await createQuietShop({ calltouchHookAddresses: ["92.118.66.0/23", "198.51.100.4"] });
    const hook = callHook(1, shop.clock.now());
    const wrong = plain(await sendHook(shop, "/hooks/calltouch/x", hook));
    for (const address of ["92.118.65.255", "92.118.68.0", "198.51.100.5", "2001:db8::1", "", undefined]) {
      shop.clock.advance(MINUTE);
      comeFrom(shop, address);
      expect([address, plain(await sendHook(shop, shop.calltouchHook, hook))]).toEqual([address, wrong]);
    }
    expect(await shop.leads()).toEqual([]);
    for (const [index, address] of ["92.118.66.0", "92.118.67.255", "::ffff:92.118.66.7", "198.51.100.4"].entries()) {
      comeFrom(shop, address);
      expect((await sendHook(shop, shop.calltouchHook, callHook(index + 1, shop.clock.now()))).status).toBe(200);
    }
    expect(await shop.leads()).toHaveLength(4);
  });
});

describe("a webhook of Calltouch", () => {
  it.each(["GET", "POST"] as const)(
    "is stored sealed before the answer, with the ERP and Calltouch down: %s",
    async (method) => {
      const shop = await createShop();
      shop.platform.fetch = () => Promise.reject(new TypeError("fetch failed"));
      const answer = await sendHook(shop, shop.calltouchHook, callHook(7, shop.clock.now()), method);
      const rows = await shop.leads();
      expect([answer.status, answer.body]).toEqual([200, { status: "ok" }]);
      expect(rows).toMatchObject([{ connection_id: shop.shopId, kind: "call", lead_id: 7, status: "due" }]);
      expect(JSON.stringify(rows)).not.toContain("9001234567");
      await shop.settle();
      expect(await shop.leads()).toMatchObject([{ lead_id: 7, status: "due" }]);
    },
  );

  it("that comes again changes nothing, while a call's end is taken up once", async () => {
    const shop = await createQuietShop({ settings: { calls: "answered" } });
    const at = shop.clock.now();
    const begun = callHook(7, at, { callphase: "callconnected", status: "null", duration: "null" });
    for (const hook of [begun, begun]) await sendHook(shop, shop.calltouchHook, hook);
    expect(await shop.leads()).toMatchObject([{ lead_id: 7, status: "waiting" }]);
    await sendHook(shop, shop.calltouchHook, callHook(7, at));
    const [taken] = await shop.leads();
    expect(taken).toMatchObject({ lead_id: 7, status: "due" });
    for (const hook of [begun, callHook(7, at), callHook(7, at, { callerphone: "79009999999" })]) {
      expect((await sendHook(shop, shop.calltouchHook, hook, "GET")).status).toBe(200);
    }
    expect(await shop.leads()).toEqual([taken]);
  });

  it("is an order once, however often it comes and whoever else tells of it", async () => {
    const shop = await createShop();
    const hook = callHook(7, shop.clock.now());
    await Promise.all([1, 2, 3].map(() => sendHook(shop, shop.calltouchHook, hook)));
    await shop.settle();
    await sendHook(shop, shop.calltouchHook, hook);
    await shop.settle();
    expect(await shop.leads()).toMatchObject([{ lead_id: 7, status: "placed" }]);
    expect(shop.erp.control.orders()).toHaveLength(1);
  });

  it("of another site, of no lead, or of the cabinet's test button is answered well and not stored", async () => {
    const shop = await createQuietShop();
    const at = shop.clock.now();
    const strange: Record<string, string>[] = [
      callHook(7, at, { siteId: `${SITE.siteId}9` }),
      callHook(7, at, { leadtype: "chat" }),
      callHook(7, at, { timestamp: "null" }),
      {},
      Object.fromEntries(Object.keys(callHook(7, at)).map((name) => [name, `{${name}}`])),
    ];
    for (const hook of strange) {
      for (const method of ["GET", "POST"] as const) {
        const answer = await sendHook(shop, shop.calltouchHook, hook, method);
        expect([answer.status, answer.body]).toEqual([200, { status: "ok" }]);
      }
    }
    expect((await call(shop.bridge, "POST", shop.calltouchHook, {})).status).toBe(200);
    expect(await shop.leads()).toEqual([]);
    expect(shop.logs.filter(({ event }) => event === "hook-ignored").map(({ reason }) => reason)).toContain("site");
  });

  it("is read up to the limits of any other body and kept within those of its fields", async () => {
    const shop = await createQuietShop();
    const at = shop.clock.now();
    const long = callHook(7, at, { fio: "я".repeat(100_000), utm_term: "x".repeat(100_000) });
    expect((await sendHook(shop, shop.calltouchHook, long)).status).toBe(200);
    const [row] = await shop.leads();
    expect(JSON.stringify(row).length).toBeLessThan(12_000);
    const huge = `fio=${"x".repeat(1_100_000)}`;
    expectError(await call(shop.bridge, "POST", shop.calltouchHook, {}, huge), 413, "TOO_LARGE");
    const bomb = await gzip(new Uint8Array(20_000_000));
    for (const path of [shop.calltouchHook, shop.moyskladHook]) {
      expectError(await call(shop.bridge, "POST", path, {}, bomb), 413, "TOO_LARGE");
    }
    const deep = `{"id":${"[".repeat(100_000)}`;
    expect((await call(shop.bridge, "POST", shop.calltouchHook, {}, deep)).status).toBe(200);
    expectError(await call(shop.bridge, "POST", shop.moyskladHook, {}, deep), 400, "JSON_DEPTH");
    expect(await shop.leads()).toHaveLength(1);
  });
});

describe("a webhook of MoySklad", () => {
  const post = (shop: Shop, body: unknown) => call(shop.bridge, "POST", shop.moyskladHook, {}, body);

  it("is stored before the answer, with MoySklad down, and once however often it comes", async () => {
    const shop = await createShop();
    shop.platform.fetch = () => Promise.reject(new TypeError("fetch failed"));
    for (let n = 0; n < 3; n += 1) expect((await post(shop, moyskladEvents(ORDER))).status).toBe(204);
    await shop.settle();
    expect(await shop.events()).toEqual([`customerorder:${ORDER}`]);
  });

  it.each([
    ["another account", { accountId: "0badacc0-0000-4000-8000-000000000000" }],
    ["another host", { href: `https://evil.example/api/remap/1.2/entity/customerorder/${ORDER}` }],
    ["a host that begins like ours", { href: `${MOYSKLAD_URL}.evil.example/entity/customerorder/${ORDER}` }],
    ["a way out of the address", { href: `${MOYSKLAD_URL}/../../x/entity/customerorder/${ORDER}` }],
    ["an address of this machine", { href: `http://127.0.0.1:8787/entity/customerorder/${ORDER}` }],
  ])("that names %s is refused, nothing of it is stored, and nobody is asked", async (_, forged) => {
    const shop = await createShop();
    const before = shop.fetched.length;
    const body = { events: [...moyskladEvents(ORDER).events, ...moyskladEvents(ORDER, forged).events] };
    expectError(await post(shop, body), 403, "HOOK_REFUSED");
    await shop.idle();
    expect(await shop.events()).toEqual([]);
    expect(shop.fetched.slice(before)).toEqual([]);
  });

  it("makes the bridge ask MoySklad alone, by the id it names", async () => {
    const shop = await createShop();
    const before = shop.fetched.length;
    expect((await post(shop, moyskladEvents(ORDER))).status).toBe(204);
    await shop.settle();
    const asked = shop.fetched.slice(before).filter((url) => url.startsWith(MOYSKLAD_HOST));
    expect(asked.some((url) => url.includes(ORDER))).toBe(true);
    for (const url of shop.fetched) expect([MOYSKLAD_HOST, "https://calltouch.test"]).toContain(new URL(url).origin);
    expect(await shop.events()).toEqual([]);
  });

  it("that is garbage, or names nothing known, is answered and never a failure of ours", async () => {
    const shop = await createQuietShop();
    for (const body of ["", "{", "null", "[]", "42", '{"events":{}}', '{"events":[{"meta":{}}]}', "\u0000"]) {
      const answer = await post(shop, body);
      expect([400, 403]).toContain(answer.status);
      expectReadable(answer);
    }
    expect((await post(shop, { events: [] })).status).toBe(204);
    expect(await shop.events()).toEqual([]);
  });
});
