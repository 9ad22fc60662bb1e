/** What the bridge adds to the orders it reads: when their states changed, where they were before, what was brought back. */
import * as z from "zod";
import type { ApiContext } from "../../src/adapter.ts";
import { ApiStopError, type MoyskladClient, RefusedError } from "./client.ts";
import { fromMoscow, toMoscow } from "./date.ts";
import { document, isFinal, isFromLead, leadOf, type MoyskladDocument, toInstant } from "./document.ts";
import { parseMemory } from "./memory.ts";
import { returnsOf } from "./returns.ts";
import type { MoyskladSettings } from "./settings.ts";
import { toEnteredAt } from "./to-deal.ts";

type Context = ApiContext<MoyskladSettings>;

/** How many requests about single orders one portion may take: a client who calls meanwhile waits for them. */
const QUESTIONS_MAX = 10;
const AUDIT_ROWS_MAX = 100;
const NOT_FOUND = 404;

const audit = z.object({
  rows: z.array(z.object({ moment: z.string(), diff: z.looseObject({}).nullish().catch(null) })),
});

const deletion = z.object({ deleted: z.string() });

export interface Found {
  id: string;
  /** As MoySklad gave it with its references expanded; undefined when it gave none. */
  raw: unknown;
  /** What the bridge has of it. */
  known: MoyskladDocument | undefined;
}

type Ask = <T>(question: () => Promise<T>) => Promise<T>;

/**
 * The documents of those orders that are not as they are known. `count`: how many of the orders were gone through before
 * the requests of this portion were used up; the others wait for the next one.
 */
export async function toDocuments(
  client: MoyskladClient,
  context: Context,
  orders: readonly Found[],
): Promise<{ documents: unknown[]; count: number }> {
  const documents: unknown[] = [];
  let questions = 0;
  const ask: Ask = async (question) => {
    const isOver = questions >= QUESTIONS_MAX || context.isSpent();
    if (isOver && documents.length > 0) throw new ApiStopError({ kind: "spent" });
    questions += 1;
    return question();
  };
  let isBlind = false;
  /** A list leaves out also what the user of the token may not see; after one such order no other is asked about. */
  const isGone = async (id: string): Promise<boolean> => {
    isBlind = isBlind || !(await ask(() => askIsGone(client, id)));
    return !isBlind;
  };
  for (const [count, { id, raw, known }] of orders.entries()) {
    try {
      const document =
        raw === undefined
          ? await toMissing(id, known, isGone, context.now())
          : await toDocument(client, context, raw, known, ask);
      // Much is read twice; what is new is told by the content.
      if (document !== undefined && JSON.stringify(document) !== JSON.stringify(known)) documents.push(document);
    } catch (error) {
      // What has been read is kept; the next portion will meet the same trouble, and end with it.
      if (error instanceof ApiStopError && documents.length > 0) return { documents, count };
      throw error;
    }
  }
  return { documents, count: orders.length };
}

async function toDocument(
  client: MoyskladClient,
  context: Context,
  raw: unknown,
  known: MoyskladDocument | undefined,
  ask: Ask,
): Promise<unknown> {
  // Nothing is made of an order that was gone before the bridge heard of it.
  if (known === undefined && deletion.safeParse(raw).success) return undefined;
  const parsed = document.safeParse(raw);
  // The core says what is wrong with it.
  if (!parsed.success) return raw;
  const order = {
    ...parsed.data,
    leadAt: known?.leadAt ?? parsed.data.leadAt,
    // A state that the merchant has removed is no change of the order: a deal that was done stays done.
    state: parsed.data.state ?? known?.state ?? null,
  };
  const isSame = known !== undefined && (known.state?.id ?? null) === (order.state?.id ?? null);
  const isInitialState = isInitial(order, known, isSame, context);
  let stateAt = isSame ? known.stateAt : null;
  if (stateAt === null && isInitialState) stateAt = toEnteredAt(order);
  if (stateAt === null && isWorthAsking(order, known, context)) {
    stateAt = await ask(() => askStateAt(client, order.id));
  }
  return {
    ...order,
    ...returnsOf(raw),
    isInitialState,
    stateAt: stateAt ?? toInstant(order.updated),
    openState: toOpenState(order, known),
  } satisfies MoyskladDocument;
}

/** An order that is gone for good is as it was last known, but deleted; it comes back by itself if MoySklad gives it again. */
async function toMissing(
  id: string,
  known: MoyskladDocument | undefined,
  isGone: (id: string) => Promise<boolean>,
  now: number,
): Promise<MoyskladDocument | undefined> {
  if (known === undefined || known.deleted !== null || !(await isGone(id))) return known;
  return { ...known, deleted: toMoscow(now) };
}

/** Once it has left the state it was made in, it is never there again, even when it is put back. */
function isInitial(
  order: MoyskladDocument,
  known: MoyskladDocument | undefined,
  isSame: boolean,
  { memory, settings }: Context,
): boolean {
  if (known && known.isInitialState !== null) return known.isInitialState && isSame;
  const initialStateId = parseMemory(memory).initialStateId ?? settings.initialState ?? null;
  return leadOf(order) !== undefined && (order.state?.id ?? null) === initialStateId;
}

/** Only of orders that become deals, and only where the order's last change may well be another one. */
function isWorthAsking(order: MoyskladDocument, known: MoyskladDocument | undefined, context: Context) {
  const { settings, sinceAt } = context;
  const isSent = (settings.orders === "all" || isFromLead(order)) && toEnteredAt(order) >= sinceAt;
  return isSent && order.state !== null && (known !== undefined || isFromLead(order) || isFinal(order.state));
}

/** When its state last changed, by MoySklad's history of it. Null: the history does not say, or may not be read. */
async function askStateAt(client: MoyskladClient, id: string): Promise<number | null> {
  try {
    const answer = await client.get(`/entity/customerorder/${id}/audit`, { limit: String(AUDIT_ROWS_MAX) });
    const changes = audit.parse(answer).rows.filter(({ diff }) => diff && "state" in diff);
    const moments = changes.flatMap(({ moment }) => fromMoscow(moment) ?? []);
    return moments.length === 0 ? null : Math.max(...moments);
  } catch (error) {
    if (error instanceof RefusedError || error instanceof z.ZodError) return null;
    throw error;
  }
}

async function askIsGone(client: MoyskladClient, id: string): Promise<boolean> {
  try {
    await client.get(`/entity/customerorder/${id}`);
    return false;
  } catch (error) {
    if (error instanceof RefusedError) return error.status === NOT_FOUND;
    throw error;
  }
}

function toOpenState(order: MoyskladDocument, known: MoyskladDocument | undefined): MoyskladDocument["openState"] {
  if (!known || !isFinal(order.state)) return null;
  if (isFinal(known.state)) return known.openState;
  return { state: known.state, at: known.stateAt ?? toInstant(known.updated) };
}
