/** How long it takes to choose an exchange rule, when none but the last of a thousand fits. */
import type { Facts } from "../../src/adapter.ts";
import { chooseRule, compileRules, type Rule } from "../../src/rules.ts";
import { judge, percentile, round } from "./goal.ts";

const RULES = 1_000;
const CHOICES = 2_000;
const ITEMS = 30;

export async function measureRules(): Promise<object> {
  const facts = createFacts();
  const compileStartedAt = performance.now();
  const rules = compileRules(Array.from({ length: RULES }, (_, index) => createRule(index)));
  const compiledMs = performance.now() - compileStartedAt;
  const elapsedMs: number[] = [];
  for (let choice = 0; choice < CHOICES; choice += 1) {
    const startedAt = performance.now();
    const chosen = chooseRule(rules, facts);
    elapsedMs.push(performance.now() - startedAt);
    if (chosen?.priority !== -RULES) throw new Error("Another rule was chosen than the last");
  }
  return {
    rules: RULES,
    items: ITEMS,
    compiledMs: round(compiledMs, 3),
    chosenMs: judge(elapsedMs.reduce((sum, each) => sum + each, 0) / CHOICES, "<", 0.1, 4),
    chosenMsP99: round(percentile(elapsedMs, 99), 4),
    note: "every rule but the last fails at its last condition; the mean, the first choices included",
  };
}

/** All conditions at once; the repair type alone, which is looked at last, does not hold. */
function createRule(index: number): Rule {
  const isLast = index === RULES - 1;
  return {
    id: String(index),
    connectionId: "c1",
    accountId: null,
    skip: false,
    territory: "Новочеркасск",
    warehouse: "Основной склад",
    organization: "ИП Савёлов Пётр Ильич",
    itemKind: "Масла розлив",
    itemGroup: "Масла/Моторные/Синтетические",
    orderType: "По заказ-наряду",
    department: "Сервис",
    repairType: isLast ? "Плановое ТО" : `Ремонт ${index}`,
    leadTag: "АвтоАгрегат",
    funnel: "Сервис АА",
    priority: isLast ? -RULES : index,
    createdAt: index,
  };
}

function createFacts(): Facts {
  const other = Array.from({ length: ITEMS - 1 }, (_, index) => ({
    kind: `Вид ${index % 7}`,
    groups: ["Товары", `Группа ${index % 5}`, `Подгруппа ${index}`],
  }));
  return {
    territory: "Новочеркасск",
    warehouse: "основной  склад",
    organization: "ИП Савелов Петр Ильич",
    orderType: "По заказ-наряду",
    department: "Сервис",
    repairType: "Плановое ТО",
    items: [...other, { kind: "Масла розлив", groups: ["Масла", "Моторные", "Синтетические"] }],
  };
}
