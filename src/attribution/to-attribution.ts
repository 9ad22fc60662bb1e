/** What a record of Calltouch's listing says about where its deal came from. Pure. */
import { cut, present } from "../calltouch/format.ts";
import type { ListedDeal, Visit } from "../calltouch/listed-deal.ts";
import { LENGTH_MAX } from "../calltouch/order.ts";
import type { Deal } from "../deal.ts";
import { type Attribution, attribution } from "./attribution.ts";

type CustomSource = Deal["matching"]["customSource"];

const TEXT_LENGTH_MAX = 2_000;

/** `customSources` are our own fallback sources: a deal that shows one of them has found no lead. */
export function toAttribution({ lead, visit }: ListedDeal, customSources: readonly CustomSource[]): Attribution {
  const isFallback = visit === null || customSources.some((source) => isShownAs(source, visit));
  return attribution.parse(
    present({
      matched: lead !== undefined || !isFallback,
      lead: lead && present({ kind: lead.kind, id: lead.id, number: clean(lead.number) }),
      source: clean(visit?.source),
      medium: clean(visit?.medium),
      campaign: clean(visit?.campaign),
      content: clean(visit?.content),
      term: clean(visit?.term),
      keyword: clean(visit?.keyword),
    }),
  );
}

/**
 * By source and medium alone: the campaign follows the ERP's document, and Calltouch keeps the one the deal was made with.
 * A placeholder for a medium is not shown.
 */
function isShownAs({ source, medium }: CustomSource, visit: Visit): boolean {
  return isSame(source, visit.source) && (visit.medium === undefined || isSame(medium, visit.medium));
}

function isSame(sent: string, shown: string | undefined): boolean {
  const [left, right] = [cut(sent, LENGTH_MAX.customSource), shown ?? ""].map((text) => text.trim().toLowerCase());
  return left === right;
}

/** Fit for an ERP, some of which cannot even store control characters. */
function clean(text: string | undefined): string | undefined {
  const plain = cut((text ?? "").replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim(), TEXT_LENGTH_MAX);
  return plain === "" ? undefined : plain;
}
