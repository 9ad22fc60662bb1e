/** What drizzle believes of the tables is what the migrations make of them. */
import { is } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { expect, it } from "vitest";
import * as schema from "../../src/database/schema.ts";
import { describeStorage } from "./backends.ts";

const tables = Object.values(schema).flatMap((value) => (is(value, SQLiteTable) ? [getTableConfig(value)] : []));
/** Known to the runner alone. */
const WITHOUT_DRIZZLE = ["migrations"];
const VIRTUAL = 2;

describeStorage("drizzle's schema", ({ rows }) => {
  it("has exactly the tables of the database", async () => {
    const made = await rows(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'libsql_*'",
    );
    expect([...tables.map(({ name }) => name), ...WITHOUT_DRIZZLE].sort()).toEqual(made.map(({ name }) => name).sort());
  });

  it.each(tables.map((table) => [table.name, table] as const))(
    "knows every column of %s as it is",
    async (name, table) => {
      const made = await rows("SELECT * FROM pragma_table_xinfo(:name)", { name });
      const keys = made.filter(({ pk }) => pk !== 0);
      expect(table.columns.map((column) => column.name)).toEqual(made.map((column) => column["name"]));
      for (const [index, column] of table.columns.entries()) {
        const stored = made[index];
        const isKey = stored?.["pk"] !== 0;
        expect({
          name: column.name,
          type: column.getSQLType().toUpperCase(),
          notNull: column.notNull,
          hasDefault: column.default !== undefined,
          isGenerated: column.generated !== undefined,
        }).toEqual({
          name: stored?.["name"],
          type: stored?.["type"],
          // A key in a STRICT table is never null, whether SQLite says so or not.
          notNull: stored?.["notnull"] === 1 || isKey,
          hasDefault: stored?.["dflt_value"] !== null,
          isGenerated: stored?.["hidden"] === VIRTUAL,
        });
        if (column.default !== undefined) expect(Number(column.default)).toBe(Number(stored?.["dflt_value"]));
        // Drizzle is told of keys of one column only.
        expect(column.primary).toBe(isKey && keys.length === 1);
      }
    },
  );

  it.each(
    tables.flatMap((table) =>
      table.columns.flatMap((column) =>
        column.enumValues && column.generated === undefined
          ? [[table.name, column.name, column.enumValues] as const]
          : [],
      ),
    ),
  )("knows the values that %s.%s may have", async (table, column, values) => {
    const [made] = await rows("SELECT sql FROM sqlite_master WHERE name = :table", { table });
    const check = new RegExp(`\\b${column} TEXT[^,]*CHECK \\(${column} IN \\(([^)]*)\\)\\)`).exec(
      String(made?.["sql"]),
    );
    expect(check?.[1]?.split(", ")).toEqual(values.map((value: unknown) => `'${value}'`));
  });

  it("knows the steps that the database computes", async () => {
    const [made] = await rows("SELECT sql FROM sqlite_master WHERE name = 'deals'");
    const computed = [...String(made?.["sql"]).matchAll(/(?:THEN|ELSE) '(\w+)'/g)].map(([, step]) => step);
    expect(computed).toEqual([...schema.STEPS]);
  });
});
