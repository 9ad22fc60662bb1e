import { describe, expect, it } from "vitest";
import { toOrderAnswers, type WriteStep } from "../../src/calltouch/answer.ts";
import { mask } from "../../src/calltouch/mask.ts";

const answersTo = (orders: unknown, sent: string[], step: WriteStep = "create") =>
  toOrderAnswers({ data: { orders } }, sent, step, "token");
const accepted = (calltouchId: number) => ({ kind: "accepted", calltouchId });
const unclear = { kind: "unclear" };

describe("answers are given in the order sent", () => {
  it("by the echoed number when Calltouch reorders", () => {
    const items = [
      { orderNumber: "2", calltouchOrderId: 20 },
      { orderNumber: "1", calltouchOrderId: 10 },
    ];
    expect(answersTo(items, ["1", "2"])).toEqual([accepted(10), accepted(20)]);
  });

  it("by the echoed number when it comes as a JSON number, and ids when they come as texts", () => {
    expect(answersTo([{ orderNumber: 2442, calltouchOrderId: "7071678" }], ["2442"])).toEqual([accepted(7071678)]);
  });

  it("by place when nothing is echoed and the counts are equal", () => {
    const items = [{ calltouchOrderId: 10 }, { orderNumber: null, error: "нет" }];
    expect(answersTo(items, ["1", "2"])).toEqual([accepted(10), { kind: "refused", reason: "нет" }]);
  });

  it("by place for an item without an echo only while no other item is out of its place", () => {
    const inPlace = [{ orderNumber: "1", calltouchOrderId: 10 }, { calltouchOrderId: 20 }];
    expect(answersTo(inPlace, ["1", "2"])).toEqual([accepted(10), accepted(20)]);
    const moved = [{ calltouchOrderId: 20 }, { orderNumber: "1", calltouchOrderId: 10 }];
    expect(answersTo(moved, ["1", "2"])).toEqual([accepted(10), unclear]);
  });

  it("as unclear for all when the counts differ and nothing is echoed", () => {
    const items = [{ calltouchOrderId: 10 }];
    expect(answersTo(items, ["1", "2"])).toEqual([unclear, unclear]);
    expect(answersTo([], ["1"])).toEqual([unclear]);
  });

  it("as unclear only for the missing one when the others are echoed", () => {
    const items = [{ orderNumber: "2", calltouchOrderId: 20 }];
    expect(answersTo(items, ["1", "2"])).toEqual([unclear, accepted(20)]);
  });

  it("as unclear for a number echoed twice, and an item nobody asked for changes nothing", () => {
    const twice = [
      { orderNumber: "1", calltouchOrderId: 10 },
      { orderNumber: "1", error: "есть" },
      { orderNumber: "9", calltouchOrderId: 90 },
    ];
    expect(answersTo(twice, ["1", "2"])).toEqual([unclear, unclear]);
  });
});

describe("an item", () => {
  it.each([
    ["text", "нет лида", "нет лида"],
    ["object", { code: 5 }, '{"code":5}'],
    ["list", ["a"], '["a"]'],
    ["number", 5, "5"],
    ["true", true, "true"],
  ])("with an error that is a %s is refused with that reason", (_, error, reason) => {
    for (const step of ["create", "update", "delete"] as const) {
      expect(answersTo([{ calltouchOrderId: 1, error }], ["1"], step)).toEqual([{ kind: "refused", reason }]);
    }
  });

  it.each([[null], [undefined], [""], [" "], [false], [{}], [[]]])(
    "with the empty error %j is not refused",
    (error) => {
      expect(answersTo([{ calltouchOrderId: 1, error }], ["1"])).toEqual([accepted(1)]);
    },
  );

  it("with neither an error nor an id is unclear after create and accepted after update and delete", () => {
    expect(answersTo([{ orderNumber: "1" }], ["1"], "create")).toEqual([unclear]);
    expect(answersTo([{ orderNumber: "1", calltouchOrderId: null }], ["1"], "create")).toEqual([unclear]);
    expect(answersTo([{ orderNumber: "1" }], ["1"], "update")).toEqual([{ kind: "accepted" }]);
    expect(answersTo([{ orderNumber: "1" }], ["1"], "delete")).toEqual([{ kind: "accepted" }]);
  });

  it("that is no object is unclear and does not spoil the others", () => {
    expect(answersTo([null, { calltouchOrderId: 20 }], ["1", "2"])).toEqual([unclear, accepted(20)]);
  });

  it("shows no contact in its reason and not more than 300 characters", () => {
    const [answer] = answersTo([{ error: `79157771122 ${"я".repeat(400)}` }], ["1"]) ?? [];
    expect(answer?.kind === "refused" && answer.reason).toBe(`7915***1122 ${"я".repeat(288)}`);
  });
});

describe("the answer to delete, of which none is known", () => {
  it.each([[undefined], [null], [{}], [{ data: null }], [{ data: { orders: [] } }], [true], [[]]])(
    "may be %j and means that all is deleted",
    (body) => {
      expect(toOrderAnswers(body, ["1", "2"], "delete", "token")).toEqual([{ kind: "accepted" }, { kind: "accepted" }]);
    },
  );

  it("is read item by item when there are items", () => {
    expect(answersTo([{ orderNumber: "2", error: "нет" }, "1"], ["1", "2"], "delete")).toEqual([
      { kind: "accepted" },
      { kind: "refused", reason: "нет" },
    ]);
  });
});

describe("masking", () => {
  it.each([
    ["79157771122", "7915***1122"],
    ["+7 (915) 777-11-22!", "7915***1122!"],
    ["8 915 777 11 22", "8915***1122"],
    ['["79157771122","79009991122"]', '["7915***1122","7900***1122"]'],
    ["name.last+1@server.com", "n***@***"],
    ["иван@почта.рф", "и***@***"],
  ])("hides %s", (text, masked) => {
    expect(mask(text, "token")).toBe(masked);
  });

  it.each(["2c55a318-c2ed-11ed-80d6-2c44fd8322a7", "19-07-2021 16:42:32", "код 400, строка 17", "1000.50"])(
    "leaves %s readable",
    (text) => {
      expect(mask(text, "token")).toBe(text);
    },
  );

  it("does not show half a contact from where the scanned part ends", () => {
    const long = `${"a".repeat(250)}@${"b".repeat(251)} `.repeat(7);
    const rest = `${"a".repeat(250)}@${"b".repeat(3_990 - long.length - 251)} `;
    const text = `${long}${rest}79157771122${" ".repeat(1_000)}`;
    expect(text.slice(0, 4_000)).toMatch(/ 791577711$/);
    expect(mask(text, "token")).not.toContain("79157");
  });
});
