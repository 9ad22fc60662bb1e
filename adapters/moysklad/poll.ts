/** What has changed in MoySklad since last time, a page at a time: orders, and what moves their money without moving them. */
import * as z from "zod";
import type { ApiContext, ApiResult, Pulled } from "../../src/adapter.ts";
import { type MoyskladClient, RefusedError, withClient } from "./client.ts";
import {
  advance,
  type Cursor,
  cursor,
  isSeen,
  isShifted,
  PAGE_ROWS,
  type Row,
  startAt,
  stepBack,
  toPageQuery,
} from "./cursor.ts";
import { fromMoscow } from "./date.ts";
import { ORDER_EXPAND } from "./document.ts";
import { addLinks, type Links, linksNowAndBefore, parseLinks, toKept } from "./links.ts";
import { parseMemory } from "./memory.ts";
import { toDocuments } from "./read-order.ts";
import { recheck, recheckState, startRecheck } from "./recheck.ts";
import { findOrders } from "./related.ts";
import { isOurs, knownOrders, readOrdersById } from "./reread.ts";
import type { MoyskladSettings } from "./settings.ts";
import { SOURCES } from "./sources.ts";

type Context = ApiContext<MoyskladSettings>;

const polling = z.object({
  cursors: z.record(z.string(), cursor),
  /** Which source the run under way comes to next. */
  next: z.int().min(0),
  /** Counts the runs. */
  run: z.int().min(0),
  recheck: recheckState.nullish(),
});
type Polling = z.infer<typeof polling>;

/** Stands among the sources for the orders that are read again because it is time to. */
const RECHECK = "recheck";
/** What a poll that finds nothing may cost. */
const SOURCES_MAX = 4;

const list = z.object({ rows: z.array(z.unknown()) });
const changed = z.object({ id: z.guid(), updated: z.string() });

interface Portion {
  documents: readonly unknown[];
  cursor: Cursor;
  isExhausted: boolean;
  links?: Links;
}

/** Goes on from source to source until there is something to store. */
export function poll(context: Context): Promise<ApiResult<Pulled>> {
  return withClient(context, async (client): Promise<Pulled> => {
    const memory = parseMemory(context.memory);
    const state = readPolling(memory["polling"]);
    state.recheck = startRecheck(state.recheck, context.now());
    const sources = toSources(context.settings, state.recheck.after !== null);
    let { next } = state;
    let links = parseLinks(memory["links"]);
    const end = (documents: readonly unknown[]): Pulled => {
      const isDone = next >= sources.length;
      const polling: Polling = isDone ? { ...state, next: 0, run: state.run + 1 } : { ...state, next };
      return {
        documents,
        memory: { ...memory, polling, links: toKept(links) },
        isDone,
      };
    };
    for (const source of sources.slice(next)) {
      const kind = source[state.run % source.length] ?? source[0];
      if (kind === RECHECK) {
        const checked = await recheck(client, context, state.recheck);
        state.recheck = checked.state;
        if (checked.isWhole) next += 1;
        return end(checked.documents);
      }
      const from = state.cursors[kind] ?? startAt(context.sinceAt);
      const portion = await (kind === "customerorder"
        ? readOrders(client, context, from)
        : readRelated(client, context, kind, from, links));
      links = portion.links ?? links;
      state.cursors[kind] = portion.isExhausted ? stepBack(portion.cursor) : portion.cursor;
      if (portion.isExhausted) next += 1;
      if (!portion.isExhausted || portion.documents.length > 0) return end(portion.documents);
    }
    return end([]);
  });
}

/** The recheck never makes a poll dearer than it may be: where there is no place left it takes turns with another. */
function toSources({ revenue }: MoyskladSettings, isRechecking: boolean): (typeof SOURCES)["sum"] {
  const sources = SOURCES[revenue];
  if (!isRechecking) return sources;
  if (sources.length < SOURCES_MAX) return [...sources, [RECHECK]];
  return sources.map((source, index) => (index === SOURCES_MAX - 1 ? [...source, RECHECK] : source));
}

async function readOrders(client: MoyskladClient, context: Context, since: Cursor): Promise<Portion> {
  const { page, from } = await readPage(client, "customerorder", since, { expand: ORDER_EXPAND });
  const rows = rowsOf(page);
  const known = await knownOrders(
    context,
    rows.map(({ id }) => id),
  );
  const orders = page.map(({ raw, row: { id } }) => ({ id, raw, known: known.get(id) }));
  const { documents, count } = await toDocuments(client, context, orders);
  const isWhole = count === page.length;
  return { documents, cursor: advance(from, rows.slice(0, count)), isExhausted: isWhole && count < PAGE_ROWS };
}

/** The orders of what has changed, read again. Those the bridge makes no deals of are left alone. */
async function readRelated(
  client: MoyskladClient,
  context: Context,
  kind: string,
  since: Cursor,
  links: Links,
): Promise<Portion> {
  try {
    const { page, from } = await readPage(client, kind, since, {});
    const fresh = page.filter(({ row }) => !isSeen(from, row));
    const entities = fresh.map(({ raw }) => raw);
    const ids = fresh.map(({ row }) => row.id);
    const orders = await findOrders(client, linksNowAndBefore(links, entities, ids));
    const known = await knownOrders(context, orders);
    const ours = orders.filter((id) => isOurs(known.get(id), context));
    const { documents, isWhole } = await readOrdersById(client, context, ours, known);
    if (!isWhole) return { documents, cursor: since, isExhausted: false };
    return {
      documents,
      cursor: advance(from, rowsOf(page)),
      isExhausted: page.length < PAGE_ROWS,
      links: addLinks(links, entities),
    };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    // Orders are worth having without it: a user may be kept from payments.
    context.log({ level: "warn", event: "moysklad_refused", kind, status: error.status });
    return { documents: [], cursor: since, isExhausted: true };
  }
}

interface PageItem {
  raw: unknown;
  row: Row;
}

/** With the cursor the page was read from. @throws ZodError when an answer is none of MoySklad's. */
async function readPage(
  client: MoyskladClient,
  kind: string,
  from: Cursor,
  query: Readonly<Record<string, string>>,
): Promise<{ page: PageItem[]; from: Cursor }> {
  const { rows } = list.parse(await client.get(`/entity/${kind}`, { ...toPageQuery(from), ...query }));
  const page = rows.map((raw) => {
    const { id, updated } = changed.parse(raw);
    const updatedAt = fromMoscow(updated);
    if (updatedAt === undefined) throw new Error(`MoySklad gave a ${kind} an unreadable date of change`);
    return { raw, row: { id: id.toLowerCase(), updatedAt } };
  });
  return isShifted(from, rowsOf(page)) ? readPage(client, kind, startAt(from.from), query) : { page, from };
}

function rowsOf(page: readonly PageItem[]): Row[] {
  return page.map(({ row }) => row);
}

function readPolling(raw: unknown): Polling {
  return polling.safeParse(raw).data ?? { cursors: {}, next: 0, run: 0 };
}
