/** What has changed in MoySklad since last time, a page at a time: orders, and what moves their money without moving them. */
import * as z from "zod";
import type { ApiContext, ApiResult, Pulled } from "../../src/adapter.ts";
import { type MoyskladClient, RefusedError, withClient } from "./client.ts";
import { advance, type Cursor, cursor, isSeen, PAGE_ROWS, type Row, startAt, stepBack, toPageQuery } from "./cursor.ts";
import { fromMoscow } from "./date.ts";
import { ORDER_EXPAND } from "./document.ts";
import { addLinks, type Links, linksNowAndBefore, parseLinks, toKept } from "./links.ts";
import { parseMemory } from "./memory.ts";
import { createReader, isUnknownDeletion } from "./read-order.ts";
import { findOrders } from "./related.ts";
import { knownOrders, readMoved } from "./reread.ts";
import type { MoyskladSettings } from "./settings.ts";
import { SOURCES } from "./sources.ts";

type Context = ApiContext<MoyskladSettings>;

const polling = z.object({
  cursors: z.record(z.string(), cursor),
  /** Which source the run under way comes to next. */
  next: z.int().min(0),
  /** Counts the runs. */
  run: z.int().min(0),
});
type Polling = z.infer<typeof polling>;

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
    const sources = SOURCES[context.settings.revenue];
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

async function readOrders(client: MoyskladClient, context: Context, from: Cursor): Promise<Portion> {
  const page = await readPage(client, "customerorder", from, { expand: ORDER_EXPAND });
  const known = await knownOrders(
    context,
    page.map(({ row }) => row.id),
  );
  const reader = createReader(client, context, { mayStop: true });
  const documents: unknown[] = [];
  for (const [index, { raw, row }] of page.entries()) {
    const before = known.get(row.id);
    if (isUnknownDeletion(raw, before)) continue;
    const document = await reader.read(raw, before);
    if (document === undefined) {
      return { documents, cursor: advance(from, rowsOf(page.slice(0, index))), isExhausted: false };
    }
    // The last rows are read twice, and two changes may share an instant: what is new is told by the content.
    if (JSON.stringify(document) !== JSON.stringify(before)) documents.push(document);
  }
  return { documents, cursor: advance(from, rowsOf(page)), isExhausted: page.length < PAGE_ROWS };
}

/** The orders of what has changed, read again. Those the bridge makes no deals of are left alone. */
async function readRelated(
  client: MoyskladClient,
  context: Context,
  kind: string,
  from: Cursor,
  links: Links,
): Promise<Portion> {
  try {
    const page = await readPage(client, kind, from, {});
    const fresh = page.filter(({ row }) => !isSeen(from, row));
    const entities = fresh.map(({ raw }) => raw);
    const ids = fresh.map(({ row }) => row.id);
    const orders = await findOrders(client, linksNowAndBefore(links, entities, ids));
    return {
      documents: await readMoved(client, context, orders),
      cursor: advance(from, rowsOf(page)),
      isExhausted: page.length < PAGE_ROWS,
      links: addLinks(links, entities),
    };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    // Orders are worth having without it: a user may be kept from payments.
    context.log({ level: "warn", event: "moysklad_refused", kind, status: error.status });
    return { documents: [], cursor: from, isExhausted: true };
  }
}

interface PageItem {
  raw: unknown;
  row: Row;
}

/** @throws ZodError when an answer is none of MoySklad's. */
async function readPage(
  client: MoyskladClient,
  kind: string,
  from: Cursor,
  query: Readonly<Record<string, string>>,
): Promise<PageItem[]> {
  const { rows } = list.parse(await client.get(`/entity/${kind}`, { ...toPageQuery(from), ...query }));
  return rows.map((raw) => {
    const { id, updated } = changed.parse(raw);
    const updatedAt = fromMoscow(updated);
    if (updatedAt === undefined) throw new Error(`MoySklad gave a ${kind} an unreadable date of change`);
    return { raw, row: { id: id.toLowerCase(), updatedAt } };
  });
}

function rowsOf(page: readonly PageItem[]): Row[] {
  return page.map(({ row }) => row);
}

function readPolling(raw: unknown): Polling {
  return polling.safeParse(raw).data ?? { cursors: {}, next: 0, run: 0 };
}
