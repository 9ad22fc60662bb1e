/** An order of Dalion with its shipments and returns, or a sale without an order. */
import fc from "fast-check";
import type { DocumentHistory } from "./scenario.ts";

const PARTS = { order: "0", shipment: "1", giveBack: "2" } as const;
/** What is the same in every document of a deal, so that a rule fits all of its states or none. */
export const ORGANIZATIONS = ["Север", "Юг"] as const;
export const ITEM_KINDS = ["Товар", "Масла"] as const;
/** The phone under which Calltouch has a call. */
export const phoneOf = (family: number) => `7900000000${family}`;

const guidOf = (family: number, part: keyof typeof PARTS, n: number) =>
  `${String(family).padStart(4, "0")}${PARTS[part]}${String(n).padStart(3, "0")}-c2ed-11ed-80d6-2c44fd8322a7`;

interface Part {
  states: { posted: boolean; deleted: boolean; amount: number }[];
}

interface Family {
  shape: "order" | "deal" | "sale" | "late base" | "wrong base";
  managers: string[];
  /** Of the order: marked for deletion and taken back, or left so. */
  deletion: "never" | "taken back" | "left";
  /** There from the beginning, filled in later, or first those of somebody else. */
  contacts: "known" | "later" | "changed";
  shipments: Part[];
  returns: Part[];
  organization: string;
  itemKind: string;
}

const state = fc.record({
  posted: fc.boolean(),
  deleted: fc.constantFrom(false, false, true),
  amount: fc.integer({ min: 1, max: 50 }),
});
const part: fc.Arbitrary<Part> = fc.record({ states: fc.array(state, { minLength: 1, maxLength: 3 }) });
const family: fc.Arbitrary<Family> = fc.record({
  shape: fc.constantFrom("order", "deal", "deal", "sale", "late base", "wrong base"),
  managers: fc.array(fc.constantFrom("Котова Анна", "Ким Пётр", "Орлова Яна"), { minLength: 1, maxLength: 4 }),
  deletion: fc.constantFrom(
    "never" as const,
    "never" as const,
    "never" as const,
    "taken back" as const,
    "left" as const,
  ),
  contacts: fc.constantFrom("known" as const, "later" as const, "changed" as const),
  shipments: fc.array(part, { minLength: 1, maxLength: 2 }),
  returns: fc.array(part, { maxLength: 1 }),
  organization: fc.constantFrom(...ORGANIZATIONS),
  itemKind: fc.constantFrom(...ITEM_KINDS),
});

export function dalionFamily(index: number): fc.Arbitrary<DocumentHistory[]> {
  return family.map((made) => toHistories(index, made));
}

function toHistories(index: number, family: Family): DocumentHistory[] {
  const { shape, shipments, returns } = family;
  const base = orderOf(index, 0);
  const common = { organization: family.organization, items: [{ name: "Позиция", kind: family.itemKind }] };
  const headOf = (order: ReturnType<typeof orderOf>) => ({
    guid: order.guid,
    states: headStates(index, family).map((state, place) => ({ ...order, ...common, ...state, ...stampOf(place) })),
  });
  const head = headOf(base);
  if (shape === "order") return [head];
  const saleGuid = guidOf(index, "shipment", 1);
  const follow = (kind: "shipment" | "giveBack", { states }: Part, n: number): DocumentHistory => {
    const guid = guidOf(index, kind, n);
    const type = kind === "shipment" ? "Реализация" : "Возврат";
    const date = `2026-11-${kind === "shipment" ? 15 + n : 18 + n}T12:00:00`;
    const isHead = shape === "sale" && guid === saleGuid;
    const saleBase = { guid: saleGuid, type: "Реализация", number: "1", date: "2026-11-16T12:00:00" };
    /** Until it is known, or known better. */
    const isFirst = (place: number) => place === 0 && states.length > 1;
    const baseAt = (place: number) => {
      if (isHead || (shape === "late base" && isFirst(place))) return {};
      if (shape === "wrong base" && isFirst(place)) return { base: orderOf(index, 1) };
      return { base: shape === "sale" ? saleBase : base };
    };
    return {
      guid,
      states: states.map(({ posted, deleted, amount }, place) => ({
        ...common,
        ...{ guid, type, number: `${index}-${n}`, date, posted, deleted },
        ...{ amount: amount * 10, profit: amount, manager: `Кладовщик ${n}` },
        ...(isHead ? { phones: phoneOf(index) } : {}),
        ...baseAt(place),
        ...stampOf(place),
      })),
    };
  };
  const followers = [
    ...shipments.map((each, n) => follow("shipment", each, n + 1)),
    ...returns.map((each, n) => follow("giveBack", each, n + 1)),
  ];
  if (shape === "sale") return followers;
  return [head, ...(shape === "wrong base" ? [headOf(orderOf(index, 1))] : []), ...followers];
}

function headStates(index: number, { managers, deletion, contacts }: Family): Record<string, unknown>[] {
  return managers.map((manager, place) => {
    const isLast = place === managers.length - 1;
    const isFirst = place === 0 && !isLast;
    const own = isFirst && contacts !== "known" ? (contacts === "changed" ? "79990000000" : undefined) : phoneOf(index);
    const deleted = deletion === "never" ? false : isLast === (deletion === "left");
    return {
      ...{ posted: true, amount: 1_000, manager, deleted },
      ...(own === undefined ? {} : { client: "Савельев Денис", phones: own }),
    };
  });
}

const orderOf = (index: number, n: number) => ({
  guid: guidOf(index, "order", n),
  type: "ЗаказПокупателя",
  number: `ER-${index}-${n}`,
  date: "2026-11-15T17:21:44",
});

const stampOf = (place: number) => ({
  version: String(place + 1),
  changedAt: `2026-11-${20 + Math.min(place, 1)}T1${place}:00:00`,
});
