/** What a webhook of a lead carries: every parameter a text, what is not known the text `null`. */
import * as z from "zod";
import { toVisit } from "./journal-value.ts";
import { type Lead, TRACKED_NUMBER } from "./lead.ts";
import type { Site } from "./site.ts";
import { toHookDateTime } from "./wire-date.ts";

/** A call is told of when it begins, when it is over and when something of it is changed later; a request at once. */
export const hookPhase = z.enum(["callconnected", "calldisconnected", "request", "edit"]);
export type HookPhase = z.infer<typeof hookPhase>;
export type HookParameters = Record<string, string>;

export interface HookContext {
  site: Site;
  now: number;
  /** Calltouch's own id of the deal linked to the lead. */
  dealId: number | null;
  hiddenNumber: string | null;
  changedFields: string[];
}

type Value = string | number | boolean | null;

export function toHookParameters(lead: Lead, phase: HookPhase, context: HookContext): HookParameters {
  const ofKind = lead.kind === "call" ? ofCall(lead, phase, context) : ofRequest(lead, context);
  const values: Record<string, Value> = { ...NOTHING, ...ofKind, ...ofLead(lead, context) };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

/** What the cabinet's test button sends: nothing is filled in. */
export function toTestParameters(): HookParameters {
  return Object.fromEntries(Object.keys(NOTHING).map((name) => [name, `{${name}}`]));
}

const CHANGED_AT_THE_END = ["callphase", "duration", "status", "statusDetails", "targetcall", "uniqtargetcall"];

function ofCall(call: Lead, phase: HookPhase, { site, hiddenNumber, changedFields }: HookContext) {
  const isOver = phase !== "callconnected";
  const changed = phase === "calldisconnected" ? CHANGED_AT_THE_END : changedFields;
  const atEnd = {
    duration: call.durationSeconds,
    status: call.answered ? "successful" : "unsuccessful",
    statusDetails: call.answered ? "Connection succeeded." : "No answer.",
    targetcall: call.target ? "target" : "non-target",
    uniqtargetcall: call.target && call.unique ? "uniqtarget" : "non-uniqtarget",
    reclink: "https://api-node1.calltouch.ru/reclink/token",
  };
  return {
    id: call.id,
    callphase: isOver ? "calldisconnected" : "callconnected",
    changedFields: changed.length > 0 ? changed.join(",") : null,
    callerphone: call.phones[0] ?? hiddenNumber,
    phonenumber: TRACKED_NUMBER,
    redirectNumber: TRACKED_NUMBER,
    subPoolName: "Остальные",
    waiting_time: call.waitingSeconds,
    calltime: toHookDateTime(call.at, site.timeZone),
    unique: call.unique ? "unique" : "non-unique",
    callback: call.callback ? "callback" : "non-callback",
    worktime: "worktime",
    pool: call.session ? "dynamic" : "staticOffline",
    ...(isOver ? atEnd : {}),
  };
}

function ofRequest(request: Lead, { site, changedFields }: HookContext) {
  return {
    requestId: request.id,
    requestNumber: request.requestNumber,
    changedFields: changedFields.length > 0 ? changedFields.join(",") : null,
    subject: request.subject,
    fio: request.name,
    callerphone: request.phones[0] ?? null,
    requestDate: toHookDateTime(request.at, site.timeZone),
    uniquerequest: request.unique,
    targetrequest: request.target,
    uniqtargetrequest: request.unique && request.target,
    tags_request: joined(request.tags),
  };
}

function ofLead(lead: Lead, { site, now, dealId }: HookContext) {
  const { session } = lead;
  const visit = toVisit(session);
  return {
    leadtype: lead.kind,
    timestamp: Math.floor(lead.at / 1_000),
    sendingTimestamp: Math.floor(now / 1_000),
    tags_auto_ct: joined(lead.autoTags.tone),
    tags_auto_pn: joined(lead.autoTags.number),
    tags_manual: lead.kind === "call" ? joined(lead.tags) : null,
    attribution: 1,
    source: visit.source,
    medium: visit.medium,
    utm_source: visit.utmSource,
    utm_medium: visit.utmMedium,
    utm_campaign: visit.utmCampaign,
    utm_content: visit.utmContent,
    utm_term: visit.utmTerm,
    yaClientId: session?.yaClientId ?? null,
    gcid: session?.guaClientId ?? null,
    sessionId: session ? lead.id + 4_000_000 : null,
    hostname: "example.ru",
    attrs: "{}",
    orderId: dealId,
    siteId: site.siteId,
    siteName: "example.ru",
    manager: lead.manager,
    spam: false,
  };
}

const joined = (tags: string[]) => (tags.length > 0 ? tags.join(",") : null);

/** Every parameter the sandbox knows, in the order they are sent. */
const NOTHING: Record<string, Value> = Object.fromEntries(
  `leadtype callphase id changedFields requestId requestNumber subject fio callerphone phonenumber redirectNumber
  subPoolName duration waiting_time calltime requestDate timestamp sendingTimestamp status statusDetails unique
  targetcall uniqtargetcall uniquerequest targetrequest uniqtargetrequest callback worktime pool tags_auto_gr
  tags_auto_ct tags_auto_pn tags_auto_pr tags_auto_af tags_manual tags_api tags_request attribution source medium
  utm_source utm_medium utm_campaign utm_content utm_term yaClientId gcid sessionId ctClientId ctGlobalId ctCallerId
  hostname url callUrl ref city browser os device ip userAgent attrs reclink sip_call_id callReferenceNumber orderId
  siteId siteName manager rating spam`
    .split(/\s+/)
    .map((name) => [name, null]),
);
