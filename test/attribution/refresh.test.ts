/** The advertising source of every deal, asked for over the real dispatcher, database and sandbox. */
import { describe, expect, it } from "vitest";
import { HOLD_MS } from "../../src/attribution/refresh.ts";
import { CONFIRM_STEP } from "../../src/attribution/schedule.ts";
import { DAY, HOUR, MINUTE, numberOf, operations, sentOrders, visit, visits } from "../dispatcher/stage.ts";
import { createScene, NOON, type Scene, SITE } from "../scene.ts";
import { addCall, LEAD_AT, listings, PHONE, runBoth, SESSION, storedAttributions, tickAfter } from "./stage.ts";

const MATCHED = {
  matched: true,
  source: "yandex",
  medium: "cpc",
  campaign: "Осенняя диагностика",
  term: "ремонт подвески",
};

async function only(scene: Scene) {
  const [deal] = await storedAttributions(scene);
  if (!deal) throw new Error("There is no deal");
  return deal;
}

describe("the attribution of a deal", () => {
  it("is asked for five minutes after Calltouch has taken it, once more a day later, and then never again", async () => {
    const scene = await createScene();
    const callId = addCall(scene);
    await scene.post([visit(1)]);
    await tickAfter(scene, 4 * MINUTE);
    expect(listings(scene)).toBe(0);
    await tickAfter(scene, 2 * MINUTE);
    expect(await only(scene)).toMatchObject({
      attribution: { ...MATCHED, lead: { kind: "call", id: callId } },
      attribution_seq: 1,
      attribution_step: CONFIRM_STEP,
      attribution_at: NOON + DAY + 3 * HOUR,
    });
    await tickAfter(scene, DAY - MINUTE);
    expect(listings(scene)).toBe(1);
    await tickAfter(scene, 3 * HOUR);
    expect(await only(scene)).toMatchObject({ attribution_seq: 1, attribution_at: null });
    await tickAfter(scene, 60 * DAY);
    expect(listings(scene)).toBe(2);
  });

  it("is unmatched while Calltouch shows our own fallback source, however its campaign has changed since", async () => {
    const scene = await createScene();
    await scene.post([visit(1, { phones: "", emails: "", campaign: "Первая" })]);
    await scene.post([visit(1, { phones: "", emails: "", campaign: "Вторая", changedAt: "2026-09-14T12:00:00" })]);
    await tickAfter(scene, 6 * MINUTE);
    expect(await only(scene)).toMatchObject({ attribution: { matched: false }, attribution_step: 1, rematch: 0 });
  });

  it.each(["null", "objectOfNulls"] as const)(
    "has no source when the visit is %s, and goes on being asked for",
    async (visitNullStyle) => {
      const scene = await createScene({ knobs: { visitNullStyle } });
      const id = addCall(scene, { session: null });
      await scene.post([visit(1)]);
      await tickAfter(scene, 6 * MINUTE);
      const deal = await only(scene);
      expect(deal.attribution).toEqual({ matched: true, lead: { kind: "call", id } });
      expect(deal).toMatchObject({ attribution_step: 1, rematch: 0 });
    },
  );

  it("is asked for ever more rarely while no lead is found, and after thirty days no more", async () => {
    const scene = await createScene();
    await scene.post([visit(1, { phones: "", emails: "" })]);
    const start = scene.clock.now();
    const asked: number[] = [];
    for (let deal = await only(scene); deal.attribution_at !== null; deal = await only(scene)) {
      asked.push(Math.round((deal.attribution_at - start) / MINUTE));
      await tickAfter(scene, deal.attribution_at - scene.clock.now());
    }
    // What is days away waits for one of the hours at which all of it is asked for.
    const days = [3, 7, 14, 30].map((count) => (count * 24 + 3) * 60);
    expect(asked).toEqual([5, 15, 120, 360, 24 * 60, ...days]);
    expect(listings(scene)).toBe(asked.length);
    expect(operations(scene)).not.toContain("update");
  });

  it("is found by a search of Calltouch's own when the lead came after the document", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await tickAfter(scene, 6 * MINUTE);
    expect(await only(scene)).toMatchObject({ attribution: { matched: false }, attribution_seq: 1, rematch: 0 });
    addCall(scene);
    await tickAfter(scene, 11 * MINUTE);
    await tickAfter(scene, 1_000);
    expect(sentOrders(scene, "update")).toMatchObject([{ orderNumber: numberOf(1), reMatching: expect.any(Array) }]);
    await tickAfter(scene, 5 * MINUTE);
    expect(await only(scene)).toMatchObject({
      attribution: MATCHED,
      attribution_seq: 2,
      rematch: 0,
      status: "delivered",
    });
  });

  it("is searched for again after 15 minutes, 2 hours and 24 hours, and no more often", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    const start = scene.clock.now();
    await runBoth(scene, 2 * DAY, 2 * MINUTE);
    const updates = scene.sandbox.control.requests().filter(({ operation }) => operation === "update");
    expect(updates.map(({ at }) => Math.round((at - start) / HOUR))).toEqual([0, 2, 24]);
    expect((await only(scene)).status).toBe("delivered");
  });

  it("is not searched for in a trial, nor where the automatic exchange is off", async () => {
    for (const patch of ["/connections", "/accounts"] as const) {
      const scene = await createScene();
      await scene.post([visit(1)]);
      const id = patch === "/connections" ? scene.connectionId : scene.accountId;
      await scene.admin(
        "PATCH",
        `${patch}/${id}`,
        patch === "/connections" ? { dryRun: true } : { autoExchange: false },
      );
      await runBoth(scene, DAY, 5 * MINUTE);
      expect(operations(scene)).not.toContain("update");
      expect((await only(scene)).attribution).toMatchObject({ matched: false });
    }
  });

  it("is not asked for any more once the deal has been deleted or its connection is gone", async () => {
    const scene = await createScene();
    await scene.post([visit(1), visit(2)]);
    await scene.post([visit(1, { deleted: true, changedAt: "2026-09-14T12:00:00" })]);
    await scene.admin("DELETE", `/connections/${scene.connectionId}`);
    await tickAfter(scene, 6 * MINUTE);
    expect((await storedAttributions(scene)).map(({ attribution_at }) => attribution_at)).toEqual([null, null]);
    expect(listings(scene)).toBe(0);
  });

  it("of a deal that Calltouch does not list is asked for again, and in the end no more", async () => {
    const scene = await createScene({ knobs: { listDeleted: false } });
    await scene.post([visit(1), visit(2)]);
    scene.sandbox.control.deleteDealByHand(SITE.siteId, numberOf(1));
    await tickAfter(scene, 6 * MINUTE);
    expect(await only(scene)).toMatchObject({ attribution: null, attribution_seq: null, attribution_step: 1 });
    for (let asked = 0; asked < 20; asked += 1) await tickAfter(scene, 31 * DAY);
    expect((await only(scene)).attribution_at).toBeNull();
  });

  it("of a deal that is not found in a listing that can never be read whole is in the end asked for no more", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    scene.platform.fetch = async () => Response.json({ page: 1, pageTotal: 1, recordsTotal: 1, records: [{}] });
    for (let asked = 0; asked < 20; asked += 1) await tickAfter(scene, 31 * DAY);
    expect((await only(scene)).attribution_at).toBeNull();
  });

  it("is found under Calltouch's own number where the listing shows that in place of ours", async () => {
    const scene = await createScene();
    addCall(scene);
    await scene.post([visit(1)]);
    const { fetch } = scene.platform;
    scene.platform.fetch = async (request) => {
      const answer = await (await fetch(request)).text();
      return new Response(answer.replaceAll(`"${numberOf(1)}"`, `"${scene.deal(numberOf(1))?.calltouchOrderId}"`));
    };
    await tickAfter(scene, 6 * MINUTE);
    expect((await only(scene)).attribution).toMatchObject(MATCHED);
  });

  it("is that of the living deal where its number stands twice", async () => {
    const scene = await createScene({ knobs: { reuseDeletedNumber: true } });
    addCall(scene);
    await scene.post([visit(1)]);
    scene.sandbox.control.deleteDealByHand(SITE.siteId, numberOf(1));
    scene.sandbox.control.addDealByHand({
      siteId: SITE.siteId,
      orderNumber: numberOf(1),
      orderAt: LEAD_AT,
      origin: "CRM",
    });
    await tickAfter(scene, 6 * MINUTE);
    expect((await only(scene)).attribution).toEqual({ matched: false });
  });
});

describe("a refresh that cannot be finished", () => {
  it("keeps what it has found page by page, and asks for the rest later", async () => {
    const scene = await createScene();
    addCall(scene);
    for (let first = 0; first < 11; first += 1) await scene.post(visits(1_100).slice(first * 100, first * 100 + 100));
    scene.clock.advance(10 * MINUTE);
    let pages = 0;
    const { fetch } = scene.platform;
    scene.platform.fetch = async (request) => {
      pages += 1;
      return pages === 2 ? new Response("", { status: 502 }) : fetch(request);
    };
    await scene.bridge.poll();
    const known = async () => (await storedAttributions(scene)).filter(({ attribution }) => attribution).length;
    expect(await known()).toBe(1_000);
    await tickAfter(scene, HOLD_MS);
    expect(await known()).toBe(1_100);
  }, 60_000);

  it.each([
    ["a 502", { kind: "html502", path: "list" }],
    ["a refused token", { kind: "status", status: 401, path: "list" }],
    ["a limit", { kind: "status", status: 429, path: "list" }],
    ["a refused query", { kind: "status", status: 400, path: "list" }],
    ["half an answer", { kind: "truncatedJson", path: "list" }],
  ] as const)(
    "after %s changes nothing, does not hurry, pauses no delivery, and is done in the end",
    async (_, fault) => {
      const scene = await createScene();
      addCall(scene);
      await scene.post([visit(1)]);
      scene.sandbox.control.fault(fault);
      await tickAfter(scene, 6 * MINUTE);
      expect(await only(scene)).toMatchObject({ attribution: null, attribution_step: 0 });
      await tickAfter(scene, 4 * MINUTE);
      expect(listings(scene)).toBe(1);
      await scene.post([visit(2)]);
      expect(scene.deal(numberOf(2))).toBeDefined();
      await tickAfter(scene, 10 * MINUTE);
      expect((await only(scene)).attribution).toMatchObject(MATCHED);
    },
  );

  it("waits while the account is paused, and while there are no points for reads", async () => {
    const scene = await createScene({ account: { hourlyPoints: 2, livePercent: 50 } });
    addCall(scene);
    await scene.post([visit(1)]);
    await tickAfter(scene, 6 * MINUTE);
    expect(listings(scene)).toBe(0);
    await runBoth(scene, 2 * HOUR, 5 * MINUTE);
    expect((await only(scene)).attribution).toMatchObject(MATCHED);
    expect(scene.sandbox.control.requests().every(({ status }) => status === 200)).toBe(true);
  });

  it("by two processes at once costs one reading", async () => {
    const scene = await createScene();
    addCall(scene);
    await scene.post([visit(1)]);
    scene.clock.advance(6 * MINUTE);
    await Promise.all([scene.bridge.poll(), scene.bridge.poll()]);
    expect(listings(scene)).toBe(1);
    expect((await only(scene)).attribution).toMatchObject(MATCHED);
  });

  it("because its process died is done by the next one", async () => {
    const scene = await createScene();
    addCall(scene);
    await scene.post([visit(1)]);
    scene.clock.advance(6 * MINUTE);
    const { fetch } = scene.platform;
    const asking = Promise.withResolvers<void>();
    scene.platform.fetch = () => {
      asking.resolve();
      return new Promise(() => {});
    };
    void scene.bridge.poll();
    await asking.promise;
    scene.platform.fetch = fetch;
    await tickAfter(scene, HOLD_MS + 1_000);
    expect((await only(scene)).attribution).toMatchObject(MATCHED);
  });

  it("of one site does not hold up another", async () => {
    const scene = await createScene();
    const other = { siteId: "777", token: "other" };
    scene.sandbox.control.addSite(other);
    addCall(scene);
    const account = await scene.admin("POST", "/accounts", { name: "Второй", ...other });
    await scene.post([visit(1)]);
    const copy = `INSERT INTO deals (connection_id, key, account_id, site_id, order_number, order_at, status, revision, writer,
                                     contact_hashes, changed_at, due_at, created_at, delivered, attribution_at)
                  SELECT connection_id, 'other', ?, '777', 'X', order_at, 'delivered', 1, '', '[]', 0, 0, 0, '{}', 1 FROM deals`;
    await scene.client.execute({ sql: copy, args: [String(account.body["id"])] });
    await scene.client.execute("UPDATE accounts SET token = 'unreadable' WHERE site_id = '777'");
    await tickAfter(scene, 6 * MINUTE);
    expect((await only(scene)).attribution).toMatchObject(MATCHED);
    expect(scene.logs).toContainEqual(expect.objectContaining({ event: "attribution-failed" }));
    expect(JSON.stringify(scene.logs)).not.toContain(PHONE);
    expect(JSON.stringify(scene.logs)).not.toContain(SESSION.source);
  });
});
