import { createClient } from "@libsql/client";
import { describe, expect, it } from "vitest";
import { adapters } from "../../adapters/index.ts";
import type { Adapter } from "../../src/adapter.ts";
import {
  guidOf,
  HOUR,
  MINUTE,
  numberOf,
  operations,
  problemsOf,
  storedDeal,
  storedDeals,
  visit,
  visits,
  withoutDispatch,
  workOrder,
} from "../dispatcher/stage.ts";
import { createScene, type Scene } from "../scene.ts";
import { connect, startSecond } from "./stage.ts";

const FAMILY = [
  visit(1),
  workOrder(51, 1, {
    date: "2026-09-14T08:30:00",
    amount: 1_000,
    manager: "Первый",
    statusDate: "2026-09-15T10:00:00",
  }),
  workOrder(52, 1, { date: "2026-09-15T08:30:00", amount: 200, manager: "Второй", statusDate: "2026-09-16T10:00:00" }),
  workOrder(53, 1, { date: "2026-09-16T08:30:00", amount: 30, status: "Отказ", statusDate: "2026-09-17T10:00:00" }),
];
const ORDERS = permutations([0, 1, 2, 3]).map((order) => ({ name: order.join(""), order }));

function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

const family = (order: readonly number[]) => order.flatMap((index) => FAMILY[index] ?? []);
const EXPECTED = { status: "В работе", revenue: "1200.00", manager: "Первый", isDeleted: false, creates: 1 };

describe("documents of one deal", () => {
  it("inside one request are one create", async () => {
    const scene = await createScene();
    const results = await scene.post(FAMILY);
    expect(results.every(({ result }) => result === "accepted")).toBe(true);
    expect(operations(scene)).toEqual(["create"]);
    expect(scene.sandbox.control.deals()).toHaveLength(1);
    expect(scene.deal(numberOf(1))).toMatchObject(EXPECTED);
  });

  it.each(ORDERS)("end as the same deal when they arrive one by one as $name", async ({ order }) => {
    const scene = await createScene();
    for (const document of family(order)) {
      await scene.post([document]);
      scene.clock.advance(1_000);
    }
    expect(scene.sandbox.control.deals()).toHaveLength(1);
    expect(scene.deal(numberOf(1))).toMatchObject(EXPECTED);
    expect([...(scene.deal(numberOf(1))?.tags ?? [])].sort()).toEqual(["2015", "Toyota Camry", "Сервис"]);
  });

  it("are the very same deal in every order while nothing has been sent yet", async () => {
    const seen = new Set<string>();
    for (const { order } of ORDERS) {
      const scene = await createScene();
      await withoutDispatch(scene.platform, async () => {
        for (const document of family(order)) await scene.post([document]);
      });
      await scene.bridge.tick();
      const {
        calltouchOrderId: _,
        createdAt: __,
        updatedAt: ___,
        ...deal
      } = scene.deal(numberOf(1)) ?? { calltouchOrderId: 0 };
      seen.add(JSON.stringify(deal));
    }
    expect(seen.size).toBe(1);
  });

  it("that change nothing Calltouch has promise nothing", async () => {
    const scene = await createScene();
    await scene.post([visit(1), workOrder(51, 1)]);
    const [result] = await scene.post([visit(1, { amount: 7 })]);
    expect(result).toMatchObject({ result: "accepted", message: "Принято, в Calltouch ничего не меняется" });
    expect(operations(scene)).toEqual(["create"]);
  });

  it("repeated and outdated change nothing in the end", async () => {
    const scene = await createScene();
    const older = workOrder(51, 1, { amount: 7, status: "Отказ", statusDate: "2026-09-14T10:00:00" });
    for (const document of [FAMILY[1], FAMILY[0], FAMILY[1], FAMILY[2], older, FAMILY[3], FAMILY[0], older]) {
      await scene.post([document]);
    }
    expect(scene.deal(numberOf(1))).toMatchObject(EXPECTED);
  });

  it("deleted and restored are as they were", async () => {
    const scene = await createScene();
    await scene.post(FAMILY);
    await scene.post([{ ...FAMILY[1], deleted: true }]);
    expect(scene.deal(numberOf(1))?.revenue).toBe("200.00");
    await scene.post([FAMILY[1]]);
    expect(scene.deal(numberOf(1))).toMatchObject(EXPECTED);
  });
});

describe("a base filled in later", () => {
  const alone = workOrder(60, null, { amount: 500, statusDate: "2026-11-20T10:00:00" });
  const based = workOrder(60, 1, { amount: 500, statusDate: "2026-11-20T11:00:00" });
  const back = workOrder(60, null, { amount: 501, statusDate: "2026-11-20T12:00:00" });

  it("moves the work order, and its own deal is deleted in Calltouch with a warning", async () => {
    const scene = await createScene();
    await scene.post([visit(1), alone]);
    expect(scene.deal("ЗН60")?.isDeleted).toBe(false);
    const [result] = await scene.post([based]);
    expect(result).toMatchObject({ result: "accepted", code: "DEAL_MOVED" });
    expect(scene.deal("ЗН60")?.isDeleted).toBe(true);
    expect(scene.deal(numberOf(1))).toMatchObject({ status: "В работе", revenue: "500.00", creates: 1 });
    expect((await scene.post([based]))[0]?.result).toBe("unchanged");
  });

  it("needs no deletion and no warning when its own deal never left", async () => {
    const scene = await createScene();
    const results = await withoutDispatch(scene.platform, async () => {
      await scene.post([{ ...alone, status: "" }]);
      return scene.post([based]);
    });
    expect(results[0]).toMatchObject({ result: "accepted", code: "ACCEPTED" });
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual(["create"]);
    expect(scene.deal(numberOf(1))?.status).toBe("В работе");
  });

  it("taken back before the deletion was sent leaves its own deal alive", async () => {
    const scene = await createScene();
    await scene.post([visit(1), alone]);
    await withoutDispatch(scene.platform, async () => {
      await scene.post([based]);
      await scene.post([back]);
    });
    await scene.run(MINUTE);
    expect(operations(scene)).not.toContain("delete");
    expect(scene.deal("ЗН60")).toMatchObject({ isDeleted: false, revenue: "501.00" });
    expect(scene.deal(numberOf(1))?.status).toBe("Предварительная заявка");
  });

  it("taken back afterwards returns the appointment's deal to its own state, and says that the order's deal is closed", async () => {
    const scene = await createScene();
    await scene.post([visit(1), alone]);
    await scene.post([based]);
    const [result] = await scene.post([back]);
    expect(result).toMatchObject({ result: "skipped", code: "CLOSED" });
    await scene.run(MINUTE);
    expect(scene.deal("ЗН60")).toMatchObject({ isDeleted: true, creates: 1 });
    expect(scene.deal(numberOf(1))).toMatchObject({ status: "Предварительная заявка", revenue: "12500.50" });
  });

  it("that is another appointment moves it without deleting anything", async () => {
    const scene = await createScene();
    await scene.post([visit(1), visit(2), based]);
    const [result] = await scene.post([workOrder(60, 2, { amount: 502, statusDate: "2026-11-20T12:00:00" })]);
    expect(result).toMatchObject({ result: "accepted", code: "ACCEPTED" });
    expect(scene.deal(numberOf(1))).toMatchObject({ status: "Предварительная заявка", isDeleted: false });
    expect(scene.deal(numberOf(2))).toMatchObject({ status: "В работе", revenue: "502.00" });
    expect(operations(scene)).not.toContain("delete");
  });

  it("there and back inside one request is as if nothing had moved", async () => {
    const scene = await createScene();
    await scene.post([visit(1), alone]);
    await scene.post([based, back]);
    await scene.run(MINUTE);
    expect(scene.deal("ЗН60")).toMatchObject({ isDeleted: false, revenue: "501.00" });
    expect(scene.deal(numberOf(1))?.status).toBe("Предварительная заявка");
  });
});

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

describe("what is not sent yet", () => {
  const early = (n: number) => visit(n, { date: "2025-12-31T23:59:59" });

  it("a document from before the first launch is kept, and goes when sent by hand", async () => {
    const scene = await createScene();
    expect((await scene.post([early(1)]))[0]).toMatchObject({ result: "skipped", code: "BEFORE_START" });
    await scene.run(HOUR, MINUTE);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "held", reason_code: "BEFORE_START" });
    expect(operations(scene)).toEqual([]);
    expect((await scene.post([early(1)], { mode: "manual" }))[0]?.result).toBe("accepted");
    expect(await problemsOf(scene, 1)).toEqual([]);
    expect((await scene.post([{ ...early(1), amount: 5 }]))[0]?.result).toBe("accepted");
    expect(scene.deal(numberOf(1))?.revenue).toBe("5.00");
  });

  it("goes with the first later document of its deal", async () => {
    const scene = await createScene();
    await scene.post([early(1)]);
    await scene.post([workOrder(50, 1)]);
    expect(scene.deal(numberOf(1))).toMatchObject({ status: "В работе", orderDate: "31-12-2025 23:59:59" });
  });

  it("in a trial everything is explained and nothing sent, and its end sends what is due and no more", async () => {
    const scene = await createScene({ connection: { dryRun: true } });
    const results = await scene.post([visit(1), early(2), visit(3, { status: "" })]);
    expect(results.map(({ result, code }) => `${result} ${code}`)).toEqual([
      "skipped DRY_RUN",
      "skipped BEFORE_START",
      "skipped NO_STATUS",
    ]);
    expect((await scene.post([visit(1, { amount: 4 })], { mode: "manual" }))[0]?.code).toBe("DRY_RUN");
    await scene.run(HOUR, MINUTE);
    expect(operations(scene)).toEqual([]);
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, { dryRun: false });
    await scene.run(MINUTE);
    expect(scene.sandbox.control.deals().map(({ orderNumber, revenue }) => [orderNumber, revenue])).toEqual([
      [numberOf(1), "4.00"],
    ]);
    expect(await storedDeal(scene.client, 2)).toMatchObject({ status: "held", reason_code: "BEFORE_START" });
  });

  it("a silent document is kept, and goes when it speaks", async () => {
    const scene = await createScene();
    expect((await scene.post([visit(1, { status: "" })]))[0]).toMatchObject({ result: "skipped", code: "NO_STATUS" });
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "held", order_number: null });
    await scene.post([visit(1)]);
    expect(await problemsOf(scene, 1)).toEqual([]);
  });

  it("a deal Calltouch has is not taken back because it fell silent", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    expect((await scene.post([visit(1, { status: "" })]))[0]).toMatchObject({ result: "skipped", code: "NO_STATUS" });
    await scene.run(MINUTE);
    expect(operations(scene)).toEqual(["create"]);
    expect(await problemsOf(scene, 1)).toEqual([]);
  });
});

describe("a deal that cannot be folded", () => {
  const [alfaAuto] = adapters;
  /** Breaks on some numbers, each in its own way. */
  const toDeal: Adapter["toDeal"] = (documents, context) => {
    if (!alfaAuto) throw new Error("no adapter");
    const fold = alfaAuto.toDeal(documents, context);
    if (fold.kind !== "deal") return fold;
    const { deal } = fold;
    if (deal.orderNumber === numberOf(2)) throw new TypeError("poison");
    if (deal.orderNumber === numberOf(3)) return { ...fold, deal: { ...deal, revenueKopecks: 0.5 } };
    if (deal.orderNumber === numberOf(4)) return { ...fold, deal: { ...deal, orderNumber: "9".repeat(101) } };
    return fold;
  };

  it("fails alone, and its documents are not stored", async () => {
    const scene = await createScene();
    const second = await startSecond(scene, { toDeal });
    const results = await second.post([...visits(5), workOrder(52, 2), workOrder(51, 1)]);
    await scene.idle();
    expect(results.map(({ result, code }) => `${result} ${code}`)).toEqual([
      "accepted ACCEPTED",
      "error INTERNAL",
      "error DEAL",
      "error DEAL",
      "accepted ACCEPTED",
      "error INTERNAL",
      "accepted ACCEPTED",
    ]);
    expect(results[1]?.retry).toBe(true);
    expect((await storedDeals(scene.client)).map(({ key }) => key)).toEqual([guidOf(1), guidOf(5)]);
    await scene.post([...visits(4), workOrder(52, 2)]);
    await scene.run(MINUTE);
    expect(await problemsOf(scene, 5)).toEqual([]);
  });

  it("because a stored document cannot be opened fails alone", async () => {
    const scene = await createScene();
    await scene.post(visits(3));
    await scene.client.execute({ sql: "UPDATE documents SET sealed = 'AAAA' WHERE guid = ?", args: [guidOf(2)] });
    const results = await scene.post([workOrder(51, 1), workOrder(52, 2), workOrder(53, 3)]);
    expect(results.map(({ code }) => code)).toEqual(["ACCEPTED", "INTERNAL", "ACCEPTED"]);
    // Sent again, the unreadable document replaces itself.
    expect((await scene.post([visit(2, { amount: 1 })]))[0]?.result).toBe("accepted");
    expect((await scene.post([workOrder(52, 2)]))[0]?.result).toBe("accepted");
    expect(scene.deal(numberOf(2))?.status).toBe("В работе");
  });

  it("is not moved, and stays whole where it was", async () => {
    const scene = await createScene();
    const alone = workOrder(60, null, { amount: 500 });
    await scene.post([alone]);
    const second = await startSecond(scene, { toDeal });
    expect((await second.post([workOrder(60, 2, { amount: 500 })]))[0]?.code).toBe("INTERNAL");
    await scene.run(MINUTE);
    expect(scene.deal("ЗН60")).toMatchObject({ isDeleted: false, revenue: "500.00" });
    expect(await storedDeals(scene.client)).toHaveLength(1);
  });
});

describe("a crash between the answer and the delivery", () => {
  it("loses nothing: whoever starts next delivers what was accepted", async () => {
    const client = createClient({ url: ":memory:" });
    const scene: Scene = await createScene({ client });
    const results = await withoutDispatch(scene.platform, async () => [
      ...(await scene.post(visits(3))),
      ...(await scene.post([workOrder(51, 1)])),
    ]);
    expect(results.every(({ result }) => result === "accepted")).toBe(true);
    expect(operations(scene)).toEqual([]);
    await (await startSecond(scene)).tick();
    expect(await problemsOf(scene, 3)).toEqual([]);
    expect(scene.deal(numberOf(1))?.status).toBe("В работе");
  });
});
