/**
 * A lead becomes a counterparty and an order. Called again after a crash at any step it finds or repeats what was made, for
 * everything is made under an id that follows from the lead.
 */
import * as z from "zod";
import type { ApiContext, ApiResult, Lead, Placed } from "../../src/adapter.ts";
import { attachToOpenOrder } from "./attach.ts";
import { type MoyskladClient, RefusedError, withClient } from "./client.ts";
import { placeCounterparty } from "./counterparty.ts";
import { document, isFinal, ORDER_EXPAND } from "./document.ts";
import { toFilter } from "./filter.ts";
import type { Memory } from "./memory.ts";
import { type OrderBody, toLeadCode, toOrderBody } from "./order.ts";
import { NO_ORGANIZATION } from "./refusal.ts";
import type { MoyskladSettings } from "./settings.ts";
import { toSyncId } from "./sync-id.ts";
import { withMetadata } from "./with-metadata.ts";

type SettingsContext = ApiContext<MoyskladSettings>;

const PATH = "/entity/customerorder";
const CLOSED_PERIOD = 17009;

const order = z.looseObject({
  id: z.guid(),
  externalCode: z.string().nullish(),
  state: z.looseObject({ id: z.guid().nullish() }).nullish(),
});
export type Order = z.infer<typeof order>;

export function placeLead(lead: Lead, context: SettingsContext): Promise<ApiResult<Placed>> {
  return withClient(context, (client) =>
    withMetadata(client, context, (memory) => place(lead, memory, client, context)),
  );
}

async function place(lead: Lead, memory: Memory, client: MoyskladClient, context: SettingsContext): Promise<Placed> {
  const { settings, connectionId, baseUrl } = context;
  const syncId = await toSyncId(connectionId, `order:${lead.kind}:${lead.id}`);
  const before = await find(syncId, client);
  if (before) return toPlaced(before, lead, memory, context);
  const organizationId = settings.organization ?? memory.organizationId;
  if (organizationId === null) return { kind: "refused", reason: NO_ORGANIZATION, memory };
  const counterparty = await placeCounterparty(lead, client, context);
  if (settings.attachToOpenOrder && !counterparty.isShared) {
    const attached = await attachToOpenOrder(lead, counterparty.id, client, baseUrl);
    if (attached) return toPlaced(attached, lead, memory, context);
  }
  const parts = { lead, baseUrl, memory, settings, organizationId, agentId: counterparty.id, syncId };
  return toPlaced(await create(toOrderBody(parts), client), lead, memory, context);
}

/**
 * Whether a second POST with one `syncId` would also change the order is not documented, and a manager may have moved it
 * since. One in the recycle bin counts: who threw it away does not want it made again.
 */
async function find(syncId: string, client: MoyskladClient): Promise<Order | undefined> {
  const filter = toFilter([
    ["syncId", "=", syncId],
    ["isDeleted", "=", "true"],
    ["isDeleted", "=", "false"],
  ]);
  const answer = await client.get(PATH, { filter, limit: "1", expand: ORDER_EXPAND });
  return z.object({ rows: z.array(order) }).parse(answer).rows[0];
}

async function create(body: OrderBody, client: MoyskladClient): Promise<Order> {
  const query = { expand: ORDER_EXPAND };
  try {
    return order.parse(await client.post(PATH, body, query));
  } catch (error) {
    if (!(error instanceof RefusedError && error.has(CLOSED_PERIOD))) throw error;
    const { moment: _, ...undated } = body;
    return order.parse(await client.post(PATH, undated, query));
  }
}

/** The order with what the bridge knows of it: of one that was there before, what it had noted then. */
async function toPlaced(placed: Order, lead: Lead, memory: Memory, context: SettingsContext): Promise<Placed> {
  const known = document.safeParse((await context.known([placed.id])).get(placed.id)).data;
  const isOurs = placed.externalCode === toLeadCode(lead);
  const isSameState = known !== undefined && known.state?.id === placed.state?.id;
  const state = document.shape.state.safeParse(placed.state).data ?? null;
  const isFirstState = isOurs && !isFinal(state) && (state?.id ?? null) === memory.initialStateId;
  const noted = {
    leadAt: known?.leadAt ?? lead.at,
    isInitialState: known?.isInitialState ?? isFirstState,
    stateAt: isSameState ? known.stateAt : null,
    openState: known?.openState ?? null,
    returnedSum: known?.returnedSum ?? null,
    refundedSum: known?.refundedSum ?? null,
  };
  return { kind: "placed", guid: placed.id, documents: [{ ...placed, ...noted }], memory };
}
