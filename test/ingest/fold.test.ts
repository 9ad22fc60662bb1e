import { createClient } from "@libsql/client";
import { describe, expect, it } from "vitest";
import { adapters } from "../../adapters/index.ts";
import type { Adapter } from "../../src/adapter.ts";
import {
  guidOf,
  MINUTE,
  numberOf,
  operations,
  problemsOf,
  storedDeals,
  visit,
  visits,
  withoutDispatch,
  workOrder,
} from "../dispatcher/stage.ts";
import { createScene, type Scene } from "../scene.ts";
import { startSecond } from "./stage.ts";

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
