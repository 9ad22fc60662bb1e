import { createClient } from "@libsql/client";
import { describe, expect, it } from "vitest";
import { MINUTE, numberOf, operations, storedDeals, visit, withoutDispatch, workOrder } from "../dispatcher/stage.ts";
import { createScene } from "../scene.ts";
import { interfere, startSecond } from "./stage.ts";

const orders = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    workOrder(51 + index, 1, { amount: 10 ** index, statusDate: "2026-11-20T10:00:00" }),
  );

describe("two requests that change the same deal at once", () => {
  it("both count: whoever comes second reads and folds again", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    const [first, second] = orders(2);
    let isMet = false;
    const slowed = interfere(client, async () => {
      if (isMet) return;
      isMet = true;
      await scene.post([second]);
    });
    const other = await startSecond(scene, { client: slowed });
    expect((await other.post([visit(1), first]))[0]?.result).toBe("accepted");
    await scene.idle();
    await scene.run(MINUTE);
    expect(scene.deal(numberOf(1))).toMatchObject({ revenue: "11.00", creates: 1 });
    expect(scene.sandbox.control.deals()).toHaveLength(1);
  });

  it("both count when the deal was already there", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    await scene.post([visit(1)]);
    const [first, second, third] = orders(3);
    const rivals = [[second], [third]];
    const slowed = interfere(client, async () => {
      const rival = rivals.shift();
      if (rival) await scene.post(rival);
    });
    const other = await startSecond(scene, { client: slowed });
    await other.post([first]);
    await scene.idle();
    await scene.run(MINUTE);
    expect(scene.deal(numberOf(1))).toMatchObject({ revenue: "111.00", creates: 1 });
  });

  it("with the same document end in its newest state", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    const older = visit(1, { amount: 1, statusDate: "2026-11-20T10:00:00" });
    const newer = visit(1, { amount: 2, statusDate: "2026-11-20T11:00:00" });
    let isMet = false;
    const slowed = interfere(client, async () => {
      if (isMet) return;
      isMet = true;
      await scene.post([newer]);
    });
    const other = await startSecond(scene, { client: slowed });
    expect((await other.post([older]))[0]?.result).toBe("stale");
    await scene.run(MINUTE);
    expect(scene.deal(numberOf(1))).toMatchObject({ revenue: "2.00", creates: 1 });
  });

  it("with the same document moving two ways leave it in one deal", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    await scene.post([visit(1), visit(2), workOrder(60, null, { amount: 1, statusDate: "2026-11-20T10:00:00" })]);
    let isMet = false;
    const slowed = interfere(client, async () => {
      if (isMet) return;
      isMet = true;
      await scene.post([workOrder(60, 2, { amount: 2, statusDate: "2026-11-20T11:00:00" })]);
    });
    const other = await startSecond(scene, { client: slowed });
    await other.post([workOrder(60, 1, { amount: 3, statusDate: "2026-11-20T12:00:00" })]);
    await scene.idle();
    await scene.run(MINUTE);
    expect(scene.deal(numberOf(1))).toMatchObject({ revenue: "3.00", status: "В работе" });
    expect(scene.deal(numberOf(2))).toMatchObject({ revenue: "12500.50", status: "Предварительная заявка" });
    expect(scene.deal("ЗН60")?.isDeleted).toBe(true);
  });

  it("taking the same new number get a number each", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    let isMet = false;
    const slowed = interfere(client, async () => {
      if (isMet) return;
      isMet = true;
      await scene.post([visit(1)]);
    });
    const other = await startSecond(scene, { client: slowed });
    await other.post([{ ...visit(2), number: numberOf(1) }]);
    await scene.idle();
    await scene.run(MINUTE);
    expect((await storedDeals(client)).map((row) => row.order_number).sort()).toEqual([
      numberOf(1),
      `${numberOf(1)}/2026`,
    ]);
    expect(scene.sandbox.control.deals()).toHaveLength(2);
  });

  it("that never come to an end are told to come again, and lose nothing", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    let amount = 0;
    const slowed = interfere(client, async () => {
      amount += 1;
      await scene.post([visit(1, { amount })]);
    });
    const other = await startSecond(scene, { client: slowed });
    const [busy] = await other.post([workOrder(51, 1)]);
    expect(busy).toMatchObject({ result: "error", code: "TRY_LATER", retry: true });
    expect((await scene.post([workOrder(51, 1)]))[0]?.result).toBe("accepted");
    expect(scene.deal(numberOf(1))).toMatchObject({ status: "В работе", revenue: "41000.00" });
  });
});

describe("many requests at once", () => {
  it("of one deal, sent by two processes, all count", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    const other = await startSecond(scene);
    const documents = [visit(1), ...orders(5)];
    const results = await withoutDispatch(scene.platform, () =>
      Promise.all(documents.map((document, index) => (index % 2 === 0 ? scene : other).post([document]))),
    );
    const refused = documents.filter((_, index) => results[index]?.[0]?.result === "error");
    await scene.post(refused);
    await scene.run(MINUTE);
    expect(scene.deal(numberOf(1))).toMatchObject({ revenue: "11111.00", creates: 1 });
    expect(scene.sandbox.control.deals()).toHaveLength(1);
  });

  it("while the dispatcher sends, every state arrives in the end", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    const { fetch } = scene.platform;
    let amount = 0;
    scene.platform.fetch = async (request) => {
      amount += 1;
      if (amount < 6) await withoutDispatch(scene.platform, () => scene.post([visit(1, { amount })]));
      return fetch(request);
    };
    await withoutDispatch(scene.platform, () => scene.post([visit(1)]));
    await scene.run(MINUTE);
    expect(scene.deal(numberOf(1))).toMatchObject({ revenue: "5.00", creates: 1 });
    expect(operations(scene)).toEqual(["create", "update", "update", "update", "update", "update"]);
    expect((await storedDeals(client))[0]).toMatchObject({ status: "delivered" });
  });
});
