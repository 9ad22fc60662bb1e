/** A deal that the base's former exchange made under the same guid, when its document had another date. */
import { describe, expect, it } from "vitest";
import { ORDER, order } from "../adapters/dalion-documents.ts";
import { operations } from "../dispatcher/stage.ts";
import { makeElsewhere } from "../jobs/stage.ts";
import { createScene, SITE } from "../scene.ts";

async function createRedated() {
  const account = { autoExchange: false };
  const scene = await createScene({ account, connection: { adapter: "dalion", name: "Магазин" } });
  await scene.post([order({ date: "2026-10-20T10:00:00" })]);
  await makeElsewhere(scene, ORDER, { status: "Оформлен заказ", revenue: "5.00" });
  const act = async (action: string) => {
    const { body } = await scene.call("POST", "/v1/dalion/deals/actions", { action, guids: [ORDER] });
    return body["results"];
  };
  return { scene, act };
}

describe("a deal of the same guid and another date", () => {
  it("is seen by a check", async () => {
    const { scene, act } = await createRedated();
    expect(await act("check")).toMatchObject([{ result: "exists", dealStatus: "Оформлен заказ", revenue: "5.00" }]);
    expect(operations(scene)).toEqual(["list", "list"]);
  });

  it("is taken for the deal that Calltouch refuses to create, and brought up to date", async () => {
    const { scene, act } = await createRedated();
    expect(await act("create")).toMatchObject([{ result: "done", code: "CREATED" }]);
    expect(operations(scene)).toEqual(["create", "list", "list", "update"]);
    expect(scene.sandbox.control.deals(SITE.siteId)).toMatchObject([{ orderNumber: ORDER, revenue: "0.00" }]);
  });
});
