/** A deal in Calltouch as the demo shows and compares it: everything as text, a dash for what it does not have. */

export interface ShownDeal {
  orderNumber: string;
  status: string;
  revenue: string;
  margin: string;
  funnel: string;
  tags: string;
  lead: string;
  source: string;
}

export const COLUMNS = ["orderNumber", "status", "revenue", "margin", "funnel", "tags", "lead", "source"] as const;

export const NOTHING = "—";

/** What most deals of the demo do not have. */
export const PLAIN = { margin: NOTHING, funnel: NOTHING, tags: NOTHING };

/** In one line: what is not there is left out. */
export function toDealLine({ orderNumber, status, revenue, margin, funnel, tags }: ShownDeal): string {
  const parts = [
    orderNumber,
    status,
    revenue,
    margin === NOTHING ? NOTHING : `margin ${margin}`,
    funnel,
    tags === NOTHING ? NOTHING : `tags ${tags}`,
  ];
  return parts.filter((part) => part !== NOTHING).join(", ");
}
