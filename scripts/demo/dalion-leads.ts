/** The shop of the Dalion story, and who called it. Two firms share its Calltouch site: a tag on each number tells whose call it was. */
import type { LeadInput } from "../../sandbox/calltouch/index.ts";

export const SITE = { siteId: "12346", token: "sandbox-token-2" };

export const OWN_TAG = "ER";
const OTHER_TAG = "АвтоАгрегат";

export const BY_GOOGLE_MAPS = { lead: "call 601", source: "ER Google карты / offline" };
export const BY_YANDEX_MAPS = { lead: "call 603", source: "ER Яндекс карты new / offline" };
export const BY_MAPS_TO_SERVICE = { lead: "call 604", source: "ER Google карты / offline" };
export const BY_REQUEST = { lead: "request 605", source: "yandex / cpc" };

/** Guids of the orders whose source is read back, with what 1C then writes as the source's full name. */
export const FULL_NAMES: ReadonlyMap<string, string> = new Map([
  ["2c55a318-c2ed-11ed-80d6-2c44fd8322a7", "ER Google карты / offline / Google"],
  ["02f3aedc-c339-11ed-80d6-2c44fd8322a7", "ER Яндекс карты new / offline / Яндекс"],
  ["2a93c08b-c2ee-11ed-80d6-2c44fd8322a7", "ER Google карты / offline / Google"],
  ["2c55a2ea-c2ed-11ed-80d6-2c44fd8322a7", "yandex / cpc / zapchasti / генератор купить"],
]);

export function createDalionLeads(now: number): LeadInput[] {
  const { siteId } = SITE;
  const at = (minutes: number) => now - minutes * 60_000;
  const google = { source: "ER Google карты", medium: "offline", utmCampaign: "Google" };
  const yandex = { source: "ER Яндекс карты new", medium: "offline", utmCampaign: "Яндекс" };
  const other = { source: "AA Яндекс карты", medium: "offline", utmCampaign: "Яндекс" };
  const own = { number: [OWN_TAG] };
  const call = { siteId, kind: "call" } as const;
  return [
    { ...call, id: 601, at: at(200), phones: ["79002003041"], autoTags: own, session: google },
    // Nearer to the order, but it was the other firm that this client called.
    { ...call, id: 602, at: at(185), phones: ["79002003041"], autoTags: { number: [OTHER_TAG] }, session: other },
    { ...call, id: 603, at: at(190), phones: ["79002003042"], autoTags: own, session: yandex },
    { ...call, id: 604, at: at(600), phones: ["79002003043"], autoTags: own, session: google },
    {
      siteId,
      kind: "request",
      id: 605,
      at: at(660),
      emails: ["morozov@example.com"],
      tags: [OWN_TAG],
      session: { source: "yandex", medium: "cpc", utmCampaign: "zapchasti", keyword: "генератор купить" },
    },
  ];
}
