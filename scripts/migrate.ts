/// <reference types="bun-types" />
/** Brings a database up to date. Needed before the first deployment to Workers and before each newer one. */
import { createClient } from "@libsql/client";
import { migrate } from "../src/database/migrate.ts";

const HELP = `Applies the migrations that a database does not have yet, and prints their names. May be run again at any time.

  DATABASE_URL         libsql://… (Turso), https://…, http://… (sqld) or file:…   required
  DATABASE_AUTH_TOKEN  Turso's token

  DATABASE_URL=libsql://… DATABASE_AUTH_TOKEN=… bun run migrate

The bridge on Bun does this by itself at its start; Workers never do.`;

const { DATABASE_URL: url, DATABASE_AUTH_TOKEN: authToken } = process.env;
const given = Bun.argv.slice(2);
if (given.length > 0 || !url) {
  console.log(HELP);
  process.exit(given.length === 1 && given[0] === "--help" ? 0 : 2);
}
try {
  const client = createClient({ url, ...(authToken ? { authToken } : {}) });
  const applied = await migrate(client, Date.now);
  client.close();
  console.log(applied.length === 0 ? "Already up to date" : applied.map((name) => `Applied ${name}`).join("\n"));
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  console.error(`${error instanceof Error ? error.message : error}${cause}`);
  process.exit(1);
}
