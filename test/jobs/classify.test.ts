import { describe, expect, it } from "vitest";
import type { ListedDeal } from "../../src/calltouch/listed-deal.ts";
import type { PeriodDeal } from "../../src/database/periods.ts";
import { classify, isConcerned } from "../../src/jobs/classify.ts";
import { nextStep } from "../../src/jobs/step.ts";
import { NOON } from "../scene.ts";

const held: PeriodDeal = {
  id: 1,
  key: "key",
  accountId: "a1",
  siteId: "41234",
  orderNumber: "N-1",
  calltouchId: null,
  orderAt: 0,
  status: "held",
  reasonCode: "AUTO_OFF",
  reason: "",
  revision: 1,
  closed: false,
  isDelivered: false,
  isInFlight: false,
  touchedAt: 0,
  wanted: { status: "Новая", revenueKopecks: 100 },
};
const delivered: PeriodDeal = { ...held, status: "delivered", reasonCode: null, isDelivered: true };
const same: ListedDeal = {
  orderNumber: "N-1",
  calltouchId: 7,
  status: "Новая",
  revenueKopecks: 100,
  isDeleted: false,
  tags: [],
  visit: null,
};
const other: ListedDeal = { ...same, status: "Иная" };
const poorer: ListedDeal = { ...same, revenueKopecks: 99 };
const gone: ListedDeal = { ...same, isDeleted: true };
const BOTH = ["create", "update"] as const;

describe("what a job does with a deal", () => {
  const status = ["status", "statusAt"];
  it.each([
    ["kept back and not listed, is to be created", held, undefined, BOTH, { kind: "create" }],
    ["kept back and not listed, is not created by an update", held, undefined, ["update"], { kind: "nothing" }],
    ["kept back and listed alike, is there already", held, same, BOTH, { kind: "there", calltouchId: 7 }],
    ["kept back and listed otherwise, is there already for a creation", held, other, ["create"], { kind: "there" }],
    ["kept back and listed otherwise, is adopted and updated", held, other, BOTH, { isAdopted: true, fields: status }],
    ["kept back and listed as deleted, fails", held, gone, BOTH, { kind: "failed", code: "DELETED_IN_CALLTOUCH" }],
    ["dead and never created, is to be created", { ...held, status: "dead" }, undefined, BOTH, { kind: "create" }],
    ["that no rule fits, is left alone", { ...held, reasonCode: "NO_RULE" }, undefined, BOTH, { kind: "nothing" }],
    ["that a rule keeps back, is left alone", { ...held, reasonCode: "RULE_SKIP" }, same, BOTH, { kind: "nothing" }],
    ["that the adapter skips, is left alone", { ...held, wanted: null }, undefined, BOTH, { kind: "nothing" }],
    ["that was deleted, is left alone", { ...held, closed: true }, undefined, BOTH, { kind: "nothing" }],
    ["that is due by itself, is left alone", { ...held, status: "due" }, undefined, BOTH, { kind: "nothing" }],
    ["that is being sent, is left alone", { ...held, isInFlight: true }, undefined, BOTH, { kind: "nothing" }],
    ["delivered and listed alike, costs nothing", delivered, same, BOTH, { kind: "nothing" }],
    ["delivered and in another status, is updated", delivered, other, BOTH, { isAdopted: false, fields: status }],
    ["delivered and worth something else, is updated", delivered, poorer, BOTH, { fields: ["revenueKopecks"] }],
    ["delivered, is not updated by a creation", delivered, other, ["create"], { kind: "nothing" }],
    ["delivered and not listed, fails", delivered, undefined, BOTH, { kind: "failed", code: "NOT_IN_CALLTOUCH" }],
    ["delivered and deleted, fails", delivered, gone, BOTH, { kind: "failed", code: "DELETED_IN_CALLTOUCH" }],
    [
      "delivered just now, may not be listed yet",
      { ...delivered, touchedAt: NOON },
      undefined,
      BOTH,
      { kind: "nothing" },
    ],
    ["delivered and kept back since, is updated", { ...held, isDelivered: true }, other, BOTH, { isAdopted: false }],
  ] as [string, PeriodDeal, ListedDeal | undefined, ("create" | "update")[], object][])(
    "that is %s",
    (_, deal, record, actions, task) => {
      expect(classify(deal, record, actions, NOON)).toMatchObject(task);
    },
  );

  it("is known without the listing when nothing can come of it", () => {
    expect(isConcerned(delivered, ["create"])).toBe(false);
    expect(isConcerned({ ...held, wanted: null }, BOTH)).toBe(false);
    expect(isConcerned(delivered, ["attribution"])).toBe(true);
    expect(isConcerned(held, ["attribution"])).toBe(false);
  });
});

describe("the next step of a job", () => {
  const of = (count: number) => ({ accountId: "a1", action: "to-create" as const, count });
  const state = { dryRun: false, isReadThrough: false, planned: [], waiting: 0 };
  it.each([
    ["is a window while no portion is whole", { ...state, planned: [of(99)] }, { kind: "read" }],
    [
      "is a portion as soon as it is whole",
      { ...state, planned: [of(5), of(100)] },
      { kind: "release", group: of(100) },
    ],
    ["is what is left once all is read", { ...state, isReadThrough: true, planned: [of(5)] }, { kind: "release" }],
    ["is to wait while too much waits", { ...state, planned: [of(100)], waiting: 1_000 }, { kind: "wait" }],
    ["is to wait for what has been released", { ...state, isReadThrough: true, waiting: 1 }, { kind: "wait" }],
    ["is the end when nothing is left", { ...state, isReadThrough: true }, { kind: "finish" }],
    ["of a trial is never a portion", { ...state, dryRun: true, planned: [of(100)] }, { kind: "read" }],
    [
      "of a trial is the end once all is read",
      { ...state, dryRun: true, isReadThrough: true, planned: [of(1)] },
      { kind: "finish" },
    ],
  ])("%s", (_, given, step) => {
    expect(nextStep(given)).toMatchObject(step);
  });
});
