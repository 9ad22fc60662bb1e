import { describe, expect, it } from "vitest";
import { judgeLead } from "../../adapters/moysklad/judge-lead.ts";
import { settings } from "../../adapters/moysklad/settings.ts";
import { call, request } from "./leads.ts";

const judge = (lead: Parameters<typeof judgeLead>[0], patch: object = {}) => judgeLead(lead, settings.parse(patch));
const codeOf = (judgement: ReturnType<typeof judgeLead>) =>
  judgement.kind === "skip" ? judgement.reason.code : judgement.kind;

describe("whether a lead becomes an order", () => {
  it("every finished call and every request does by default", () => {
    expect(codeOf(judge(call()))).toBe("take");
    expect(codeOf(judge(request()))).toBe("take");
  });

  it("a call that is not over is waited for: its source and tags are not known yet", () => {
    expect(codeOf(judge(call({ isFinished: false })))).toBe("wait");
  });

  it("each flow is switched off alone", () => {
    expect(codeOf(judge(call(), { flows: { calls: false } }))).toBe("CALLS_OFF");
    expect(codeOf(judge(request(), { flows: { calls: false } }))).toBe("take");
    expect(codeOf(judge(request(), { flows: { requests: false } }))).toBe("REQUESTS_OFF");
    expect(codeOf(judge(call(), { flows: { requests: false } }))).toBe("take");
  });

  it.each([
    ["answered", "isAnswered"],
    ["target", "isTarget"],
    ["unique", "isUnique"],
  ] as const)("of %s calls only those become orders, and what is not known yet is waited for", (calls, field) => {
    expect(codeOf(judge(call({ [field]: true }), { calls }))).toBe("take");
    expect(codeOf(judge(call({ [field]: false }), { calls }))).toBe("CALL_NOT_WANTED");
    expect(codeOf(judge(call(), { calls }))).toBe("wait");
    expect(codeOf(judge(request(), { calls }))).toBe("take");
  });

  it("a call shorter than the setting is left out, one as long as it is taken", () => {
    const patch = { minDurationSeconds: 20 };
    expect(codeOf(judge(call({ durationSeconds: 19 }), patch))).toBe("CALL_TOO_SHORT");
    expect(codeOf(judge(call({ durationSeconds: 20 }), patch))).toBe("take");
    expect(codeOf(judge(call(), patch))).toBe("wait");
  });

  it.each(["79991234567", "8 (999) 123-45-67", "+7 999 123-45-67 доб. 5"])(
    "a number excluded as %s is excluded however it is typed, before the call is over",
    (typed) => {
      const patch = { excludedPhones: [typed] };
      expect(codeOf(judge(call({ phone: "79991234567", isFinished: false }), patch))).toBe("EXCLUDED_PHONE");
      expect(codeOf(judge(call({ phone: "79991234568" }), patch))).toBe("take");
    },
  );

  it("a hidden number is excluded by nothing", () => {
    const { phone: _, ...hidden } = call();
    expect(codeOf(judge(hidden, { excludedPhones: ["79991234567"] }))).toBe("take");
  });
});
