/** Applied in this order, each once, each whole or not at all. Never edited after they have landed. */
import { createTables } from "./create-tables.ts";

export interface Migration {
  name: string;
  statements: readonly string[];
}

export const migrations: readonly Migration[] = [createTables];
