import { describe, expect, it } from "vitest";
import * as z from "zod";
import { numberOf, visit } from "../dispatcher/stage.ts";
import { createScene, NOON, type Scene } from "../scene.ts";
import { expectError } from "./contract.ts";
import { readRoutes } from "./route-table.ts";

const TOKEN = "tok-5f3c9a1e77d24";
const ACCOUNT = { name: "Второй кабинет", siteId: "555", token: TOKEN };

const listing = z.strictObject({
  audit: z.array(
    z.strictObject({
      id: z.number(),
      at: z.string(),
      actor: z.literal("admin"),
      action: z.string(),
      subjectKind: z.string(),
      subjectId: z.string(),
      before: z.record(z.string(), z.unknown()).optional(),
      after: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  next: z.number().optional(),
});
const read = async (scene: Scene, query = "") => listing.parse((await scene.admin("GET", `/audit${query}`)).body);
/** Without the rows of the scene itself. */
const newRows = async (scene: Scene) => (await read(scene, "?after=2")).audit;

/** A scene where each kind of thing is there to be changed: a spare account and key, and a deal refused for good. */
async function createFull() {
  const scene = await createScene({ account: { listingLagMs: 0 } });
  scene.sandbox.control.fault({ kind: "itemError", orderNumber: numberOf(1) });
  await scene.post([visit(1)]);
  await scene.run(2_000);
  const spare = await scene.admin("POST", "/accounts", { ...ACCOUNT, name: "Лишний" });
  const extra = await scene.admin("POST", `/connections/${scene.connectionId}/keys`, {});
  const idle = await scene.admin("POST", "/connections", {
    adapter: "alfa-auto",
    name: "Лишнее",
    accountId: scene.accountId,
  });
  const shop = await scene.admin("POST", "/connections", {
    adapter: "moysklad",
    name: "Магазин",
    accountId: scene.accountId,
  });
  const rule = await scene.admin("POST", `/connections/${scene.connectionId}/rules`, {});
  await scene.client.execute({
    sql: `INSERT INTO leads (connection_id, kind, lead_id, at, status, sealed, contact_hashes, due_at, received_at)
          VALUES (?, 'call', 7, 0, 'dead', 'sealed', '[]', 0, 0)`,
    args: [scene.connectionId],
  });
  const last = (await read(scene)).audit.at(-1)?.id ?? 0;
  const { id: ruleId } = rule.body;
  const [spareId, keyId, idleId, shopId] = [spare, extra, idle, shop].map(({ body }) => body["id"]);
  return { scene, spareId, keyId, idleId, shopId, ruleId, last };
}
type Full = Awaited<ReturnType<typeof createFull>>;

/** Every change there is, by its route: a route without a line here fails the test below. */
const CHANGES: Record<string, (full: Full) => [path: string, body?: unknown]> = {
  "POST /admin/accounts": () => ["/accounts", ACCOUNT],
  "PATCH /admin/accounts/:id": ({ scene }) => [`/accounts/${scene.accountId}`, { name: "Иной" }],
  "DELETE /admin/accounts/:id": ({ spareId }) => [`/accounts/${spareId}`],
  "POST /admin/connections": ({ scene }) => [
    "/connections",
    { adapter: "alfa-auto", name: "Вторая", accountId: scene.accountId },
  ],
  "PATCH /admin/connections/:id": ({ scene }) => [`/connections/${scene.connectionId}`, { dryRun: true }],
  "DELETE /admin/connections/:id": ({ idleId }) => [`/connections/${idleId}`],
  "POST /admin/connections/:id/keys": ({ scene }) => [`/connections/${scene.connectionId}/keys`, {}],
  "DELETE /admin/connections/:id/keys/:keyId": ({ scene, keyId }) => [
    `/connections/${scene.connectionId}/keys/${keyId}`,
  ],
  "POST /admin/connections/:id/rules": ({ scene }) => [`/connections/${scene.connectionId}/rules`, { priority: 1 }],
  "PATCH /admin/connections/:id/rules/:ruleId": ({ scene, ruleId }) => [
    `/connections/${scene.connectionId}/rules/${ruleId}`,
    { priority: 2 },
  ],
  "DELETE /admin/connections/:id/rules/:ruleId": ({ scene, ruleId }) => [
    `/connections/${scene.connectionId}/rules/${ruleId}`,
  ],
  "POST /admin/accounts/:id/hook": ({ scene }) => [`/accounts/${scene.accountId}/hook`],
  "POST /admin/connections/:id/hook": ({ shopId }) => [`/connections/${shopId}/hook`],
  "POST /admin/deals/:id/retry": () => ["/deals/1/retry"],
  "POST /admin/leads/:id/retry": () => ["/leads/1/retry"],
};
/** Questions that are too long for an address or cost a request elsewhere. */
const QUESTIONS = ["POST /admin/connections/:id/rules/explain", "POST /admin/accounts/:id/check"];
/** Makes fields and webhooks in the ERP, which keeps a log of its own; may be repeated and then changes nothing. */
const ELSEWHERE = ["POST /admin/connections/:id/setup"];

/** What the record is of: a rule is a part of its connection. */
function subjectOf(route: string, { scene }: Full, id: unknown): string {
  return route.includes("/rules") ? scene.connectionId : String(id);
}

async function change(full: Full, route: string) {
  const [path, body] = CHANGES[route]?.(full) ?? [""];
  return full.scene.admin(route.split(" ")[0] ?? "", path, body);
}

async function stored({ client }: Scene) {
  const tables = ["accounts", "connections", "erp_keys", "rules", "deals", "leads"];
  const all = await Promise.all(tables.map((table) => client.execute(`SELECT * FROM ${table}`)));
  return JSON.stringify(all.map(({ rows }) => rows));
}

describe("the audit log", () => {
  it("knows of every route that changes anything", async () => {
    const routes = (await readRoutes(await createScene())).filter(
      ({ method, path }) => path.startsWith("/admin") && method !== "GET",
    );
    expect(routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(
      [...Object.keys(CHANGES), ...QUESTIONS, ...ELSEWHERE].sort(),
    );
  });

  it.each(Object.keys(CHANGES))("has one row for %s, at its moment, by whom, of what", async (route) => {
    const full = await createFull();
    const { scene, last } = full;
    scene.clock.set(NOON + 3_600_000);
    const answer = await change(full, route);
    expect(answer.status).toBeLessThan(300);
    const { audit } = await read(scene, `?after=${last}`);
    expect(audit).toMatchObject([
      {
        at: new Date(NOON + 3_600_000).toISOString(),
        actor: "admin",
        subjectId: subjectOf(route, full, answer.body["id"]),
      },
    ]);
  });

  it.each(Object.keys(CHANGES))("that cannot be written lets nothing come of %s", async (route) => {
    const full = await createFull();
    const before = await stored(full.scene);
    await full.scene.client.execute("DROP TABLE audit");
    expectError(await change(full, route), 500, "INTERNAL");
    expect(await stored(full.scene)).toBe(before);
  });

  it("says what was and what is, of the fields named alone", async () => {
    const scene = await createScene();
    await scene.admin("PATCH", `/accounts/${scene.accountId}`, { name: "Иной", hourlyPoints: 7, token: TOKEN });
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, {
      since: "2026-02-01T00:00:00+03:00",
      settings: { serviceTag: "СТО" },
    });
    expect(await newRows(scene)).toMatchObject([
      {
        action: "update",
        subjectKind: "account",
        subjectId: scene.accountId,
        before: { name: "Наш кабинет", hourlyPoints: 9_000, token: "***" },
        after: { name: "Иной", hourlyPoints: 7, token: "***" },
      },
      {
        action: "update",
        subjectKind: "connection",
        subjectId: scene.connectionId,
        before: { since: "2025-12-31T21:00:00.000Z", settings: {} },
        after: { since: "2026-01-31T21:00:00.000Z", settings: { serviceTag: "СТО" } },
      },
    ]);
    for (const { before = {}, after = {} } of await newRows(scene)) {
      expect(Object.keys(before).sort()).toEqual(Object.keys(after).sort());
    }
  });

  it("says that the secret settings of a connection were replaced, and not with what", async () => {
    const { scene, shopId, last } = await createFull();
    for (const settings of [{ token: TOKEN }, { token: `${TOKEN}9`, calls: "answered" }, { calls: "all" }]) {
      await scene.admin("PATCH", `/connections/${shopId}`, { settings });
    }
    const { audit } = await read(scene, `?after=${last}`);
    expect(audit.map(({ before, after }) => [before, after])).toEqual([
      [{ settings: {} }, { settings: {}, secrets: "***" }],
      [
        { settings: {}, secrets: "***" },
        { settings: { calls: "answered" }, secrets: "***" },
      ],
      [{ settings: { calls: "answered" } }, { settings: { calls: "all" } }],
    ]);
    expect(JSON.stringify(audit)).not.toContain(TOKEN);
  });

  it("keeps what was deleted, and says of a deal tried again why it had stood still", async () => {
    const full = await createFull();
    const { scene, last } = full;
    await change(full, "DELETE /admin/accounts/:id");
    await change(full, "DELETE /admin/connections/:id");
    await change(full, "POST /admin/deals/:id/retry");
    expect((await read(scene, `?after=${last}`)).audit).toMatchObject([
      { action: "delete", subjectKind: "account", before: { name: "Лишний", siteId: "555" } },
      { action: "delete", subjectKind: "connection", before: { name: "Лишнее", adapter: "alfa-auto" } },
      {
        action: "retry",
        subjectKind: "deal",
        before: { status: "dead", code: "CALLTOUCH_REFUSED" },
        after: { status: "due" },
      },
    ]);
  });

  it("has no row for a change that was refused or named nothing", async () => {
    const scene = await createScene();
    await scene.admin("POST", "/accounts", { ...ACCOUNT, name: "Наш кабинет" });
    await scene.admin("POST", "/accounts", { ...ACCOUNT, hourlyPoints: 0 });
    await scene.admin("PATCH", `/accounts/${scene.accountId}`, {});
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, {});
    await scene.admin("DELETE", `/accounts/${scene.accountId}`);
    await scene.admin("POST", "/deals/99/retry");
    await scene.admin("PATCH", "/connections/nobody", { dryRun: true });
    expect(await newRows(scene)).toEqual([]);
  });

  it("holds no token, no key and nothing of a key but its id", async () => {
    const full = await createFull();
    const keys = [full.scene.key];
    for (const route of Object.keys(CHANGES)) keys.push(String((await change(full, route)).body["key"] ?? ""));
    const { rows } = await full.scene.client.execute("SELECT * FROM audit");
    const log = JSON.stringify(rows) + JSON.stringify(await read(full.scene, "?limit=200"));
    for (const secret of [TOKEN, "site-token", ...keys.filter((key) => key !== "")]) {
      expect(log).not.toContain(secret);
      expect(log).not.toContain(secret.split("_")[2] ?? secret);
    }
    const hashes = await full.scene.client.execute("SELECT hash FROM erp_keys");
    const sealed = await full.scene.client.execute("SELECT token FROM accounts");
    for (const row of [...hashes.rows, ...sealed.rows]) expect(log).not.toContain(String(Object.values(row)[0]));
  });

  it("is read page by page, the newest last", async () => {
    const scene = await createScene();
    for (const name of ["Один", "Два", "Три"]) {
      scene.clock.advance(1_000);
      await scene.admin("PATCH", `/accounts/${scene.accountId}`, { name });
    }
    const first = await read(scene, "?limit=3");
    expect(first.audit.map(({ action, subjectKind }) => `${action} ${subjectKind}`)).toEqual([
      "create account",
      "create connection",
      "update account",
    ]);
    const second = await read(scene, `?limit=3&after=${first.next}`);
    expect(second.audit.map(({ after }) => after)).toEqual([{ name: "Два" }, { name: "Три" }]);
    expect(second.next).toBeUndefined();
    for (const query of ["?limit=0", "?limit=201", "?after=x", "?after=-1", "?page=1"]) {
      expectError(await scene.admin("GET", `/audit${query}`), 422, "FIELD");
    }
  });
});
