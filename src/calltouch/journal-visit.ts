import { readVisit } from "./answer-value.ts";

/** The visit under the names that both journals of leads give it. */
export function readJournalVisit(fields: Readonly<Record<string, unknown>>) {
  return readVisit({
    source: fields["source"],
    medium: fields["medium"],
    utmSource: fields["utmSource"],
    utmMedium: fields["utmMedium"],
    utmCampaign: fields["utmCampaign"],
    utmContent: fields["utmContent"],
    utmTerm: fields["utmTerm"],
  });
}
