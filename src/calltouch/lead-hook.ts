/**
 * A webhook of Calltouch's about a lead. Everything in it is text, the parameters are those chosen in the cabinet, and
 * nothing of it is proven: who sends it is told by the address alone. Pure.
 */
import type { Lead } from "../lead.ts";
import {
  readCount,
  readEmail,
  readFlag,
  readId,
  readInstant,
  readPhone,
  readTags,
  readText,
  readVisit,
} from "./answer-value.ts";
import { isOver } from "./call.ts";
import { present } from "./format.ts";

export type LeadHook =
  | { kind: "lead"; lead: Lead; siteId?: string }
  /** The test button of the cabinet: an empty body, or one that names no lead. */
  | { kind: "test" }
  | { kind: "ignored"; reason: "not-a-lead" | "no-time" };

type Parameters = Readonly<Record<string, string>>;

/** @param timeZone of the site, for a time that comes without its Unix seconds. */
export function readLeadHook(parameters: Parameters, timeZone: string): LeadHook {
  const callId = readId(parameters["id"]);
  const requestId = readId(parameters["requestId"]);
  const type = readText(parameters["leadtype"])?.toLowerCase() ?? typeOf(callId, requestId);
  switch (type) {
    case "call":
      return toHook(callId, parameters, ["timestamp", "calltime"], timeZone, toCall);
    case "request":
      return toHook(requestId ?? callId, parameters, ["timestamp", "requestDate"], timeZone, toRequest);
    case undefined:
      return { kind: "test" };
    default:
      return { kind: "ignored", reason: "not-a-lead" };
  }
}

function typeOf(callId: number | undefined, requestId: number | undefined): string | undefined {
  if (requestId !== undefined) return "request";
  return callId === undefined ? undefined : "call";
}

interface Seen {
  id: number;
  at: number;
}

function toHook(
  id: number | undefined,
  parameters: Parameters,
  times: readonly string[],
  timeZone: string,
  toLead: (seen: Seen, parameters: Parameters) => Lead,
): LeadHook {
  if (id === undefined) return { kind: "test" };
  const [at] = times.map((name) => readInstant(parameters[name], timeZone)).filter((found) => found !== undefined);
  if (at === undefined) return { kind: "ignored", reason: "no-time" };
  return present({
    kind: "lead" as const,
    lead: toLead({ id, at }, parameters),
    siteId: readText(parameters["siteId"]),
  });
}

function toCall(seen: Seen, parameters: Parameters): Lead {
  const durationSeconds = readCount(parameters["duration"]);
  // Without its phase a call is over once it has a duration.
  const isFinished = isOver(parameters["callphase"]) ?? durationSeconds !== undefined;
  const outcome = {
    durationSeconds,
    isAnswered: readFlag(parameters["status"]),
    isTarget: readFlag(parameters["targetcall"]),
  };
  return present({
    kind: "call" as const,
    ...seen,
    isFinished,
    ...toClient(parameters),
    ...(isFinished ? outcome : {}),
    isUnique: readFlag(parameters["unique"]),
    ...toVisit(parameters),
    tags: toTags(parameters["tags_auto_ct"], parameters["tags_auto_pn"]),
  });
}

function toRequest(seen: Seen, parameters: Parameters): Lead {
  return present({
    kind: "request" as const,
    ...seen,
    isFinished: true,
    ...toClient(parameters),
    comment: readText(parameters["comment"]),
    subject: readText(parameters["subject"]),
    isTarget: readFlag(parameters["targetrequest"]),
    isUnique: readFlag(parameters["uniquerequest"]),
    ...toVisit(parameters),
    tags: toTags(parameters["tags_request"]),
  });
}

function toClient(parameters: Parameters) {
  return {
    phone: readPhone(parameters["callerphone"]),
    email: readEmail(parameters["email"]),
    name: readText(parameters["fio"]),
  };
}

function toVisit(parameters: Parameters) {
  const visit = readVisit({
    source: parameters["source"],
    medium: parameters["medium"],
    utmSource: parameters["utm_source"],
    utmMedium: parameters["utm_medium"],
    utmCampaign: parameters["utm_campaign"],
    utmContent: parameters["utm_content"],
    utmTerm: parameters["utm_term"],
  });
  return { ...visit, googleClientId: readText(parameters["guaClientId"]) ?? readText(parameters["gcid"]) };
}

/** Several tags come in one text, between commas. */
function toTags(...texts: (string | undefined)[]): string[] {
  return readTags(texts.flatMap((text) => (readText(text) ?? "").split(",")));
}
