/**
 * Drizzle over any libSQL client. Its own libSQL driver opens deferred batches, which fail under a second writer; here a
 * batch that writes takes the write lock first.
 */
import type { Client, InStatement } from "@libsql/client";
import { fillPlaceholders } from "drizzle-orm";
import type { SQLitePreparedQuery } from "drizzle-orm/sqlite-core";
import { type AsyncBatchRemoteCallback, drizzle } from "drizzle-orm/sqlite-proxy";
import { toStorable } from "./json.ts";

export type Orm = ReturnType<typeof createOrm>;

export function createOrm(client: Client) {
  return drizzle(async (sql, params, method) => {
    const { rows } = await client.execute({ sql, args: params.map(toArgument) });
    const values = rows.map((row) => Array.from(row));
    return { rows: method === "get" ? (values[0] ?? []) : values };
  }, createBatch(client));
}

function createBatch(client: Client): AsyncBatchRemoteCallback {
  return async (queries) => {
    const statements = queries.map(({ sql, params }): InStatement => ({ sql, args: params.map(toArgument) }));
    const isReading = queries.every(({ sql }) => sql.startsWith("select"));
    const results = await client.batch(statements, isReading ? "read" : "write");
    return results.map(({ rows }) => ({ rows: rows.map((row) => Array.from(row)) }));
  };
}

/** Prepared at its first use: on Workers there is a new database for each request, which uses little of it. */
export function preparedOnce<T>(prepare: () => T): () => T {
  let prepared: { value: T } | undefined;
  return () => {
    prepared ??= { value: prepare() };
    return prepared.value;
  };
}

type Select = Pick<SQLitePreparedQuery<never>, "getQuery" | "mapResult"> & { all(): Promise<unknown> };
type RowsOf<Selects extends Record<string, Select>> = {
  [Name in keyof Selects]: Awaited<ReturnType<Selects[Name]["all"]>>;
};

/** Prepared selects that are read in one snapshot, each with the same values for its placeholders. */
export function readTogether<Selects extends Record<string, Select>>(client: Client, selects: Selects) {
  const batch = createBatch(client);
  const built = Object.entries(selects).map(([name, select]) => ({ name, select, ...select.getQuery() }));
  return async (values: Record<string, unknown>): Promise<RowsOf<Selects>> => {
    const results = await batch(
      built.map(({ sql, params }) => ({ sql, params: fillPlaceholders(params, values), method: "all" })),
    );
    const rows = built.map(({ name, select }, index) => [name, select.mapResult(results[index], true)] as const);
    // What a select maps is what it is declared to return.
    return Object.fromEntries(rows) as RowsOf<Selects>;
  };
}

const toArgument = <T>(value: T): T | string => (typeof value === "string" ? toStorable(value) : value);
