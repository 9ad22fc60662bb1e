/** Who speaks for a deal of several documents, and what deletion marks and silent states do to it. */
import { describe, expect, it } from "vitest";
import { alfaAuto } from "../../adapters/alfa-auto/index.ts";
import type { Fold } from "../../src/adapter.ts";
import { fold, reorder } from "./fixtures.ts";

const base = {
  guid: "2c55a318-0001-11f1-80d6-2c44fd8322a7",
  type: "ЗаявкаНаРемонт",
  number: "ПС00010196",
  date: "2026-09-12T18:38:09",
};
const CONFIRMED = "Подтвержденная заявка";
const REFUSED = "Отказ от заезда";

function appointment(fields: object = {}) {
  return {
    ...base,
    status: CONFIRMED,
    statusDate: "2026-09-12T19:00:00",
    amount: 1_000,
    manager: "Мастер-приёмщик",
    ...fields,
  };
}

/** The n-th work order was entered on the n-th day, and its state set an hour later. */
function order(n: number, status: string | null, fields: object = {}) {
  return {
    guid: `2c55a318-00${10 + n}-11f1-80d6-2c44fd8322a7`,
    type: "ЗаказНаряд",
    number: `ЗН0000000${n}`,
    date: `2026-09-${20 + n}T10:00:00`,
    status,
    statusDate: `2026-09-${20 + n}T11:00:00`,
    amount: n * 100,
    manager: `Мастер ${n}`,
    base,
    ...fields,
  };
}

/** Folds in every order, and insists that the order did not matter. */
function foldAll(documents: readonly unknown[], settings: unknown = {}): Fold {
  const result = fold(alfaAuto, documents, settings);
  for (const shuffled of reorder(documents)) expect(fold(alfaAuto, shuffled, settings)).toEqual(result);
  return result;
}

/** Status, roubles and manager; or what became of the deal instead. */
function summary(documents: readonly unknown[], settings: unknown = {}): unknown[] {
  const result = foldAll(documents, settings);
  if (result.kind === "skipped") return ["skipped", result.reason.code];
  if (result.kind === "deletion") return ["deletion"];
  const { status, revenueKopecks, manager } = result.deal;
  return [status, revenueKopecks === undefined ? undefined : revenueKopecks / 100, manager];
}

describe("several work orders on one appointment", () => {
  it.each<[string, unknown[], unknown[]]>([
    ["the appointment speaks while it is alone", [appointment()], [CONFIRMED, 1_000, "Мастер-приёмщик"]],
    ["a work order silences it", [appointment(), order(1, "В работе")], ["В работе", 100, "Мастер 1"]],
    [
      "the last change gives the status",
      [order(1, "Согласование"), order(2, "В работе")],
      ["В работе", 300, "Мастер 1"],
    ],
    ["all closed is closed", [appointment(), order(1, "Закрыт"), order(2, "закрыт")], ["Закрыт", 300, "Мастер 1"]],
    [
      "one open keeps it open, even if the closing came later",
      [order(1, "В работе"), order(2, "Закрыт")],
      ["В работе", 300, "Мастер 1"],
    ],
    ["a refused one does not keep it open", [order(1, REFUSED), order(2, "Закрыт")], ["Закрыт", 200, "Мастер 1"]],
    ["a refused one brings no money", [order(1, "В работе"), order(2, REFUSED)], ["В работе", 100, "Мастер 1"]],
    [
      "all refused is a refusal without money",
      [appointment(), order(1, REFUSED), order(2, REFUSED)],
      ["Отказ", 0, "Мастер 1"],
    ],
    [
      "a refused appointment with a live work order is alive",
      [appointment({ status: REFUSED }), order(1, "В работе")],
      ["В работе", 100, "Мастер 1"],
    ],
    [
      "a missing sum is left out of the total",
      [order(1, "В работе", { amount: null }), order(2, "В работе")],
      ["В работе", 200, "Мастер 1"],
    ],
    ["no sum at all is not sent", [order(1, "В работе", { amount: "" })], ["В работе", undefined, "Мастер 1"]],
    [
      "a missing manager is looked for in the next one",
      [order(1, "В работе", { manager: "" }), order(2, "В работе")],
      ["В работе", 300, "Мастер 2"],
    ],
    ["five of them are one deal", [1, 2, 3, 4, 5].map((n) => order(n, "Закрыт")), ["Закрыт", 1_500, "Мастер 1"]],
  ])("%s", (_title, documents, expected) => {
    expect(summary(documents)).toEqual(expected);
  });

  it("a tie of dates is broken by the guid", () => {
    const statusDate = "2026-09-30T10:00:00";
    expect(summary([order(1, "Первый", { statusDate }), order(2, "Второй", { statusDate })])[0]).toBe("Второй");
  });

  it("the earliest work order that has it gives the number until the appointment comes", () => {
    const first = order(1, "В работе", { base: { ...base, number: "" } });
    const result = foldAll([first, order(2, "В работе")]);
    expect(result.kind === "deal" && result.deal.orderNumber).toBe(base.number);
  });

  it("a total below zero is sent as zero, with a warning", () => {
    const documents = [order(1, "В работе", { amount: -500 }), order(2, "В работе")];
    expect(summary(documents)[1]).toBe(0);
    const result = foldAll(documents);
    expect(result.kind === "deal" && result.warnings.map(({ code }) => code)).toEqual(["AMOUNT_NEGATIVE"]);
  });

  it("a refused appointment keeps its sum", () => {
    expect(summary([appointment({ status: REFUSED })])).toEqual(["Отказ", 1_000, "Мастер-приёмщик"]);
  });
});

describe("a deletion mark", () => {
  const deleted = { deleted: true };

  it.each<[string, unknown[], unknown[]]>([
    ["on the only document is a refusal", [appointment(deleted)], ["Отказ", 0, "Мастер-приёмщик"]],
    [
      "on every work order is a refusal, whatever the appointment says",
      [appointment(), order(1, "Закрыт", deleted)],
      ["Отказ", 0, "Мастер 1"],
    ],
    [
      "on one work order leaves the others",
      [order(1, "В работе", deleted), order(2, "Закрыт")],
      ["Закрыт", 200, "Мастер 2"],
    ],
    [
      "on the appointment is ignored while a work order lives",
      [appointment(deleted), order(1, "Закрыт")],
      ["Закрыт", 100, "Мастер 1"],
    ],
    ["on everything is a refusal", [appointment(deleted), order(1, "Закрыт", deleted)], ["Отказ", 0, "Мастер 1"]],
    ["counts even without a state", [order(1, null, deleted)], ["Отказ", 0, "Мастер 1"]],
  ])("%s", (_title, documents, expected) => {
    expect(summary(documents)).toEqual(expected);
  });

  it.each<[string, unknown[], unknown[]]>([
    ["on every document deletes the deal", [appointment(deleted), order(1, "Закрыт", deleted)], ["deletion"]],
    [
      "on every work order gives the word back to the appointment",
      [appointment(), order(1, "Закрыт", deleted)],
      [CONFIRMED, 1_000, "Мастер-приёмщик"],
    ],
    [
      "on the appointment leaves the work order",
      [appointment(deleted), order(1, "Закрыт")],
      ["Закрыт", 100, "Мастер 1"],
    ],
    [
      "on one work order leaves the others",
      [order(1, "В работе", deleted), order(2, "Закрыт")],
      ["Закрыт", 200, "Мастер 2"],
    ],
  ])("with the setting «delete»: %s", (_title, documents, expected) => {
    expect(summary(documents, { deleted: "delete" })).toEqual(expected);
  });

  it("with the setting «ignore» changes nothing", () => {
    const documents = [appointment(), order(1, "В работе"), order(2, "Закрыт")];
    const marked = documents.map((document) => ({ ...document, ...deleted }));
    expect(foldAll(marked, { deleted: "ignore" })).toEqual(foldAll(documents, { deleted: "ignore" }));
  });

  it("when removed leaves no trace", () => {
    const { deleted: _mark, ...before } = { ...appointment(), ...deleted };
    expect(foldAll([before])).toEqual(foldAll([appointment()]));
  });

  it.each(["status", "delete"])("never changes the number or the date of the deal (%s)", (setting) => {
    const whole = foldAll([appointment(), order(1, "В работе")], { deleted: setting });
    const part = foldAll([appointment(deleted), order(1, "В работе")], { deleted: setting });
    const identity = (result: Fold) =>
      result.kind === "deal" && [result.deal.orderNumber, result.deal.orderAt, result.deal.matching.at];
    expect(identity(part)).toEqual(identity(whole));
  });

  it("dates the refusal by the change, not by the old state", () => {
    const result = foldAll([appointment({ ...deleted, changedAt: "2026-09-25T10:00:00+03:00" })]);
    expect(result.kind === "deal" && result.deal.statusAt).toBe(Date.parse("2026-09-25T10:00:00+03:00"));
  });

  it("unposting changes nothing", () => {
    expect(foldAll([order(1, "Закрыт", { posted: false })])).toEqual(foldAll([order(1, "Закрыт", { posted: true })]));
  });
});

describe("a document without a known state is silent", () => {
  const ignore = { unknownStatus: "ignore" };

  it.each<[string, unknown[], unknown[]]>([
    ["alone it waits", [order(1, "В работе")], ["skipped", "STATUS_IGNORED"]],
    [
      "a silent work order leaves the appointment's status but brings its money",
      [appointment(), order(1, "В работе")],
      [CONFIRMED, 100, "Мастер 1"],
    ],
    [
      "it does not undo a closing",
      [appointment(), order(1, "Закрыт"), order(2, "В работе")],
      ["Закрыт", 300, "Мастер 1"],
    ],
    [
      "a refusal beside it is not a refusal of the deal",
      [order(1, REFUSED), order(2, "В работе")],
      ["skipped", "STATUS_IGNORED"],
    ],
    [
      "nor is a refused appointment",
      [appointment({ status: REFUSED }), order(1, "В работе")],
      ["skipped", "STATUS_IGNORED"],
    ],
    [
      "the table's states of the other type are not known",
      [appointment({ status: "Закрыт" })],
      ["skipped", "STATUS_IGNORED"],
    ],
  ])("%s", (_title, documents, expected) => {
    expect(summary(documents, ignore)).toEqual(expected);
  });

  it("an own state in the settings is known", () => {
    expect(summary([order(1, "В работе")], { ...ignore, statuses: { "В РАБОТЕ": "В цеху" } })[0]).toBe("В цеху");
  });

  it.each<[string, unknown[], unknown[]]>([
    ["a deal without any state waits", [appointment({ status: "" }), order(1, null)], ["skipped", "NO_STATUS"]],
    [
      "a work order without a state leaves the appointment's",
      [appointment(), order(1, null)],
      [CONFIRMED, 100, "Мастер 1"],
    ],
    [
      "a work order without a state does not undo the others",
      [order(1, "В работе"), order(2, null)],
      ["В работе", 300, "Мастер 1"],
    ],
  ])("%s", (_title, documents, expected) => {
    expect(summary(documents)).toEqual(expected);
  });

  it("says in Russian what to do", () => {
    const result = foldAll([order(1, null)]);
    expect(result.kind === "skipped" && result.reason.message).toMatch(/^В документах сделки не заполнено состояние/);
  });
});
