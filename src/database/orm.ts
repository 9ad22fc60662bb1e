/**
 * Drizzle over any libSQL client. Its own libSQL driver opens deferred batches, which fail under a second writer; here a
 * batch that writes takes the write lock first.
 */
import type { Client, InStatement } from "@libsql/client";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import { toStorable } from "./json.ts";

export type Orm = ReturnType<typeof createOrm>;

export function createOrm(client: Client) {
  return drizzle(
    async (sql, params, method) => {
      const { rows } = await client.execute({ sql, args: params.map(toArgument) });
      const values = rows.map((row) => Array.from(row));
      return { rows: method === "get" ? (values[0] ?? []) : values };
    },
    async (queries) => {
      const statements = queries.map(({ sql, params }): InStatement => ({ sql, args: params.map(toArgument) }));
      const isReading = queries.every(({ sql }) => sql.startsWith("select"));
      const results = await client.batch(statements, isReading ? "read" : "write");
      return results.map(({ rows }) => ({ rows: rows.map((row) => Array.from(row)) }));
    },
  );
}

const toArgument = <T>(value: T): T | string => (typeof value === "string" ? toStorable(value) : value);
