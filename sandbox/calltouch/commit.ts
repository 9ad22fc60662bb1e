/** Judges one request and applies it, in one go: nothing here waits, so requests cannot interleave. */
import type { Outcome } from "./answer.ts";
import type { Cabinet, Cabinets } from "./cabinets.ts";
import { isRead, type Operation, type Read } from "./fault.ts";
import { listCalls, listRequests } from "./journal.ts";
import { parseCallsQuery, parseRequestsQuery } from "./journal-query.ts";
import type { Knobs } from "./knobs.ts";
import { listDeals } from "./listing.ts";
import { parseListingQuery } from "./listing-query.ts";
import type { Parsed } from "./query-field.ts";
import { bodySchemas, futureDates, type Problems, parseBody } from "./validation.ts";
import { createOrder, deleteOrder, type Item, updateOrder, type WriteContext } from "./writes.ts";

export interface Ask {
  operation: Operation;
  siteId: string;
  token: string;
  /** Undefined when the body was no JSON; a listing and a journal have none. */
  body: unknown;
  query: Record<string, string>;
  items: number;
  isJson: boolean;
  refusedNumber: string | null;
}

export function commit(ask: Ask, cabinets: Cabinets, knobs: Knobs, now: number): Outcome {
  const cabinet = cabinets.get(ask.siteId);
  if (!cabinet || !isAllowed(cabinet, ask.token)) return { status: knobs.authStatus, body: { error: "access denied" } };

  const cost = knobs.costs[ask.operation] * (knobs.costPerItem ? Math.max(1, ask.items) : 1);
  const { hourLeft, dayLeft } = cabinet.points.left(cabinet.site, now);
  if (hourLeft < cost || dayLeft < cost) {
    const spent = dayLeft < cost ? "daily" : "hourly";
    return { status: knobs.pointsStatus, body: { error: `${spent} API points are used up` } };
  }
  const outcome = apply(ask, cabinet, cabinets, knobs, now);
  if (outcome.status < 300) cabinet.points.charge(cabinet.site, cost, now);
  return outcome;
}

function isAllowed({ site }: Cabinet, token: string): boolean {
  return site.apiEnabled && !site.tokenRevoked && token !== "" && token === site.token;
}

function read(operation: Read, query: Ask["query"], cabinet: Cabinet, knobs: Knobs, now: number): Outcome {
  const { site, leads, deals } = cabinet;
  const { timeZone } = site;
  switch (operation) {
    case "calls":
      return shown(parseCallsQuery(query, timeZone, knobs), (wanted) =>
        listCalls(wanted, { site, leads, deals, now, knobs }),
      );
    case "requests":
      return shown(parseRequestsQuery(query, timeZone, knobs), (wanted) =>
        listRequests(wanted, { site, leads, deals, now, knobs }),
      );
    case "list":
      return shown(parseListingQuery(query, timeZone, knobs), (wanted) =>
        listDeals(wanted, { deals, leads, timeZone, now, knobs }),
      );
    default:
      return operation satisfies never;
  }
}

function shown<T>(parsed: Parsed<T>, show: (query: T) => unknown): Outcome {
  if (!parsed.ok) return { status: 400, body: { error: parsed.problem } };
  return { status: 200, body: show(parsed.query) };
}

function apply(ask: Ask, cabinet: Cabinet, cabinets: Cabinets, knobs: Knobs, now: number): Outcome {
  const { operation } = ask;
  if (isRead(operation)) return read(operation, ask.query, cabinet, knobs, now);
  const { site, leads, deals } = cabinet;
  const { siteId, timeZone } = site;
  if (!ask.isJson) return { status: 415, body: { error: "Content-Type must be application/json" } };

  const { nextDealId } = cabinets;
  const { refusedNumber } = ask;
  const context: WriteContext = { siteId, timeZone, now, knobs, leads, deals, nextDealId, refusedNumber };
  const schemas = bodySchemas(knobs);
  switch (operation) {
    case "create": {
      const judged = parseBody(schemas.create, ask.body, knobs);
      if (!judged.ok) return invalid(judged.problems);
      const { crm, orders } = judged.body;
      return (
        ahead(orders, context) ??
        written(
          orders.map((order) => createOrder(order, crm, context)),
          knobs,
        )
      );
    }
    case "update": {
      const judged = parseBody(schemas.update, ask.body, knobs);
      if (!judged.ok) return invalid(judged.problems);
      const { orders } = judged.body;
      return (
        ahead(orders, context) ??
        written(
          orders.map((order) => updateOrder(order, context)),
          knobs,
        )
      );
    }
    case "delete": {
      const judged = parseBody(schemas.delete, ask.body, knobs);
      if (!judged.ok) return invalid(judged.problems);
      return written(
        judged.body.orderNumbers.map((orderNumber) => deleteOrder(orderNumber, context)),
        knobs,
      );
    }
    default:
      return operation satisfies never;
  }
}

function ahead(orders: Parameters<typeof futureDates>[0], { timeZone, now, knobs }: WriteContext): Outcome | null {
  if (knobs.futureDates === "accept") return null;
  const problems = futureDates(orders, timeZone, now);
  return Object.keys(problems).length > 0 ? invalid(problems) : null;
}

function invalid(problems: Problems): Outcome {
  return { status: 400, body: { data: { validationErrorData: problems } } };
}

function written(items: Item[], knobs: Knobs): Outcome {
  return {
    status: 200,
    items: items.map(({ orderNumber, calltouchOrderId, error }) => ({
      ...(knobs.echoOrderNumber && orderNumber !== undefined ? { orderNumber } : {}),
      ...(calltouchOrderId !== undefined ? { calltouchOrderId } : {}),
      ...(typeof error === "string" || knobs.errorNullOnSuccess ? { error: error ?? null } : {}),
    })),
  };
}
