import { beforeEach, expect, it } from "vitest";
import { describeStorage } from "./backends.ts";
import { account, connection, insertBasics, key, manyDeals, NOW, writeDeals } from "./rows.ts";

const UNTIL = NOW + 60_000;
const TROUBLE = { code: "TOKEN", message: "Укажите новый токен" };

describeStorage("exchanges", ({ database, client, rows }) => {
  const exchanges = () => database().exchanges;
  const set = (sql: string) => client().execute(`UPDATE ${sql}`);
  const addLead = (status: string, dueAt: number) =>
    client().execute({
      sql: `INSERT INTO leads (connection_id, kind, lead_id, at, status, contact_hashes, due_at, received_at)
            VALUES ('c1', 'call', 1, 0, ?, '[]', ?, 0)`,
      args: [status, dueAt],
    });

  beforeEach(async () => {
    await insertBasics(database());
    await exchanges().ensure("c1", NOW);
  });

  it("are made once, with the first poll due at once", async () => {
    await exchanges().ensure("c1", NOW + 1);
    expect(await exchanges().get("c1")).toMatchObject({ pollAt: NOW, attributionSeq: 0, failures: 0, lease: null });
    expect(await exchanges().due(NOW - 1)).toEqual([]);
    expect(await exchanges().due(NOW)).toEqual(["c1"]);
  });

  it("are due for a poll, an event, a lead and an attribution, and for nothing else", async () => {
    await set("exchanges SET poll_at = 9e15");
    expect(await exchanges().due(NOW)).toEqual([]);
    await exchanges().addEvents("c1", ["order:1"], NOW);
    expect(await exchanges().due(NOW)).toEqual(["c1"]);
    await exchanges().removeEvents("c1", await exchanges().events("c1", 10));
    await addLead("due", NOW);
    expect(await exchanges().due(NOW - 1)).toEqual([]);
    expect(await exchanges().due(NOW)).toEqual(["c1"]);
    await set("leads SET status = 'waiting'");
    expect(await exchanges().due(NOW)).toEqual([]);
    await writeDeals(database(), manyDeals(1));
    await set("deals SET attribution_seq = 3");
    expect(await exchanges().due(NOW)).toEqual(["c1"]);
    await set("exchanges SET attribution_seq = 3");
    expect(await exchanges().due(NOW)).toEqual([]);
  });

  it.each([
    ["in a trial", "connections SET dry_run = 1"],
    ["without the automatic exchange", "accounts SET auto_exchange = 0"],
  ])("are not due for what would be written, %s", async (_, change) => {
    await set("exchanges SET poll_at = 9e15");
    await addLead("due", 0);
    await writeDeals(database(), manyDeals(1));
    await set("deals SET attribution_seq = 3");
    await set(change);
    expect(await exchanges().due(NOW)).toEqual([]);
    await exchanges().addEvents("c1", ["order:1"], NOW);
    expect(await exchanges().due(NOW)).toEqual(["c1"]);
  });

  it("are held by one at a time, until the lease runs out", async () => {
    expect(await exchanges().acquire("c1", "L", NOW, UNTIL)).toMatchObject({ connectionId: "c1", lease: "L" });
    expect(await exchanges().acquire("c1", "M", NOW, UNTIL)).toBeUndefined();
    expect(await exchanges().due(UNTIL - 1)).toEqual([]);
    expect(await exchanges().acquire("c1", "M", UNTIL, UNTIL + 1)).toMatchObject({ lease: "M" });
    expect(await exchanges().remember("c1", "L", { by: "L" })).toBe(false);
    expect(await exchanges().setNextPoll("c1", "L", 1)).toBe(false);
    expect(await exchanges().setAttributionSeq("c1", "L", 1)).toBe(false);
    await exchanges().release("c1", "L");
    await exchanges().pause("c1", "L", UNTIL + 5, TROUBLE);
    expect(await exchanges().remember("c1", "M", { by: "M" })).toBe(true);
    expect(await exchanges().get("c1")).toMatchObject({ lease: "M", memory: { by: "M" }, pausedUntil: 0, pollAt: NOW });
  });

  it("are served in turn: first whoever had it longest ago", async () => {
    await database().connections.insert(connection({ id: "c2" }), key("k2", "c2"));
    await exchanges().ensure("c2", NOW);
    await exchanges().acquire("c1", "L", NOW, UNTIL);
    await exchanges().release("c1", "L");
    expect(await exchanges().due(NOW)).toEqual(["c2", "c1"]);
    await exchanges().acquire("c2", "L", NOW, UNTIL + 1);
    await exchanges().release("c2", "L");
    expect(await exchanges().due(NOW)).toEqual(["c1", "c2"]);
  });

  it("that are paused say why, wait, and count the failures in a row until a run has done something, or ends well", async () => {
    for (const failures of [1, 2]) {
      await exchanges().acquire("c1", "L", NOW, UNTIL);
      await exchanges().pause("c1", "L", UNTIL, TROUBLE);
      expect(await exchanges().get("c1")).toMatchObject({ failures, lease: null, pausedUntil: UNTIL });
    }
    await exchanges().acquire("c1", "L", NOW, UNTIL);
    await exchanges().pause("c1", "L", UNTIL, TROUBLE, true);
    expect(await exchanges().get("c1")).toMatchObject({ failures: 1 });
    const shown = { connectionId: "c1", name: "Connection c1", pausedUntil: UNTIL, ...TROUBLE };
    expect(await exchanges().troubled()).toEqual([shown]);
    expect(await exchanges().due(UNTIL - 1)).toEqual([]);
    expect(await exchanges().due(UNTIL)).toEqual(["c1"]);
    await exchanges().acquire("c1", "L", UNTIL, UNTIL + 1);
    await exchanges().finish("c1", "L");
    expect(await exchanges().troubled()).toEqual([]);
    expect(await exchanges().get("c1")).toMatchObject({ failures: 0, lease: null });
  });

  it("go on at once with new settings, and a run that goes by the former ones pauses nothing", async () => {
    await exchanges().acquire("c1", "L", NOW, UNTIL);
    await exchanges().resume("c1", NOW + 1);
    await exchanges().pause("c1", "L", UNTIL, TROUBLE);
    expect(await exchanges().troubled()).toEqual([]);
    expect(await exchanges().due(NOW + 1)).toEqual(["c1"]);
  });

  it("keep each event once, and one that is named again while it is read stays, also by a clock that is behind", async () => {
    await exchanges().addEvents("c1", ["order:1", "order:2", "order:1"], NOW);
    const read = await exchanges().events("c1", 10);
    expect(read.map((event) => event.key)).toEqual(expect.arrayContaining(["order:1", "order:2"]));
    expect(read).toHaveLength(2);
    await exchanges().addEvents("c1", ["order:1"], NOW - 5_000);
    await exchanges().removeEvents("c1", read);
    expect((await exchanges().events("c1", 10)).map((event) => event.key)).toEqual(["order:1"]);
    expect(await rows("SELECT count(*) AS count FROM hook_events")).toEqual([{ count: 1 }]);
  });

  it("have something urgent when there is an event or a lead of their own", async () => {
    await database().accounts.insert(account({ id: "a2", siteId: "2" }));
    await database().connections.insert(connection({ id: "c2", accountId: "a2" }), key("k2", "c2"));
    await exchanges().addEvents("c2", ["order:1"], NOW);
    expect(await exchanges().isUrgent("c1", NOW)).toBe(false);
    await addLead("due", NOW);
    expect(await exchanges().isUrgent("c1", NOW - 1)).toBe(false);
    expect(await exchanges().isUrgent("c1", NOW)).toBe(true);
    expect(await exchanges().isUrgent("c2", NOW)).toBe(true);
  });
});
