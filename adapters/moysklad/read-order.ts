/** What the bridge adds to an order it reads: when its state changed, where it was before, what was brought back. */
import * as z from "zod";
import type { ApiContext } from "../../src/adapter.ts";
import { ApiStopError, type MoyskladClient, RefusedError } from "./client.ts";
import { fromMoscow } from "./date.ts";
import { document, isFinal, isFromLead, leadOf, type MoyskladDocument, toInstant } from "./document.ts";
import { parseMemory } from "./memory.ts";
import { returnsOf } from "./returns.ts";
import type { MoyskladSettings } from "./settings.ts";
import { toEnteredAt } from "./to-deal.ts";

type Context = ApiContext<MoyskladSettings>;

/** How many requests for the time of a change of state one portion of orders may take. */
const AUDITS_MAX = 25;
const AUDIT_ROWS_MAX = 100;

const audit = z.object({
  rows: z.array(z.object({ moment: z.string(), diff: z.looseObject({}).nullish().catch(null) })),
});

const deletion = z.object({ deleted: z.string() });

export interface Reader {
  /**
   * The document of an order as MoySklad gave it. Undefined: the requests of this portion are used up, and the order
   * waits for the next; never for the first order of a portion.
   */
  read(raw: unknown, known: MoyskladDocument | undefined): Promise<unknown>;
}

/** For one portion of orders. `mayStop`: whether orders may be left for the next one. */
export function createReader(client: MoyskladClient, context: Context, { mayStop }: { mayStop: boolean }): Reader {
  const initialStateId = parseMemory(context.memory).initialStateId ?? context.settings.initialState ?? null;
  let audits = 0;
  let read = 0;

  async function findStateAt(order: MoyskladDocument): Promise<number | "stop" | undefined> {
    const isOver = audits >= AUDITS_MAX || context.isSpent();
    if (isOver && !mayStop) return undefined;
    if (isOver && read > 0) return "stop";
    audits += 1;
    try {
      return await askStateAt(client, order.id);
    } catch (error) {
      // What has been read is kept; the next portion will meet the same limit.
      if (error instanceof ApiStopError && mayStop && read > 0) return "stop";
      throw error;
    }
  }

  return {
    async read(raw, known) {
      const parsed = document.safeParse(raw);
      // The core says what is wrong with it.
      if (!parsed.success) return raw;
      const order = { ...parsed.data, leadAt: known?.leadAt ?? parsed.data.leadAt };
      const isSame = known !== undefined && (known.state?.id ?? null) === (order.state?.id ?? null);
      const isInitialState = isInitial(order, known, isSame, initialStateId);
      let stateAt = isSame ? known.stateAt : null;
      if (stateAt === null && isInitialState) stateAt = toEnteredAt(order);
      if (stateAt === null && isWorthAsking(order, known, context)) {
        const found = await findStateAt(order);
        if (found === "stop") return undefined;
        stateAt = found ?? null;
      }
      read += 1;
      return {
        ...order,
        ...returnsOf(raw),
        isInitialState,
        stateAt: stateAt ?? toInstant(order.updated),
        openState: toOpenState(order, known),
      } satisfies MoyskladDocument;
    },
  };
}

/** An order that is gone for good, as it was last known; it comes back by itself if MoySklad gives it again. */
export function toDeleted(known: MoyskladDocument, deleted: string): MoyskladDocument {
  return { ...known, deleted: known.deleted ?? deleted };
}

/** Nothing is made of an order that was gone before the bridge heard of it. */
export function isUnknownDeletion(raw: unknown, known: MoyskladDocument | undefined): boolean {
  return known === undefined && deletion.safeParse(raw).success;
}

/** Once it has left the state it was made in, it is never there again, even when it is put back. */
function isInitial(
  order: MoyskladDocument,
  known: MoyskladDocument | undefined,
  isSame: boolean,
  initialStateId: string | null,
): boolean {
  if (known && known.isInitialState !== null) return known.isInitialState && isSame;
  return leadOf(order) !== undefined && (order.state?.id ?? null) === initialStateId;
}

/** Only of orders that become deals, and only where the order's last change may well be another one. */
function isWorthAsking(order: MoyskladDocument, known: MoyskladDocument | undefined, context: Context) {
  const { settings, sinceAt } = context;
  const isSent = (settings.orders === "all" || isFromLead(order)) && toEnteredAt(order) >= sinceAt;
  return isSent && order.state !== null && (known !== undefined || isFromLead(order) || isFinal(order.state));
}

/** When its state last changed, by MoySklad's history of it. Undefined: the history does not say, or may not be read. */
async function askStateAt(client: MoyskladClient, id: string): Promise<number | undefined> {
  try {
    const answer = await client.get(`/entity/customerorder/${id}/audit`, { limit: String(AUDIT_ROWS_MAX) });
    const changes = audit.parse(answer).rows.filter(({ diff }) => diff && "state" in diff);
    const moments = changes.flatMap(({ moment }) => fromMoscow(moment) ?? []);
    return moments.length === 0 ? undefined : Math.max(...moments);
  } catch (error) {
    if (error instanceof RefusedError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

function toOpenState(order: MoyskladDocument, known: MoyskladDocument | undefined): MoyskladDocument["openState"] {
  if (!known || !isFinal(order.state)) return null;
  if (isFinal(known.state)) return known.openState;
  return { state: known.state, at: known.stateAt ?? toInstant(known.updated) };
}
