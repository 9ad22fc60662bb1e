/** What of MoySklad the bridge watches. */
import type { MoyskladSettings } from "./settings.ts";

/**
 * Beside the orders, what changes the sum that counts, for MoySklad may leave the order as it was. In a place with several
 * names one is asked each time, so that a poll that finds nothing takes at most four requests.
 */
export const SOURCES: Record<MoyskladSettings["revenue"], readonly (readonly [string, ...string[]])[]> = {
  sum: [["customerorder"], ["salesreturn"], ["paymentout", "cashout"]],
  paid: [["customerorder"], ["paymentin"], ["cashin"], ["paymentout", "cashout"]],
  shipped: [["customerorder"], ["demand"], ["salesreturn"], ["paymentout", "cashout"]],
};

/** Kinds of documents whose change may change the revenue, orders among them. */
export function relevantKinds(settings: MoyskladSettings): ReadonlySet<string> {
  return new Set(SOURCES[settings.revenue].flat());
}
