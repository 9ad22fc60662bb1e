/** The shop of the MoySklad story, the call that comes in, and the order fields it must fill. */
import type { LeadInput } from "../../sandbox/calltouch/index.ts";

export const SITE = { siteId: "12347", token: "sandbox-token-3" };
export const SHOP = { token: "moysklad-token", organization: "ООО «Ромашка»" };

export const CALL = { id: 701, found: { lead: "call 701", source: "google / cpc" } };

/** By the name of the field in MoySklad. */
export const FIELDS = {
  Источник: "google",
  Канал: "cpc",
  utm_source: "google",
  utm_medium: "cpc",
  utm_campaign: "shiny",
  utm_content: "banner-2",
  utm_term: "зимние шины",
  "Google Client ID": "1043567512.1763800000",
  Теги: "Продажи|Шины",
};

export function createCall(at: number, finishedAt: number): LeadInput {
  return {
    siteId: SITE.siteId,
    kind: "call",
    id: CALL.id,
    at,
    finishedAt,
    phones: ["79005556677"],
    autoTags: { tone: ["Продажи"], number: ["Шины"] },
    session: {
      source: FIELDS.Источник,
      medium: FIELDS.Канал,
      utmSource: FIELDS.utm_source,
      utmMedium: FIELDS.utm_medium,
      utmCampaign: FIELDS.utm_campaign,
      utmContent: FIELDS.utm_content,
      utmTerm: FIELDS.utm_term,
      guaClientId: FIELDS["Google Client ID"],
    },
  };
}
