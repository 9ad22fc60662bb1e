/** Leads tell who called: kept as long as other personal data, erased with the rest, and repeated nowhere else. */
import { describe, expect, it } from "vitest";
import { createDatabase } from "../../src/database/database.ts";
import type { Contacts } from "../../src/deal.ts";
import { forget } from "../../src/forget.ts";
import { AUDIT_DAYS } from "../../src/retention.ts";
import { DAY, MINUTE } from "../dispatcher/stage.ts";
import { call } from "../scene.ts";
import { callHook, createShop, MOYSKLAD_URL, SHOP_ACCOUNT, type Shop, sendHook } from "../security/shop.ts";
import { DAYS_90, openSceneVault } from "./stage.ts";

const PHONE: Contacts = { phones: ["79001234567"], emails: [] };
const EMAIL: Contacts = { phones: [], emails: ["belozerov@example.com"] };
const OTHER = { callerphone: "79005550011" };
const NONE = { deals: 0, documents: 0, leads: 0, unreadable: 0 };

async function forgetIn(shop: Shop, contacts: Contacts, more: { isDeep?: boolean; isDryRun?: boolean } = {}) {
  const adapters = new Map(shop.bridgeOptions.adapters.map((adapter) => [adapter.id, adapter]));
  const dependencies = { database: createDatabase(shop.client), vault: await openSceneVault(shop), adapters };
  return forget(dependencies, { contacts, isDeep: false, isDryRun: false, ...more });
}

function requestHook(id: number, at: number, more: Record<string, string> = {}): Record<string, string> {
  const { id: _, callphase: __, ...hook } = callHook(id, at, { leadtype: "request", requestId: String(id) });
  return { ...hook, email: "belozerov@example.com", fio: "Белозёров Игорь", comment: "Стук в подвеске", ...more };
}

/** One lead in each status, whatever has become of it. */
async function addEachStatus(shop: Shop): Promise<void> {
  for (const [index, status] of ["waiting", "placed", "skipped", "dead", "due"].entries()) {
    await sendHook(shop, shop.calltouchHook, callHook(index + 1, shop.clock.now()));
    await shop.client.execute({ sql: "UPDATE leads SET status = ? WHERE lead_id = ?", args: [status, index + 1] });
  }
}

/** Whose ERP is asked nothing, so that leads stay as they came. */
async function createQuietShop(): Promise<Shop> {
  const shop = await createShop();
  shop.platform.sleep = () => new Promise(() => {});
  shop.platform.background = () => {};
  return shop;
}

async function expire({ clock, bridge }: Shop, ms: number): Promise<void> {
  clock.advance(ms);
  await bridge.tick();
}

const sealedOf = async (shop: Shop) =>
  Object.fromEntries((await shop.leads()).map(({ status, sealed }) => [String(status), sealed !== null]));

describe("what a lead says of its client", () => {
  it("goes ninety days after it came, whatever became of it; what is still to be placed keeps what it needs", async () => {
    const shop = await createQuietShop();
    await addEachStatus(shop);
    const all = { waiting: true, placed: true, skipped: true, dead: true, due: true };
    const hashes = (await shop.leads()).map(({ contact_hashes }) => contact_hashes);
    await expire(shop, DAYS_90 - MINUTE);
    expect(await sealedOf(shop)).toEqual(all);
    await expire(shop, 3 * MINUTE);
    expect(await sealedOf(shop)).toEqual({ waiting: false, placed: false, skipped: false, dead: false, due: true });
    expect((await shop.leads()).map(({ contact_hashes }) => contact_hashes)).toEqual(hashes);
    expect(shop.logs).toContainEqual({
      level: "info",
      event: "personal-data-expired",
      deals: 0,
      leads: 4,
      unreadable: 0,
    });
    await expire(shop, 400 * DAY);
    expect(await sealedOf(shop)).toMatchObject({ due: true });
  });

  it("that has gone cannot be placed by hand any more, and does not come back when the lead is told of again", async () => {
    const shop = await createQuietShop();
    const at = shop.clock.now();
    await addEachStatus(shop);
    await expire(shop, DAYS_90 + MINUTE);
    const [dead] = (await shop.leads()).filter(({ status }) => status === "dead");
    const retry = await shop.admin("POST", `/leads/${dead?.["id"]}/retry`);
    expect([retry.status, retry.body["code"]]).toEqual([409, "NOT_RETRIABLE"]);
    const before = await shop.leads();
    for (const id of [2, 3, 4]) await sendHook(shop, shop.calltouchHook, callHook(id, at));
    expect(await shop.leads()).toEqual(before);
  });

  it("goes in portions, one each tick", async () => {
    const shop = await createQuietShop();
    await sendHook(shop, shop.calltouchHook, callHook(1, shop.clock.now()));
    await shop.client.execute("UPDATE leads SET status = 'placed'");
    await shop.client.execute(`
      WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1005)
      INSERT INTO leads (connection_id, kind, lead_id, at, status, sealed, contact_hashes, due_at, received_at, personal_at)
      SELECT connection_id, kind, i, at, status, sealed, contact_hashes, due_at, received_at, personal_at FROM leads, n`);
    const kept = async () => (await shop.leads()).filter(({ sealed }) => sealed !== null).length;
    await expire(shop, DAYS_90 + MINUTE);
    expect(await kept()).toBe(5);
    await shop.bridge.tick();
    expect(await kept()).toBe(0);
  });

  it("goes with its connection", async () => {
    const shop = await createQuietShop();
    await addEachStatus(shop);
    expect((await shop.admin("DELETE", `/connections/${shop.shopId}`)).status).toBe(200);
    expect(await shop.leads()).toEqual([]);
  });

  it("stands in nothing else of the exchange: not in what the adapter remembers, nor in what webhooks have named", async () => {
    const shop = await createShop();
    const at = shop.clock.now();
    await sendHook(shop, shop.calltouchHook, callHook(1, at));
    await sendHook(shop, shop.calltouchHook, requestHook(2, at));
    await shop.settle();
    expect((await shop.leads()).map(({ status }) => status)).toEqual(["placed", "placed"]);
    const [order] = shop.erp.control.orders();
    shop.platform.sleep = () => new Promise(() => {});
    shop.platform.background = () => {};
    const meta = { type: "customerorder", href: `${MOYSKLAD_URL}/entity/customerorder/${order?.id}` };
    const body = { events: [{ meta, action: "UPDATE", accountId: SHOP_ACCOUNT }] };
    expect((await call(shop.bridge, "POST", shop.moyskladHook, {}, body)).status).toBe(204);
    expect(await shop.events()).toHaveLength(1);
    for (const table of ["exchanges", "hook_events", "connections", "accounts", "audit"]) {
      const { rows } = await shop.client.execute(`SELECT * FROM ${table}`);
      expect(JSON.stringify(rows)).not.toMatch(/9001234567|belozerov|Белозёров|Стук/i);
    }
    expect(JSON.stringify(await shop.leads())).not.toMatch(/9001234567|belozerov|Белозёров|Стук/i);
  });
});

describe("a person who is forgotten", () => {
  it.each([
    ["phone", PHONE, 2],
    ["e-mail", EMAIL, 1],
  ] as const)("is erased by %s from every lead, and others are left alone", async (_, contacts, count) => {
    const shop = await createQuietShop();
    const at = shop.clock.now();
    await sendHook(shop, shop.calltouchHook, callHook(1, at));
    await sendHook(shop, shop.calltouchHook, requestHook(2, at));
    await sendHook(shop, shop.calltouchHook, callHook(3, at, OTHER));
    const dry = await forgetIn(shop, contacts, { isDryRun: true });
    expect(dry.found).toEqual({ ...NONE, leads: count });
    expect(dry.left).toEqual(dry.found);
    expect(await forgetIn(shop, contacts)).toEqual({ found: { ...NONE, leads: count }, left: NONE });
    const erased = (await shop.leads()).filter(({ sealed }) => sealed === null);
    expect(erased).toHaveLength(count);
    for (const row of erased) {
      expect(row).toMatchObject({
        status: "skipped",
        reason_code: "FORGOTTEN",
        contact_hashes: "[]",
        personal_at: null,
      });
    }
    const others = (await shop.leads()).filter(({ sealed }) => sealed !== null);
    for (const row of others) expect(row).toMatchObject({ status: "due" });
    expect(await forgetIn(shop, contacts, { isDeep: true })).toEqual({ found: NONE, left: NONE });
  });

  it("is found by what somebody wrote into a lead when every lead is opened", async () => {
    const shop = await createQuietShop();
    const at = shop.clock.now();
    const wrote = { ...OTHER, comment: "Перезвоните мужу: 8 (900) 123-45-67" };
    await sendHook(shop, shop.calltouchHook, requestHook(1, at, wrote));
    expect(await forgetIn(shop, PHONE)).toEqual({ found: NONE, left: NONE });
    expect(await forgetIn(shop, PHONE, { isDeep: true })).toEqual({ found: { ...NONE, leads: 1 }, left: NONE });
  });

  it("does not come back with the same lead, nor with the end of a call that was going on", async () => {
    const shop = await createQuietShop();
    const at = shop.clock.now();
    await addEachStatus(shop);
    expect((await forgetIn(shop, PHONE)).found.leads).toBe(5);
    const before = await shop.leads();
    for (const id of [1, 2, 3, 4, 5]) await sendHook(shop, shop.calltouchHook, callHook(id, at));
    expect(await shop.leads()).toEqual(before);
    expect(before.every(({ sealed }) => sealed === null)).toBe(true);
  });

  it("is erased from the orders made of the leads as well", async () => {
    const shop = await createShop();
    await sendHook(shop, shop.calltouchHook, callHook(1, shop.clock.now()));
    await shop.settle();
    expect(await forgetIn(shop, PHONE)).toEqual({
      found: { deals: 1, documents: 1, leads: 1, unreadable: 0 },
      left: NONE,
    });
  });

  it("is not said to be forgotten while a lead cannot be opened", async () => {
    const shop = await createQuietShop();
    await sendHook(shop, shop.calltouchHook, callHook(1, shop.clock.now(), OTHER));
    await shop.client.execute("UPDATE leads SET sealed = 'c3BvaWx0c3BvaWx0c3BvaWx0c3BvaWx0'");
    expect((await forgetIn(shop, PHONE, { isDeep: true })).left).toEqual({ ...NONE, unreadable: 1 });
  });
});

describe("the audit log", () => {
  it("is kept for three years, then goes row by row, and gives no id twice", async () => {
    const shop = await createQuietShop();
    const ids = async () => (await shop.client.execute("SELECT id FROM audit ORDER BY id")).rows.map(({ id }) => id);
    expect((await ids()).length).toBeGreaterThan(1);
    const newest = (await ids()).at(-1);
    await expire(shop, AUDIT_DAYS * DAY - MINUTE);
    expect((await ids()).length).toBeGreaterThan(1);
    await expire(shop, 2 * MINUTE);
    expect(await ids()).toEqual([newest]);
    await shop.admin("PATCH", `/accounts/${shop.accountId}`, { name: "Иной" });
    await expire(shop, 2 * MINUTE);
    expect(await ids()).toEqual([Number(newest) + 1]);
  });
});
