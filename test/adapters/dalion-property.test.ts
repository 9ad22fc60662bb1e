import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dalion } from "../../adapters/dalion/index.ts";
import { deal as dealSchema } from "../../src/deal.ts";
import { giveBack, order, shipment } from "./dalion-documents.ts";
import { contextOf, fold } from "./fixtures.ts";

const kopecks = fc.integer({ min: 0, max: 1_000_000_000 });
const state = { posted: fc.boolean(), deleted: fc.boolean(), amount: kopecks, profit: kopecks };
const part = (make: (n: number, fields: object) => object) =>
  fc.record({ n: fc.integer({ min: 1, max: 9 }), ...state }).map(({ n, amount, profit, ...rest }) => ({
    ...make(n, { ...rest, amount: toDecimal(amount), profit: toDecimal(profit) }),
    kopecks: { amount, profit },
    counts: rest.posted && !rest.deleted,
  }));
const byGuid = { selector: (each: object) => Reflect.get(each, "guid"), maxLength: 6 };
const shipments = fc.uniqueArray(part(shipment), byGuid);
const returns = fc.uniqueArray(part(giveBack), byGuid);
const settings = fc.record({
  shippedWhen: fc.constantFrom("first", "full"),
  revenueBeforeShipment: fc.constantFrom("zero", "amount"),
  deleted: fc.constantFrom("status", "delete", "ignore"),
});

function toDecimal(sum: number): string {
  return (sum / 100).toFixed(2);
}

function add(
  parts: readonly { kopecks: { amount: number; profit: number }; counts: boolean }[],
  field: "amount" | "profit",
) {
  return parts.filter(({ counts }) => counts).reduce((sum, each) => sum + each.kopecks[field], 0);
}

describe("whatever documents an order has", () => {
  it("revenue is shipments less returns, and margin likewise, counting what is posted and not deleted", () => {
    fc.assert(
      fc.property(shipments, returns, (sent, back) => {
        const result = fold(dalion, [order(), ...sent, ...back]);
        if (result.kind !== "deal") throw new Error(result.kind);
        const isShipped = sent.some(({ counts }) => counts);
        expect(result.deal.status).toBe(isShipped ? "Заказ отгружен" : "Оформлен заказ");
        const revenue = Math.max(0, add(sent, "amount") - add(back, "amount"));
        expect(result.deal.revenueKopecks).toBe(isShipped ? revenue : 0);
        const margin = sent.length === 0 ? undefined : isShipped ? add(sent, "profit") - add(back, "profit") : 0;
        expect(result.deal.marginKopecks).toBe(margin);
      }),
    );
  });

  it("any order of arrival makes the same deal and the same facts, and the deal passes the schema", () => {
    const documents = fc.tuple(shipments, returns, fc.record(state)).map(([sent, back, { posted, deleted }]) => {
      return [order({ posted, deleted }), ...sent, ...back];
    });
    const shuffled = documents.chain((all) => {
      return fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }));
    });
    fc.assert(
      fc.property(shuffled, settings, fc.boolean(), ([all, other], chosen, itemKindTags) => {
        const result = fold(dalion, all, chosen, itemKindTags);
        expect(fold(dalion, other, chosen, itemKindTags)).toEqual(result);
        if (result.kind === "deal") expect(dealSchema.safeParse(result.deal).error).toBe(undefined);
        const context = contextOf(dalion, { settings: chosen, itemKindTags });
        const read = (each: unknown) => dalion.document.parse(each);
        expect(dalion.facts(other.map(read), context)).toEqual(dalion.facts(all.map(read), context));
      }),
    );
  });

  it("a shipment that is unposted leaves as if it had never been, and posted again it is back as it was", () => {
    const pick = fc.nat({ max: 5 });
    fc.assert(
      fc.property(
        shipments,
        returns,
        pick,
        fc.constantFrom({ posted: false }, { deleted: true }),
        (sent, back, at, gone) => {
          const others = [order(), ...sent.toSpliced(at, 1), ...back];
          const told = (changed: readonly object[]) => {
            const result = fold(dalion, [...others, ...changed]);
            if (result.kind !== "deal") throw new Error(result.kind);
            const { status, revenueKopecks, marginKopecks = 0, manager, tags } = result.deal;
            return { status, revenueKopecks, marginKopecks, manager, tags };
          };
          const picked = sent.slice(at, at + 1);
          const later = { changedAt: "2023-05-01T10:00:00" };
          expect(told(picked.map((each) => ({ ...each, ...later, ...gone })))).toEqual(told([]));
          expect(told(picked.map((each) => ({ ...each, ...later })))).toEqual(told(picked));
        },
      ),
    );
  });
});
