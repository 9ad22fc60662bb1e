import { describe, expect, it } from "vitest";
import { fullNameOf, queryOf } from "../../src/attribution/attribution.ts";
import { toAttribution } from "../../src/attribution/to-attribution.ts";
import { type ListedDeal, parseListedDeal } from "../../src/calltouch/listed-deal.ts";

const OURS = { source: "1С", medium: "Документ", campaign: "Осень" };

/** A record as the listing writes it. */
function listed(fields: Record<string, unknown>): ListedDeal {
  const record = parseListedDeal({ orderId: 7071678, orderNumber: "N-1", ...fields }, "Europe/Moscow");
  if (!record) throw new Error("The record cannot be read");
  return record;
}
const read = (fields: Record<string, unknown>) => toAttribution(listed(fields), [OURS]);
const call = { orderSource: { type: "CALL", callId: 104000 } };

describe("an attribution", () => {
  it("is read from the record of the reference", () => {
    const visit = {
      source: "yandex",
      medium: "cpc",
      utmSource: "yandex",
      utmMedium: "cpc",
      utmCampaign: "75344406",
      utmContent: "",
      utmTerm: "автозапчасти",
      keyword: "(not set)",
      visitDate: "14/05/2025 09:51:30",
    };
    const known = read({ ...call, visit });
    expect(known).toEqual({
      matched: true,
      lead: { kind: "call", id: 104000 },
      source: "yandex",
      medium: "cpc",
      campaign: "75344406",
      term: "автозапчасти",
    });
    expect(queryOf(known)).toBe("автозапчасти");
    expect(fullNameOf(known)).toBe("yandex / cpc / 75344406 / автозапчасти");
  });

  it.each(["<не указано>", "<не заполнено>", "(not set)", "", " ", null, "undefined"])(
    "has nothing where the placeholder %s stands",
    (text) => {
      const visit = { source: text, medium: text, utmCampaign: text, utmTerm: text, utmContent: text, keyword: text };
      expect(read({ ...call, visit })).toEqual({ matched: true, lead: { kind: "call", id: 104000 } });
      expect(read({ visit })).toEqual({ matched: false });
    },
  );

  it.each([
    ["as it was sent", { source: "1С", medium: "Документ", utmCampaign: "Осень" }],
    ["in other letters", { source: "1с", medium: "ДОКУМЕНТ " }],
    ["in the labels alone", { utmSource: "1С", utmMedium: "Документ" }],
    ["with the campaign the deal was made with", { source: "1С", medium: "Документ", utmCampaign: "Лето" }],
    ["without a medium", { source: "1С", medium: null }],
  ])("is unmatched where our own source stands %s", (_, visit) => {
    expect(read({ visit }).matched).toBe(false);
    expect(read({ ...call, visit }).matched).toBe(true);
  });

  it("is matched where another source stands, though Calltouch names no lead", () => {
    expect(read({ visit: { source: "google", medium: "Документ" } }).matched).toBe(true);
    expect(read({ visit: { source: "1С", medium: "cpc" } }).matched).toBe(true);
  });

  it("is unmatched where our own source stands as it was cut for Calltouch", () => {
    const source = "Ы".repeat(500);
    const attribution = toAttribution(listed({ visit: { source: source.slice(0, 126), medium: "m" } }), [
      { source, medium: "m" },
    ]);
    expect(attribution.matched).toBe(false);
  });

  it("holds no control characters, no halves of characters and no text without an end", () => {
    const known = read({
      visit: { source: "a\u0000\u001fb", utmCampaign: "\ud800", utmTerm: "я".repeat(5_000), keyword: "\u0007" },
    });
    expect(known).toEqual({ matched: true, source: "a b", campaign: "\ufffd", term: "я".repeat(2_000) });
  });

  it("says of a request its number and of a chat its id", () => {
    const requested = read({ orderSource: { type: "REQUEST", requestNumber: "205" } });
    expect(requested).toEqual({ matched: true, lead: { kind: "request", number: "205" } });
    expect(read({ orderSource: { type: "chat", chatId: 9 } }).lead).toEqual({ kind: "chat", id: 9 });
  });
});
