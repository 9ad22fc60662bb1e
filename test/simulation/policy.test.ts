/** Changes of rules and flags at the one moment at which a deal could fall between two reviews. */
import { describe, expect, it } from "vitest";
import { play } from "./run.ts";
import type { Action, DocumentHistory, RuleFields, Scenario } from "./scenario.ts";

const GUID = "00000000-c2ed-11ed-80d6-2c44fd8322a7";
const BASE = { guid: GUID, type: "ЗаказПокупателя", number: "ER-1", date: "2026-11-15T17:21:44" };
const ORDER = { ...BASE, posted: true, client: "Савельев Денис", phones: "79000000000", amount: 10, version: "1" };
const SHIPMENT_GUID = "00001001-c2ed-11ed-80d6-2c44fd8322a7";
const SHIPMENT = {
  ...{ guid: SHIPMENT_GUID, type: "Реализация", number: "1", date: "2026-11-16T12:00:00" },
  ...{ posted: true, amount: 10, profit: 2, version: "1", base: BASE },
};
const RULE: RuleFields = {
  organization: null,
  itemKind: null,
  account: null,
  skip: false,
  leadTag: null,
  funnel: null,
};

const wait = (ms: number): Action => ({ kind: "wait", ms });
const post = (history: number): Action => ({ kind: "post", process: 0, documents: [{ history, state: 0 }] });

function scenario(documents: readonly (typeof ORDER | typeof SHIPMENT)[], actions: Action[]): Scenario {
  const histories = documents.map((document): DocumentHistory => ({ guid: document.guid, states: [document] }));
  return {
    kind: "dalion",
    seed: 5,
    isCalm: false,
    families: [histories],
    actions,
    hourlyPoints: 9_000,
    dailyPoints: 216_000,
    startMinute: 0,
    slowness: 0,
    listingLagMs: 0,
    listingOrderNumber: "ours",
    duplicateCreate: "error",
  };
}

describe("a deal is not kept back by what is no longer in force", () => {
  it.each([0, 1, 2, 3])("whenever a rule goes while its document is stored (after %i database calls)", async (skip) => {
    const actions: Action[] = [
      { kind: "add-rule", connection: 0, rule: { ...RULE, skip: true } },
      { kind: "stall", process: 0, at: "database", skip, ms: 8_000 },
      post(0),
      wait(500),
      { kind: "delete-rule", connection: 0, place: 0 },
      { kind: "tick", process: 1 },
      wait(20_000),
    ];
    expect((await play(scenario([ORDER], actions))).violations).toEqual([]);
  });

  it("when its account is switched on again, although no rule names that one any more", async () => {
    const actions: Action[] = [
      { kind: "add-rule", connection: 0, rule: { ...RULE, account: 1 } },
      post(0),
      wait(20_000),
      { kind: "delete-rule", connection: 0, place: 0 },
      { kind: "exchange", account: 1, isOn: false },
      { kind: "tick", process: 0 },
      wait(5_000),
      post(1),
      wait(5_000),
      { kind: "exchange", account: 1, isOn: true },
      { kind: "tick", process: 1 },
      wait(20_000),
    ];
    expect((await play(scenario([ORDER, SHIPMENT], actions))).violations).toEqual([]);
  });
});
