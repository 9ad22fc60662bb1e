/** Explanations as they are shown: which rule, why not the others, and the request that would be sent. */
import type { DealExplanation, DocumentExplanation } from "../ingest/explain.ts";
import type { Rule } from "../rules.ts";
import { definedOnly } from "./fields.ts";
import { ANSWER_BYTES_MAX, type FittedResult, fitResults, sizeOf } from "./fit.ts";

/** In one request: every one of them may bring a whole request to Calltouch. */
export const EXPLAINED_MAX = 20;
const OTHERS_SHOWN_MAX = 20;
/** `,"more":true` */
const MORE_BYTES = 12;

const CONDITIONS = [
  "territory",
  "warehouse",
  "organization",
  "itemKind",
  "itemGroup",
  "orderType",
  "department",
  "repairType",
] as const;

/** A request without its body is a step. */
type ShownRequest = DealExplanation["request"] | { step: string };
type DealView = Omit<ReturnType<typeof toExplanationView>, "request" | "ifReleased"> & {
  request: ShownRequest;
  ifReleased?: ShownRequest;
};
type Shown = FittedResult & Partial<DealView>;

/** `others` are cut where they would fill the answer by themselves. */
export function toExplanationView({ rule, others, account, leadTags, funnel, request, ifReleased }: DealExplanation) {
  return {
    ...(rule === null ? {} : { rule: toRuleView(rule) }),
    ...(others.length === 0 ? {} : { others: others.slice(0, OTHERS_SHOWN_MAX) }),
    account,
    ...(leadTags.length === 0 ? {} : { leadTags }),
    ...(funnel === undefined ? {} : { funnel }),
    request,
    ...(ifReleased === undefined ? {} : { ifReleased }),
  };
}

/** Bodies go first, from the end, then why other rules were not chosen, then all but how each document would fare. */
export function fitExplanations(
  explained: readonly DocumentExplanation[],
  envelopeBytes: number,
): { results: readonly FittedResult[]; more?: true } {
  const budget = ANSWER_BYTES_MAX - envelopeBytes - MORE_BYTES;
  const whole = explained.map(({ result, deal }): Shown => ({ ...result, ...(deal ? toExplanationView(deal) : {}) }));
  if (sizeOf(whole) <= budget) return { results: whole };
  const shown = [...whole];
  for (const without of [withoutBody, withoutOthers, withoutDeal]) {
    for (let index = shown.length - 1; index >= 0; index -= 1) {
      shown.splice(index, 1, without(shown[index] ?? { index, result: "error", code: "INTERNAL" }));
      if (sizeOf(shown) <= budget) return { results: shown, more: true };
    }
  }
  return { results: fitResults(shown, envelopeBytes + MORE_BYTES), more: true };
}

function withoutBody({ request, ifReleased, ...rest }: Shown): Shown {
  return {
    ...rest,
    ...(request ? { request: { step: request.step } } : {}),
    ...(ifReleased ? { ifReleased: { step: ifReleased.step } } : {}),
  };
}

function withoutOthers({ others: _, ...rest }: Shown): Shown {
  return rest;
}

function withoutDeal({ index, guid, result, code, message, retry, dealId, request }: Shown): Shown {
  const given = { guid, message, retry, dealId, request };
  return { index, result, code, ...definedOnly(given) };
}

/** With its conditions alone. */
function toRuleView(rule: Rule) {
  const given = CONDITIONS.flatMap((name) => (rule[name] === null ? [] : [[name, rule[name]]]));
  return { id: rule.id, ...(rule.skip ? { skip: true } : {}), conditions: Object.fromEntries(given) };
}
