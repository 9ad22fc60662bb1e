/// <reference types="bun-types" />
/** What an operator does to a database without the bridge: replace the encryption key, forget a person. */
import { parseArgs } from "node:util";
import { type Client, createClient } from "@libsql/client";
import { adapters } from "../adapters/index.ts";
import { readEmails, readPhones } from "../adapters/onec/contacts.ts";
import { ConfigError, parseStorageConfig, type StorageConfig } from "../src/config.ts";
import { createDatabase } from "../src/database/database.ts";
import { migrations } from "../src/database/migrations/index.ts";
import type { Contacts } from "../src/deal.ts";
import { forget, type Traces } from "../src/forget.ts";
import { openKeyring, rotateKey } from "../src/keyring.ts";

const HELP = `bun scripts/admin.ts <command>

  rotate-key                 wraps the working keys under ENCRYPTION_KEY and proves that it alone opens them
  forget --phone <number>    erases a person from every deal, document and lead, searches again and prints what is left
  forget --email <address>   (--phone and --email may be given together)
           --deep            opens every document and lead too: finds contacts that never reached a deal, takes longer
           --dry-run         only says what would be erased

  DATABASE_URL             as for the bridge, file:data/bridge.db by default
  DATABASE_AUTH_TOKEN      Turso's token
  ENCRYPTION_KEY           the key, for rotate-key the new one
  ENCRYPTION_KEY_PREVIOUS  for rotate-key the key before it

The bridge may be running. Exit codes: 0 done, 1 something is left, 2 wrong arguments, 78 wrong configuration.`;

const EXIT = { done: 0, left: 1, usage: 2, config: 78 } as const;
const BUSY_TIMEOUT_MS = 5_000;
const PROGRESS_DOCUMENTS = 1_000;

process.exit(await run(Bun.argv.slice(2)));

async function run(args: string[]): Promise<number> {
  try {
    const options = {
      help: { type: "boolean" },
      phone: { type: "string" },
      email: { type: "string" },
      deep: { type: "boolean", default: false },
      "dry-run": { type: "boolean", default: false },
    } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [command, ...rest] = positionals;
    if (values.help) return say(HELP, EXIT.done);
    if (rest.length > 0) return say(HELP, EXIT.usage);
    if (command === "rotate-key") return await withDatabase((dependencies) => rotate(dependencies));
    if (command !== "forget") return say(HELP, EXIT.usage);
    const contacts = toContacts(values.phone, values.email);
    if (!contacts) return say("Give --phone with 10 to 15 digits, --email with an address, or both", EXIT.usage);
    return await withDatabase((dependencies) => erase(dependencies, contacts, values.deep, values["dry-run"]));
  } catch (error) {
    if (error instanceof ConfigError) return say(error.message, EXIT.config);
    // Of what the database says no more than the message: it holds no argument.
    return say(error instanceof Error ? error.message : "Failed", isUsage(error) ? EXIT.usage : EXIT.left);
  }
}

type Dependencies = Awaited<ReturnType<typeof toDependencies>>;

function toDependencies(client: Client, config: StorageConfig) {
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const platform = { now: () => Date.now(), randomBytes };
  return { platform, client, database: createDatabase(client), config };
}

async function rotate(dependencies: Dependencies): Promise<number> {
  const outcome = await rotateKey(dependencies);
  return say(
    outcome === "rotated"
      ? "Rewrapped, and opened again with ENCRYPTION_KEY alone. ENCRYPTION_KEY_PREVIOUS may be removed"
      : "ENCRYPTION_KEY already opens this database alone. ENCRYPTION_KEY_PREVIOUS may be removed",
    EXIT.done,
  );
}

async function erase(
  dependencies: Dependencies,
  contacts: Contacts,
  isDeep: boolean,
  isDryRun: boolean,
): Promise<number> {
  const { database, client, config } = dependencies;
  const vault = await openKeyring(dependencies);
  const known = new Map(adapters.map((adapter) => [adapter.id, adapter]));
  const progress = (documents: number) => {
    if (documents % PROGRESS_DOCUMENTS === 0) console.log(`Opened ${documents} documents`);
  };
  const request = { contacts, isDeep, isDryRun, progress };
  const { found, left } = await forget({ database, vault, adapters: known }, request);
  console.log(`Found: ${toText(found)}`);
  if (isDryRun) return say("Nothing was erased: this was a dry run", EXIT.done);
  console.log(`Left: ${toText(left)}`);
  if (config.databaseUrl.startsWith("file:") && !(await emptyLog(client)))
    return say("The write-ahead log is in use and may still hold it: run this again", EXIT.left);
  return isNothing(left) ? EXIT.done : EXIT.left;
}

/** What was overwritten still stands in the log until the log is emptied into the file. False when a reader keeps it busy. */
async function emptyLog(client: Client): Promise<boolean> {
  const { rows } = await client.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return rows[0]?.["busy"] === 0;
}

function isNothing({ deals, documents, leads, unreadable }: Traces): boolean {
  return deals + documents + leads + unreadable === 0;
}

function toText({ deals, documents, leads, unreadable }: Traces): string {
  const note = unreadable > 0 ? `, ${unreadable} that cannot be opened` : "";
  return `${deals} deals, ${documents} documents, ${leads} leads${note}`;
}

/** One phone and one e-mail at most, as a document's fields are read. */
function toContacts(phone: string | undefined, email: string | undefined): Contacts | null {
  const phones = phone === undefined ? { value: [] } : readPhones(phone);
  const emails = email === undefined ? { value: [] } : readEmails(email);
  if (!("value" in phones) || !("value" in emails)) return null;
  if (phones.value.length !== (phone === undefined ? 0 : 1) || !phones.value.every((each) => /^\d{10,15}$/.test(each)))
    return null;
  if (emails.value.length !== (email === undefined ? 0 : 1) || !emails.value.every((each) => each.includes("@")))
    return null;
  return phone === undefined && email === undefined ? null : { phones: phones.value, emails: emails.value };
}

async function withDatabase(work: (dependencies: Dependencies) => Promise<number>): Promise<number> {
  const config = parseStorageConfig(process.env);
  const { databaseUrl: url, databaseAuthToken: authToken } = config;
  const isFile = url.startsWith("file:");
  if (isFile && !(await Bun.file(url.slice("file:".length).replace(/\?.*$/, "")).exists()))
    throw new ConfigError(["DATABASE_URL names a file that does not exist"]);
  const client = createClient({
    url,
    ...(authToken === undefined ? {} : { authToken }),
    ...(isFile ? { timeout: BUSY_TIMEOUT_MS, concurrency: 1 } : {}),
  });
  try {
    // What is erased is overwritten in the file, not only unlinked.
    if (isFile) await client.execute("PRAGMA secure_delete = ON");
    await requireUpToDate(client);
    return await work(toDependencies(client, config));
  } finally {
    client.close();
  }
}

async function requireUpToDate(client: Client): Promise<void> {
  const table = await client.execute("SELECT name FROM sqlite_master WHERE name = 'migrations'");
  const { rows } = table.rows.length > 0 ? await client.execute("SELECT name FROM migrations") : table;
  const applied = new Set(rows.map((row) => String(row["name"])));
  if (!migrations.every(({ name }) => applied.has(name)))
    throw new ConfigError([
      "DATABASE_URL names a database that is not up to date: start the bridge or run `bun run migrate`",
    ]);
}

function isUsage(error: unknown): boolean {
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

function say<Code extends number>(text: string, code: Code): Code {
  console.log(text);
  return code;
}
