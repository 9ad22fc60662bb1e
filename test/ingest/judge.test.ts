import { describe, expect, it } from "vitest";
import { MINUTE, numberOf, operations, storedDeals, visit } from "../dispatcher/stage.ts";
import { createScene } from "../scene.ts";

const at = (time: string) => `2026-11-20T${time}:00`;

describe("a document sent again", () => {
  it("is unchanged when nothing in it differs, costs no request, and says so years later", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    scene.clock.advance(3 * 365 * 86_400_000);
    const [again] = await scene.post([visit(1)]);
    expect(again).toMatchObject({ result: "unchanged", code: "UNCHANGED" });
    const [reordered] = await scene.post([Object.fromEntries(Object.entries(visit(1)).reverse())]);
    expect(reordered?.result).toBe("unchanged");
    const [unknown] = await scene.post([visit(1, { неизвестное: "поле" })]);
    expect(unknown?.result).toBe("unchanged");
    expect(operations(scene)).toEqual(["create"]);
    expect((await storedDeals(scene.client))[0]?.revision).toBe(1);
  });

  it("in an older state is stale and changes nothing", async () => {
    const scene = await createScene();
    await scene.post([visit(1, { statusDate: at("12:00"), amount: 2 })]);
    const [older] = await scene.post([visit(1, { statusDate: at("11:00"), amount: 1 })]);
    expect(older).toMatchObject({ result: "stale", code: "STALE" });
    expect(scene.deal(numberOf(1))?.revenue).toBe("2.00");
  });

  it("with an equal stamp is the newer one", async () => {
    const scene = await createScene();
    await scene.post([visit(1, { statusDate: at("12:00"), amount: 2 })]);
    const [equal] = await scene.post([visit(1, { statusDate: at("12:00"), amount: 1 })]);
    expect(equal?.result).toBe("accepted");
    expect(scene.deal(numberOf(1))?.revenue).toBe("1.00");
  });

  it("is ordered by its version when that is digits, whatever its status date", async () => {
    const scene = await createScene();
    await scene.post([visit(1, { version: "10", statusDate: at("12:00"), amount: 10 })]);
    const [older] = await scene.post([visit(1, { version: "9", statusDate: at("13:00"), amount: 9 })]);
    expect(older?.result).toBe("stale");
    const [newer] = await scene.post([visit(1, { version: "11", statusDate: at("11:00"), amount: 11 })]);
    expect(newer?.result).toBe("accepted");
    expect(scene.deal(numberOf(1))?.revenue).toBe("11.00");
  });

  it("is never stale by a stamp of another kind, nor without one", async () => {
    const scene = await createScene();
    await scene.post([visit(1, { version: "10", amount: 1 })]);
    const states = [
      visit(1, { statusDate: at("01:00"), amount: 2 }),
      visit(1, { version: "3", amount: 3 }),
      visit(1, { version: "AAAAAA==", statusDate: null, amount: 4 }),
      visit(1, { statusDate: "2020-01-01T00:00:00", amount: 5 }),
    ];
    for (const state of states) expect((await scene.post([state]))[0]?.result).toBe("accepted");
    expect(scene.deal(numberOf(1))?.revenue).toBe("5.00");
  });

  it("by hand is never stale and never unchanged", async () => {
    const scene = await createScene();
    await scene.post([visit(1, { statusDate: at("12:00"), amount: 2 })]);
    const older = visit(1, { statusDate: at("11:00"), amount: 1 });
    expect((await scene.post([older], { mode: "manual" }))[0]?.result).toBe("accepted");
    expect(scene.deal(numberOf(1))?.revenue).toBe("1.00");
    expect((await scene.post([older], { mode: "manual" }))[0]?.result).toBe("accepted");
    expect((await scene.post([older]))[0]?.result).toBe("unchanged");
  });
});

describe("the same guid twice in one request", () => {
  it("is judged in the order sent: the later state is stored, an older one is stale", async () => {
    const scene = await createScene();
    const results = await scene.post([
      visit(1, { statusDate: at("10:00"), amount: 1 }),
      visit(1, { statusDate: at("12:00"), amount: 3 }),
      visit(1, { statusDate: at("11:00"), amount: 2 }),
      visit(1, { statusDate: at("12:00"), amount: 3 }),
    ]);
    expect(results.map(({ result }) => result)).toEqual(["accepted", "accepted", "stale", "unchanged"]);
    expect(scene.deal(numberOf(1))).toMatchObject({ revenue: "3.00", creates: 1 });
    expect(operations(scene)).toEqual(["create"]);
  });

  it("written in another case is the same document", async () => {
    const scene = await createScene();
    const upper = { ...visit(1, { amount: 5 }), guid: visit(1).guid.toUpperCase() };
    await scene.post([visit(1), upper]);
    await scene.run(MINUTE);
    expect(await storedDeals(scene.client)).toHaveLength(1);
    expect(scene.deal(numberOf(1))?.revenue).toBe("5.00");
  });
});

describe("a request", () => {
  it("with a bad document takes the others in, and says which one was bad", async () => {
    const scene = await createScene();
    const results = await scene.post([
      visit(1),
      { guid: visit(2).guid },
      "мусор",
      null,
      visit(3, { amount: "много" }),
      visit(4),
    ]);
    expect(results.map(({ index, result }) => [index, result])).toEqual([
      [0, "accepted"],
      [1, "error"],
      [2, "error"],
      [3, "error"],
      [4, "error"],
      [5, "accepted"],
    ]);
    expect(results[1]?.guid).toBe(visit(2).guid);
    expect(scene.sandbox.control.deals()).toHaveLength(2);
  });
});
