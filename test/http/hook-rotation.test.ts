/** A webhook address that has leaked is replaced alone: the former one is worth nothing at once, and nothing is lost meanwhile. */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { call, createScene, SITE } from "../scene.ts";
import { callHook, createShop, MOYSKLAD_URL, PUBLIC_URL, SHOP_ACCOUNT, type Shop, sendHook } from "../security/shop.ts";
import { expectError, expectRussian } from "./contract.ts";

const ORDER = "5e8b0001-0000-4000-8000-000000000001";
const MINUTE = 60_000;
const answered = z.strictObject({
  id: z.string(),
  message: z.string(),
  hooks: z.record(z.string(), z.string().nullable()),
});

/** Has the address of this owner replaced; returns what follows the host. */
async function replace({ admin }: Pick<Shop, "admin">, owner: string, source: string): Promise<string> {
  const answer = await admin("POST", `${owner}/hook`);
  expect(answer.status).toBe(200);
  const { message, hooks } = answered.parse(answer.body);
  expectRussian(message);
  expect(Object.keys(hooks)).toEqual([source]);
  return hooks[source]?.slice(PUBLIC_URL.length) ?? "";
}

const named = { events: [{ meta: { type: "customerorder", href: `${MOYSKLAD_URL}/entity/customerorder/${ORDER}` } }] };
const events = { events: named.events.map((event) => ({ ...event, action: "UPDATE", accountId: SHOP_ACCOUNT })) };

describe("the address of Calltouch's webhooks", () => {
  it("is replaced alone: the new one works, and the former is answered like any that never was", async () => {
    const shop = await createShop();
    const next = await replace(shop, `/accounts/${shop.accountId}`, "calltouch");
    expect(next).not.toBe(shop.calltouchHook);
    const at = shop.clock.now();
    expectError(await sendHook(shop, shop.calltouchHook, callHook(1, at)), 404, "NOT_FOUND");
    expect((await sendHook(shop, next, callHook(2, at))).status).toBe(200);
    expect(await shop.leads()).toMatchObject([{ lead_id: 2 }]);
    expect((await call(shop.bridge, "POST", shop.moyskladHook, {}, { events: [] })).status).toBe(204);
    await shop.idle();
    const shown = [
      await shop.admin("POST", `/accounts/${shop.accountId}/check`),
      await shop.admin("POST", `/connections/${shop.shopId}/setup`),
    ];
    for (const { text } of shown) expect(text).toContain(next);
  });

  it("may be replaced again and again, and none of the former ones comes back", async () => {
    const shop = await createShop();
    const addresses = [shop.calltouchHook];
    for (let n = 0; n < 3; n += 1) {
      addresses.push(await replace(shop, `/accounts/${shop.accountId}`, "calltouch"));
    }
    expect(new Set(addresses).size).toBe(4);
    const statuses: number[] = [];
    for (const path of addresses) statuses.push((await sendHook(shop, path, callHook(1, shop.clock.now()))).status);
    expect(statuses).toEqual([404, 404, 404, 200]);
  });

  it("loses no lead while nobody has entered the new one in the cabinet: the journal tells of it", async () => {
    const shop = await createShop();
    await replace(shop, `/accounts/${shop.accountId}`, "calltouch");
    const at = shop.clock.now();
    const phones = ["79001234567"];
    shop.sandbox.control.addLead({
      siteId: SITE.siteId,
      kind: "call",
      at,
      phones,
      durationSeconds: 61,
      answered: true,
    });
    expectError(await sendHook(shop, shop.calltouchHook, callHook(1, at)), 404, "NOT_FOUND");
    shop.clock.advance(6 * MINUTE);
    await shop.settle();
    await shop.settle();
    expect(await shop.leads()).toMatchObject([{ status: "placed" }]);
  });
});

describe("the address of MoySklad's webhooks", () => {
  it("is replaced alone, and setup makes the webhooks anew and removes those of the former one", async () => {
    const shop = await createShop();
    const urls = () => shop.erp.control.webhooks().map(({ url }) => String(url).slice(PUBLIC_URL.length));
    const count = urls().length;
    expect(new Set(urls())).toEqual(new Set([shop.moyskladHook]));
    const next = await replace(shop, `/connections/${shop.shopId}`, "moysklad");
    expectError(await call(shop.bridge, "POST", shop.moyskladHook, {}, events), 404, "NOT_FOUND");
    await shop.idle();
    expect((await shop.admin("POST", `/connections/${shop.shopId}/setup`)).body["ok"]).toBe(true);
    expect(urls()).toEqual(Array.from({ length: count }, () => next));
    expect((await call(shop.bridge, "POST", next, {}, events)).status).toBe(204);
    expect((await sendHook(shop, shop.calltouchHook, callHook(1, shop.clock.now()))).status).toBe(200);
  });

  it("is there only for an ERP with an API, and for a connection that exists", async () => {
    const scene = await createScene();
    expectError(await scene.admin("POST", `/connections/${scene.connectionId}/hook`), 422, "NO_API");
    for (const owner of ["/connections/nobody", "/accounts/nobody"]) {
      expectError(await scene.admin("POST", `${owner}/hook`), 404, "NOT_FOUND");
    }
  });
});
