/**
 * Once a day every open order the bridge knows is read again, a hundred in a poll: what no webhook has told and no list of
 * changes shows, such as an order deleted for good, a state that was renamed or is now a final one, a payment unlinked.
 */
import * as z from "zod";
import type { ApiContext } from "../../src/adapter.ts";
import type { MoyskladClient } from "./client.ts";
import { isOpen, isOurs, readOrdersById, toKnown } from "./reread.ts";
import type { MoyskladSettings } from "./settings.ts";

const EVERY_MS = 24 * 60 * 60_000;
const ORDERS_AT_ONCE = 100;

export const recheckState = z.object({
  startedAt: z.int(),
  /** The order that was checked last; null when all have been. */
  after: z.string().nullable(),
});
export type RecheckState = z.infer<typeof recheckState>;

/** The round under way, or a new one when it is time for it; the first one is a day after the first poll. */
export function startRecheck(state: RecheckState | null | undefined, now: number): RecheckState {
  if (!state) return { startedAt: now, after: null };
  return state.after === null && now - state.startedAt >= EVERY_MS ? { startedAt: now, after: "" } : state;
}

/** The next orders of the round. `isWhole`: not, when some of them are left to be read once these are kept. */
export async function recheck(
  client: MoyskladClient,
  context: ApiContext<MoyskladSettings>,
  state: RecheckState,
): Promise<{ documents: unknown[]; state: RecheckState; isWhole: boolean }> {
  const next = await context.knownAfter(state.after ?? "", ORDERS_AT_ONCE);
  const known = toKnown(next);
  const ids = [...known].flatMap(([id, order]) => (isOpen(order) && isOurs(order, context) ? [id] : []));
  const { documents, isWhole } = await readOrdersById(client, context, ids, known);
  if (!isWhole) return { documents, state, isWhole };
  const after = next.size < ORDERS_AT_ONCE ? null : ([...next.keys()].at(-1) ?? null);
  return { documents, state: { ...state, after }, isWhole };
}
