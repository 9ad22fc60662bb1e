/** What every deal must end as: the fold of the last states, computed here with the adapter as it is. */
import type { Facts, Fold } from "../../src/adapter.ts";
import type { Connection } from "../../src/database/connections.ts";
import { localToInstant } from "../../src/zone.ts";
import { adapterOf, connectionOf } from "./base.ts";
import { phoneOf } from "./dalion-family.ts";
import type { Scenario } from "./scenario.ts";

export interface Expected {
  family: number;
  connection: Connection;
  key: string;
  fold: Fold;
  facts: Facts;
  /** Calltouch has a call of this client. */
  hasCalled: boolean;
}

export function expectedDeals(scenario: Scenario, connections: readonly Connection[]): Expected[] {
  const adapter = adapterOf(scenario);
  const context = {
    settings: adapter.settings.parse({}),
    toInstant: (local: string) => localToInstant(local, "Europe/Moscow"),
    itemKindTags: false,
  };
  return scenario.families.flatMap((histories, family) => {
    const connection = connections.find(({ id }) => id === connectionOf(family));
    if (!connection) throw new Error(`no ${connectionOf(family)}`);
    const documents = histories.map(({ states }) => adapter.document.parse(states.at(-1)));
    const keys = [...new Set(documents.map((document) => adapter.dealKey(document)))];
    return keys.map((key): Expected => {
      const members = documents.filter((document) => adapter.dealKey(document) === key);
      const fold = adapter.toDeal(members, context);
      const phones = fold.kind === "deal" ? fold.deal.contacts.phones : [];
      const hasCalled = scenario.kind === "dalion" && phones.includes(phoneOf(family));
      return { family, connection, key, fold, facts: adapter.facts(members, context), hasCalled };
    });
  });
}

/** The number of a family's first deal. */
export function numberOf(scenario: Scenario, family: number): string {
  const state = scenario.families[family]?.[0]?.states[0];
  const number = state?.[scenario.kind === "dalion" ? "guid" : "number"];
  return typeof number === "string" ? number : "";
}

/** Every state of every document of these brings more money than the one before. */
export function isGrowing(scenario: Scenario, family: number): boolean {
  const histories = scenario.families[family] ?? [];
  const states = histories.flatMap((history) => history.states);
  const isOne = states[0]?.["type"] === "ЗаявкаНаРемонт" || histories.length === 1;
  const isWithdrawn = states.some(({ status, deleted }) => status === "Отказ от заезда" || deleted === true);
  return scenario.kind === "alfa-auto" && isOne && !isWithdrawn;
}

/** An order that is never shipped nor cancelled: what is edited in it later is held back. */
export function isWaiting(scenario: Scenario, family: number): boolean {
  const histories = scenario.families[family] ?? [];
  const [order] = histories;
  if (scenario.kind !== "dalion" || histories.length !== 1) return false;
  return order?.states.every(({ type, deleted }) => type === "ЗаказПокупателя" && deleted === false) ?? false;
}
