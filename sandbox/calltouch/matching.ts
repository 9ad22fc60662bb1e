/** Finds the lead of a deal: matchers in order, the first hit wins. */
import type { Link } from "./deal-book.ts";
import type { Knobs } from "./knobs.ts";
import { allTags, type Contacts, type Lead, type LeadBook, type LeadKind } from "./lead.ts";
import type { Matcher } from "./matcher.ts";
import { bodyDateToInstant } from "./wire-date.ts";

export interface MatchingContext {
  leads: LeadBook;
  timeZone: string;
  now: number;
  knobs: Knobs;
}

/** Null when no matcher hit. */
export function findLink(matchers: Matcher[], context: MatchingContext): Link | null {
  for (const matcher of matchers) {
    const link = linkBy(matcher, context);
    if (link) return link;
  }
  return null;
}

function linkBy(matcher: Matcher, context: MatchingContext): Link | null {
  switch (matcher.type) {
    case "call":
      return byId("call", matcher.callParams.callId, matcher.callParams, context);
    case "request":
      return byId("request", matcher.requestParams.requestId, matcher.requestParams, context);
    case "chat":
      return byId("chat", matcher.chatParams.chatId, matcher.chatParams, context);
    case "callContact": {
      const params = matcher.callContactParams;
      return byContact(["call"], params, params.callTypeToMatch, context);
    }
    case "requestContact": {
      const params = matcher.requestContactParams;
      return byContact(["request"], params, params.requestTypeToMatch, context);
    }
    case "leadContact": {
      const params = matcher.leadContactParams;
      const kinds: LeadKind[] = params.withChats ? ["call", "request", "chat"] : ["call", "request"];
      return byContact(kinds, params, params.leadTypeToMatch, context);
    }
    case "chatContact": {
      const params = matcher.chatContactParams;
      return byContact(["chat"], params, params.chatTypeToMatch, context);
    }
    case "customSources":
      return { kind: "custom", custom: matcher.customSourceParams };
    case "withoutSource":
      return { kind: "none" };
    default:
      return matcher satisfies never;
  }
}

interface TagFilter {
  tags?: string[] | undefined;
  tagsLogic?: "and" | "or" | undefined;
}

interface Search extends TagFilter, Contacts {
  date: string;
  searchDepth: number;
}

function byId(kind: LeadKind, id: number, filter: TagFilter, context: MatchingContext): Link | null {
  const lead = context.leads.get(kind, id);
  return lead && lead.visibleAt <= context.now && hasTags(lead, filter) ? { kind, id } : null;
}

function byContact(
  kinds: LeadKind[],
  search: Search,
  typeToMatch: "nearest" | "nearestUniq",
  context: MatchingContext,
): Link | null {
  const { knobs, now } = context;
  const date = bodyDateToInstant(search.date, context.timeZone);
  const depthMs = search.searchDepth * 60_000;
  const afterMs = knobs.matchBothSides ? depthMs : knobs.futureToleranceMinutes * 60_000;

  let best: Lead | undefined;
  for (const lead of context.leads.byContacts(search)) {
    if (!kinds.includes(lead.kind) || lead.visibleAt > now || !hasTags(lead, search)) continue;
    if (typeToMatch === "nearestUniq" && !lead.unique) continue;
    const at = toSecond(lead.at);
    if (at < date - depthMs || at > date + afterMs) continue;
    if (!best || isNearer(lead, best, date)) best = lead;
  }
  return best ? { kind: best.kind, id: best.id } : null;
}

function isNearer(lead: Lead, best: Lead, date: number): boolean {
  const distance = Math.abs(toSecond(lead.at) - date);
  const bestDistance = Math.abs(toSecond(best.at) - date);
  return distance < bestDistance || (distance === bestDistance && lead.id > best.id);
}

function hasTags(lead: Lead, { tags = [], tagsLogic = "and" }: TagFilter): boolean {
  if (tags.length === 0) return true;
  const carried = allTags(lead);
  return tagsLogic === "and" ? tags.every((tag) => carried.includes(tag)) : tags.some((tag) => carried.includes(tag));
}

/** Bodies carry whole seconds, so a lead is compared by its second. */
const toSecond = (at: number) => Math.floor(at / 1_000) * 1_000;
