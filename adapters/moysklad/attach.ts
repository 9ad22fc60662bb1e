/** A lead of a client who has an order under way may be noted there instead of making another. */
import * as z from "zod";
import type { Lead } from "../../src/adapter.ts";
import type { MoyskladClient } from "./client.ts";
import { document, isFinal, ORDER_EXPAND } from "./document.ts";
import { toFilter } from "./filter.ts";
import { toDescription, toLeadCode } from "./order.ts";

const PATH = "/entity/customerorder";

const order = z.looseObject({ id: z.guid(), externalCode: z.string().nullish(), state: z.looseObject({}).nullish() });
const notes = z.object({ rows: z.array(z.object({ description: z.string().nullish() })) });

/** The client's newest order that is not final, with a note of the lead; undefined when there is none. */
export async function attachToOpenOrder(lead: Lead, agentId: string, client: MoyskladClient, baseUrl: string) {
  const code = toLeadCode(lead);
  const agent = `${baseUrl}/entity/counterparty/${agentId}`;
  const answer = await client.get(PATH, {
    filter: toFilter([
      ["agent", "=", agent],
      ["isDeleted", "=", "false"],
    ]),
    order: "moment,desc;id,desc",
    limit: "100",
    expand: ORDER_EXPAND,
  });
  const { rows } = z.object({ rows: z.array(order) }).parse(answer);
  const own = rows.find(({ externalCode }) => externalCode === code);
  if (own) return own;
  const open = rows.find(({ state }) => !isFinal(document.shape.state.safeParse(state).data ?? null));
  if (open) await note(lead, open.id, client);
  return open;
}

/** Notes have no id of ours: the lead's code in the text tells that it is there already. */
async function note(lead: Lead, orderId: string, client: MoyskladClient): Promise<void> {
  const path = `${PATH}/${orderId}/notes`;
  const mark = `[${toLeadCode(lead)}]`;
  const { rows } = notes.parse(await client.get(path, { limit: "1000" }));
  if (rows.some(({ description }) => description?.includes(mark))) return;
  await client.post(path, { description: `${toDescription(lead).slice(0, 4_000).toWellFormed()}\n${mark}` });
}
