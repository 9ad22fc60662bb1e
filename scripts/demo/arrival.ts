/** What Calltouch has, as the demo shows it, and how that differs from what it must have. */

import { COLUMNS, NOTHING, type ShownDeal } from "./deal.ts";
import type { RunningCalltouch } from "./sandboxes.ts";

export function readDeals(control: RunningCalltouch["control"]): ShownDeal[] {
  const leads = control.leads();
  return control.deals().map(({ orderNumber, status, revenue, margin, funnel, tags, link, isDeleted }) => ({
    orderNumber,
    status: isDeleted ? `${status} (deleted)` : status,
    revenue: revenue ?? NOTHING,
    margin: margin ?? NOTHING,
    funnel: funnel ?? NOTHING,
    tags: tags.length > 0 ? tags.join(" | ") : NOTHING,
    ...toLead(link, leads),
  }));
}

type Control = RunningCalltouch["control"];
type Link = ReturnType<Control["deals"]>[number]["link"];
type Lead = ReturnType<Control["leads"]>[number];

function toLead(link: Link, leads: readonly Lead[]): Pick<ShownDeal, "lead" | "source"> {
  if (link.kind === "none") return { lead: NOTHING, source: NOTHING };
  if (link.kind === "custom") return { lead: NOTHING, source: `${link.custom.source} / ${link.custom.medium}` };
  const { session } = leads.find(({ kind, id }) => kind === link.kind && id === link.id) ?? {};
  return { lead: `${link.kind} ${link.id}`, source: session ? `${session.source} / ${session.medium}` : NOTHING };
}

/** One line for each deal that is missing, doubled, unexpected, or not as it must be. */
export function findDifferences(actual: readonly ShownDeal[], expected: readonly ShownDeal[]): string[] {
  const wanted = new Map(expected.map((deal) => [deal.orderNumber, deal]));
  const unexpected = actual.filter(({ orderNumber }) => !wanted.has(orderNumber));
  return [
    ...expected.flatMap((deal) => {
      const [found, ...others] = actual.filter(({ orderNumber }) => orderNumber === deal.orderNumber);
      if (!found) return [`${deal.orderNumber}: is not in Calltouch`];
      if (others.length > 0) return [`${deal.orderNumber}: is in Calltouch ${others.length + 1} times`];
      return COLUMNS.filter((column) => found[column] !== deal[column]).map(
        (column) => `${deal.orderNumber}: ${column} is "${found[column]}", expected "${deal[column]}"`,
      );
    }),
    ...unexpected.map(({ orderNumber }) => `${orderNumber}: is in Calltouch and should not be`),
  ];
}
