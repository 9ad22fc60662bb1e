/**
 * Which exchange rule a deal goes by. Names are compared as people read them: without regard to case, ё and spaces.
 */
import type { Facts } from "./adapter.ts";
import type { Rule } from "./database/rules.ts";

export type { Rule };

/** What a condition is made of, and what people call it. */
const PARTS = {
  territory: "территория",
  warehouse: "склад",
  organization: "организация",
  item: "номенклатура",
  orderType: "тип заказа",
  department: "подразделение",
  repairType: "вид ремонта",
} as const;
type Part = keyof typeof PARTS;

interface CompiledRule {
  rule: Rule;
  needs: readonly { part: Part; id: number }[];
  /** How many. Territory and warehouse are one: the place. */
  conditions: number;
}

export interface CompiledRules {
  inOrder: readonly CompiledRule[];
  /** Whatever the conditions ask for, by number: a thousand rules are looked through without comparing a text. */
  ids: ReadonlyMap<string, number>;
  /** Kinds and groups that conditions ask for. Most lines of a deal have none of them. */
  itemNames: ReadonlySet<string>;
}

export interface RuleExplanation {
  rule: Rule;
  /** How many conditions it has. */
  conditions: number;
  isFitting: boolean;
  isChosen: boolean;
  /** In Russian: that it was chosen, or why not. */
  reason: string;
}

const compiled = new WeakMap<readonly Rule[], CompiledRules>();

/** Prepared once for many choices, by lists that are not changed. */
export function compileRules(rules: readonly Rule[]): CompiledRules {
  const known = compiled.get(rules) ?? compileAll(rules);
  compiled.set(rules, known);
  return known;
}

function compileAll(rules: readonly Rule[]): CompiledRules {
  const ids = new Map<string, number>();
  const idOf = (text: string) => {
    const id = ids.get(text) ?? ids.size;
    ids.set(text, id);
    return id;
  };
  const inOrder = rules.map((rule) => compile(rule, idOf)).sort(byPrecedence);
  const names = rules.flatMap(({ itemKind, itemGroup }) => [normalize(itemKind), toGroupPath(itemGroup)]);
  return { inOrder, ids, itemNames: new Set(names) };
}

/** Undefined when none fits. */
export function chooseRule(rules: CompiledRules, facts: Facts): Rule | undefined {
  return findFitting(rules, readFacts(facts, rules))?.rule;
}

/** Every rule with what came of it, in the order in which they win. */
export function explainRules(rules: CompiledRules, facts: Facts): RuleExplanation[] {
  const met = readFacts(facts, rules);
  const chosen = findFitting(rules, met);
  return rules.inOrder.map((compiled) => ({
    rule: compiled.rule,
    conditions: compiled.conditions,
    isFitting: isFitting(compiled, met),
    isChosen: compiled === chosen,
    reason: explain(compiled, chosen, met),
  }));
}

/** Rules with the same conditions and the same priority as this one, itself included: the first of them wins. */
export function findAlike(rules: readonly Rule[], id: string): Rule[] {
  const { inOrder } = compileRules(rules);
  const keyOf = ({ rule, needs }: CompiledRule) => JSON.stringify([rule.priority, needs]);
  const own = inOrder.filter(({ rule }) => rule.id === id).map(keyOf);
  return inOrder.filter((compiled) => own.includes(keyOf(compiled))).map(({ rule }) => rule);
}

const SEPARATOR = /[\\/]/;

/** Of a group as people write it; empty when there is no name in it. */
export function toGroupPath(group: string | null): string {
  if (group === null || !SEPARATOR.test(group)) return normalize(group);
  return group.split(SEPARATOR).map(normalize).filter(Boolean).join("/");
}

function compile(rule: Rule, idOf: (text: string) => number): CompiledRule {
  const need = (part: Part, value: string) => (value === "" ? [] : [{ part, id: idOf(toText(part, value)) }]);
  const place = [...need("territory", normalize(rule.territory)), ...need("warehouse", normalize(rule.warehouse))];
  const others = [
    ...need("organization", normalize(rule.organization)),
    ...need("item", toItem(normalize(rule.itemKind), toGroupPath(rule.itemGroup))),
    ...need("orderType", normalize(rule.orderType)),
    ...need("department", normalize(rule.department)),
    ...need("repairType", normalize(rule.repairType)),
  ];
  return { rule, needs: [...place, ...others], conditions: Math.min(place.length, 1) + others.length };
}

function byPrecedence(left: CompiledRule, right: CompiledRule): number {
  const [one, other] = [left.rule, right.rule];
  return (
    right.conditions - left.conditions ||
    other.priority - one.priority ||
    one.createdAt - other.createdAt ||
    (one.id < other.id ? -1 : 1)
  );
}

/** By the number of what a condition asks for: 1 when the facts have it. */
type Met = Uint8Array;

function findFitting({ inOrder }: CompiledRules, met: Met): CompiledRule | undefined {
  return inOrder.find((compiled) => isFitting(compiled, met));
}

function isFitting({ needs }: CompiledRule, met: Met): boolean {
  return needs.every(({ id }) => met[id] === 1);
}

function readFacts(facts: Facts, { ids, itemNames }: CompiledRules): Met {
  const met = new Uint8Array(ids.size);
  const tell = (part: Part, value: string) => {
    const id = ids.get(toText(part, value));
    if (id !== undefined) met[id] = 1;
  };
  tell("territory", normalize(facts.territory));
  tell("warehouse", normalize(facts.warehouse));
  tell("organization", normalize(facts.organization));
  tell("orderType", normalize(facts.orderType));
  tell("department", normalize(facts.department));
  tell("repairType", normalize(facts.repairType));
  // The lines of a document are mostly of a few groups.
  const nameOf = rememberEach(toGroupPath);
  for (const { kind, groups } of facts.items) {
    const kinds = [normalize(kind), ""].filter((name) => itemNames.has(name));
    const fitting = [...groupsOf(groups, nameOf), ""].filter((name) => itemNames.has(name));
    for (const group of fitting) for (const own of kinds) tell("item", toItem(own, group));
  }
  return met;
}

/** Each name of the path, and each path it begins with. */
function groupsOf(path: readonly string[], nameOf: (group: string) => string): string[] {
  const groups: string[] = [];
  let whole = "";
  for (const group of path) {
    const name = nameOf(group);
    if (name === "") continue;
    whole = whole === "" ? name : `${whole}/${name}`;
    groups.push(name, whole);
  }
  return groups;
}

function rememberEach(read: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const value = known.get(text) ?? read(text);
    known.set(text, value);
    return value;
  };
}

function toItem(kind: string, group: string): string {
  return kind === "" && group === "" ? "" : `${kind}\n${group}`;
}

function toText(part: Part, value: string): string {
  return `${part}\n${value}`;
}

function explain(compiled: CompiledRule, chosen: CompiledRule | undefined, met: Met): string {
  const unmet = compiled.needs.filter(({ id }) => met[id] !== 1);
  if (unmet.length > 0) return `Не подходит: ${unmet.map(({ part }) => PARTS[part]).join(", ")}`;
  if (chosen === undefined || compiled === chosen) return "Выбрана";
  if (chosen.conditions > compiled.conditions) return "У выбранной настройки больше условий";
  if (chosen.rule.priority > compiled.rule.priority) return "У выбранной настройки выше приоритет";
  return "Выбранная настройка создана раньше";
}

/** A text copied from elsewhere may spell й and ё as two characters each. */
const MARK = /[\u0300-\u036f]/;

/** Empty: nothing is said. */
function normalize(text: string | null): string {
  if (text === null) return "";
  const composed = MARK.test(text) ? text.normalize() : text;
  return composed.trim().toLowerCase().replaceAll("ё", "е").replace(/\s+/g, " ");
}
