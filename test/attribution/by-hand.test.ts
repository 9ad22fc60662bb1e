/** Attributions refreshed now because a person asks. */
import { describe, expect, it } from "vitest";
import { HOLD_MS, refreshDeals } from "../../src/attribution/refresh.ts";
import { createDatabase } from "../../src/database/database.ts";
import { openKeyring } from "../../src/keyring.ts";
import { MINUTE, numberOf, sentOrders, visit } from "../dispatcher/stage.ts";
import { CALLTOUCH_URL, createScene, ENCRYPTION_KEY, type Scene } from "../scene.ts";
import { addCall, listings, runBoth, storedAttributions } from "./stage.ts";

/** As an action of the ERP does it. */
async function refresh(scene: Scene, ids: readonly number[], connectionId = scene.connectionId, requestsLeft = 10) {
  const { platform } = scene;
  const database = createDatabase(scene.client);
  const config = { encryptionKey: ENCRYPTION_KEY };
  const vault = await openKeyring({ platform, database, config });
  const budget = { endsAt: platform.now() + 15_000, requestsLeft };
  return refreshDeals({ platform, database, vault, calltouchUrl: CALLTOUCH_URL }, { id: connectionId }, ids, budget);
}

describe("a refresh by hand", () => {
  it("tells the sources of these deals at once, whenever they were to be asked about", async () => {
    const scene = await createScene();
    const id = addCall(scene);
    await scene.post([visit(1), visit(2)]);
    const { deals, stop } = await refresh(scene, [1]);
    expect(stop).toBeUndefined();
    expect([...deals]).toMatchObject([
      [1, { attribution: { matched: true, lead: { kind: "call", id } }, isRematched: false }],
    ]);
    expect((await storedAttributions(scene)).map(({ attribution }) => attribution?.matched)).toEqual([true, undefined]);
    expect(listings(scene)).toBe(1);
  });

  it("lets the lead of an unmatched deal be searched for, also where the automatic exchange is off, and looks soon after", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await scene.admin("PATCH", `/accounts/${scene.accountId}`, { autoExchange: false });
    addCall(scene);
    const { deals } = await refresh(scene, [1]);
    expect(deals.get(1)).toEqual({ attribution: expect.objectContaining({ matched: false }), isRematched: true });
    await runBoth(scene, 6 * MINUTE, MINUTE);
    expect(sentOrders(scene, "update")).toMatchObject([{ orderNumber: numberOf(1), reMatching: expect.any(Array) }]);
    expect((await storedAttributions(scene))[0]?.attribution).toMatchObject({ matched: true, source: "yandex" });
  });

  it("does not touch the deals of another connection, nor those that Calltouch does not have", async () => {
    const scene = await createScene();
    await scene.post([visit(1), visit(2, { status: "" })]);
    expect([...(await refresh(scene, [1], "another")).deals]).toEqual([]);
    expect([...(await refresh(scene, [7])).deals]).toEqual([]);
    expect(listings(scene)).toBe(0);
  });

  it("that cannot be finished says why, and is finished by itself", async () => {
    const scene = await createScene();
    addCall(scene);
    await scene.post([visit(1)]);
    expect(await refresh(scene, [1], scene.connectionId, 0)).toEqual({ deals: new Map(), stop: { kind: "limit" } });
    scene.sandbox.control.fault({ kind: "status", status: 401, path: "list" });
    const { stop } = await refresh(scene, [1]);
    expect(stop).toMatchObject({ kind: "later", reason: { code: "CALLTOUCH_TOKEN" } });
    await runBoth(scene, HOLD_MS + MINUTE, MINUTE);
    expect((await storedAttributions(scene))[0]?.attribution).toMatchObject({ matched: true });
  });
});
