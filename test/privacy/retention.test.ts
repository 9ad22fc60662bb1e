import { describe, expect, it } from "vitest";
import { adapters } from "../../adapters/index.ts";
import type { Fold } from "../../src/adapter.ts";
import { createBridge } from "../../src/bridge.ts";
import { EXPIRE_DEALS_MAX } from "../../src/retention.ts";
import { contextOf, freeze, readFixtures } from "../adapters/fixtures.ts";
import {
  DAY,
  guidOf,
  MINUTE,
  operations,
  sentOrders,
  statuses,
  storedDeal,
  visit,
  visits,
  workOrder,
} from "../dispatcher/stage.ts";
import { ADMIN_TOKEN, CALLTOUCH_URL, createScene, ENCRYPTION_KEY, type Scene, startBridge } from "../scene.ts";
import { contactHashes, DAYS_90, opened } from "./stage.ts";

const PERSONAL = ["79001234567", "belozerov@example.com", "Белозёров", "Стук в подвеске", "Замена стоек"];
const personalIn = (text: string) => PERSONAL.filter((each) => text.includes(each));

/** Warnings, and the words of a reason, may speak of a contact that is not there any more. */
function withoutWords(fold: Fold): Fold {
  if (fold.kind !== "skipped") return { ...fold, warnings: [] };
  return { kind: "skipped", reason: { code: fold.reason.code, message: "" } };
}

function withoutPerson(fold: Fold): Fold {
  if (fold.kind !== "deal") return fold;
  const { contacts: _, comment: __, ...open } = fold.deal;
  return { ...fold, deal: { ...open, contacts: { phones: [], emails: [] } } };
}

/** Past the time of keeping and past the rest between two looks. */
async function expire(scene: Scene, ms = DAYS_90 + MINUTE) {
  scene.clock.advance(ms);
  await scene.bridge.tick();
  await scene.idle();
}

describe("personal data", () => {
  it("is kept for ninety days after the last change and then is gone from the deal and its documents", async () => {
    const scene = await createScene();
    await scene.post([visit(1), workOrder(51, 1)]);
    const hashes = await contactHashes(scene);
    expect(hashes).toHaveLength(2);
    await expire(scene, DAYS_90 - MINUTE);
    expect(personalIn(await opened(scene))).toEqual(PERSONAL);
    await expire(scene, 3 * MINUTE);
    expect(personalIn(await opened(scene))).toEqual([]);
    expect(await contactHashes(scene)).toEqual(hashes);
    expect(scene.logs).toContainEqual({
      level: "info",
      event: "personal-data-expired",
      deals: 1,
      leads: 0,
      unreadable: 0,
    });
  });

  it("is kept as long as configured", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    const { platform, client } = scene;
    const config = { adminToken: ADMIN_TOKEN, encryptionKey: ENCRYPTION_KEY, calltouchUrl: CALLTOUCH_URL };
    const limits = { wallMs: 60_000, requests: 1_000 };
    const bridge = await createBridge({
      platform,
      client,
      config: { ...config, personalDataDays: 7 },
      adapters,
      limits,
    });
    scene.clock.advance(7 * DAY - MINUTE);
    await bridge.tick();
    expect(personalIn(await opened(scene))).not.toEqual([]);
    scene.clock.advance(2 * MINUTE);
    await bridge.tick();
    expect(personalIn(await opened(scene))).toEqual([]);
  });

  it("is gone, and the deal still takes a new state of one of its documents", async () => {
    const scene = await createScene();
    await scene.post([visit(1), workOrder(51, 1, { amount: 1_000 }), workOrder(52, 1, { amount: 2_000 })]);
    await expire(scene);
    const hashes = await contactHashes(scene);
    scene.sandbox.control.clearRequests();
    const later = { amount: 500, status: "Закрыт", statusDate: "2026-12-01T10:00:00", version: undefined };
    expect(await scene.post([workOrder(52, 1, later)])).toMatchObject([{ result: "accepted", code: "ACCEPTED" }]);
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual(["update"]);
    // The appointment's number, the other work order's money and state.
    expect(scene.deal("ПС000001")).toMatchObject({ revenue: "1500.00", status: "В работе", creates: 1 });
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "delivered", order_number: "ПС000001" });
    expect(await contactHashes(scene)).toEqual(hashes);
  });

  it("is gone, and the same document sent again is unchanged and costs no request", async () => {
    const scene = await createScene();
    await scene.post([visit(1), workOrder(51, 1)]);
    await expire(scene);
    scene.sandbox.control.clearRequests();
    expect(await scene.post([visit(1), workOrder(51, 1)])).toMatchObject([
      { result: "unchanged" },
      { result: "unchanged" },
    ]);
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual([]);
    expect(personalIn(await opened(scene))).toEqual([]);
  });

  it("is gone, and an older state of a document is still stale", async () => {
    const scene = await createScene();
    await scene.post([visit(1, { version: "7" })]);
    await expire(scene);
    expect(await scene.post([visit(1, { version: "6", amount: 1 })])).toMatchObject([{ result: "stale" }]);
  });

  it("that has gone never empties or thins out the contacts Calltouch shows", async () => {
    const scene = await createScene({ connection: { settings: { showContacts: true } } });
    await scene.post([visit(1), workOrder(51, 1, { phones: "8 900 000-11-22" })]);
    const shown = scene.deal("ПС000001")?.contacts;
    expect(shown).toMatchObject({ mainContacts: { phoneNumber: "79001234567" } });
    await expire(scene);
    scene.sandbox.control.clearRequests();
    await scene.post([workOrder(51, 1, { status: "Закрыт", phones: "8 900 000-11-22" })]);
    await scene.post([workOrder(51, 1, { status: "Закрыт", phones: "", amount: 9 })]);
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual(["update", "update"]);
    for (const order of sentOrders(scene, "update")) expect(order).not.toHaveProperty("orderContacts");
    expect(scene.deal("ПС000001")?.contacts).toEqual(shown ?? null);
  });

  it("that has gone is not missed when Calltouch must be told everything anew", async () => {
    const scene = await createScene({ connection: { settings: { showContacts: true } } });
    await scene.post([visit(1)]);
    await expire(scene);
    await scene.client.execute("UPDATE deals SET delivered = '{}', status = 'due', due_at = 0");
    scene.sandbox.control.clearRequests();
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual(["update"]);
    expect(sentOrders(scene, "update")[0]).not.toHaveProperty("orderContacts");
    expect(await statuses(scene.client)).toEqual({ delivered: 1 });
  });

  it("that has gone is nothing to send, even if it is not known to have arrived", async () => {
    const scene = await createScene({ connection: { settings: { showContacts: true } } });
    await scene.post([visit(1)]);
    await expire(scene);
    await scene.client.execute(
      "UPDATE deals SET delivered = json_remove(delivered, '$.contactsDigest'), status = 'due', due_at = 0",
    );
    scene.sandbox.control.clearRequests();
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual([]);
    expect(await statuses(scene.client)).toEqual({ delivered: 1 });
  });

  it("that has gone does not keep a held deal from being created when it is released", async () => {
    const scene = await createScene({ connection: { dryRun: true } });
    await scene.post([visit(1)]);
    await expire(scene);
    expect(personalIn(await opened(scene))).toEqual([]);
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, { dryRun: false });
    await scene.run(MINUTE);
    expect(scene.deal("ПС000001")).toMatchObject({ creates: 1, revenue: "12500.50" });
  });

  it("comes back with a document that brings it, and is used and counted anew", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await expire(scene);
    await scene.post([visit(1, { amount: 1, phones: "8 900 777-66-55" })]);
    expect(await opened(scene)).toContain("79007776655");
    await expire(scene, 89 * DAY);
    expect(await opened(scene)).toContain("79007776655");
    await expire(scene, DAY + MINUTE);
    expect(await opened(scene)).not.toContain("79007776655");
  });

  it("of a deal that is due or in doubt is kept however old", async () => {
    const scene = await createScene();
    scene.sandbox.control.fault({ kind: "status", status: 401, times: 1_000 });
    await scene.post([visit(1)]);
    for (let day = 0; day < 100; day += 1) await expire(scene, DAY);
    expect(personalIn(await opened(scene))).not.toEqual([]);
    scene.sandbox.control.clearFaults();
    await scene.run(10 * MINUTE, MINUTE);
    expect(scene.deal("ПС000001")).toMatchObject({ creates: 1, comments: ["Стук в подвеске"] });
  });

  it("goes in portions, one each tick, and a bridge that was ended goes on where it stopped", async () => {
    const scene = await createScene();
    await scene.post(visits(EXPIRE_DEALS_MAX));
    await scene.post([visit(EXPIRE_DEALS_MAX + 1), visit(EXPIRE_DEALS_MAX + 2)]);
    await scene.run(MINUTE);
    await expire(scene);
    const kept = async () =>
      (await scene.client.execute("SELECT count(*) AS n FROM deals WHERE sealed IS NOT NULL")).rows[0]?.["n"];
    expect(await kept()).toBe(2);
    await (await startBridge(scene.platform, scene.client)).tick();
    expect(await kept()).toBe(0);
    expect(personalIn(await opened(scene))).toEqual([]);
  });

  it("of one deal that cannot be opened does not keep the others", async () => {
    const scene = await createScene();
    await scene.post([visit(1), visit(2)]);
    const spoil = "UPDATE documents SET sealed = 'c3BvaWx0c3BvaWx0c3BvaWx0c3BvaWx0' WHERE guid = ?";
    await scene.client.execute({ sql: spoil, args: [guidOf(1)] });
    await expire(scene);
    expect((await scene.client.execute("SELECT key FROM deals WHERE sealed IS NOT NULL")).rows).toEqual([
      expect.objectContaining({ key: guidOf(1) }),
    ]);
    expect(scene.logs).toContainEqual({
      level: "warn",
      event: "personal-data-expired",
      deals: 1,
      leads: 0,
      unreadable: 1,
    });
  });

  it("of a connection that was deleted goes with the rest", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await scene.run(MINUTE);
    expect((await scene.admin("DELETE", `/connections/${scene.connectionId}`)).status).toBeLessThan(300);
    await expire(scene);
    expect(personalIn(await opened(scene))).toEqual([]);
    expect((await scene.client.execute("SELECT sealed FROM documents")).rows).toMatchObject([{ sealed: "" }]);
  });
});

describe.each(adapters.map((adapter) => ({ id: adapter.id, adapter })))(
  "a document of $id without its person",
  ({ adapter }) => {
    it.each(readFixtures(adapter).map((fixture) => ({ name: fixture.name, fixture })))(
      "keeps its identity and parses as before: $name",
      ({ fixture }) => {
        for (const raw of fixture.documents) {
          const document = freeze(adapter.document.parse(raw));
          const stripped = adapter.withoutPersonalData(document);
          const toInstant = () => 0;
          expect(adapter.document.parse(JSON.parse(JSON.stringify(stripped)))).toEqual(stripped);
          expect(adapter.withoutPersonalData(stripped)).toEqual(stripped);
          expect(adapter.guid(stripped)).toBe(adapter.guid(document));
          expect(adapter.dealKey(stripped)).toBe(adapter.dealKey(document));
          expect(adapter.stamp(stripped, toInstant)).toEqual(adapter.stamp(document, toInstant));
        }
      },
    );

    it.each(readFixtures(adapter).map((fixture) => ({ name: fixture.name, fixture })))(
      "folds as before but for the person, what is skipped too: $name",
      ({ fixture }) => {
        const documents = fixture.documents.map((raw) => adapter.document.parse(raw));
        const context = contextOf(adapter, fixture);
        const before = adapter.toDeal(documents, context);
        const after = adapter.toDeal(documents.map(adapter.withoutPersonalData), context);
        expect(withoutWords(after)).toEqual(withoutPerson(withoutWords(before)));
      },
    );
  },
);
