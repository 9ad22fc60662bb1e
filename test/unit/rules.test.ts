import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Facts } from "../../src/adapter.ts";
import { chooseRule, compileRules, explainRules, findAlike, type Rule } from "../../src/rules.ts";
import { rule } from "../storage/rows.ts";

const NOTHING_SAID: Facts = {
  territory: null,
  warehouse: null,
  organization: null,
  orderType: null,
  department: null,
  repairType: null,
  items: [],
};
const factsOf = (said: Partial<Facts>): Facts => ({ ...NOTHING_SAID, ...said });
const choose = (rules: readonly Rule[], said: Partial<Facts>) => chooseRule(compileRules(rules), factsOf(said))?.id;
const fits = (condition: Partial<Rule>, said: Partial<Facts>) => choose([rule(condition)], said) === "r1";
const line = (kind: string | null, ...groups: string[]) => ({ kind, groups });

describe("a condition", () => {
  it.each([
    ["case", "ИП ПЕТРОВ", "ип Петров"],
    ["ё", "Савёлов", "Савелов"],
    ["й and ё of two characters", "Савёлов Андрей", "Савёлов Андрей".normalize("NFD")],
    ["spaces around", "  ИП Петров ", "ИП Петров"],
    ["runs of spaces, tabs and unbreakable spaces", "ИП \t Петров", "ИП\u00a0Петров"],
  ])("is compared without regard to %s", (_, asked, said) => {
    expect(fits({ organization: asked }, { organization: said })).toBe(true);
    expect(fits({ organization: said }, { organization: asked })).toBe(true);
    expect(fits({ itemKind: asked }, { items: [line(said)] })).toBe(true);
    expect(fits({ itemGroup: asked }, { items: [line(null, said)] })).toBe(true);
  });

  it("is met by the same name alone, not by a part of it, nor by a document that does not say", () => {
    expect(fits({ organization: "ИП" }, { organization: "ИП Петров" })).toBe(false);
    expect(fits({ organization: "ИП" }, { organization: null })).toBe(false);
    expect(fits({ organization: "ИП" }, { organization: " " })).toBe(false);
    expect(fits({ organization: "ИП" }, { department: "ИП" })).toBe(false);
  });

  it("of place holds for the territory, the warehouse, or both when both are asked for", () => {
    const said = { territory: "Юг", warehouse: "Основной" };
    expect(fits({ territory: "Юг" }, said)).toBe(true);
    expect(fits({ warehouse: "Основной" }, said)).toBe(true);
    expect(fits({ territory: "Юг", warehouse: "Основной" }, said)).toBe(true);
    expect(fits({ territory: "Юг", warehouse: "Другой" }, said)).toBe(false);
    expect(fits({ territory: "Основной" }, said)).toBe(false);
  });

  it("of item is met by any one line, and its kind and group by the same line", () => {
    const items = [line("Услуга", "Работы"), line("Масла розлив", "Масла", "Моторные")];
    expect(fits({ itemKind: "Масла розлив" }, { items })).toBe(true);
    expect(fits({ itemKind: "Масла розлив", itemGroup: "Моторные" }, { items })).toBe(true);
    expect(fits({ itemKind: "Услуга", itemGroup: "Моторные" }, { items })).toBe(false);
    expect(fits({ itemKind: "Товар" }, { items })).toBe(false);
    expect(fits({ itemKind: "Услуга" }, { items: [] })).toBe(false);
  });

  it.each<[string, string[], boolean]>([
    ["Масла", ["Масла", "Моторные"], true],
    ["Моторные", ["Масла", "Моторные", "Синтетика"], true],
    ["Масла/Моторные", ["Масла", "Моторные", "Синтетика"], true],
    [" масла / моторные /", ["Масла", "Моторные"], true],
    ["Масла/Моторные/Синтетика", ["Масла", "Моторные"], false],
    ["Моторные/Синтетика", ["Масла", "Моторные", "Синтетика"], false],
    ["Масла/Мотор", ["Масла", "Моторные"], false],
    ["Масла/Синтетика", ["Масла", "Моторные", "Синтетика"], false],
    ["Масла и смазки", ["Масла"], false],
    ["Масла/смазки", ["Товары", "Масла/смазки"], true],
    ["Масла\\Моторные", ["Масла", "Моторные"], true],
  ])("of the group %s is judged by the path %j: %j", (itemGroup, groups, expected) => {
    expect(fits({ itemGroup }, { items: [line(null, ...groups)] })).toBe(expected);
  });
});

describe("of several rules that fit", () => {
  const said = { territory: "Юг", warehouse: "Основной", organization: "ИП", orderType: "По заказу" };

  it("the one with more conditions wins, whatever the priorities", () => {
    const one = rule({ id: "one", organization: "ИП", priority: 100 });
    const two = rule({ id: "two", organization: "ИП", orderType: "По заказу", priority: -5 });
    expect(choose([one, two], said)).toBe("two");
    expect(choose([one, two], { ...said, orderType: null })).toBe("one");
  });

  it("territory and warehouse count as one condition, kind and group as another", () => {
    const items = [line("Товар", "Масла")];
    const place = rule({ id: "place", territory: "Юг", warehouse: "Основной", itemKind: "Товар", itemGroup: "Масла" });
    const three = rule({ id: "three", organization: "ИП", orderType: "По заказу", territory: "Юг" });
    expect(choose([place, three], { ...said, items })).toBe("three");
    const explained = explainRules(compileRules([place, three]), factsOf({ ...said, items }));
    expect(explained.map(({ conditions }) => conditions)).toEqual([3, 2]);
  });

  it("the greater priority wins, then the older one, then the lesser id", () => {
    const rules = [
      rule({ id: "d", createdAt: 1 }),
      rule({ id: "b", createdAt: 0 }),
      rule({ id: "a", createdAt: 0 }),
      rule({ id: "c", priority: 1, createdAt: 9 }),
    ];
    expect(choose(rules, said)).toBe("c");
    expect(choose(rules.slice(0, 3), said)).toBe("a");
    expect(choose(rules.slice(0, 1), said)).toBe("d");
  });

  it("none is chosen when none fits, and one without conditions fits everything", () => {
    expect(choose([], said)).toBeUndefined();
    expect(choose([rule({ organization: "ООО" })], said)).toBeUndefined();
    expect(choose([rule()], {})).toBe("r1");
  });
});

describe("the explanation", () => {
  it("says of each rule, the strongest first, what it lacks or what beats it", () => {
    const rules = [
      rule({ id: "all", createdAt: 2 }),
      rule({ id: "misses", organization: "ООО", territory: "Юг", orderType: "По заказу" }),
      rule({ id: "older", organization: "ИП", createdAt: 1 }),
      rule({ id: "newer", organization: "ИП", createdAt: 2 }),
      rule({ id: "lesser", organization: "ИП", priority: -1 }),
    ];
    const explained = explainRules(compileRules(rules), factsOf({ organization: "ИП", orderType: "По заказу" }));
    expect(explained.map(({ rule: { id }, reason }) => [id, reason])).toEqual([
      ["misses", "Не подходит: территория, организация"],
      ["older", "Выбрана"],
      ["newer", "Выбранная настройка создана раньше"],
      ["lesser", "У выбранной настройки выше приоритет"],
      ["all", "У выбранной настройки больше условий"],
    ]);
  });
});

describe("rules alike", () => {
  it("have the same conditions as people read them and the same priority, whatever comes of them", () => {
    const rules = [
      rule({ id: "new", organization: "ип  петров", itemGroup: "Масла / Моторные", createdAt: 2 }),
      rule({ id: "old", organization: "ИП Петров", itemGroup: "масла/моторные", skip: true, createdAt: 1 }),
      rule({ id: "other priority", organization: "ИП Петров", itemGroup: "масла/моторные", priority: 1 }),
      rule({ id: "other condition", organization: "ИП Петров", itemKind: "масла/моторные" }),
    ];
    expect(findAlike(rules, "new").map(({ id }) => id)).toEqual(["old", "new"]);
    expect(findAlike(rules, "other priority").map(({ id }) => id)).toEqual(["other priority"]);
    expect(findAlike(rules, "nothing")).toEqual([]);
  });
});

/** As the rule reads in words, one rule and one line after the other. */
function chooseNaively(rules: readonly Rule[], facts: Facts): Rule | undefined {
  const plain = (text: string | null) => (text ?? "").trim().toLowerCase().replace(/ё/g, "е").split(/\s+/).join(" ");
  const same = (asked: string | null, said: string | null) => asked === null || plain(asked) === plain(said);
  const isGroup = (group: string, groups: readonly string[]) => {
    const path = group.split("/").map(plain);
    const names = groups.map(plain);
    return path.length === 1 ? names.includes(plain(group)) : path.every((name, index) => names[index] === name);
  };
  const isItem = ({ itemKind, itemGroup }: Rule) =>
    (itemKind === null && itemGroup === null) ||
    facts.items.some((item) => same(itemKind, item.kind) && (itemGroup === null || isGroup(itemGroup, item.groups)));
  const countOf = (each: Rule) =>
    [
      each.territory ?? each.warehouse,
      each.organization,
      each.itemKind ?? each.itemGroup,
      each.orderType,
      each.department,
      each.repairType,
    ].filter((asked) => asked !== null).length;
  const names = ["territory", "warehouse", "organization", "orderType", "department", "repairType"] as const;
  const beats = (one: Rule, other: Rule) => {
    const differences = [countOf(one) - countOf(other), one.priority - other.priority, other.createdAt - one.createdAt];
    return (differences.find((difference) => difference !== 0) ?? (one.id < other.id ? 1 : -1)) > 0;
  };
  let best: Rule | undefined;
  for (const each of rules) {
    const isFitting = names.every((name) => same(each[name], facts[name])) && isItem(each);
    if (isFitting && (best === undefined || beats(each, best))) best = each;
  }
  return best;
}

const word = fc.constantFrom("Юг", " юг ", "Ёж", "еж", "Масла", "масла  розлив");
const asked = fc.option(word, { freq: 1 });
const said = fc.option(word, { freq: 5 });
const anyRules = fc
  .array(
    fc.record({
      territory: asked,
      warehouse: asked,
      organization: asked,
      itemKind: asked,
      itemGroup: fc.option(
        fc.oneof(
          word,
          fc.array(word, { minLength: 2, maxLength: 3 }).map((all) => all.join("/")),
        ),
      ),
      orderType: asked,
      department: asked,
      repairType: asked,
      priority: fc.integer({ min: -1, max: 1 }),
      createdAt: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 12 },
  )
  .map((all) => all.map((each, index) => rule({ id: `r${(index * 7) % 13}`, ...each })));
const anyFacts: fc.Arbitrary<Facts> = fc.record({
  territory: said,
  warehouse: said,
  organization: said,
  orderType: said,
  department: said,
  repairType: said,
  items: fc.array(fc.record({ kind: said, groups: fc.array(word, { maxLength: 3 }) }), { maxLength: 3 }),
});

describe("whatever the rules and the facts", () => {
  it("the rule chosen is the one that reading them one by one would choose, in whatever order they come", () => {
    fc.assert(
      fc.property(anyRules, anyFacts, (rules, facts) => {
        const expected = chooseNaively(rules, facts)?.id;
        expect(chooseRule(compileRules(rules), facts)?.id).toBe(expected);
        expect(chooseRule(compileRules([...rules].reverse()), facts)?.id).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it("the explanation names every rule once and marks exactly the chosen one", () => {
    fc.assert(
      fc.property(anyRules, anyFacts, (rules, facts) => {
        const compiled = compileRules(rules);
        const explained = explainRules(compiled, facts);
        const chosen = chooseRule(compiled, facts);
        expect(explained.map(({ rule: { id } }) => id).sort()).toEqual(rules.map(({ id }) => id).sort());
        expect(explained.filter(({ isChosen }) => isChosen).map(({ rule: each }) => each)).toEqual(
          chosen ? [chosen] : [],
        );
        for (const each of explained) {
          expect(each.reason === "Выбрана").toBe(each.isChosen);
          expect(each.isFitting).toBe(chooseNaively([each.rule], facts) !== undefined);
          expect(each.reason.startsWith("Не подходит: ")).toBe(!each.isFitting);
        }
      }),
      { numRuns: 500 },
    );
  });
});
