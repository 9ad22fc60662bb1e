/** A deal that the base's former exchange made under the same guid, when its document had another date. */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { ORDER, order } from "../adapters/dalion-documents.ts";
import { guidOf, operations } from "../dispatcher/stage.ts";
import { makeElsewhere } from "../jobs/stage.ts";
import { createScene, SITE } from "../scene.ts";

/** Each in a reading of the listing of its own. */
const DAYS = ["10-20", "07-20", "04-20"];
const many = (count: number) => Array.from({ length: count }, (_, index) => guidOf(index + 1));

async function createRedated(guids: readonly string[] = [ORDER], days = DAYS) {
  const account = { autoExchange: false };
  const scene = await createScene({ account, connection: { adapter: "dalion", name: "Магазин" } });
  for (const [index, guid] of guids.entries()) {
    await scene.post([order({ guid, date: `2026-${days[index % days.length]}T10:00:00` })]);
    await makeElsewhere(scene, guid, { status: "Оформлен заказ", revenue: "5.00" });
  }
  const act = async (action: string) => {
    const { body } = await scene.call("POST", "/v1/dalion/deals/actions", { action, guids });
    return z.array(z.looseObject({ result: z.string() })).parse(body["results"]);
  };
  return { scene, act };
}

describe("a deal of the same guid and another date", () => {
  it("is seen by a check", async () => {
    const { scene, act } = await createRedated();
    expect(await act("check")).toMatchObject([{ result: "exists", dealStatus: "Оформлен заказ", revenue: "5.00" }]);
    expect(operations(scene)).toEqual(["list", "list"]);
  });

  it("is asked for by its number five times in a check, however far apart their dates", async () => {
    const { scene, act } = await createRedated(many(8));
    const results = (await act("check")).map(({ result }) => result);
    expect(results.filter((result) => result === "exists")).toHaveLength(5);
    expect(operations(scene)).toEqual(Array.from({ length: 3 + 5 }, () => "list"));
  });

  it("is not said to be absent when it could not be asked for any more", async () => {
    const { scene, act } = await createRedated();
    const { fetch } = scene.platform;
    scene.platform.fetch = async (request) =>
      request.url.includes("orderNumber") ? new Response(null, { status: 503 }) : fetch(request);
    expect(await act("check")).toMatchObject([{ result: "pending", code: "CALLTOUCH_SILENT" }]);
  });

  it("is found in the end among others, although no run has the time to ask for them all", async () => {
    const guids = many(4);
    const { scene, act } = await createRedated(guids, DAYS.slice(0, 1));
    const { fetch } = scene.platform;
    scene.platform.fetch = (request) => {
      if (request.url.includes("orders-diary")) scene.clock.advance(18_000);
      return fetch(request);
    };
    await act("create");
    await scene.run(600_000, 10_000);
    expect(scene.sandbox.control.deals(SITE.siteId).map(({ revenue }) => revenue)).toEqual(guids.map(() => "0.00"));
  });

  it("is taken for the deal that Calltouch refuses to create, and brought up to date", async () => {
    const { scene, act } = await createRedated();
    expect(await act("create")).toMatchObject([{ result: "done", code: "CREATED" }]);
    expect(operations(scene)).toEqual(["create", "list", "list", "update"]);
    expect(scene.sandbox.control.deals(SITE.siteId)).toMatchObject([{ orderNumber: ORDER, revenue: "0.00" }]);
  });
});
