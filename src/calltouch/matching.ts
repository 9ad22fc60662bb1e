/** How Calltouch is asked to find the lead of a deal: the first matcher that finds something wins. */
import type { Deal } from "../deal.ts";
import { cut, cutDistinct, cutOptional, present, someOf, toDateTime, type WireContext } from "./format.ts";
import { LENGTH_MAX, type Matcher } from "./order.ts";

/** What a deal's lead is looked for by. */
type Sought = Pick<Deal, "matching" | "contacts">;
type TypeToMatch = Deal["matching"]["typeToMatch"];

/**
 * The known lead by its id, then a call and a request by contacts, and the custom source last, so that a deal always
 * lands. Only unique leads would leave a returning client without a lead: all leads are searched after them.
 */
export function toMatching(deal: Sought, context: WireContext): Matcher[] {
  const types: TypeToMatch[] = deal.matching.typeToMatch === "nearestUniq" ? ["nearestUniq", "nearest"] : ["nearest"];
  return [
    ...toLeadMatchers(deal),
    ...types.flatMap((type) => toContactMatchers(deal, type, context)),
    toCustomSource(deal),
  ];
}

function toLeadMatchers(deal: Sought): Matcher[] {
  const { lead } = deal.matching;
  if (!lead) return [];
  const tags = toLeadTags(deal);
  switch (lead.kind) {
    case "call":
      return [{ type: "call", callParams: { callId: lead.id, ...tags } }];
    case "request":
      return [{ type: "request", requestParams: { requestId: lead.id, ...tags } }];
    default:
      return lead.kind satisfies never;
  }
}

function toContactMatchers(deal: Sought, typeToMatch: TypeToMatch, context: WireContext): Matcher[] {
  const phones = someOf([...new Set(deal.contacts.phones)]);
  const emails = someOf([...new Set(deal.contacts.emails)]);
  const date = toDateTime(deal.matching.at, context);
  const tags = toLeadTags(deal);
  const searchDepth = deal.matching.searchDepthMinutes;
  const matchers: Matcher[] = [];
  if (phones) {
    const callContactParams = { phones, date, ...tags, callTypeToMatch: typeToMatch, searchDepth };
    matchers.push({ type: "callContact", callContactParams });
  }
  if (phones || emails) {
    const requestContactParams = present({
      emails,
      phones,
      date,
      ...tags,
      requestTypeToMatch: typeToMatch,
      searchDepth,
    });
    matchers.push({ type: "requestContact", requestContactParams });
  }
  return matchers;
}

function toLeadTags(deal: Sought): { tags?: string[]; tagsLogic?: "and" } {
  const tags = cutDistinct(deal.matching.leadTags, LENGTH_MAX.tag);
  return tags ? { tags, tagsLogic: "and" } : {};
}

function toCustomSource({ matching: { customSource } }: Sought): Matcher {
  const max = LENGTH_MAX.customSource;
  const customSourceParams = present({
    source: cut(customSource.source, max),
    medium: cut(customSource.medium, max),
    campaign: cutOptional(customSource.campaign, max),
    content: cutOptional(customSource.content, max),
    term: cutOptional(customSource.term, max),
  });
  return { type: "customSources", customSourceParams };
}
