/** What the rows of both journals have in common; the visit is the same in webhooks. */
import type { JournalContext, Row } from "./journal.ts";
import type { Lead, LeadSession } from "./lead.ts";
import { toListingDateTime, toPlainHourDateTime } from "./wire-date.ts";

/** What Calltouch shows where it knows nothing. */
const UNKNOWN = "<не указано>";
export const NO_KEYWORD = "(not set)";

export function toVisit(session: LeadSession | null) {
  return {
    source: session?.source ?? UNKNOWN,
    medium: session?.medium ?? UNKNOWN,
    keyword: session?.keyword ?? NO_KEYWORD,
    utmSource: session?.utmSource ?? UNKNOWN,
    utmMedium: session?.utmMedium ?? UNKNOWN,
    utmCampaign: session?.utmCampaign ?? UNKNOWN,
    utmContent: session?.utmContent ?? UNKNOWN,
    utmTerm: session?.utmTerm ?? UNKNOWN,
  };
}

/** Null when there are none. */
export function toTagGroups({ autoTags, tags }: Lead): Row[] | null {
  const groups = [
    { category: "", type: "AUTO-CT", names: autoTags.tone },
    { category: "", type: "AUTO-PN", names: autoTags.number },
    { category: "", type: "MANUAL", names: tags },
  ].filter(({ names }) => names.length > 0);
  return groups.length > 0 ? groups : null;
}

export function toJournalDateTime(at: number, { site, knobs }: JournalContext): string {
  return knobs.journalPaddedHours ? toListingDateTime(at, site.timeZone) : toPlainHourDateTime(at, site.timeZone);
}
