/** What Calltouch has, in the columns of the demo's table, and how that differs from what it must have. */

import type { ExpectedDeal } from "./documents.ts";
import type { RunningSandbox } from "./processes.ts";

export const COLUMNS = ["orderNumber", "status", "revenue", "lead", "source"] as const;

export function readDeals(control: RunningSandbox["control"]): ExpectedDeal[] {
  const leads = control.leads();
  return control.deals().map(({ orderNumber, status, revenue, link, isDeleted }) => ({
    orderNumber,
    status: isDeleted ? `${status} (deleted)` : status,
    revenue: revenue ?? "—",
    ...toLead(link, leads),
  }));
}

type Link = ReturnType<RunningSandbox["control"]["deals"]>[number]["link"];
type Lead = ReturnType<RunningSandbox["control"]["leads"]>[number];

function toLead(link: Link, leads: readonly Lead[]): Pick<ExpectedDeal, "lead" | "source"> {
  if (link.kind === "none") return { lead: "—", source: "—" };
  if (link.kind === "custom") return { lead: "—", source: `${link.custom.source} / ${link.custom.medium}` };
  const { session } = leads.find(({ kind, id }) => kind === link.kind && id === link.id) ?? {};
  return { lead: `${link.kind} ${link.id}`, source: session ? `${session.source} / ${session.medium}` : "—" };
}

/** One line for each deal that is missing, doubled, unexpected, or not as it must be. */
export function findDifferences(actual: readonly ExpectedDeal[], expected: readonly ExpectedDeal[]): string[] {
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
