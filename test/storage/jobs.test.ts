import { beforeEach, expect, it } from "vitest";
import type { ItemAction } from "../../src/database/job-items.ts";
import type { WindowStep } from "../../src/database/job-window.ts";
import { JOB_LEASE_MS, type NewJob } from "../../src/database/jobs.ts";
import { describeStorage } from "./backends.ts";
import { connection, first, insertBasics, key, manyDeals, NOW, writeDeals } from "./rows.ts";

const DAY = 86_400_000;

function job(id: string, replaced: Partial<NewJob> = {}): NewJob {
  return {
    id,
    connectionId: "c1",
    fromAt: NOW - 30 * DAY,
    toAt: NOW + DAY,
    actions: ["create"],
    dryRun: false,
    positionAt: NOW - 30 * DAY,
    counts: {},
    createdAt: NOW,
    nextAt: NOW,
    ...replaced,
  };
}

const step = (replaced: Partial<WindowStep> = {}): WindowStep => ({
  positionAt: NOW,
  counts: { deals: 3 },
  items: [],
  adopted: [],
  differing: [],
  ...replaced,
});

describeStorage("jobs", ({ database, client, rows }) => {
  const jobs = () => database().jobs;
  const items = () => database().jobItems;
  const held = { id: "j1", lease: "L" };

  beforeEach(async () => {
    await insertBasics(database());
    await writeDeals(
      database(),
      manyDeals(4, (n) => ({ status: "held", reasonCode: "AUTO_OFF", reason: "off", orderAt: NOW - n * DAY })),
    );
  });

  async function take(id = "j1", items: WindowStep["items"] = []): Promise<void> {
    await jobs().insert(job(id), 3);
    expect((await jobs().acquire("L", NOW))?.id).toBe(id);
    expect(await jobs().advance({ id, lease: "L" }, step({ items }), NOW)).toBe(true);
  }
  const planned = (action: ItemAction, ids: readonly number[] = [1, 2, 3]) => ids.map((dealId) => ({ dealId, action }));

  it("of a connection run three at most", async () => {
    for (const id of ["j1", "j2", "j3"]) expect(await jobs().insert(job(id), 3)).toBe(true);
    expect(await jobs().insert(job("j4"), 3)).toBe(false);
    await jobs().cancel("c1", "j1", NOW);
    expect(await jobs().insert(job("j4"), 3)).toBe(true);
  });

  it("of one connection are worked on one at a time, and of two at once", async () => {
    await database().connections.insert(connection({ id: "c2" }), key("k2", "c2"));
    await jobs().insert(job("j1"), 3);
    await jobs().insert(job("j2"), 3);
    await jobs().insert(job("j3", { connectionId: "c2", nextAt: NOW + 1 }), 3);
    expect((await jobs().acquire("L1", NOW))?.id).toBe("j1");
    expect(await jobs().acquire("L2", NOW)).toBeUndefined();
    expect((await jobs().acquire("L3", NOW + 1))?.id).toBe("j3");
    await jobs().rest({ id: "j1", lease: "L1" }, { nextAt: NOW + 10, reason: null, counts: {} });
    expect((await jobs().acquire("L4", NOW + 2))?.id).toBe("j2");
  });

  it("whose holder died are taken up again, and what the dead one still writes is not written", async () => {
    await take();
    const later = NOW + JOB_LEASE_MS;
    expect(await jobs().acquire("M", later - 1)).toBeUndefined();
    expect(await jobs().acquire("M", later)).toMatchObject({ id: "j1", positionAt: NOW, counts: { deals: 3 } });
    const late = step({
      items: planned("to-create"),
      adopted: [{ id: 1, revision: 1, calltouchId: 7, isSettled: true }],
    });
    expect(await jobs().advance(held, late, later)).toBe(false);
    expect(await rows("SELECT * FROM job_items")).toEqual([]);
    expect(await rows("SELECT 1 FROM deals WHERE delivered IS NOT NULL")).toEqual([]);
    await jobs().finish(held, { status: "done", reason: null, counts: {} }, later);
    expect((await jobs().get("c1", "j1"))?.status).toBe("running");
  });

  it("are not found from another connection", async () => {
    await jobs().insert(job("j1"), 3);
    expect(await jobs().get("c2", "j1")).toBeUndefined();
    expect(await jobs().cancel("c2", "j1", NOW)).toBe(false);
    expect(await jobs().latest("c2", 20)).toEqual([]);
  });

  it("adopt what Calltouch has: its next request is an update, unless it has changed since it was read", async () => {
    await jobs().insert(job("j1"), 3);
    await jobs().acquire("L", NOW);
    const adopted = [
      { id: 1, revision: 1, calltouchId: 71, isSettled: true },
      { id: 2, revision: 1, calltouchId: null, isSettled: false },
      { id: 3, revision: 0, calltouchId: 73, isSettled: true },
    ];
    await jobs().advance(held, step({ adopted }), NOW);
    expect(
      await rows("SELECT status, step, delivered, calltouch_id, reason_code FROM deals ORDER BY id LIMIT 3"),
    ).toEqual([
      { status: "delivered", step: "update", delivered: "{}", calltouch_id: 71, reason_code: null },
      { status: "held", step: "update", delivered: "{}", calltouch_id: null, reason_code: "AUTO_OFF" },
      { status: "held", step: "create", delivered: null, calltouch_id: null, reason_code: "AUTO_OFF" },
    ]);
  });

  it("forget only what Calltouch was seen to have otherwise", async () => {
    await client().execute(`UPDATE deals SET status = 'delivered',
      delivered = '{"status":"Новая","statusAt":1,"revenueKopecks":5,"manager":"М"}'`);
    await jobs().insert(job("j1"), 3);
    await jobs().acquire("L", NOW);
    const differing: WindowStep["differing"] = [
      { id: 1, revision: 1, fields: ["status", "statusAt"] },
      { id: 2, revision: 1, fields: ["revenueKopecks"] },
      { id: 3, revision: 9, fields: ["revenueKopecks"] },
    ];
    await jobs().advance(held, step({ differing }), NOW);
    const kept = await rows("SELECT delivered FROM deals ORDER BY id LIMIT 3");
    expect(kept.map(({ delivered }) => JSON.parse(String(delivered)))).toEqual([
      { revenueKopecks: 5, manager: "М" },
      { status: "Новая", statusAt: 1, manager: "М" },
      { status: "Новая", statusAt: 1, revenueKopecks: 5, manager: "М" },
    ]);
  });

  it("let deals go in portions of one account, behind what is due by itself, and see how they end", async () => {
    await take("j1", planned("to-create"));
    const group = first(await items().planned("j1"));
    expect(group).toEqual({ accountId: "a1", action: "to-create", count: 3 });
    expect(await items().portion("j1", group, 2)).toEqual([
      { dealId: 1, key: "deal-0" },
      { dealId: 2, key: "deal-1" },
    ]);
    await client().execute("UPDATE deals SET status = 'due', due_at = 0 WHERE id IN (1, 2)");
    expect(await items().mark(held, planned("creating", [1, 2]), NOW + 5)).toBe(true);
    expect(await rows("SELECT due_at FROM deals WHERE id IN (1, 2)")).toEqual([
      { due_at: NOW + 5 },
      { due_at: NOW + 5 },
    ]);
    await items().settle("j1");
    expect(await items().counts("j1")).toMatchObject({ waiting: 3, created: 0 });
    await client().execute("UPDATE deals SET status = 'delivered', delivered = '{}' WHERE id = 1");
    await client().execute("UPDATE deals SET status = 'dead', reason_code = 'X', reason = 'why' WHERE id = 2");
    expect(await items().counts("j1")).toMatchObject({ waiting: 1, created: 1, failed: 1 });
    await items().settle("j1");
    expect(await rows("SELECT action FROM job_items ORDER BY deal_id")).toEqual([
      { action: "created" },
      { action: "failed" },
      { action: "to-create" },
    ]);
    expect(await items().failed("j1", 0, 10)).toEqual([
      { dealId: 2, guid: "deal-1", failure: null, status: "dead", code: "X", message: "why" },
    ]);
  });

  it("that are cancelled release nothing more, and know what has not been sent", async () => {
    await take("j1", [...planned("creating", [1, 2]), ...planned("to-create", [3])]);
    await client().execute("UPDATE deals SET status = 'due' WHERE id IN (1, 2)");
    await client().execute("UPDATE deals SET lease = 'sending' WHERE id = 1");
    expect(await jobs().cancel("c1", "j1", NOW)).toBe(true);
    expect(await items().planned("j1")).toEqual([]);
    expect(await items().mark(held, planned("creating", [1]), NOW)).toBe(false);
    expect(await items().unsent("j1", 0, 10)).toEqual([{ dealId: 2, key: "deal-1" }]);
    await items().drop("j1", [1, 2]);
    expect(await items().unsent("j1", 0, 10)).toEqual([]);
    // The first is on its way.
    expect(await rows("SELECT deal_id FROM job_items")).toEqual([{ deal_id: 1 }]);
  });

  it("that ended long ago go with all their items, and no other does", async () => {
    await take("j1", planned("there"));
    await jobs().finish(held, { status: "done", reason: null, counts: {} }, NOW);
    await jobs().insert(job("j2"), 3);
    expect(await jobs().forgetBefore(NOW)).toBe(0);
    while ((await jobs().forgetBefore(NOW + 1)) > 0);
    expect(await rows("SELECT id FROM jobs")).toEqual([{ id: "j2" }]);
    expect(await rows("SELECT * FROM job_items")).toEqual([]);
  });

  it("see the deals of a period, its first instant included and its last one not", async () => {
    const seen = await database().periods.deals("c1", NOW - 2 * DAY, NOW, 10);
    expect(seen.map(({ key }) => key)).toEqual(["deal-2", "deal-1"]);
    expect(first(seen)).toMatchObject({ isDelivered: false, isInFlight: false, wanted: { status: "Новая" } });
    expect(await database().periods.deals("c2", 0, NOW * 2, 10)).toEqual([]);
  });
});
