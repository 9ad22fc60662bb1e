/** The request that Calltouch would be sent for a deal next, made by the dispatcher's own functions and not sent. */
import { type CalltouchClient, createCalltouchClient } from "../calltouch/client.ts";
import type { Account } from "../database/accounts.ts";
import type { ClaimedDeal } from "../database/claims.ts";
import type { DealRow, DealWrite } from "../database/documents.ts";
import { deliveredDeal, wantedDeal } from "../difference.ts";
import { type Order, prepare } from "../dispatcher/prepare.ts";
import type { Vault } from "../vault.ts";
import { maskBody } from "./mask-body.ts";

export type PlannedRequest =
  | { step: "none" }
  /** Whether Calltouch has the deal is asked first. */
  | { step: "lookup" }
  /** Without what identifies the client. */
  | { step: Order["step"]; method: string; path: string; body: unknown };

export interface PlanContext {
  vault: Vault;
  now: number;
  calltouchUrl: string;
  crm: string;
  /** Where the deal goes. */
  account: Pick<Account, "siteId" | "timeZone">;
}

/** The deal as the dispatcher would take it, were this written over the row. */
export function toClaimed(
  place: Pick<ClaimedDeal, "connectionId" | "key" | "adapter">,
  row: DealRow | undefined,
  write: DealWrite | undefined,
): ClaimedDeal {
  const kept = write !== undefined && write.reopened > (row?.reopened ?? 0) ? undefined : row;
  const delivered = kept?.delivered ? deliveredDeal.parse(JSON.parse(kept.delivered)) : null;
  const wanted = write === undefined ? row?.wanted : write.wanted;
  const doubt = kept?.doubt ?? null;
  const isDateFixed = kept?.orderAt != null && (delivered !== null || doubt !== null || kept.lease !== null);
  return {
    ...place,
    id: row?.id ?? 0,
    orderNumber: write?.orderNumber ?? kept?.orderNumber ?? "",
    orderAt: (isDateFixed ? kept.orderAt : (write?.orderAt ?? kept?.orderAt)) ?? 0,
    step: "create",
    revision: row?.revision ?? 0,
    wanted: wanted ? wantedDeal.parse(JSON.parse(wanted)) : null,
    delivered,
    sealed: (write === undefined ? row?.sealed : write.sealed) ?? null,
    changedAt: write?.changedAt ?? row?.changedAt ?? 0,
    updatedInCalltouchAt: kept?.updatedInCalltouchAt ?? 0,
    closed: kept?.closed ?? false,
    doubt,
    doubtRevision: kept?.doubtRevision ?? null,
    refusal: kept?.refusal ?? null,
    rematch: (kept?.rematch ?? false) || (write?.rematch ?? false),
  };
}

export async function planRequest(claimed: ClaimedDeal, context: PlanContext): Promise<PlannedRequest> {
  if (claimed.doubt !== null) return { step: "lookup" };
  const { vault, now, account } = context;
  const prepared = await prepare(claimed, { vault, now, timeZone: account.timeZone });
  if (prepared.kind === "settle") return { step: "none" };
  const request = await capture(context, (client) => send(client, context.crm, prepared.order));
  const { method, url } = request;
  return {
    step: prepared.order.step,
    method,
    path: new URL(url).pathname,
    body: maskBody(await request.json()),
  };
}

function send(client: CalltouchClient, crm: string, order: Order): Promise<unknown> {
  switch (order.step) {
    case "create":
      return client.create(crm, [order.item]);
    case "update":
      return client.update([order.item]);
    case "delete":
      return client.delete([order.item]);
    default:
      return order satisfies never;
  }
}

/** What the client would send. It has no token to show, and nowhere to send it. */
async function capture(
  { calltouchUrl, account }: PlanContext,
  work: (client: CalltouchClient) => Promise<unknown>,
): Promise<Request> {
  let captured: Request | undefined;
  const client = createCalltouchClient({
    baseUrl: calltouchUrl,
    siteId: account.siteId,
    timeZone: account.timeZone,
    token: "-",
    fetch: async (request) => {
      captured = request;
      return new Response("{}");
    },
    timeout: () => new AbortController().signal,
  });
  await work(client);
  if (!captured) throw new Error("the client has sent nothing");
  return captured;
}
