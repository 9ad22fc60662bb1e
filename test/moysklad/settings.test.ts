import { describe, expect, it } from "vitest";
import { settings } from "../../adapters/moysklad/settings.ts";

const ID = "7A10C0DE-0000-11F1-0A80-000000000051";

describe("the settings of a MoySklad connection", () => {
  it("need nothing to begin with", () => {
    expect(settings.parse({})).toMatchObject({
      companyType: "individual",
      revenue: "sum",
      orders: "from-leads",
      calls: "all",
      flows: { calls: true, requests: true, updates: true, completion: true },
      pendingStatus: "PENDING",
      completedStatus: "COMPLETED",
    });
  });

  it("take MoySklad's ids however they are written, and ids that are no RFC UUIDs", () => {
    const parsed = settings.parse({ organization: ID, states: { [ID]: "В работе" }, onlySalesChannels: [ID] });
    expect(parsed.organization).toBe(ID.toLowerCase());
    expect(parsed.states).toEqual({ [ID.toLowerCase()]: "В работе" });
    expect(parsed.onlySalesChannels).toEqual([ID.toLowerCase()]);
  });

  it("switch each flow alone", () => {
    expect(settings.parse({ flows: { requests: false } }).flows).toEqual({
      calls: true,
      requests: false,
      updates: true,
      completion: true,
    });
  });

  it.each([
    { unheardOf: 1 },
    { token: "" },
    { organization: "ООО «Ромашка»" },
    { states: { Новый: "В работе" } },
    { flows: { call: false } },
    { flows: [] },
    { revenue: "margin" },
    { orders: "none" },
    { calls: "missed" },
    { minDurationSeconds: -1 },
    { excludedPhones: ["нет"] },
    { onlyOrganizations: "все" },
    { defaults: [] },
  ])("refuse what they do not know, in Russian: %j", (raw) => {
    const issues = settings.safeParse(raw).error?.issues ?? [];
    expect(issues.length).toBeGreaterThan(0);
    for (const { message } of issues) expect(message).toMatch(/^[А-ЯЁ]/);
  });
});
