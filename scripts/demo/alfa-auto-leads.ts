/** The car service of the Alfa-Auto story, who turned to it through ads before the documents came, and how a deal of theirs must show it. */
import type { LeadInput } from "../../sandbox/calltouch/index.ts";
import { NOTHING } from "./deal.ts";

export const SITE = { siteId: "12345", token: "sandbox-token" };

export const BY_CALL = { lead: "call 501", source: "yandex / cpc" };
export const BY_REQUEST = { lead: "request 502", source: "google / organic" };
export const BY_EMAIL = { lead: "request 503", source: "vk / social" };
/** Nobody was found: the source is the adapter's own. */
export const NO_LEAD = { lead: NOTHING, source: "офлайн визит / офлайн визит" };

export function createAlfaAutoLeads(now: number): LeadInput[] {
  const { siteId } = SITE;
  const minutesAgo = (minutes: number) => now - minutes * 60_000;
  return [
    {
      siteId,
      kind: "call",
      id: 501,
      at: minutesAgo(190),
      phones: ["79001234567"],
      session: { source: "yandex", medium: "cpc", utmCampaign: "tormoza", keyword: "замена колодок" },
    },
    {
      siteId,
      kind: "request",
      id: 502,
      at: minutesAgo(170),
      phones: ["79003334455"],
      session: { source: "google", medium: "organic" },
    },
    {
      siteId,
      kind: "request",
      id: 503,
      at: minutesAgo(150),
      emails: ["tarasov@example.com"],
      session: { source: "vk", medium: "social" },
    },
  ];
}
