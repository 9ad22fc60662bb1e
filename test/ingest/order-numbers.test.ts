import { describe, expect, it } from "vitest";
import { HOUR, MINUTE, numberOf, storedDeal, storedDeals, visit } from "../dispatcher/stage.ts";
import { createScene } from "../scene.ts";
import { connect } from "./stage.ts";

describe("order numbers", () => {
  const foreign = (n: number) => ({ ...visit(1), guid: `${String(n).repeat(8)}-0001-11f1-80d6-2c44fd8322a7` });

  it("that clash across connections of one site get the year, then a part of the guid", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    for (const n of [7, 8]) {
      const post = await connect(scene, `База ${n}`);
      expect((await post([foreign(n)]))[0]?.result).toBe("accepted");
      await scene.idle();
    }
    const numbers = (await storedDeals(scene.client)).map((row) => row.order_number);
    expect(numbers).toEqual([numberOf(1), `${numberOf(1)}/2026`, `${numberOf(1)}/2026/88888888`]);
    for (const number of numbers) expect(scene.deal(number ?? "")).toMatchObject({ creates: 1, isDeleted: false });
  });

  it("that clash inside one request do as well, and one too many fails alone", async () => {
    const scene = await createScene();
    const results = await scene.post([
      foreign(7),
      foreign(8),
      foreign(9),
      { ...foreign(9), guid: foreign(9).guid.replace("0001", "0002") },
      visit(2),
    ]);
    expect(results.map(({ code }) => code)).toEqual(["ACCEPTED", "ACCEPTED", "ACCEPTED", "NUMBER_TAKEN", "ACCEPTED"]);
    const numbers = (await storedDeals(scene.client)).map((row) => row.order_number);
    expect(numbers.sort()).toEqual(
      [numberOf(1), `${numberOf(1)}/2026`, `${numberOf(1)}/2026/99999999`, numberOf(2)].sort(),
    );
  });

  it("that clash among deals which waited without a number do as well", async () => {
    const scene = await createScene();
    const silent = [foreign(7), foreign(8), foreign(9)].map((document) => ({ ...document, status: "" }));
    expect((await scene.post(silent)).map(({ code }) => code)).toEqual(["NO_STATUS", "NO_STATUS", "NO_STATUS"]);
    expect((await scene.post([foreign(7), foreign(8), foreign(9)])).map(({ code }) => code)).toEqual([
      "ACCEPTED",
      "ACCEPTED",
      "ACCEPTED",
    ]);
    expect(new Set((await storedDeals(scene.client)).map((row) => row.order_number)).size).toBe(3);
    expect(scene.sandbox.control.deals()).toHaveLength(3);
  });

  it("of other sites do not clash", async () => {
    const scene = await createScene();
    scene.sandbox.control.addSite({ siteId: "999", token: "other" });
    const account = await scene.admin("POST", "/accounts", { name: "Другой", siteId: "999", token: "other" });
    const post = await connect({ ...scene, accountId: String(account.body["id"]) }, "Другая база");
    await scene.post([visit(1)]);
    await post([visit(1)]);
    await scene.idle();
    expect(scene.sandbox.control.deal("999", numberOf(1))?.creates).toBe(1);
  });

  it("once given stay, whatever the document's number becomes", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await scene.post([visit(1, { number: "ДРУГОЙ", amount: 3 })]);
    await scene.run(HOUR, MINUTE);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ order_number: numberOf(1), status: "delivered" });
    expect(scene.deal(numberOf(1))).toMatchObject({ revenue: "3.00", creates: 1 });
    expect(scene.sandbox.control.deals()).toHaveLength(1);
  });

  it("are never used again, not even after the deal was deleted", async () => {
    const scene = await createScene({ connection: { settings: { deleted: "delete" } } });
    await scene.post([visit(1)]);
    await scene.post([visit(1, { deleted: true })]);
    await scene.post([foreign(7)]);
    expect(scene.deal(`${numberOf(1)}/2026`)).toMatchObject({ creates: 1, isDeleted: false });
  });
});
