import { describe, expect, it } from "vitest";
import type { OrderAnswer } from "../../src/calltouch/answer.ts";
import type { Reply } from "../../src/calltouch/reply.ts";
import type { ClaimedDeal } from "../../src/database/claims.ts";
import { toLookupSettlement } from "../../src/dispatcher/lookup-verdict.ts";
import { backoff, type SentDeal, toVerdict } from "../../src/dispatcher/verdict.ts";

const NOW = 1_000_000;
const context = { now: NOW, random: () => 0.5, failures: 0, listingLagMs: 10_000 };
const sent = (step: SentDeal["step"], id = 1): SentDeal => ({
  id,
  revision: 3,
  step,
  delivers: step === "delete" ? null : {},
});
const judge = (steps: SentDeal[], reply: Reply<OrderAnswer[]>, more = {}) =>
  toVerdict(steps, reply, { ...context, ...more });

describe("the backoff of an account", () => {
  it.each([
    [0, 5_000],
    [1, 10_000],
    [2, 20_000],
    [3, 40_000],
    [4, 80_000],
    [5, 160_000],
    [6, 300_000],
    [7, 300_000],
    [5_000, 300_000],
  ])("after %d failures it waits %d ms, give or take a fifth", (failures, delayMs) => {
    const delay = (draw: number) => backoff("transport", { ...context, failures, random: () => draw }).until - NOW;
    expect([delay(0), delay(0.5), delay(0.999999)]).toEqual([delayMs * 0.8, delayMs, delayMs * 1.2]);
    expect(backoff("transport", { ...context, failures }).failures).toBe(failures + 1);
  });
});

describe("the verdict on a send", () => {
  it("an accepted deal is delivered with its Calltouch id and its update date", () => {
    const { settlements, isRefunded, pause } = judge([{ ...sent("update"), updateAt: 7 }], {
      kind: "answered",
      value: [{ kind: "accepted", calltouchId: 55 }],
    });
    expect(settlements).toEqual([
      { id: 1, revision: 3, status: "delivered", dueAt: NOW, delivered: {}, calltouchId: 55, updatedInCalltouchAt: 7 },
    ]);
    expect([isRefunded, pause]).toEqual([false, undefined]);
  });

  it("an accepted deletion closes the deal", () => {
    const { settlements } = judge([sent("delete")], { kind: "answered", value: [{ kind: "accepted" }] });
    expect(settlements[0]).toMatchObject({ status: "delivered", delivered: null, closed: true, reasonCode: "DELETED" });
  });

  it("a refused deal is looked up after the listing lag, and only that one", () => {
    const value: OrderAnswer[] = [{ kind: "refused", reason: "no" }, { kind: "accepted" }];
    const { settlements } = judge([sent("create", 1), sent("create", 2)], { kind: "answered", value });
    expect(settlements[0]).toMatchObject({
      status: "due",
      dueAt: NOW + 10_000,
      doubt: { kind: "refused", revision: 3, refusal: "no" },
    });
    expect(settlements[1]).toMatchObject({ id: 2, status: "delivered" });
  });

  it.each(["not-sent", "limited"] as const)("after %s nothing is in doubt, and the points come back", (kind) => {
    const reply = kind === "limited" ? { kind } : { kind, reason: "ECONNREFUSED" };
    const verdict = judge([sent("create"), sent("create", 2)], reply);
    expect(verdict.isRefunded).toBe(true);
    expect(verdict.settlements).toEqual([1, 2].map((id) => ({ id, revision: 3, status: "due", dueAt: NOW })));
    expect(verdict.pause).toEqual({
      kind: kind === "limited" ? "limited" : "transport",
      until: NOW + 5_000,
      failures: 1,
    });
  });

  it.each([
    [0, 1_000],
    [30_000, 30_000],
    [86_400_000, 3_600_000],
  ])("a Retry-After of %d ms is respected within reason: %d ms", (retryAfterMs, waitMs) => {
    expect(judge([sent("create")], { kind: "limited", retryAfterMs }).pause?.until).toBe(NOW + waitMs);
  });

  it("a rejected token halts the account for five minutes and drops nothing", () => {
    const verdict = judge([sent("create")], { kind: "unauthorized", status: 401 });
    expect(verdict.pause).toMatchObject({ kind: "unauthorized", until: NOW + 300_000 });
    expect(verdict.settlements[0]).toMatchObject({ status: "due", dueAt: NOW });
    expect(verdict.isRefunded).toBe(true);
  });

  it("a refused body is split while it holds more than one deal, and costs nothing", () => {
    const reply = { kind: "invalid", status: 400, reason: "orders[1]" } as const;
    expect(judge([sent("create"), sent("create", 2)], reply)).toEqual({
      settlements: [],
      isRefunded: true,
      isSplit: true,
    });
    expect(judge([sent("create")], reply)).toMatchObject({
      settlements: [{ status: "dead", reasonCode: "CALLTOUCH_INVALID" }],
      isSplit: false,
    });
  });

  it("without an answer a create is in doubt, an update and a deletion are repeated, and the points are gone", () => {
    const reply = { kind: "no-answer", reason: "timeout" } as const;
    const create = judge([sent("create")], reply);
    expect(create.settlements[0]).toMatchObject({ status: "due", doubt: { kind: "unknown", revision: 3 } });
    expect(create.isRefunded).toBe(false);
    for (const step of ["update", "delete"] as const) {
      const { settlements } = judge([sent(step)], reply);
      expect(settlements[0]?.status).toBe("due");
      expect(settlements[0]?.doubt).toBeUndefined();
    }
  });

  it("a deal in doubt waits for the listing lag even when the account is back earlier", () => {
    const { settlements, pause } = judge(
      [sent("create")],
      { kind: "no-answer", reason: "reset" },
      { listingLagMs: 60_000 },
    );
    expect(settlements[0]?.dueAt).toBeGreaterThanOrEqual(NOW + 60_000);
    expect(pause?.until).toBe(NOW + 5_000);
  });

  it("an answer that does not name a deal leaves a create in doubt and has anything else repeated", () => {
    for (const value of [[], [{ kind: "unclear" }]] satisfies OrderAnswer[][]) {
      expect(judge([sent("create")], { kind: "answered", value }).settlements[0]?.doubt?.kind).toBe("unknown");
      expect(judge([sent("update")], { kind: "answered", value }).settlements[0]?.doubt).toBeUndefined();
    }
  });

  it("an unclear answer is never repeated at once, whatever the listing lag", () => {
    const { settlements } = judge([sent("update")], { kind: "answered", value: [] }, { listingLagMs: 0 });
    expect(settlements[0]?.dueAt).toBeGreaterThanOrEqual(NOW + 5_000);
  });
});

const wanted = {
  orderNumber: "1",
  orderAt: 1,
  matching: {
    at: 1,
    typeToMatch: "nearest",
    searchDepthMinutes: 1,
    leadTags: [],
    customSource: { source: "s", medium: "m" },
  },
  status: "Новая",
  statusAt: 1,
  changedAt: 1,
  tags: [],
  customFields: [],
  products: [],
  showContacts: false,
} satisfies ClaimedDeal["wanted"];

const claimed: ClaimedDeal = {
  id: 1,
  connectionId: "c",
  key: "k",
  adapter: "alfa-auto",
  orderNumber: "1",
  orderAt: 1,
  step: "lookup",
  revision: 3,
  wanted,
  delivered: null,
  sealed: null,
  changedAt: 1,
  updatedInCalltouchAt: 0,
  closed: false,
  rematch: false,
  doubt: "unknown",
  doubtRevision: 3,
  refusal: null,
};
const refused = { doubt: "refused", refusal: "плохо" } as const;
const look = (fields: Partial<ClaimedDeal>, kind: "found" | "deleted" | "absent") =>
  toLookupSettlement({ ...claimed, ...fields }, kind === "found" ? { kind, calltouchId: 55 } : { kind }, NOW);

describe("the verdict of a lookup", () => {
  it("an unknown create that is found is updated, one that is absent is created", () => {
    expect(look({}, "found")).toMatchObject({ status: "due", delivered: {}, calltouchId: 55 });
    const absent = look({}, "absent");
    expect(absent).toMatchObject({ status: "due" });
    expect(absent.delivered).toBeUndefined();
  });

  it("a refused create that is found is updated instead, else it is dead with the reason", () => {
    expect(look(refused, "found")).toMatchObject({ status: "due", delivered: {} });
    expect(look(refused, "absent")).toMatchObject({ status: "dead", reasonCode: "CALLTOUCH_REFUSED" });
    expect(look(refused, "absent").reason).toContain("плохо");
  });

  it("a later revision than the refused one gets its own chance", () => {
    expect(look({ ...refused, doubtRevision: 2 }, "absent").status).toBe("due");
    expect(look({ ...refused, doubtRevision: 2, delivered: {} }, "found").status).toBe("due");
  });

  it("a refused update of a deal that exists is dead with the reason", () => {
    expect(look({ ...refused, delivered: {} }, "found")).toMatchObject({
      status: "dead",
      reasonCode: "CALLTOUCH_REFUSED",
    });
  });

  it.each(["deleted", "absent"] as const)("a delivered deal that is %s was deleted by a person", (kind) => {
    expect(look({ ...refused, delivered: {} }, kind)).toMatchObject({
      status: "dead",
      delivered: null,
      closed: true,
      reasonCode: "DELETED_IN_CALLTOUCH",
    });
  });

  it.each(["deleted", "absent"] as const)("a deletion of a deal that is %s is done", (kind) => {
    expect(look({ ...refused, delivered: {}, wanted: null }, kind)).toMatchObject({
      status: "delivered",
      delivered: null,
      closed: true,
    });
  });

  it("a deal that nobody wants any more and that is deleted already needs nobody's attention", () => {
    expect(look({ wanted: null }, "deleted")).toMatchObject({ status: "delivered", closed: true });
  });

  it("an unknown create found after the document was deleted is deleted", () => {
    expect(look({ wanted: null }, "found")).toMatchObject({ status: "due", delivered: {} });
  });
});
