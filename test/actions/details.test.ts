/** What an action takes, sends and costs, beside its outcome. */
import { describe, expect, it } from "vitest";
import { adapters } from "../../adapters/index.ts";
import { sale } from "../adapters/dalion-documents.ts";
import { addCall, SESSION } from "../attribution/stage.ts";
import {
  guidOf,
  MINUTE,
  numberOf,
  operations,
  sentOrders,
  storedDeal,
  visit,
  visits,
  withoutDispatch,
  workOrder,
} from "../dispatcher/stage.ts";
import { bytesOf, expectError, expectReadable } from "../http/contract.ts";
import { createScene, NOON, SITE } from "../scene.ts";
import { act, inCalltouch, PATH, toResults } from "./stage.ts";

describe("an action by hand", () => {
  it("of two documents of one deal is done once and answered for both", async () => {
    const scene = await createScene();
    await scene.post([visit(1), workOrder(2, 1)]);
    const updates = sentOrders(scene, "update").length;
    const results = await act(scene, "update", [1, 2, 1]);
    const dealId = scene.deal(numberOf(1))?.calltouchOrderId;
    const done = {
      result: "done",
      code: "UPDATED",
      message: "Сделка обновлена в Calltouch",
      dealId,
      showMessage: true,
    };
    expect(results).toEqual([
      { index: 0, guid: guidOf(1), ...done },
      { index: 1, guid: guidOf(2), ...done },
      { index: 2, guid: guidOf(1), ...done },
    ]);
    expect(sentOrders(scene, "update")).toHaveLength(updates + 1);
  });

  it("on a hundred deals takes one request and fits into 8 KB", async () => {
    const scene = await createScene();
    await scene.admin("PATCH", `/accounts/${scene.accountId}`, { autoExchange: false });
    await scene.post(visits(100));
    const numbers = Array.from({ length: 100 }, (_, index) => index + 1);
    for (const [action, code] of [
      ["create", "CREATED"],
      ["update", "UPDATED"],
      ["delete", "DELETED"],
    ] as const) {
      scene.sandbox.control.clearRequests();
      const answer = await scene.call("POST", PATH, { action, guids: numbers.map(guidOf) });
      expectReadable(answer);
      expect(toResults(answer).map((result) => `${result.index} ${result.code}`)).toEqual(
        numbers.map((n) => `${n - 1} ${code}`),
      );
      expect(operations(scene)).toEqual([action]);
      await scene.idle();
    }
  });

  it("that only looks says more when not everything fits", async () => {
    const scene = await createScene();
    await scene.post(visits(100));
    scene.clock.advance(MINUTE);
    const guids = visits(100).map(({ guid }) => guid);
    scene.sandbox.control.clearRequests();
    const answer = await scene.call("POST", PATH, { action: "check", guids });
    expectReadable(answer);
    expect(answer.body["more"]).toBe(true);
    expect(bytesOf(answer)).toBeGreaterThan(6_000);
    expect(operations(scene)).toEqual(["list"]);
    expect(toResults(answer).every(({ result, revenue }) => result === "exists" && revenue === "12500.50")).toBe(true);
  });

  it("sends the whole present state with an update, also when nothing differs", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await act(scene, "update", [1]);
    expect(sentOrders(scene, "update")).toMatchObject([
      { orderNumber: numberOf(1), status: "Предварительная заявка", revenue: "12500.50", manager: "Соколов Андрей" },
    ]);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "delivered", reason_code: null });
  });

  it("keeps a deleted deal deleted whatever its documents say later, until it is created by hand", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await act(scene, "delete", [1]);
    const [later] = await scene.post([visit(1, { amount: 5, changedAt: "2026-10-01T10:00:00" })]);
    expect(later).toMatchObject({ result: "skipped", code: "CLOSED" });
    await scene.run(MINUTE, 5_000);
    expect(inCalltouch(scene)).toBe("deleted");
    expect(await act(scene, "create", [1])).toMatchObject([{ result: "done", code: "CREATED" }]);
    const again = `${numberOf(1)}/2`;
    expect(scene.deal(again)).toMatchObject({ isDeleted: false, revenue: "5.00" });
    const [changed] = await scene.post([visit(1, { amount: 6, changedAt: "2026-10-02T10:00:00" })]);
    expect(changed?.code).toBe("ACCEPTED");
    expect(scene.deal(again)).toMatchObject({ revenue: "6.00" });
  });

  it("lets what arrives later for a deal created by hand pass, although it was entered before the exchange began", async () => {
    const scene = await createScene({ connection: { since: "2026-10-01T00:00:00+03:00" } });
    expect(await scene.post([visit(1)])).toMatchObject([{ code: "BEFORE_START" }]);
    await act(scene, "create", [1]);
    expect(await scene.post([visit(1, { amount: 5, changedAt: "2026-10-01T10:00:00" })])).toMatchObject([
      { result: "accepted" },
    ]);
    expect(scene.deal(numberOf(1))).toMatchObject({ revenue: "5.00" });
  });

  it("that has to wait for points is pending, says until when, and goes on by itself", async () => {
    const scene = await createScene({ account: { hourlyPoints: 1 } });
    await scene.admin("PATCH", `/accounts/${scene.accountId}`, { autoExchange: false, livePercent: 0 });
    await scene.post([visit(1), visit(2)]);
    await act(scene, "create", [1]);
    const points = { result: "pending", code: "POINTS" };
    const created = await act(scene, "create", [2]);
    expect(created).toMatchObject([
      { ...points, message: "Баллы API Calltouch исчерпаны. Передача возобновится сама в 13:01" },
    ]);
    expect(await act(scene, "check", [1])).toMatchObject([
      { ...points, message: "Баллы API Calltouch исчерпаны. Повторите позже, не раньше 13:01" },
    ]);
    expect(scene.clock.now() - NOON).toBeLessThan(15_000);
    scene.clock.set(NOON + 62 * MINUTE);
    await scene.run(5_000);
    expect(inCalltouch(scene, numberOf(2))).toBe("there");
  });

  it("promises nothing while Calltouch refuses the token", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    scene.sandbox.control.updateSite(SITE.siteId, { tokenRevoked: true });
    expect(await act(scene, "update", [1])).toMatchObject([
      {
        result: "pending",
        code: "CALLTOUCH_TOKEN",
        message: "Calltouch не принимает токен учётной записи. Сообщите администратору моста",
      },
    ]);
  });

  it("tells a lead whose source is not known from a source that is", async () => {
    const scene = await createScene();
    addCall(scene, { session: null });
    await scene.post([visit(1)]);
    expect(await act(scene, "attribution", [1])).toMatchObject([
      { result: "done", code: "NO_SOURCE", message: "Обращение найдено, но откуда оно, Calltouch не знает" },
    ]);
  });

  it("is not waited for longer than 15 seconds", async () => {
    const scene = await createScene();
    await withoutDispatch(scene.platform, () =>
      scene.call("POST", "/v1/alfa-auto/documents", { documents: [visit(1)] }),
    );
    // Somebody else has the account and does nothing with it.
    await scene.client.execute({ sql: "UPDATE accounts SET lease = 'x', lease_until = ?", args: [NOON + 60 * MINUTE] });
    const startedAt = scene.clock.now();
    expect(await act(scene, "create", [1])).toMatchObject([{ result: "pending", code: "PENDING" }]);
    const waited = scene.clock.now() - startedAt;
    expect(waited).toBeGreaterThanOrEqual(15_000);
    expect(waited).toBeLessThan(16_000);
  });

  it("tells the source of a linked deal and leaves its link alone", async () => {
    const scene = await createScene();
    addCall(scene);
    await scene.post([visit(1)]);
    expect(await act(scene, "attribution", [1])).toMatchObject([
      {
        result: "done",
        code: "ATTRIBUTION",
        attribution: { matched: true, source: SESSION.source, medium: SESSION.medium, campaign: SESSION.utmCampaign },
      },
    ]);
    expect(sentOrders(scene, "update")).toEqual([]);
  });

  it("lets the lead of an unmatched deal be searched for, and shows it when asked again", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    addCall(scene);
    expect(await act(scene, "attribution", [1])).toMatchObject([
      { code: "REMATCHING", attribution: { matched: false } },
    ]);
    expect(await act(scene, "attribution", [1])).toMatchObject([
      { code: "ATTRIBUTION", attribution: { matched: true, source: SESSION.source } },
    ]);
  });

  it("is logged with counts and nobody's name", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await act(scene, "check", [1, 2]);
    expect(scene.logs.filter(({ event }) => event === "action")).toMatchObject([
      { action: "check", connection: scene.connectionId, documents: 2, deals: 1, exists: 1, unknown: 1 },
    ]);
  });

  it.each([
    ["no action", { guids: [] }, 400, "FORMAT"],
    ["an unknown action", { action: "drop", guids: [] }, 400, "FORMAT"],
    ["guids that are numbers", { action: "check", guids: [5] }, 400, "FORMAT"],
    ["too many guids", { action: "check", guids: Array.from({ length: 101 }, () => "a") }, 422, "TOO_MANY"],
    ["another base", { action: "check", guids: [], client: { infobase: "copy" } }, 409, "BASE_CHANGED"],
  ])("with %s is refused", async (_, body, status, code) => {
    const scene = await createScene();
    await scene.post([], { client: { infobase: "own" } });
    expectError(await scene.call("POST", PATH, body), status, code);
  });
});

describe("a check of documents the bridge has never seen", () => {
  const SEEN = sale({ guid: "5a1e0011-c2ed-11ed-80d6-2c44fd8322a7" });
  const MADE = "5a1e0012-c2ed-11ed-80d6-2c44fd8322a7";
  const NEVER = "5a1e0013-c2ed-11ed-80d6-2c44fd8322a7";

  async function check(listingOrderNumber: "ours" | "calltouch", isAnyListed: boolean) {
    const scene = await createScene({
      knobs: { listingOrderNumber },
      connection: { adapter: "dalion", since: "2020-01-01T00:00:00+03:00" },
    });
    const ask = (action: string, guids: readonly string[]) =>
      scene.call("POST", "/v1/dalion/deals/actions", { action, guids });
    await scene.call("POST", "/v1/dalion/documents", { documents: [SEEN] });
    await scene.idle();
    scene.sandbox.control.addDealByHand({ siteId: SITE.siteId, orderNumber: MADE, origin: "CRM", revenue: "100.00" });
    if (isAnyListed) await ask("attribution", [SEEN.guid]);
    await scene.idle();
    const results = toResults(await ask("check", [MADE, NEVER, SEEN.guid]));
    return results.map(({ result, code }) => `${result} ${code}`);
  }

  it("finds them by the number that follows from the guid, and is sure of absence once the number is proven to be ours", async () => {
    expect(adapters.find(({ id }) => id === "dalion")?.orderNumberOf?.(MADE)).toBe(MADE);
    expect(await check("ours", true)).toEqual(["exists EXISTS", "absent ABSENT", "exists EXISTS"]);
    expect(await check("ours", false)).toEqual(["exists EXISTS", "unknown UNPROVEN", "exists EXISTS"]);
  });

  it("is made also of a document the bridge has made no deal of", async () => {
    const connection = { adapter: "dalion", since: "2020-01-01T00:00:00+03:00" };
    const scene = await createScene({ connection });
    const held = sale({ guid: MADE, phones: "" });
    await scene.call("POST", "/v1/dalion/documents", { documents: [held] });
    scene.sandbox.control.addDealByHand({ siteId: SITE.siteId, orderNumber: MADE, origin: "CRM" });
    const answer = await scene.call("POST", "/v1/dalion/deals/actions", { action: "check", guids: [MADE] });
    expect(toResults(answer)).toMatchObject([{ result: "exists", orderNumber: MADE }]);
  });

  it("claims nothing when the number means another one", async () => {
    const unproven = ["unknown UNPROVEN", "unknown UNPROVEN", "exists EXISTS"];
    expect(await check("calltouch", true)).toEqual(unproven);
    expect(await check("calltouch", false)).toEqual(unproven);
  });
});
