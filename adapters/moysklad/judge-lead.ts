/** Whether the settings want an order for a lead. Pure. */
import type { Lead, Notice } from "../../src/adapter.ts";
import { normalizePhone, readPhones } from "./phone.ts";
import type { MoyskladSettings } from "./settings.ts";

export type LeadJudgement = { kind: "take" } | { kind: "wait" } | { kind: "skip"; reason: Notice };

/** What is not known yet is waited for: the journal of calls tells it. */
export function judgeLead(lead: Lead, settings: MoyskladSettings): LeadJudgement {
  const { flows } = settings;
  if (lead.kind === "request" && !flows.requests) {
    return skip("REQUESTS_OFF", "Заявки не передаются: включите настройку flows.requests");
  }
  if (lead.kind === "call" && !flows.calls) {
    return skip("CALLS_OFF", "Звонки не передаются: включите настройку flows.calls");
  }
  if (isExcluded(lead, settings)) {
    return skip("EXCLUDED_PHONE", "Номер исключён: уберите его из настройки excludedPhones");
  }
  return lead.kind === "call" ? judgeCall(lead, settings) : { kind: "take" };
}

function judgeCall(call: Lead, { calls, minDurationSeconds = 0 }: MoyskladSettings): LeadJudgement {
  if (!call.isFinished) return { kind: "wait" };
  const wanted = { all: true, answered: call.isAnswered, target: call.isTarget, unique: call.isUnique }[calls];
  if (wanted === false) return skip("CALL_NOT_WANTED", `Звонок не подходит под настройку calls: ${calls}`);
  const { durationSeconds } = call;
  if (minDurationSeconds > 0 && durationSeconds !== undefined && durationSeconds < minDurationSeconds) {
    return skip("CALL_TOO_SHORT", `Звонок короче настройки minDurationSeconds: ${minDurationSeconds} с`);
  }
  const isKnown = wanted !== undefined && (minDurationSeconds === 0 || durationSeconds !== undefined);
  return { kind: isKnown ? "take" : "wait" };
}

function isExcluded({ phone }: Lead, { excludedPhones }: MoyskladSettings): boolean {
  if (phone === undefined) return false;
  const normalized = normalizePhone(phone);
  return excludedPhones.some((typed) => normalizePhone(typed) === normalized || readPhones(typed).includes(normalized));
}

function skip(code: string, message: string): LeadJudgement {
  return { kind: "skip", reason: { code, message } };
}
