import { type Deal, deal } from "../../src/deal.ts";
import seedDeal from "../fixtures/calltouch/seed-002/deal.json" with { type: "json" };
import seedRequest from "../fixtures/calltouch/seed-002/request.json" with { type: "json" };

/** The deal of the request Calltouch recommends, with some of its fields replaced. */
export function dealWith(fields: Partial<Deal> = {}): Deal {
  return deal.parse({ ...seedDeal, ...fields });
}

/** The body of that request. */
export const recommendedRequest: unknown = seedRequest;

/** 2021-07-19 16:42:32 in Moscow, the date of the deal. */
export const DEAL_AT = Date.UTC(2021, 6, 19, 13, 42, 32);
export const MOSCOW = { timeZone: "Europe/Moscow", now: Date.UTC(2021, 6, 20) };
